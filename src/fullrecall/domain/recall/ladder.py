"""What the ladder does next: which step is due on a day, whether it may be taken, and what is recorded when
it is.

Pure: a case, its lines, the terms, the law and a date in; an answer and facts out. Every step is asked of the
table of transitions, of the interrupts, of each line's own law pack, and of the second person where the
policy wants one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from fullrecall.domain import facts as f
from fullrecall.domain.calendar import month_end
from fullrecall.domain.line import LineState
from fullrecall.domain.recall.case import CaseState, NoticeState
from fullrecall.domain.recall.gates import start_cure
from fullrecall.domain.recall.grounds import is_cured, is_paid_up, violation_stands
from fullrecall.domain.recall.interventions import expired, lift_protection, out_of_order, recover, resume
from fullrecall.domain.recall.steps import STEPS, lines_to_charge_off, notice, notice_id_of, warning
from fullrecall.domain.recall.surroundings import LadderTerms, Outcome, Surroundings, told
from fullrecall.domain.recall.transitions import BY_COMMAND, Command
from fullrecall.domain.recall.undo import undo
from fullrecall.domain.vocabulary import Action, Clock, Done, Refused, Stage, Trigger

__all__ = [
    "BY_COMMAND",
    "Command",
    "LadderTerms",
    "Outcome",
    "Surroundings",
    "due_step",
    "is_cured",
    "is_paid_up",
    "lift_protection",
    "next_action_on",
    "notice_id_of",
    "recover",
    "resume",
    "start_cure",
    "take",
    "warning",
    "withdraw",
]

ARRIVAL_PATIENCE_DAYS = 7  # a demand that reached nobody in a week is issued again
DEMANDS_IN_A_ROW = (
    3  # after so many that reached nobody, one a review period: more would be harassment, not notice
)
ASK_AGAIN_DAYS = 7  # a refusal without a date is asked again after news, else once a week

Chooser = Callable[[CaseState, Surroundings, date], Command | None]


def due_step(case: CaseState, around: Surroundings, today: date) -> Command | None:
    """The step that is due today, or None. A stage that waits for a date asks for nothing before it."""
    if case.stage in (Stage.CURED, Stage.WITHDRAWN, Stage.SETTLED):
        return Command.CLOSE
    if not case.is_open:
        return None
    if expired(case, today):
        return Command.RESUME
    if not case.stands_still(Clock.ACCOUNTING) and lines_to_charge_off(case, around, today):
        return Command.CHARGE_OFF
    step = _BY_STAGE[case.stage](case, around, today)
    if step is None or _waits(case, around, step, today):
        return None
    clock = BY_COMMAND[step].clock
    return None if clock and case.stands_still(clock) else step


def _waits(case: CaseState, around: Surroundings, step: Command, today: date) -> bool:
    """A refused step waits for its date; without one, until something changed, then a week at a time."""
    return today < _ask_again_on(case, around, step, today)


def _ask_again_on(case: CaseState, around: Surroundings, step: str, today: date) -> date:
    """The first day from `today` on which a step may be asked again."""
    refusal = case.refusals.get(step)
    if refusal is None:
        return today
    if refusal.until:
        return max(refusal.until, today)
    positions = (day for i in case.line_ids if (day := around.lines[i].as_of))
    news = max((*positions, case.news_on or date.min), default=date.min)
    first = news + timedelta(days=1) if news >= refusal.on else refusal.on + timedelta(days=ASK_AGAIN_DAYS)
    weeks = max(-(-(today - first).days // ASK_AGAIN_DAYS), 0)
    return first + timedelta(days=ASK_AGAIN_DAYS * weeks)


def _when_warned(case: CaseState, around: Surroundings, today: date) -> Command | None:
    if is_cured(case, around.lines):
        return Command.CURE
    if case.action.severity >= Action.FREEZE.severity:
        return _freeze_or_demand(case, around, today)
    if today >= (case.review_on or case.opened_on + timedelta(days=around.terms.review_days)):
        return Command.REVIEW
    return None


def _freeze_or_demand(case: CaseState, around: Surroundings, today: date) -> Command:
    """Arrears are demanded first. A proven breach freezes first, and so does a ground with nothing to pay."""
    nothing_to_pay = all(around.lines[i].past_due_amount <= 0 for i in case.line_ids)
    first = violation_stands(case, around.lines) or nothing_to_pay
    if first and not _waits(case, around, Command.FREEZE, today):
        return Command.FREEZE
    return Command.DEMAND


def _when_notified(case: CaseState, around: Surroundings, today: date) -> Command | None:
    if is_cured(case, around.lines):
        return Command.CURE
    if violation_stands(case, around.lines) and case.action.severity >= Action.FREEZE.severity:
        return Command.FREEZE  # a breach proven after the demand does not wait for the cure of arrears
    return _await_cure(case, around, today) or _if_cure_is_over(case, Command.FREEZE, today)


def _await_cure(case: CaseState, around: Surroundings, today: date) -> Command | None:
    """A demand that reached nobody is made again."""
    demand = case.last_notice("demand")
    lost = demand is not None and case.cure_ends_on is None and today > _patience_ends(case, around, demand)
    return Command.DEMAND_AGAIN if lost else None


def _patience_ends(case: CaseState, around: Surroundings, demand: NoticeState) -> date:
    made = sum(1 for n in case.notices if n.kind == "demand" and not n.arrived)
    days = ARRIVAL_PATIENCE_DAYS if made < DEMANDS_IN_A_ROW else around.terms.review_days
    return demand.issued_on + timedelta(days=days)


def _if_cure_is_over(case: CaseState, step: Command, today: date) -> Command | None:
    """The last day belongs to the borrower until 24:00, and a clock that stands still ends no period."""
    over = case.cure_ends_on is not None and today > case.cure_ends_on
    return step if over and not case.stands_still(Clock.CURE) else None


def _when_frozen(case: CaseState, around: Surroundings, today: date) -> Command | None:
    if is_cured(case, around.lines):
        return Command.CURE
    recall = case.action is Action.RECALL and case.approval != "denied"
    step = _towards_recall(case, around, today) if recall else None
    if step is not None:
        return step
    reviewed = case.review_on is not None and today >= case.review_on
    if case.stage is Stage.FROZEN:  # a recall that cannot be had by the review date goes on as run-off
        return Command.RUN_OFF if reviewed or not recall else None
    return Command.REVIEW if reviewed else None


def _towards_recall(case: CaseState, around: Surroundings, today: date) -> Command | None:
    """Limit and balance are two powers: a limit that may not be withdrawn does not keep a balance from its
    gate."""
    if not case.limits_withdrawn and not _waits(case, around, Command.WITHDRAW_LIMITS, today):
        return Command.WITHDRAW_LIMITS
    if case.last_notice("demand") is None or _demand_is_stale(case, around):
        step: Command | None = Command.DEMAND_AGAIN
    elif case.approval == "asked":
        return None
    else:
        step = _await_cure(case, around, today) or _if_cure_is_over(case, Command.ACCELERATE, today)
    return None if step is None or _waits(case, around, step, today) else step


def _demand_is_stale(case: CaseState, around: Surroundings) -> bool:
    """Made before the arrears that stand now began: it was for others, since paid."""
    demand = case.last_notice("demand")
    began = [day for i in case.line_ids if (day := around.lines[i].in_default_since)]
    return demand is not None and bool(began) and all(demand.issued_on <= day for day in began)


def _when_called(case: CaseState, around: Surroundings, today: date) -> Command | None:
    if all(around.lines[i].called == 0 for i in case.called):
        return Command.SETTLE
    return Command.CLEAR if case.stage is Stage.ACCELERATED else None


def _when_written_off(case: CaseState, around: Surroundings, today: date) -> Command | None:
    return Command.CLOSE if all(around.lines[i].charged_off == 0 for i in case.line_ids) else None


_BY_STAGE: dict[Stage, Chooser] = {
    Stage.WARNED: _when_warned,
    Stage.NOTIFIED: _when_notified,
    Stage.FROZEN: _when_frozen,
    Stage.RUN_OFF: _when_frozen,
    Stage.ACCELERATED: _when_called,
    Stage.CLEARING: _when_called,
    Stage.CHARGED_OFF: _when_written_off,
    Stage.RECOVERING: _when_written_off,
}


def next_action_on(case: CaseState, around: Surroundings, today: date) -> date | None:
    """The next day something is due: a step of the ladder, or the month's record. None once closed."""
    if not case.is_open:
        return None
    tomorrow = today + timedelta(days=1)
    record_on = month_end(tomorrow)
    for day in sorted(_days_to_try(case, around, tomorrow)):
        if day < record_on and due_step(case, around, day) is not None:
            return day
    return record_on


