"""Cases that are alike walk the ladder together: a shape is all the ladder reads of a borrower, amounts as
signs.

The steps are taken by the ladder of the domain itself, once for all borrowers of a shape; nothing of it is
written again here. What a step does to amounts is left to the columns of the members (`amounts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from fullrecall.domain import facts as f
from fullrecall.domain.calendar import BusinessCalendar, add_months
from fullrecall.domain.law import Pack
from fullrecall.domain.line import LineState
from fullrecall.domain.line import fold as fold_line
from fullrecall.domain.recall import alerts, ladder
from fullrecall.domain.recall.case import CaseState, NoticeState
from fullrecall.domain.recall.case import fold as fold_case
from fullrecall.domain.recall.case import opened as case_opened
from fullrecall.domain.recall.legal_view import LegalSurroundings, LenderTerms
from fullrecall.domain.recall.transitions import Command
from fullrecall.domain.vocabulary import Action, Done, Refused, Stage, Trigger

CASE, BORROWER = "case", "borrower"
_encode = msgspec.msgpack.Encoder(order="deterministic").encode
Happened = tuple[date, int | None, f.Fact]  # day, slot of the line (None: the case), fact


class Ground(msgspec.Struct, frozen=True):
    """What every case of a back-test stands on: ladder, law, the lender's terms, the pack of the lines."""

    policy_id: str
    terms: ladder.LadderTerms
    borrower_wide: bool
    packs: Mapping[str, Pack]
    calendars: Mapping[str, BusinessCalendar]
    law_as_of: date
    lender: LenderTerms
    pack: str
    currency: str
    governing_state: str = ""
    cross_default_flagged: bool = False

    @property
    def shares(self) -> tuple[Decimal, ...]:
        """Percentages of the amount lent that the pack weighs arrears against: a sign alone does not tell
        these.
        """
        rules = self.packs[self.pack].rules
        names = [(rule, name) for rule in rules for name in rule.params if "share_of_nominal" in name]
        return tuple(sorted({share for rule, name in names if (share := rule.number(name)) is not None}))

    @property
    def counts_cures(self) -> bool:
        return any("max_cures" in rule.params for rule in self.packs[self.pack].rules)


class Shape(msgspec.Struct, frozen=True):
    """lines: (slot, state); next_on: when the case wants a visit; pending: notices not yet sent; cures: when
    earlier cases of the borrower that were cured had been opened.
    """

    lines: tuple[tuple[int, LineState], ...] = ()
    case: CaseState | None = None
    next_on: date | None = None
    approval: bool = False
    pending: tuple[tuple[str, tuple[str, ...]], ...] = ()
    cures: tuple[date, ...] = ()

    @property
    def key(self) -> bytes:
        return _encode(self)

    @property
    def stage(self) -> str:
        return str(self.case.stage) if self.case else ""


class Observed(msgspec.Struct, frozen=True):
    """A row of the tape for one line, as the ladder reads it: signs of amounts, and the decision."""

    as_of: date
    past_due: int
    days_past_due: int
    nominal: int
    called: int
    charged_off: int
    open: int
    violation: bool
    manual_action: str
    action: Action
    trigger: Trigger | None


class Paid(msgspec.Struct, frozen=True):
    """A payment on one line, by the signs it leaves. meets: what was demanded on the line is paid by it."""

    past_due: int
    called: int
    charged_off: int
    open: int
    meets: bool
    recovers: bool  # part of the line was charged off before it came


def line_id(slot: int) -> str:
    return f"{slot:05d}"


