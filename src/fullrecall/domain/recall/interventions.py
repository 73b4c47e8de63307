"""What people do to a case, as pure decisions: withdraw it, end an interrupt, lift a protection; and money
that comes
after a charge-off."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from fullrecall.domain import facts as f
from fullrecall.domain.recall.case import CaseState
from fullrecall.domain.recall.surroundings import Outcome, told
from fullrecall.domain.recall.transitions import BY_COMMAND, Command
from fullrecall.domain.vocabulary import AlreadyDone, Clock, Done, Refused


def out_of_order(case: CaseState, command: Command) -> Outcome | None:
    """Why a command cannot be given at this stage, by the table; None when it can."""
    row = BY_COMMAND[command]
    if case.stage in row.sources:
        return None
    if row.to is not None and case.stage is row.to:
        return Outcome(AlreadyDone(f"case {case.case_id} is {case.stage} since {case.stage_since}"))
    possible = ", ".join(row.sources) or "no open case"
    return Outcome(
        Refused("ladder.order", f"{command} is possible from {possible}; the case is {case.stage}")
    )


def expired(case: CaseState, today: date) -> tuple[str, ...]:
    """Interrupts whose last day has passed."""
    return tuple(
        name for name in case.interrupts if (until := case.interrupts_until.get(name)) and until < today
    )


def resume(case: CaseState, interrupts: Iterable[str], *, by: str, why: str, today: date) -> Outcome:
    """Interrupts end; `today` their clocks run again. The cure period gets back the days it stood still,
    once,
    however many interrupts overlapped."""
    ended = [name for name in interrupts if name in case.interrupts]
    if not ended:
        return Outcome(AlreadyDone("no such interrupt is open"))
    if disorder := out_of_order(case, Command.RESUME):
        return disorder
    left = [clocks for name, clocks in case.interrupts.items() if name not in ended]
    still = case.protection is not None or any(Clock.CURE in clocks for clocks in left)
    facts: list[f.Fact] = [f.InterruptEnded(name, by, why) for name in ended]
    facts += () if still else _days_given_back(case, by, f"{', '.join(ended)} stopped the cure clock", today)
    return told(Outcome(Done(), tuple(facts)), Command.RESUME)


def lift_protection(case: CaseState, *, by: str, why: str, today: date) -> Outcome:
    """A protection was recorded in error, or its time is over."""
    if case.protection is None:
        return Outcome(AlreadyDone("the borrower is not protected"))
    facts: list[f.Fact] = [f.ProtectionLifted(by, why)]
    if not any(Clock.CURE in clocks for clocks in case.interrupts.values()):
        facts += _days_given_back(case, by, f"{case.protection} stopped the cure clock", today)
    return Outcome(Done(tuple(type(fact).__name__ for fact in facts)), tuple(facts))


def _days_given_back(case: CaseState, by: str, why: str, today: date) -> list[f.Fact]:
    stopped, ends_on, arrived = case.cure_stopped_on, case.cure_ends_on, case.cure_arrived_on
    if stopped is None or ends_on is None or ends_on < stopped:
        return []
    lost = today - max(stopped, arrived or stopped)
    return [f.CureExtended(ends_on + lost, by, why)] if lost > timedelta(0) else []


def recover(case: CaseState, line_id: str, amount: int) -> Outcome:
    """Money came on a claim that was charged off."""
    if disorder := out_of_order(case, Command.RECOVER):
        return disorder
    return told(Outcome(Done(), (f.RecoverySeen(line_id, amount),)), Command.RECOVER)
