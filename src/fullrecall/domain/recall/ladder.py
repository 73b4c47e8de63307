"""What the ladder does next: which step is due on a day, whether it may be taken, and what is recorded when it is.

Pure: a case, its lines, the terms, the law and a date in; an answer and facts out. Every step is asked of the table
of transitions, of the interrupts, of each line's own law pack, and of the second person where the policy wants one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from hashlib import sha256

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.calendar import month_end
from fullrecall.domain.law import Allowed, cure_ends, may
from fullrecall.domain.line import LineState
from fullrecall.domain.recall.case import CaseState
from fullrecall.domain.recall.legal_view import LegalSurroundings, legal_view
from fullrecall.domain.recall.transitions import BY_COMMAND, Command
from fullrecall.domain.vocabulary import (
    Action,
    AlreadyDone,
    Answer,
    Clock,
    Done,
    LawStage,
    Refused,
    Stage,
    Trigger,
)

ARRIVAL_PATIENCE_DAYS = 7  # a demand that reached nobody in a week is issued again


class LadderTerms(msgspec.Struct, frozen=True):
    """The ladder's parameters, from the policy that the case is pinned to. Days are calendar days."""

    warn_channels: tuple[str, ...] = ("push",)
    notice_channels: tuple[str, ...] = ("sms", "email", "push")
    cure_days: int = 15
    review_days: int = 30
    pay_within_days: int = 15
    plan_instalments: tuple[int, ...] = (3, 6, 12)
    charge_off_days_past_due: int = 180


class Surroundings(msgspec.Struct, frozen=True):
    """Everything a step is decided on besides the case itself."""

    lines: Mapping[str, LineState]
    law: LegalSurroundings
    terms: LadderTerms
    approval_needed: bool = False
    borrower_exposure: int = 0


class Outcome(msgspec.Struct, frozen=True):
    """answer, then the facts of the case and of its lines, in the order they are to be recorded."""

    answer: Answer
    case_facts: tuple[f.Fact, ...] = ()
    line_facts: tuple[tuple[str, f.Fact], ...] = ()
    basis: tuple[f.Basis, ...] = ()


def notice_id_of(case_id: str, kind: str, number: int) -> str:
    return "n" + sha256(f"{case_id}|{kind}|{number}".encode()).hexdigest()[:23]


def is_paid_up(case: CaseState, lines: Mapping[str, LineState]) -> bool:
    """Nothing of what set the case off is due any more on any of its lines."""
    return all(lines[i].past_due_amount <= 0 and lines[i].days_past_due == 0 for i in case.line_ids)


def is_cured(case: CaseState, lines: Mapping[str, LineState]) -> bool:
    """What was demanded has been paid since, or nothing is past due (contractual cure, not the bureau's)."""
    if case.demanded > 0 and case.paid_since_demand >= case.demanded:
        return True
    return Trigger.ARREARS in case.triggers and set(case.triggers) == {Trigger.ARREARS} and is_paid_up(case, lines)


def due_step(case: CaseState, around: Surroundings, today: date) -> Command | None:
    """The step that the clock asks for today, or None. A stage that waits for a date asks for nothing before it."""
    if case.stage in (Stage.CURED, Stage.WITHDRAWN, Stage.SETTLED):
        return Command.CLOSE
    if _must_charge_off(case, around):
        return Command.CHARGE_OFF
    chooser = _BY_STAGE.get(case.stage)
    if chooser is None or case.stands_still(Clock.ENFORCEMENT):
        return None
    step = chooser(case, around, today)
    if step and case.refused_command == step and case.refused_until and today < case.refused_until:
        return None
    return step


def _must_charge_off(case: CaseState, around: Surroundings) -> bool:
    if case.stage not in BY_COMMAND[Command.CHARGE_OFF].sources or case.stands_still(Clock.ACCOUNTING):
        return False
    limit = around.terms.charge_off_days_past_due
    return any(around.lines[i].days_past_due >= limit and around.lines[i].balance > 0 for i in case.line_ids)


def _when_warned(case: CaseState, around: Surroundings, today: date) -> Command | None:
    if is_cured(case, around.lines):
        return Command.CURE
    if case.action.severity >= Action.FREEZE.severity:
        return Command.FREEZE if Trigger.VIOLATION in case.triggers else Command.DEMAND
    if today >= (case.review_on or case.opened_on + timedelta(days=around.terms.review_days)):
        return Command.REVIEW
    return None