def _days_to_try(case: CaseState, around: Surroundings, tomorrow: date) -> set[date]:
    """Every day on which a clock of the case can run out; between them nothing becomes due by itself."""
    terms, one = around.terms, timedelta(days=1)
    demand = case.last_notice("demand")
    days: set[date | None] = {tomorrow, case.review_on, case.opened_on + timedelta(days=terms.review_days)}
    days |= {_ask_again_on(case, around, step, tomorrow) for step in case.refusals}
    days |= {until + one for until in case.interrupts_until.values()}
    days |= {_charge_off_on(around.lines[i], terms) for i in case.line_ids}
    days.add(_patience_ends(case, around, demand) + one if demand else None)
    days.add(case.cure_ends_on + one if case.cure_ends_on else None)
    return {day for day in days if day is not None and day >= tomorrow}


def _charge_off_on(line: LineState, terms: LadderTerms) -> date | None:
    days = timedelta(days=terms.charge_off_days_past_due)
    return line.call_due_on + days if line.called and line.call_due_on else None


def take(case: CaseState, around: Surroundings, command: Command, today: date) -> Outcome:
    """Ask for one step on a day: Done with its facts, AlreadyDone, or Refused(rule, until) with the refusal
    as a fact."""
    if disorder := out_of_order(case, command):
        return disorder
    row = BY_COMMAND[command]
    if row.clock and case.stands_still(row.clock):
        return Outcome(
            Refused("ladder.stands-still", _why_still(case, row.clock), _still_until(case, row.clock))
        )
    if command not in STEPS:
        return Outcome(Refused("ladder.not-by-clock", f"{command} follows from an event or a person"))
    if row.four_eyes and around.approval_needed and case.approval != "given":
        return _ask_approval(case, around, command)
    return told(STEPS[command](case, around, today), command)


