"""The steps themselves: what each one asks of the law, and what it records when it may be taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.line import LineState
from fullrecall.domain.recall.case import CaseState
from fullrecall.domain.recall.gates import ask_law, basis_of, cure_ends_latest, refused_step
from fullrecall.domain.recall.grounds import demand_is_paid
from fullrecall.domain.recall.interventions import expired, resume
from fullrecall.domain.recall.surroundings import Outcome, Surroundings
from fullrecall.domain.recall.transitions import Command
from fullrecall.domain.recall.undo import undo
from fullrecall.domain.vocabulary import AlreadyDone, Done, LawStage, Refused, Stage

Step = Callable[[CaseState, Surroundings, date], Outcome]


def notice_id_of(case_id: str, kind: str, number: int) -> str:
    return "n" + sha256(f"{case_id}|{kind}|{number}".encode()).hexdigest()[:23]


def notice(case: CaseState, around: Surroundings, kind: str, amount: int, **flags: object) -> f.NoticeIssued:
    """The next notice of a kind; its id follows from the case, so that a re-run names the same notice."""
    number = sum(1 for n in case.notices if n.kind == kind) + 1
    channels = around.terms.warn_channels if kind == "warn" else around.terms.notice_channels
    fact = f.NoticeIssued(notice_id_of(case.case_id, kind, number), kind, channels, ("zh", "en"), amount)
    return msgspec.structs.replace(fact, **flags)


def warning(case: CaseState, around: Surroundings) -> f.NoticeIssued:
    """The notice that goes out when a case is opened."""
    past_due = sum(max(around.lines[i].past_due_amount, 0) for i in case.line_ids if i in around.lines)
    return notice(case, around, "warn", past_due, announces_report=True)


def _demand(case: CaseState, around: Surroundings, today: date, command: Command = Command.DEMAND) -> Outcome:
    allowed, refused = ask_law(case, around, LawStage.NOTICE, today)
    if not allowed:
        return refused_step(case, command, refused)
    amounts = _amounts_to_demand([around.lines[i] for i in allowed])
    named, _ = cure_ends_latest(case, around, allowed, today + timedelta(days=1), today)
    fact = notice(
        case, around, "demand", sum(amounts.values()), pay_by=named, declares_acceleration=True,
        offers_plan=True, announces_report=True, line_amounts=amounts,
    )  # fmt: skip
    return Outcome(Done(), (fact,), basis=basis_of(allowed))


def _amounts_to_demand(lines: list[LineState]) -> dict[str, int]:
    """What is past due; where nothing is (a breach, a decision), the balance that would be called."""
    past_due = {line.line_id: line.past_due_amount for line in lines if line.past_due_amount > 0}
    return past_due or {line.line_id: line.open_balance for line in lines if line.open_balance > 0}


def _demand_again(case: CaseState, around: Surroundings, today: date) -> Outcome:
    return _demand(case, around, today, Command.DEMAND_AGAIN)


def _freeze(case: CaseState, around: Surroundings, today: date) -> Outcome:
    allowed, refused = ask_law(case, around, LawStage.FREEZE, today)
    if not allowed:
        return refused_step(case, Command.FREEZE, refused)
    review_on = today + timedelta(days=around.terms.review_days)
    owed = sum(around.lines[i].exposure for i in allowed)
    ground = ",".join(case.reasons)
    return Outcome(
        Done(),
        (f.CaseFrozen(review_on, basis_of(allowed)), notice(case, around, "freeze", owed)),
        tuple((i, f.LineFrozen(case.case_id, ground, review_on)) for i in allowed),
        basis_of(allowed),
    )


def _run_off(case: CaseState, around: Surroundings, today: date) -> Outcome:
    plan = around.terms.plan_instalments
    owed = sum(_amounts_to_demand([around.lines[i] for i in case.line_ids]).values())
    began = f.RunOffBegan(today + timedelta(days=around.terms.review_days), plan)
    return Outcome(Done(), (began, notice(case, around, "plan_offer", owed, offers_plan=True)))


def _review(case: CaseState, around: Surroundings, today: date) -> Outcome:
    """The day to look again. A ground that is gone ends the case before (`is_cured`), so here it stands."""
    kept = f.FreezeReviewed(today + timedelta(days=around.terms.review_days), "kept: the ground still stands")
    return Outcome(Done(), (kept,))


def _withdraw_limits(case: CaseState, around: Surroundings, today: date) -> Outcome:
    allowed, refused = ask_law(case, around, LawStage.FREEZE, today)
    if not allowed:
        return refused_step(case, Command.WITHDRAW_LIMITS, refused)
    lines = {i: f.LimitWithdrawn(case.case_id, around.lines[i].credit_limit) for i in allowed}
    basis = basis_of(allowed)
    return Outcome(Done(), (f.LimitsWithdrawn(tuple(lines), basis),), tuple(lines.items()), basis)


def _accelerate(case: CaseState, around: Surroundings, today: date) -> Outcome:
    allowed, refused = ask_law(case, around, LawStage.ACCELERATE, today)
    called = {i: owed for i in allowed if (owed := around.lines[i].open_balance) > 0}
    if not called:
        nothing = {"": Refused("ladder.nothing-owed", "no balance is owed on the lines that may be called")}
        return refused_step(case, Command.ACCELERATE, refused or nothing, by_law=bool(refused))
    pay_by = today + timedelta(days=around.terms.pay_within_days)
    basis = basis_of({i: allowed[i] for i in called})
    total = sum(called.values())
    issued = notice(case, around, "acceleration", total, pay_by=pay_by, offers_plan=True)
    return Outcome(
        Done(),
        (f.CaseAccelerated(called, pay_by, basis), issued),
        tuple((i, f.BalanceCalled(case.case_id, amount, pay_by)) for i, amount in called.items()),
        basis,
    )


def _clear(case: CaseState, around: Surroundings, today: date) -> Outcome:
    allowed, refused = ask_law(case, around, LawStage.COLLECT, today)
    if not allowed:
        return refused_step(case, Command.CLEAR, refused)
    owed = sum(around.lines[i].called for i in case.called)
    # What is asked for today cannot be due before today, however long the step had to wait.
    pay_by = max(case.pay_by or today, today)
    issued = notice(case, around, "clearing_reminder", owed, pay_by=pay_by, offers_plan=True)
    return Outcome(Done(), (f.ClearingBegan(owed, pay_by, around.terms.plan_instalments), issued))


def _settle(case: CaseState, around: Surroundings, today: date) -> Outcome:
    """Settled is what was called, whether payments or a position showed it. Lines frozen beside it are let
    go."""
    still_open = sum(around.lines[i].called for i in case.called)
    if still_open:
        return Outcome(Refused("ladder.still-owed", f"{still_open} of the called balance is not paid"))
    beside = (around.lines[i] for i in case.line_ids if i not in case.called)
    freed = [line.line_id for line in beside if line.frozen and line.past_due_amount <= 0]
    return Outcome(
        Done(),
        (f.CaseSettled(sum(case.called.values())), notice(case, around, "settled", 0)),
        tuple((i, f.LineUnfrozen(case.case_id, "settled")) for i in freed),
    )


def charge_off_days(line: LineState, on: date) -> int:
    """Days past due of a line for a charge-off: as last observed, or since its balance had to be paid."""
    if line.charged_off or line.balance <= 0:
        return 0
    return max(line.days_past_due, line.accelerated_days(on))


def lines_to_charge_off(case: CaseState, around: Surroundings, on: date) -> list[LineState]:
    """Line by line: a line that is paid as agreed is not written off because another one is."""
    limit = around.terms.charge_off_days_past_due
    return [line for i in case.line_ids if charge_off_days(line := around.lines[i], on) >= limit]


def _charge_off(case: CaseState, around: Surroundings, today: date) -> Outcome:
    lines = lines_to_charge_off(case, around, today)
    if not lines:
        if case.stage is Stage.CHARGED_OFF:
            return Outcome(AlreadyDone(f"case {case.case_id} was charged off on {case.stage_since}"))
        days = around.terms.charge_off_days_past_due
        return Outcome(Refused("ladder.charge-off-not-due", f"no line is {days} days past due"))
    parts = {
        line.line_id: f.LineChargedOff(case.case_id, line.called, max(line.open_balance, 0)) for line in lines
    }
    amount = sum(part.called + part.open for part in parts.values())
    days = max(charge_off_days(line, today) for line in lines)
    return Outcome(Done(), (f.CaseChargedOff(amount, days),), tuple(parts.items()))


def _cure(case: CaseState, around: Surroundings, today: date) -> Outcome:
    why = "what was demanded is paid" if demand_is_paid(case) else "the ground is gone"
    cured = f.CaseCured(why, case.paid_since_demand)
    return Outcome(Done(), (cured, notice(case, around, "reinstated", 0)), undo(case, around.lines, "cured"))


def _resume(case: CaseState, around: Surroundings, today: date) -> Outcome:
    return resume(case, expired(case, today), by="clock", why="its last day has passed", today=today)


def _close(case: CaseState, around: Surroundings, today: date) -> Outcome:
    return Outcome(Done(), (f.CaseClosed(case.outcome or str(case.stage)),))


STEPS: dict[Command, Step] = {
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
    Command.RESUME: _resume,
    Command.CLOSE: _close,
}