def _when_notified(case: CaseState, around: Surroundings, today: date) -> Command | None:
    if is_cured(case, around.lines):
        return Command.CURE
    if case.cure_ends_on is None:
        return Command.DEMAND_AGAIN if _lost(case, today) else None
    return Command.FREEZE if today > case.cure_ends_on else None


def _lost(case: CaseState, today: date) -> bool:
    """A demand whose arrival nobody reports within a week is taken for lost and issued again."""
    demand = case.last_notice("demand")
    return demand is not None and today > demand.issued_on + timedelta(days=ARRIVAL_PATIENCE_DAYS)


def _when_frozen(case: CaseState, around: Surroundings, today: date) -> Command | None:
    if is_cured(case, around.lines):
        return Command.CURE
    if case.action is Action.RECALL and case.approval != "denied":
        return _towards_recall(case, today)
    if case.stage is Stage.FROZEN:
        return Command.RUN_OFF
    return Command.REVIEW if case.review_on and today >= case.review_on else None


def _towards_recall(case: CaseState, today: date) -> Command | None:
    if not case.limits_withdrawn:
        return Command.WITHDRAW_LIMITS
    demand = case.last_notice("demand")
    if demand is None:
        return Command.DEMAND_AGAIN
    if case.cure_ends_on is None:
        return Command.DEMAND_AGAIN if _lost(case, today) else None
    if today <= case.cure_ends_on or case.approval == "asked":
        return None
    return Command.ACCELERATE


def _when_called(case: CaseState, around: Surroundings, today: date) -> Command | None:
    if all(around.lines[i].called == 0 for i in case.called):
        return Command.SETTLE
    return Command.CLEAR if case.stage is Stage.ACCELERATED else None


def _when_recovering(case: CaseState, around: Surroundings, today: date) -> Command | None:
    return Command.CLOSE if all(around.lines[i].charged_off == 0 for i in case.line_ids) else None


_BY_STAGE: dict[Stage, Callable[[CaseState, Surroundings, date], Command | None]] = {
    Stage.WARNED: _when_warned,
    Stage.NOTIFIED: _when_notified,
    Stage.FROZEN: _when_frozen,
    Stage.RUN_OFF: _when_frozen,
    Stage.ACCELERATED: _when_called,
    Stage.CLEARING: _when_called,
    Stage.RECOVERING: _when_recovering,
}


def next_action_on(case: CaseState, around: Surroundings, today: date) -> date | None:
    """The next date on which the case wants to be visited; None when only an event can move it."""
    if not case.is_open:
        return None
    tomorrow = today + timedelta(days=1)
    record_on = month_end(today) if today < month_end(today) else month_end(tomorrow)
    step_on = _next_step_on(case, around, today, tomorrow)
    return min(step_on, record_on) if step_on else record_on


def _next_step_on(case: CaseState, around: Surroundings, today: date, tomorrow: date) -> date | None:
    if case.stands_still(Clock.ENFORCEMENT):
        return max(case.interrupt_until, tomorrow) if case.interrupt_until else None
    if due_step(case, around, tomorrow) is not None:
        return tomorrow
    demand = case.last_notice("demand")
    waits = demand is not None and case.cure_ends_on is None
    dates = [
        d
        for d in (
            case.refused_until,
            demand.issued_on + timedelta(days=ARRIVAL_PATIENCE_DAYS + 1) if demand and waits else None,
            case.cure_ends_on + timedelta(days=1) if case.cure_ends_on and case.stage is Stage.NOTIFIED else None,
            case.cure_ends_on + timedelta(days=1) if case.cure_ends_on and case.frozen_on else None,
            case.review_on if case.stage in (Stage.WARNED, Stage.RUN_OFF) else None,
            case.opened_on + timedelta(days=around.terms.review_days) if case.stage is Stage.WARNED else None,
        )
        if d is not None and d > today
    ]
    return min(dates) if dates else None