def _why_still(case: CaseState, clock: Clock) -> str:
    if case.protection:
        return f"the borrower is protected ({case.protection}): no step against them"
    names = ", ".join(name for name, clocks in case.interrupts.items() if clock in clocks)
    return f"the {clock} clock stands still: {names}"


def _still_until(case: CaseState, clock: Clock) -> date | None:
    """The first day the clock runs again, None when one of its interrupts has no last day."""
    ends = [case.interrupts_until.get(name) for name, clocks in case.interrupts.items() if clock in clocks]
    if case.protection or None in ends:
        return None
    return max(day for day in ends if day is not None) + timedelta(days=1)


def _ask_approval(case: CaseState, around: Surroundings, command: Command) -> Outcome:
    refusal = Refused(
        "policy.approval", f"{command} needs a second person: exposure {around.borrower_exposure}"
    )
    if case.approval:
        return Outcome(refusal)
    asked = f.ApprovalAsked(str(command), around.borrower_exposure, refusal.why)
    return Outcome(refusal, (asked,))


def withdraw(case: CaseState, around: Surroundings, by: str, why: str) -> Outcome:
    """The lender takes the case back: freeze, limits, calls and its own decisions are undone as if never
    made."""
    if disorder := out_of_order(case, Command.WITHDRAW):
        return disorder
    decided = [
        (i, f.RiskDecisionMade(str(Action.NONE), by, why))
        for i in case.line_ids
        if Trigger.DECISION in case.triggers and around.lines[i].manual_action
    ]
    undone = (*undo(case, around.lines, "withdrawn"), *decided)
    issued = notice(case, around, "withdrawn", 0)
    return told(Outcome(Done(), (f.CaseWithdrawn(by, why), issued), undone), Command.WITHDRAW)