class Walker:
    """Work on one shape; `happened` tells what the ladder recorded, in order."""

    def __init__(self, ground: Ground, shape: Shape) -> None:
        self.ground = ground
        self.lines = {line_id(slot): state for slot, state in shape.lines}
        self.case = shape.case
        self.next_on = shape.next_on
        self.approval = shape.approval
        self.pending = list(shape.pending)
        self.cures = shape.cures
        self.happened: list[Happened] = []

    def shape(self) -> Shape:
        case = self.case
        if case is not None and not case.is_open:
            if case.outcome == "cured" and self.ground.counts_cures:
                self.cures = (*self.cures, case.opened_on)
            case = None
        lines = tuple((int(name), _bare(state)) for name, state in sorted(self.lines.items()))
        if case is None:
            return Shape(lines, cures=self.cures)
        return Shape(lines, _signs(case), self.next_on, self.approval, tuple(self.pending), self.cures)

    # --- the tape and payments ---------------------------------------------------------------------

    def observe(self, slot: int, seen: Observed) -> None:
        """A position arrives: the line moves, the decision opens or joins a case, or something is cured by
        it.
        """
        name = line_id(slot)
        state = self.lines.get(name) or self._new_line(name)
        position = f.PositionObserved(seen.nominal, 0, 0, 0, seen.past_due, seen.days_past_due, seen.as_of)
        state = fold_line(state, position, seen.as_of)
        self.lines[name] = replace(
            state,
            called=seen.called,
            charged_off=seen.charged_off,
            balance=seen.called + seen.charged_off + seen.open,
            violations=(("tape", True),) if seen.violation else (),
            manual_action=seen.manual_action,
        )
        self._react(name, seen.action, seen.trigger, seen.as_of)

    def _new_line(self, name: str) -> LineState:
        g = self.ground
        return LineState(
            name, BORROWER, g.currency, 1, "", g.pack, "observed", g.governing_state, g.cross_default_flagged
        )

    def pay(self, slot: int, paid: Paid, on: date) -> None:
        """A payment on a line whose borrower has an open case."""
        name = line_id(slot)
        state = self.lines[name]
        self.lines[name] = replace(
            state,
            balance=paid.called + paid.charged_off + paid.open,
            called=paid.called,
            charged_off=paid.charged_off,
            past_due_amount=paid.past_due,
            days_past_due=state.days_past_due if paid.past_due else 0,
            in_default_since=state.in_default_since if paid.past_due else None,
        )
        self._case_fact(f.CasePaymentSeen(name, int(paid.meets)), on)
        if paid.recovers and self._open_case().stage in (Stage.CHARGED_OFF, Stage.RECOVERING):
            self._case_fact(f.RecoverySeen(name, 1), on)
        self._settle(on)
        self._plan(on)

    # --- what the live system does with a decision: write_path.alerting ----------------------------

    def _react(self, name: str, action: Action, trigger: Trigger | None, on: date) -> None:
        alert = alerts.is_alert(action)
        if self.case is None and not alert:
            return
        if self.case is not None and self.case.stage in alerts.FINISHED and alert:
            self._case_fact(f.CaseClosed(self.case.outcome), on)
            if self.case.outcome == "cured" and self.ground.counts_cures:
                self.cures = (*self.cures, self.case.opened_on)
            self.case, self.next_on, self.pending = None, None, []
        if self.case is None:
            self._open(name, action, trigger or Trigger.DECISION, on)
        elif alert and alerts.joins(self.case, action, trigger or Trigger.ARREARS, name):
            self._case_fact(
                f.TriggerJoined(name, str(trigger or Trigger.ARREARS), str(action), (), (), ""), on
            )
        else:
            if alerts.lapses(self.case, action, name):
                self._case_fact(f.TriggerLapsed(name), on)
            self._settle(on)
        self._plan(on)

    def _open(self, name: str, action: Action, trigger: Trigger, on: date) -> None:
        g = self.ground
        scope = tuple(sorted(self.lines)) if g.borrower_wide else (name,)
        fact = alerts.opening(
            self.lines[name],
            trigger=trigger,
            action=action,
            rules=(),
            reasons=(),
            policy_id=g.policy_id,
            pack_version=g.packs[g.pack].version,
            law_as_of=g.law_as_of,
            scope_lines=scope,
            exposure=0,
        )
        self.case = case_opened(CASE, fact, on)
        self.happened.append((on, int(name), fact))
        self._record(ladder.Outcome(Done(), (ladder.warning(self.case, self._around(0)),)), on)

    def _settle(self, on: date) -> None:
        """A cure or a settlement happens at once, not at the next close
        (write_path.case_work.settle_payments).
        """
        around = self._around(0)
        case = self._open_case()
        command = ladder.due_step(case, around, on)
        if command in (Command.CURE, Command.SETTLE):
            outcome = ladder.take(case, around, command, on)
            if not isinstance(outcome.answer, Refused):
                self._record(outcome, on)

    # --- days between ------------------------------------------------------------------------------

    def walk(self, since: date, until: date) -> None:
        """From the evening of `since` to the evening of `until`: notices go out, what is due is done, a day
        at a time.
        """
        if self.next_on is not None and self.next_on <= since:
            self._visit(since)
        self._deliver(since)
        while self.case is not None and self.next_on is not None and self.next_on <= until:
            self._visit(self.next_on)

    def _visit(self, day: date) -> None:
        """One close: a step at most, the second person, then the day's notices (worker.run_book)."""
        case = self._open_case()
        around = self._around(sum(1 for opened in self.cures if opened >= add_months(day, -12)))
        command = ladder.due_step(case, around, day)
        if command is not None:
            self._record(ladder.take(case, around, command, day), day)
        self.next_on = None  # the visit is made; plan the next
        self._plan(day)
        if self._open_case().approval == "asked":
            self._case_fact(f.ApprovalGiven("accelerate", "second person"), day)
            self._plan(day)
        self._deliver(day)

    def _deliver(self, day: date) -> None:
        """Notices arrive on the day they are issued; the first arrival of a demand starts the cure clock."""
        for notice_id, channels in self.pending:
            for channel in channels:
                self._case_fact(f.NoticeSent(notice_id, channel, "", ""), day)
                self._case_fact(f.NoticeArrived(notice_id, channel, ""), day)
                case = self._open_case()
                demand = case.last_notice("demand")
                if case.cure_arrived_on is None and demand is not None and demand.notice_id == notice_id:
                    started = ladder.start_cure(case, self._around(0), notice_id, day)
                    if started is not None:
                        self._case_fact(started, day)
                        self._plan(day)
        self.pending = []

    # --- recording ---------------------------------------------------------------------------------

    def _record(self, outcome: ladder.Outcome, on: date) -> None:
        for fact in outcome.case_facts:
            self._case_fact(fact, on)
            if isinstance(fact, f.NoticeIssued):
                self.pending.append((fact.notice_id, fact.channels))
        for name, line_fact in outcome.line_facts:
            self.lines[name] = fold_line(self.lines[name], line_fact, on)
            self.happened.append((on, int(name), line_fact))

    def _case_fact(self, fact: f.Fact, on: date) -> None:
        self.case = fold_case(self._open_case(), fact, on)
        self.happened.append((on, None, fact))

    def _open_case(self) -> CaseState:
        assert self.case is not None  # noqa: S101 - called only where a case is open
        return self.case

    def _plan(self, on: date) -> None:
        """As write_path.case_work.plan_visit: a visit that is still to come today stays."""
        if self.next_on is None or self.next_on > on or not self._open_case().is_open:
            self.next_on = ladder.next_action_on(self._open_case(), self._around(0), on)

    def _around(self, prior_cures: int) -> ladder.Surroundings:
        g = self.ground
        law = LegalSurroundings(g.packs, g.calendars, g.law_as_of, g.lender, prior_cures)
        return ladder.Surroundings(self.lines, law, g.terms, self.approval, 0)


def _signs(case: CaseState) -> CaseState:
    """A case without what only tells people, and with amounts as signs, so that equal cases are equal."""
    return replace(
        case,
        rules=(),
        reasons=(),
        exposure=0,
        demanded=min(case.demanded, 1),
        paid_since_demand=0,
        paid_since_call=0,
        recovered=0,
        called=dict.fromkeys(case.called, 1),
        demand_open={name: min(amount, 1) for name, amount in case.demand_open.items()},
        notices=tuple(map(_bare_notice, case.notices)),
    )


def _bare_notice(notice: NoticeState) -> NoticeState:
    return replace(notice, amount=min(notice.amount, 1))


def _bare(state: LineState) -> LineState:
    """Signs again after a step moved them: 3 open of which 2 called is not another shape than 2 and 1."""
    called, written, open_ = (
        int(amount > 0) for amount in (state.called, state.charged_off, state.open_balance)
    )
    return replace(
        state,
        called=called,
        charged_off=written,
        balance=called + written + open_,
        called_at_first=0,
        paid_since_call=0,
        positions=0,
        called_on=state.called_on if called else None,
        call_due_on=state.call_due_on if called or written else None,
    )