def take(case: CaseState, around: Surroundings, command: Command, today: date) -> Outcome:
    """Ask for one step on a day. Done with its facts, AlreadyDone, or Refused(rule, until) with the refusal recorded."""
    row = BY_COMMAND[command]
    if case.stage not in row.sources:
        if row.to is not None and case.stage is row.to:
            return Outcome(AlreadyDone(f"case {case.case_id} is {case.stage} since {case.stage_since}"))
        return Outcome(
            Refused("ladder.order", f"{command} is possible from {', '.join(row.sources)}; the case is {case.stage}")
        )
    if row.clock and case.stands_still(row.clock):
        return Outcome(
            Refused("ladder.stands-still", _why_still(case, row.clock), case.interrupt_until)
        )
    if row.four_eyes and around.approval_needed and case.approval != "given":
        return _ask_approval(case, around, command)
    return _STEPS[command](case, around, today)


def _why_still(case: CaseState, clock: Clock) -> str:
    if case.protection:
        return f"the borrower is protected ({case.protection}): no step against them"
    names = ", ".join(name for name, clocks in case.interrupts.items() if clock in clocks)
    return f"the {clock} clock stands still: {names}"


def _ask_approval(case: CaseState, around: Surroundings, command: Command) -> Outcome:
    refusal = Refused("policy.approval", f"{command} needs a second person: exposure {around.borrower_exposure}")
    if case.approval:
        return Outcome(refusal)
    asked = f.ApprovalAsked(str(command), around.borrower_exposure, refusal.why)
    return Outcome(refusal, (asked,))


def _notice(case: CaseState, around: Surroundings, kind: str, amount: int, **flags: object) -> f.NoticeIssued:
    number = sum(1 for n in case.notices if n.kind == kind) + 1
    channels = around.terms.warn_channels if kind == "warn" else around.terms.notice_channels
    fact = f.NoticeIssued(notice_id_of(case.case_id, kind, number), kind, channels, ("zh", "en"), amount)
    return msgspec.structs.replace(fact, **flags)


def warning(case: CaseState, around: Surroundings) -> f.NoticeIssued:
    """The notice that goes out when a case is opened."""
    past_due = sum(around.lines[i].past_due_amount for i in case.line_ids if i in around.lines)
    return _notice(case, around, "warn", past_due, announces_report=True)


def _ask_law(
    case: CaseState, around: Surroundings, stage: LawStage, today: date
) -> tuple[dict[str, Allowed], dict[str, Refused]]:
    """Each line asks its own pack."""
    allowed: dict[str, Allowed] = {}
    refused: dict[str, Refused] = {}
    for line_id in case.line_ids:
        line = around.lines[line_id]
        pack = around.law.packs[line.pack]
        view = legal_view(case, line, around.law, around.terms.cure_days, today)
        answer = may(pack, stage, view, around.law.calendars[pack.id])
        if isinstance(answer, Allowed):
            allowed[line_id] = answer
        else:
            refused[line_id] = answer
    return allowed, refused


def _refused(case: CaseState, command: Command, refused: Mapping[str, Refused], *, by_law: bool = True) -> Outcome:
    """No line may: the refusal that ends first is the answer. The same refusal is recorded once, not every day."""
    answer = min(refused.values(), key=lambda r: (r.until is None, r.until or date.max, r.rule))
    fact = f.StepRefused(str(command), answer.rule, answer.why, answer.until, by_law)
    same = (case.refused_command, case.refused_rule, case.refused_until) == (str(command), answer.rule, answer.until)
    return Outcome(answer, () if same else (fact,))


def _basis(allowed: Mapping[str, Allowed]) -> tuple[f.Basis, ...]:
    seen: dict[tuple[str, str], f.Basis] = {}
    for answer in allowed.values():
        for basis in answer.basis:
            fact = f.Basis(basis.rule_id, basis.citation, basis.note)
            seen.setdefault((fact.rule, fact.note), fact)
    return tuple(seen.values())


def _cure_ends(
    case: CaseState, around: Surroundings, line_ids: tuple[str, ...], arrived_on: date, today: date
) -> tuple[date, tuple[f.Basis, ...]]:
    """The last day to cure after an arrival, the latest of all lines' packs and the policy."""
    found = []
    for line_id in line_ids:
        line = around.lines[line_id]
        pack, days = around.law.packs[line.pack], around.terms.cure_days
        view = legal_view(case, line, around.law, days, today)
        ends_on, basis = cure_ends(pack, arrived_on, days, around.law.calendars[pack.id], view)
        found.append((ends_on, f.Basis(basis.rule_id, basis.citation, basis.note)))
    return max(ends for ends, _ in found), tuple(dict.fromkeys(basis for _, basis in found))


