"""Plays a story through the real house, day by day in simulated time, and checks what it expects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.calendar import month_end
from fullrecall.domain.facts import RecordedFact
from fullrecall.domain.money import to_minor
from fullrecall.domain.policy import Explanation
from fullrecall.domain.recall.gates import ask_law
from fullrecall.domain.vocabulary import LawStage
from fullrecall.ports.change import case_stream, line_stream
from fullrecall.use_cases.close_day import close_day
from fullrecall.use_cases.dispatch_notices import dispatch_notices
from fullrecall.use_cases.explain_decision import show_decision
from fullrecall.use_cases.open_line import NewLine, open_line
from fullrecall.use_cases.post_accruals import post_accruals
from fullrecall.use_cases.register_book import register_book
from fullrecall.use_cases.verify_all import verify_all
from fullrecall.use_cases.watch_kept_lines import watch_kept_lines
from fullrecall.wiring.house import clock_of
from fullrecall.wiring.stories import Story, StoryHouse, StoryTitle, open_story_house, story_note
from fullrecall.worker.story_expectations import Failed, Today, check
from fullrecall.worker.story_happenings import Moment, happen
from fullrecall.worker.story_standing import Standing, standing_of
from fullrecall.worker.story_telling import Told, tell
from fullrecall.write_path import case_work

OPEN_AT, HAPPEN_AT, WATCH_AT, CLOSE_AT, SEND_AT = time(6), time(7), time(8, 30), time(9), time(10)
Tick = Callable[[date], None]


class Happened(msgspec.Struct, frozen=True):
    """A sentence of the story and its answer: 'done', what the policy asked, or the rule that refused."""

    sentence: str
    answer: str


class DayTold(msgspec.Struct, frozen=True):
    """One day of the page: what happened, what the house did and why, the money before and after."""

    on: date
    because: str
    happened: tuple[Happened, ...]
    did: tuple[Told, ...]
    before: dict[str, Standing]
    after: dict[str, Standing]
    stage: str


class StoryTold(msgspec.Struct, frozen=True):
    """A played story. checked: expectations that were compared; failed: those that did not hold."""

    story: str
    title: StoryTitle
    about: str
    policy: str
    law_as_of: date
    database: str
    currency: str
    days: tuple[DayTold, ...]
    checked: int
    failed: tuple[Failed, ...]
    verified: bool


def run_story(story: Story, folder: Path, tick: Tick = lambda day: None) -> StoryTold:
    """Play a story on a fresh database in `folder`. Raises Mistake for a sentence that cannot be played."""
    house = open_story_house(story, folder)
    try:
        return _Play(story, house).through(tick)
    finally:
        house.leave()


class _Play:
    """One telling: what was read so far of each stream, and what each line stood at last night."""

    def __init__(self, story: Story, house: StoryHouse) -> None:
        self.story, self.house = story, house
        self.clock = clock_of(house.book)
        self.currency = next(iter(house.products.values())).currency
        self.read: dict[str, int] = {}
        self.stood: dict[str, Standing] = {}
        self.checked = 0
        self.failed: list[Failed] = []

    def through(self, tick: Tick) -> StoryTold:
        story, book = self.story, self.house.book
        register_book(
            self.house.store, book, story_note(story), [], recorded_at=self.clock(story.first, time(0))
        )
        days = []
        on = story.first
        while on <= story.last:
            tick(on)
            told = self._day(on)
            if told.happened or told.did:
                days.append(told)
            on += timedelta(days=1)
        sound = verify_all(self.house.store)
        policy = book.live.policy
        return StoryTold(
            story.story, story.title, story.about, f"{policy.name} version {policy.version}", story.law_as_of,
            str(self.house.place), self.currency, tuple(days), self.checked, tuple(self.failed),
            sound.problems_count == 0 and sound.line_minus_ledger == 0,
        )  # fmt: skip

    def _day(self, on: date) -> DayTold:
        wanted = self.story.day(on)
        self._open_lines(on)
        happened = tuple(
            Happened(sentence, happen(self._moment(on, n), sentence))
            for n, sentence in enumerate(wanted.happens)
        )
        self._post(on)
        self._watch_close_send(on)
        facts = self._new_facts()
        before, self.stood = self.stood, self._standing(on)
        cases = list(self.house.store.all_cases())
        stage = (
            str(max(cases, key=lambda h: (h.state.opened_on, h.state.is_open)).state.stage) if cases else ""
        )
        today = Today(on, self.stood, stage, tuple(h.answer for h in happened), tuple(r.fact for r in facts))
        self.checked += len(wanted.expect)
        self.failed += check(wanted.expect, today, self.currency)
        return DayTold(on, wanted.because, happened, self._tell(facts, on), before, self.stood, stage)

    def _moment(self, on: date, n: int) -> Moment:
        at = self.clock(on, HAPPEN_AT) + timedelta(minutes=n)
        return Moment(self.story, self.house, on, at, f"{on}:{n + 1}")

    def _open_lines(self, on: date) -> None:
        for line_id, line in self.story.lines.items():
            if line.opened_on == on:
                product = self.house.products[line_id]
                new = NewLine(
                    line_id, self.story.borrower, to_minor(line.limit.replace(",", ""), product.currency),
                    line.why, line.by, cross_default_flagged=line.cross_default_flagged,
                )  # fmt: skip
                open_line(
                    self.house.store, product, new, on=on, key=f"open:{line_id}", at=self.clock(on, OPEN_AT)
                )

    @property
    def _open_ids(self) -> list[str]:
        return [line_id for line_id in self.story.lines if self.house.store.line(line_id)]

    def _post(self, on: date) -> None:
        """Statements on their closing day, what was earned at the end of a month."""
        at = self.clock(on, WATCH_AT)
        closing = [i for i in self._open_ids if self._closes(i, on)]
        if closing:
            post_accruals(self.house.store, closing, "statement", on=on, key=f"statement:{on}", at=at)
        if on == month_end(on):
            post_accruals(self.house.store, self._open_ids, "month_end", on=on, key=f"month:{on}", at=at)

    def _closes(self, line_id: str, on: date) -> bool:
        statement = self.house.products[line_id].statement
        return statement is not None and statement.closes_on_day == on.day

    def _watch_close_send(self, on: date) -> None:
        store, book = self.house.store, self.house.book
        watch_kept_lines(store, book, self._open_ids, on=on, key=f"watch:{on}", at=self.clock(on, WATCH_AT))
        close_day(store, book, on, recorded_at=self.clock(on, CLOSE_AT))
        dispatch_notices(store, book, self.house.messenger, now=self.clock(on, SEND_AT), addresses=ADDRESSES)

    def _new_facts(self) -> list[RecordedFact]:
        """Facts recorded since last night, in the order in which they came about."""
        store = self.house.store
        streams = [line_stream(i) for i in self._open_ids]
        streams += [case_stream(head.state.case_id) for head in store.all_cases()]
        found: list[RecordedFact] = []
        for stream in streams:
            facts = store.facts_of(stream)[self.read.get(stream, 0) :]
            self.read[stream] = self.read.get(stream, 0) + len(facts)
            found += facts
        return sorted(found, key=lambda r: (r.recorded_at, r.stream.startswith("line:")))

    def _standing(self, on: date) -> dict[str, Standing]:
        heads = {i: self.house.store.line(i) for i in self._open_ids}
        return {i: standing_of(head.state, on) for i, head in heads.items() if head is not None}

    def _tell(self, facts: list[RecordedFact], on: date) -> tuple[Told, ...]:
        did = []
        for recorded in facts:
            told = tell(recorded, self.currency)
            if told is not None:
                why = (*told.why, *self._rules_in_words(recorded.fact, on))
                did.append(msgspec.structs.replace(told, why=why))
        for recorded in facts:
            if recorded.kind == "CaseAccelerated":
                did += self._not_called(recorded, on)
            if recorded.kind in ("NoticeSent", "NoticeArrived"):
                did = _with_proof(did, recorded, facts)
        return tuple(did)

    def _rules_in_words(self, fact: f.Fact, on: date) -> tuple[str, ...]:
        """Of a decision that opened or joined a case: each rule in words, with the values it read."""
        if not isinstance(fact, f.CaseOpened | f.TriggerJoined):
            return ()
        same_day = [d for d in self.house.store.decisions_of(fact.line_id) if d.as_of == on]
        for n in range(len(same_day)):
            shown = show_decision(self.house.store, self.house.book, f"{fact.line_id}:{on}:{n}")
            if shown.fired == fact.rules:
                return tuple(map(_in_words, shown.rules))
        return ()

    def _not_called(self, recorded: RecordedFact, on: date) -> list[Told]:
        """The lines of the case whose own gate refused the call, asked again for the reason."""
        case = self.house.store.case(recorded.stream.partition(":")[2])
        assert case is not None  # noqa: S101 - its fact was just read
        heads = {i: self.house.store.line(i) for i in self._open_ids}
        lines = {i: head for i, head in heads.items() if head is not None}
        around = case_work.surround(case, lines, self.house.book, on)
        _, refused = ask_law(case.state, around, LawStage.ACCELERATE, on)
        called = recorded.fact.called  # type: ignore[attr-defined]
        return [
            Told(f"Line {i} is not called: it stays frozen", (f"its own gate, {r.rule}: {r.why}",), "", "")
            for i, r in refused.items()
            if i not in called
        ]


ADDRESSES = {"sms": "sms:{}", "email": "{}@borrowers.invalid", "push": "push:{}"}


def _in_words(rule: Explanation) -> str:
    read = ", ".join(f"{value.en} {value.value or 'unknown'}" for value in rule.values)
    return f"{rule.rule}: {rule.en} Read: {read}. {rule.zh}"


def _with_proof(did: list[Told], recorded: RecordedFact, facts: list[RecordedFact]) -> list[Told]:
    """The notice's own line says by which channel it went and that it arrived."""
    fact = recorded.fact
    assert isinstance(fact, f.NoticeSent | f.NoticeArrived)  # noqa: S101 - by its kind
    issued = [
        f"{r.stream}#{r.seq}"
        for r in facts
        if r.kind == "NoticeIssued" and r.fact.notice_id == fact.notice_id  # type: ignore[attr-defined]
    ]
    if isinstance(fact, f.NoticeSent):
        said = f"sent by {fact.channel}, content sha256 {fact.content_sha256[:12]}"
    else:
        said = f"arrived by {fact.channel} ({fact.arrival_basis})"
    if not issued:
        return [
            *did,
            Told(f"An earlier notice was {said}", (), recorded.kind, f"{recorded.stream}#{recorded.seq}"),
        ]
    return [
        msgspec.structs.replace(told, why=(*told.why, said)) if told.where == issued[0] else told
        for told in did
    ]
