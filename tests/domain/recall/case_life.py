"""One case and its lines in memory, driven day by day by the real ladder under the real packs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

import fullrecall
from fullrecall.domain import facts as f
from fullrecall.domain.calendar import BusinessCalendar
from fullrecall.domain.law import Interrupt, parse_pack, stops
from fullrecall.domain.line import LineState
from fullrecall.domain.line import fold as fold_line
from fullrecall.domain.line import opened as line_opened
from fullrecall.domain.recall import alerts, ladder
from fullrecall.domain.recall.case import CaseState
from fullrecall.domain.recall.case import fold as fold_case
from fullrecall.domain.recall.case import opened as case_opened
from fullrecall.domain.recall.ladder import Command, LadderTerms, Outcome, Surroundings
from fullrecall.domain.recall.legal_view import LegalSurroundings, LenderTerms
from fullrecall.domain.vocabulary import Action, Answer, Clock, Stage, Trigger

FOLDER = Path(fullrecall.__file__).parent / "packs"
PACKS = {
    name: parse_pack((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), source=name)
    for name in ("cn", "de")
}
CALENDARS = {name: BusinessCalendar(pack.calendar, weekends_roll=False) for name, pack in PACKS.items()}
LAW_AS_OF = date(2026, 11, 23)
LENDER = LenderTerms(
    reasonable_days=15,
    acceleration_clause_flagged=True,
    withdrawal_clause_flagged=True,
    consent_to_report=True,
)
DAY = timedelta(days=1)
OPENED = date(2026, 3, 1)
LIMIT, BALANCE, PAST_DUE = 2_000_000, 391_300, 39_200


def a_line(line_id: str = "l-1", pack: str = "cn", **fields: Any) -> LineState:
    """A line 60 days late with 392.00 past due of 3,913.00, unless told otherwise."""
    opened = line_opened(line_id, f.LineOpened("b-7", "CNY", 1, "card", pack, "observed", "test"))
    standing = {
        "as_of": OPENED, "credit_limit": LIMIT, "balance": BALANCE, "past_due_amount": PAST_DUE,
        "days_past_due": 60, "in_default_since": OPENED - timedelta(days=60), "positions": 3,
    }  # fmt: skip
    return replace(opened, **(standing | fields))


def current(line_id: str = "l-2", pack: str = "cn", **fields: Any) -> LineState:
    """A line with a balance and nothing past due."""
    none_late = {"past_due_amount": 0, "days_past_due": 0, "in_default_since": None}
    return a_line(line_id, pack, **(none_late | fields))


class Life:
    """What the use cases do, without a database. `told` holds every fact with its day."""

    def __init__(
        self,
        *lines: LineState,
        action: Action = Action.FREEZE,
        trigger: Trigger = Trigger.ARREARS,
        on: date = OPENED,
        terms: LadderTerms | None = None,
        lender: LenderTerms = LENDER,
        approval: bool = False,
        asked_by: str = "",
    ) -> None:
        self.lines = {line.line_id: line for line in lines or (a_line(),)}
        self.terms = terms or LadderTerms()
        self.lender = lender
        self.approval = approval
        self.told: list[tuple[date, str, f.Fact]] = []
        first = next(iter(self.lines.values()))
        fact = alerts.opening(
            first,
            trigger=trigger,
            action=action,
            rules=("rule",),
            reasons=("ARREARS",),
            policy_id="p",
            pack_version="v",
            law_as_of=LAW_AS_OF,
            scope_lines=tuple(self.lines),
            exposure=sum(line.exposure for line in self.lines.values()),
            asked_by=asked_by,
        )
        self.case: CaseState = case_opened("c", fact, on)
        self.told.append((on, "CaseOpened", fact))
        self.case_fact(ladder.warning(self.case, self.around), on)
        self.next_on = ladder.next_action_on(self.case, self.around, on)

    @property
    def around(self) -> Surroundings:
        law = LegalSurroundings(PACKS, CALENDARS, LAW_AS_OF, self.lender)
        exposure = sum(line.exposure for line in self.lines.values())
        return Surroundings(self.lines, law, self.terms, self.approval, exposure)

    def case_fact(self, fact: f.Fact, on: date) -> None:
        self.case = fold_case(self.case, fact, on)
        self.told.append((on, type(fact).__name__, fact))

    def line_fact(self, line_id: str, fact: f.Fact, on: date) -> None:
        self.lines[line_id] = fold_line(self.lines[line_id], fact, on)
        self.told.append((on, type(fact).__name__, fact))

    def apply(self, outcome: Outcome, on: date) -> Answer:
        for fact in outcome.case_facts:
            self.case_fact(fact, on)
        for line_id, line_fact in outcome.line_facts:
            self.line_fact(line_id, line_fact, on)
        return outcome.answer

    def plan(self, on: date) -> None:
        self.next_on = ladder.next_action_on(self.case, self.around, on)

    def take(self, command: Command, on: date) -> Answer:
        return self.apply(ladder.take(self.case, self.around, command, on), on)

    def close(self, on: date) -> Command | None:
        """The daily close: at most one step, on a day the case asked to be visited. The command that was
        asked."""
        if self.next_on is None or on < self.next_on:
            return None
        command = ladder.due_step(self.case, self.around, on)
        if command is not None:
            self.take(command, on)
        self.plan(on)
        return command

    def days(self, first: date, last: date) -> list[tuple[date, Command]]:
        """Close every day of a span; the steps that were asked for."""
        asked = []
        while first <= last:
            command = self.close(first)
            if command is not None:
                asked.append((first, command))
            first += DAY
        return asked

    def _at_once(self, on: date) -> None:
        command = ladder.due_step(self.case, self.around, on)
        if command in (Command.CURE, Command.SETTLE):
            self.take(command, on)
        self.plan(on)

    def pay(self, amount: int, on: date, line_id: str = "l-1") -> None:
        written_off = self.lines[line_id].charged_off
        self.line_fact(line_id, f.PaymentObserved(amount), on)
        self.case_fact(f.CasePaymentSeen(line_id, amount), on)
        if written_off and self.case.stage in (Stage.CHARGED_OFF, Stage.RECOVERING):
            self.apply(ladder.recover(self.case, line_id, min(amount, written_off)), on)
        self._at_once(on)

    def observe(
        self,
        on: date,
        balance: int,
        past_due: int,
        days: int,
        line_id: str = "l-1",
        asks: Action | None = None,
    ) -> None:
        """A later position; `asks`: what the policy says to it (None: nothing is asked of the policy)."""
        self.line_fact(line_id, f.PositionObserved(LIMIT, balance, 0, 0, past_due, days, on), on)
        if asks is not None and alerts.lapses(self.case, asks, line_id):
            self.case_fact(f.TriggerLapsed(line_id), on)
        self._at_once(on)

    def join(self, action: Action, trigger: Trigger, on: date, line_id: str = "l-1", by: str = "") -> None:
        self.case_fact(f.TriggerJoined(line_id, trigger, action, ("r",), ("R",), by), on)
        self.plan(on)

    def arrive(self, on: date, kind: str = "demand", channel: str = "email") -> None:
        notice = self.case.last_notice(kind)
        assert notice is not None, f"no {kind} was issued"
        self.case_fact(f.NoticeSent(notice.notice_id, channel, "sha", "receipt"), on)
        self.case_fact(f.NoticeArrived(notice.notice_id, channel, "test"), on)
        started = ladder.start_cure(self.case, self.around, notice.notice_id, on)
        if started is not None:
            self.case_fact(started, on)
        self.plan(on)

    def interrupt(self, name: str, on: date, until: date | None = None) -> tuple[Clock, ...]:
        clocks = tuple(sorted(stops(PACKS[self.case.pack], Interrupt(name))))
        self.case_fact(f.InterruptBegan(name, clocks, "officer", "why", until), on)
        self.plan(on)
        return clocks

    def resume(self, name: str, on: date) -> Answer:
        answer = self.apply(ladder.resume(self.case, (name,), by="officer", why="over", today=on), on)
        self.plan(on)
        return answer

    def kinds(self, *names: str) -> list[tuple[date, str]]:
        return [(on, name) for on, name, _ in self.told if name in names]

    def facts(self, kind: str) -> list[Any]:
        return [fact for _, name, fact in self.told if name == kind]


def demanded(life: Life, on: date = OPENED + DAY) -> Life:
    """The demand of 2 March reckons with arrival on the 3rd and names 3 + 15 = 18 March; it arrived on the
    2nd, and
    what it names counts."""
    assert life.close(on) is Command.DEMAND
    life.arrive(on)
    return life


def frozen(life: Life) -> Life:
    """Demanded on 2 March, cure until 18 March, frozen on 19 March."""
    demanded(life)
    assert life.days(date(2026, 3, 3), date(2026, 3, 19)) == [(date(2026, 3, 19), Command.FREEZE)]
    return life


def called(life: Life) -> Life:
    """Frozen on 19 March, limits withdrawn on the 20th, called on the 21st."""
    frozen(life)
    assert [c for _, c in life.days(date(2026, 3, 20), date(2026, 3, 21))] == [
        Command.WITHDRAW_LIMITS,
        Command.ACCELERATE,
    ]
    assert life.case.stage is Stage.ACCELERATED
    return life


def at_stage(stage: Stage) -> Life:  # noqa: C901 - one branch per stage
    """A case brought to a stage by real facts."""
    march = date(2026, 3, 21)
    life = Life(action=Action.WARN if stage is Stage.WARNED else Action.RECALL)
    if stage is Stage.WARNED:
        return life
    if stage is Stage.NOTIFIED:
        return demanded(life)
    if stage is Stage.FROZEN:
        return frozen(life)
    if stage is Stage.RUN_OFF:
        life = frozen(Life(action=Action.FREEZE))
        assert life.close(date(2026, 3, 20)) is Command.RUN_OFF
        return life
    if stage in (Stage.CURED, Stage.CLOSED):
        demanded(life).pay(PAST_DUE, march)
        if stage is Stage.CLOSED:
            life.close(march + DAY)
        return life
    called(life)
    if stage is Stage.CLEARING:
        assert life.close(march + DAY) is Command.CLEAR
    elif stage is Stage.SETTLED:
        life.pay(BALANCE, march)
    elif stage is Stage.WITHDRAWN:
        life.apply(ladder.withdraw(life.case, life.around, "officer", "booked to the wrong line"), march)
    elif stage in (Stage.CHARGED_OFF, Stage.RECOVERING):
        life.observe(date(2026, 7, 1), BALANCE, PAST_DUE, 180)
        assert life.close(date(2026, 7, 2)) is Command.CHARGE_OFF
        if stage is Stage.RECOVERING:
            life.pay(1_000, date(2026, 7, 3))
    assert life.case.stage is stage
    return life


def views(lines: Mapping[str, LineState]) -> list[tuple[int, int, int]]:
    return [(line.open_balance, line.called, line.charged_off) for line in lines.values()]