def start_cure(case: CaseState, around: Surroundings, notice_id: str, arrived_on: date) -> f.CureStarted | None:
    """The cure clock starts with the first arrival of the demand; it never ends before the date the demand named."""
    demand = case.last_notice("demand")
    if demand is None or demand.notice_id != notice_id or case.cure_arrived_on is not None:
        return None
    ends_on, basis = _cure_ends(case, around, case.line_ids, arrived_on, arrived_on)
    return f.CureStarted(notice_id, arrived_on, max(ends_on, demand.pay_by or ends_on), demand.amount, basis)


def _demand(case: CaseState, around: Surroundings, today: date, command: Command = Command.DEMAND) -> Outcome:
    allowed, refused = _ask_law(case, around, LawStage.NOTICE, today)
    if not allowed:
        return _refused(case, command, refused)
    amount = sum(max(around.lines[i].past_due_amount, 0) for i in allowed)
    named, _ = _cure_ends(case, around, tuple(allowed), today + timedelta(days=1), today)
    fact = _notice(
        case, around, "demand", amount, pay_by=named, declares_acceleration=True, offers_plan=True,
        announces_report=True,
    )  # fmt: skip
    return Outcome(Done(("NoticeIssued",)), (fact,), basis=_basis(allowed))


def _demand_again(case: CaseState, around: Surroundings, today: date) -> Outcome:
    return _demand(case, around, today, Command.DEMAND_AGAIN)


def _freeze(case: CaseState, around: Surroundings, today: date) -> Outcome:
    allowed, refused = _ask_law(case, around, LawStage.FREEZE, today)
    if not allowed:
        return _refused(case, Command.FREEZE, refused)
    review_on = today + timedelta(days=around.terms.review_days)
    owed = sum(around.lines[i].exposure for i in allowed)
    return Outcome(
        Done(("CaseFrozen", "LineFrozen", "NoticeIssued")),
        (f.CaseFrozen(review_on, _basis(allowed)), _notice(case, around, "freeze", owed)),
        tuple((i, f.LineFrozen(case.case_id, ",".join(case.reasons), review_on)) for i in allowed),
        _basis(allowed),
    )


def _run_off(case: CaseState, around: Surroundings, today: date) -> Outcome:
    plan = around.terms.plan_instalments
    owed = sum(max(around.lines[i].past_due_amount, 0) for i in case.line_ids)
    began = f.RunOffBegan(today + timedelta(days=around.terms.review_days), plan)
    return Outcome(
        Done(("RunOffBegan", "NoticeIssued")), (began, _notice(case, around, "plan_offer", owed, offers_plan=True))
    )


def _review(case: CaseState, around: Surroundings, today: date) -> Outcome:
    if is_paid_up(case, around.lines) and case.action.severity < Action.FREEZE.severity:
        return _cure(case, around, today)
    kept = f.FreezeReviewed(today + timedelta(days=around.terms.review_days), "kept: the ground still stands")
    return Outcome(Done(("FreezeReviewed",)), (kept,))


def _withdraw_limits(case: CaseState, around: Surroundings, today: date) -> Outcome:
    allowed, refused = _ask_law(case, around, LawStage.FREEZE, today)
    if not allowed:
        return _refused(case, Command.WITHDRAW_LIMITS, refused)
    lines = {i: f.LimitWithdrawn(case.case_id, around.lines[i].credit_limit) for i in allowed}
    return Outcome(
        Done(("LimitsWithdrawn", "LimitWithdrawn")),
        (f.LimitsWithdrawn(tuple(lines), _basis(allowed)),),
        tuple(lines.items()),
        _basis(allowed),
    )


def _accelerate(case: CaseState, around: Surroundings, today: date) -> Outcome:
    allowed, refused = _ask_law(case, around, LawStage.ACCELERATE, today)
    called = {i: owed for i in allowed if (owed := around.lines[i].balance - around.lines[i].charged_off) > 0}
    if not called:
        nothing = {"": Refused("ladder.nothing-owed", "no balance is owed on the lines that may be called")}
        return _refused(case, Command.ACCELERATE, refused or nothing, by_law=bool(refused))
    pay_by = today + timedelta(days=around.terms.pay_within_days)
    notice = _notice(case, around, "acceleration", sum(called.values()), pay_by=pay_by, offers_plan=True)
    return Outcome(
        Done(("CaseAccelerated", "BalanceCalled", "NoticeIssued")),
        (f.CaseAccelerated(called, pay_by, _basis(allowed)), notice),
        tuple((i, f.BalanceCalled(case.case_id, amount, pay_by)) for i, amount in called.items()),
        _basis(allowed),
    )


