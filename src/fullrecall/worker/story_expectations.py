"""What a story expects of an evening, compared with what the house has; a difference names both values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.money import show, to_minor
from fullrecall.domain.vocabulary import Mistake
from fullrecall.worker.story_standing import Standing

_NOT_MONEY = ("days_past_due", "frozen", "limit_withdrawn", "closed", "record")
_WORDS = tuple(Standing.__struct_fields__)
Expected = str | int | bool | list[str]


class Today(NamedTuple):
    """What can be expected of: the lines in the evening, the newest case's stage, answers, facts."""

    on: date
    lines: Mapping[str, Standing]
    stage: str
    answers: tuple[str, ...]
    facts: tuple[f.Fact, ...]


class Failed(msgspec.Struct, frozen=True):
    """An expectation that did not hold."""

    on: date
    what: str
    expected: str
    found: str

    @property
    def sentence(self) -> str:
        return f"{self.on}: {self.what} is {self.found}, the story expects {self.expected}."


def check(wanted: Mapping[str, Expected], today: Today, currency: str) -> list[Failed]:
    """Those that do not hold. Raises Mistake for words that mean nothing."""
    failed = []
    for what, value in wanted.items():
        expected, found = _both(what, value, today, currency)
        if expected != found:
            failed.append(Failed(today.on, what, expected, found))
    return failed


def _both(what: str, value: Expected, today: Today, currency: str) -> tuple[str, str]:
    if what in _OF_THE_DAY:
        found = _OF_THE_DAY[what](today)
        return (", ".join(value) or "none", found) if isinstance(value, list) else (str(value), found)
    line, _, words = what.partition(" ")
    field = words.replace(" ", "_")
    if line not in today.lines or field not in _WORDS:
        raise Mistake(
            f"{today.on}: {what!r} cannot be expected: write {', '.join(_OF_THE_DAY)}, or one of "
            f"{', '.join(today.lines)} followed by {', '.join(w.replace('_', ' ') for w in _WORDS)}.",
            code="story",
        )
    found_value = getattr(today.lines[line], field)
    if field in _NOT_MONEY:
        return _word(value), _word(found_value)
    if not isinstance(value, str):
        raise Mistake(f"{today.on}: {what}: write the amount in quotes, not {value!r}.", code="story")
    return show(to_minor(value.replace(",", ""), currency), currency), show(found_value, currency)


def _word(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _kinds(today: Today, kind: type[f.Fact], word: str) -> str:
    return ", ".join(str(getattr(x, word)) for x in today.facts if isinstance(x, kind)) or "none"


_OF_THE_DAY: dict[str, Callable[[Today], str]] = {
    "case": lambda today: today.stage or "none",
    "answers": lambda today: ", ".join(today.answers) or "none",
    "notices": lambda today: _kinds(today, f.NoticeIssued, "notice"),
    "arrived": lambda today: ", ".join(
        sorted({x.channel for x in today.facts if isinstance(x, f.NoticeArrived)})
    ) or "none",
    "cure until": lambda today: ", ".join(
        str(x.ends_on) for x in today.facts if isinstance(x, f.CureStarted | f.CureExtended)
    ) or "none",
    "refused": lambda today: _kinds(today, f.StepRefused, "rule"),
    "approved by": lambda today: _kinds(today, f.ApprovalGiven, "by"),
    "approval asked": lambda today: _kinds(today, f.ApprovalAsked, "step"),
    "pay by": lambda today: _kinds(today, f.CaseAccelerated, "pay_by"),
}  # fmt: skip
