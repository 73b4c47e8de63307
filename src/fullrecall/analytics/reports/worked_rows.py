"""Puts the facts of the worked case into rows a court can read: one row a step, money before and after."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import msgspec

from fullrecall.domain.money import show
from fullrecall.domain.notices.content import Bilingual
from fullrecall.ports.summary import Entry, Ground, Money, NoticeTold, WorkedCase

# Told where they belong: sending and arrival beside their notice, a payment beside the line it was made on.
_TOLD_ELSEWHERE = frozenset({"NoticeSent", "NoticeArrived", "CasePaymentSeen"})
_FIELDS = (
    ("balance", Bilingual("余额", "balance")),
    ("past_due", Bilingual("逾期", "past due")),
    ("called", Bilingual("已提前到期", "called")),
    ("charged_off", Bilingual("已核销", "charged off")),
)


class Change(msgspec.Struct, frozen=True):
    """One figure of one line: `before` is empty where it did not change."""

    words: Bilingual
    line_id: str
    before: str
    after: str


class Row(msgspec.Struct, frozen=True):
    """All facts of one instant. refs: (stream and position, hash) of each."""

    on: str
    whats: Sequence[Bilingual]
    whys: Sequence[Bilingual]
    grounds: Sequence[Ground]
    notices: Sequence[NoticeTold]
    money: Sequence[Change]
    refs: Sequence[tuple[str, str]]
    against: bool


def rows_of(case: WorkedCase, currency: str) -> list[Row]:
    """Rows in order of time; facts told elsewhere are left out here and stand in the chain at the end."""
    told = [entry for entry in case.entries if entry.kind not in _TOLD_ELSEWHERE]
    several = len(case.line_ids) > 1
    return [
        _row(list(group), currency, several)
        for _, group in groupby(told, key=lambda e: (e.recorded_at, e.on))
    ]


def _row(entries: list[Entry], currency: str, several: bool) -> Row:
    whys = [e.why for e in entries if e.why.en or e.why.zh]
    # A freeze's ground repeats the reason codes that the opening of the case has told in words.
    whys = [e.why for e in entries if e.kind not in ("LineFrozen", "LineUnfrozen") and e.why in whys]
    return Row(
        entries[0].on.isoformat(),
        [e.what for e in entries],
        list(dict.fromkeys(whys)),
        _distinct([ground for e in entries for ground in e.grounds]),
        [e.notice for e in entries if e.notice is not None],
        _money(entries, currency, several),
        [(f"{e.stream.partition(':')[0]} {e.seq}", e.hash) for e in entries],
        any(e.kind == "StepRefused" for e in entries),
    )


def _distinct(grounds: list[Ground]) -> list[Ground]:
    """Each rule once, with its arithmetic where some fact carries it."""
    found: dict[str, Ground] = {}
    for ground in grounds:
        if ground.rule not in found or (ground.note and not found[ground.rule].note):
            found[ground.rule] = ground
    return list(found.values())


def _money(entries: list[Entry], currency: str, several: bool) -> list[Change]:
    changes: list[Change] = []
    streams = {e.stream: None for e in entries if e.after is not None}
    for stream in streams:
        own = [e for e in entries if e.stream == stream and e.after is not None]
        last = own[-1].after or Money(0, 0, 0, 0)
        first = own[0].before or last  # the first position of a line has nothing before it
        line = stream.partition(":")[2] if several else ""
        for name, words in _FIELDS:
            was, now = getattr(first, name), getattr(last, name)
            if was != now:
                changes.append(Change(words, line, show(was, currency), show(now, currency)))
            elif name == "balance" or (now and own[0].before is None):
                changes.append(Change(words, line, "", show(now, currency)))
    return changes