def _clear(case: CaseState, around: Surroundings, today: date) -> Outcome:
    allowed, refused = _ask_law(case, around, LawStage.COLLECT, today)
    if not allowed:
        return _refused(case, Command.CLEAR, refused)
    owed = sum(around.lines[i].called for i in case.called)
    plan = around.terms.plan_instalments
    pay_by = case.pay_by or today + timedelta(days=around.terms.pay_within_days)
    notice = _notice(case, around, "clearing_reminder", owed, pay_by=pay_by, offers_plan=True)
    return Outcome(Done(("ClearingBegan", "NoticeIssued")), (f.ClearingBegan(owed, pay_by, plan), notice))


def _settle(case: CaseState, around: Surroundings, today: date) -> Outcome:
    settled = f.CaseSettled(case.paid_since_call)
    return Outcome(Done(("CaseSettled", "NoticeIssued")), (settled, _notice(case, around, "settled", 0)))


def _charge_off(case: CaseState, around: Surroundings, today: date) -> Outcome:
    parts = {
        i: f.LineChargedOff(case.case_id, line.called, max(line.open_balance, 0))
        for i in case.line_ids
        if (line := around.lines[i]).balance > line.charged_off and line.balance > 0
    }
    amount = sum(p.called + p.open for p in parts.values())
    days = max(around.lines[i].days_past_due for i in case.line_ids)
    return Outcome(
        Done(("CaseChargedOff", "LineChargedOff")), (f.CaseChargedOff(amount, days),), tuple(parts.items())
    )


def _undo(case: CaseState, around: Surroundings, why: str) -> tuple[tuple[str, f.Fact], ...]:
    """What a cure or withdrawal puts back on the lines: freeze, limit, called balance."""
    facts: list[tuple[str, f.Fact]] = []
    for line_id in case.line_ids:
        line = around.lines[line_id]
        if line.called_on:
            facts.append((line_id, f.CallUnwound(case.case_id, line.called)))
        if line.limit_withdrawn:
            facts.append((line_id, f.LimitRestored(case.case_id, line.credit_limit)))
        if line.frozen:
            facts.append((line_id, f.LineUnfrozen(case.case_id, why)))
    return tuple(facts)


def _cure(case: CaseState, around: Surroundings, today: date) -> Outcome:
    why = "what was demanded is paid" if case.demanded else "nothing is past due"
    notice = _notice(case, around, "reinstated", 0)
    return Outcome(
        Done(("CaseCured", "NoticeIssued")),
        (f.CaseCured(why, case.paid_since_demand), notice),
        _undo(case, around, "cured"),
    )


def withdraw(case: CaseState, around: Surroundings, by: str, why: str) -> Outcome:
    """The lender takes the case back: freeze, limits and calls are undone as if never made."""
    row = BY_COMMAND[Command.WITHDRAW]
    if case.stage is row.to or case.outcome == "withdrawn":
        return Outcome(AlreadyDone(f"case {case.case_id} was withdrawn on {case.stage_since}"))
    if case.stage not in row.sources:
        return Outcome(
            Refused("ladder.order", f"withdraw is possible from {', '.join(row.sources)}; the case is {case.stage}")
        )
    notice = _notice(case, around, "withdrawn", 0)
    return Outcome(
        Done(row.facts), (f.CaseWithdrawn(by, why), notice), _undo(case, around, "withdrawn")
    )


def _close(case: CaseState, around: Surroundings, today: date) -> Outcome:
    return Outcome(Done(("CaseClosed",)), (f.CaseClosed(case.outcome or str(case.stage)),))


_STEPS: dict[Command, Callable[[CaseState, Surroundings, date], Outcome]] = {
    Command.DEMAND: _demand,
    Command.DEMAND_AGAIN: _demand_again,
    Command.FREEZE: _freeze,
    Command.RUN_OFF: _run_off,
    Command.REVIEW: _review,
    Command.WITHDRAW_LIMITS: _withdraw_limits,
    Command.ACCELERATE: _accelerate,
    Command.CLEAR: _clear,
    Command.SETTLE: _settle,
    Command.CHARGE_OFF: _charge_off,
    Command.CURE: _cure,
    Command.CLOSE: _close,
}
