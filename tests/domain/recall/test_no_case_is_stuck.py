"""Random histories, driven day by day for a year: no case is ever without a next day, and every ground can
end.
"""

from __future__ import annotations

from datetime import date, timedelta

from case_life import BALANCE, DAY, LENDER, OPENED, PAST_DUE, Life, a_line, current
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fullrecall.domain import facts as f
from fullrecall.domain.line import LineState
from fullrecall.domain.recall import ladder
from fullrecall.domain.recall.ladder import Command
from fullrecall.domain.vocabulary import Action, Clock, Stage, Trigger

ASKING = (Action.WARN, Action.REDUCE_LIMIT, Action.FREEZE, Action.RECALL)
EVENTS = (
    "pay", "pay_other", "position_late", "position_paid", "quiet", "join", "arrive", "dispute", "resume",
    "space", "complaint", "give", "deny", "violation", "dismiss", "decide", "undecide", "withdraw", "protect",
    "lift",
)  # fmt: skip
HISTORIES = st.lists(
    st.tuples(st.integers(0, 364), st.sampled_from(EVENTS), st.integers(1, 2 * BALANCE)), max_size=14
)


def lines_of(trigger: Trigger, two: bool) -> tuple[LineState, ...]:
    first = {
        Trigger.ARREARS: a_line(),
        Trigger.SCORE: current("l-1"),
        Trigger.VIOLATION: current("l-1", violations=(("v", True),)),
        Trigger.DECISION: current("l-1", manual_action="recall"),
    }[trigger]
    return (first, current("l-2", "de")) if two else (first,)


def happen(life: Life, event: str, amount: int, on: date) -> None:  # noqa: C901 - one branch per event
    """One event, as the use cases let it happen; what the case's stage does not allow is left out."""
    case, line = life.case, life.lines["l-1"]
    demand = case.last_notice("demand")
    if event == "pay":
        life.pay(min(amount, max(line.balance, 1)), on)
    elif event == "pay_other" and "l-2" in life.lines:
        life.pay(amount, on, line_id="l-2")
    elif event == "position_late":
        life.observe(on, amount, min(PAST_DUE, amount), amount % 200)
    elif event == "position_paid":
        life.observe(on, amount // 3, 0, 0)
    elif event == "quiet":
        life.observe(on, max(line.balance, 0), 0, 0, asks=Action.NONE)
    elif event == "join":
        life.join(ASKING[amount % 4], tuple(Trigger)[amount % 4], on)
    elif event == "arrive" and demand is not None and not demand.arrived:
        life.arrive(on)
    elif event in ("dispute", "complaint") and event not in case.interrupts:
        life.interrupt(event, on)
    elif event == "space" and "breathing_space" not in case.interrupts:
        life.interrupt("breathing_space", on, until=on + timedelta(days=amount % 60))
    elif event == "resume" and case.interrupts:
        life.resume(next(iter(case.interrupts)), on)
    else:
        _people(life, event, amount, on)
    life.plan(on)


def _people(life: Life, event: str, amount: int, on: date) -> None:
    case, line = life.case, life.lines["l-1"]
    if event in ("give", "deny") and case.approval == "asked":
        given = (
            f.ApprovalGiven("accelerate", "p")
            if event == "give"
            else f.ApprovalDenied("accelerate", "p", "w")
        )
        life.case_fact(given, on)
    elif event == "violation":
        life.line_fact("l-1", f.ViolationReported("v2", "d", True, amount % 2 == 0, "e", "o"), on)
    elif event == "dismiss" and line.violations:
        life.line_fact("l-1", f.ViolationDismissed(line.violations[0][0], "o", "w"), on)
    elif event in ("decide", "undecide"):
        action = "none" if event == "undecide" else str(ASKING[amount % 4])
        life.line_fact("l-1", f.RiskDecisionMade(action, "o", "w"), on)
    elif event == "withdraw":
        life.apply(ladder.withdraw(case, life.around, "o", "w"), on)
    elif event == "protect" and case.protection is None:
        life.case_fact(f.BorrowerProtected("deceased", "e", "o"), on)
    elif event == "lift" and case.protection is not None:
        life.apply(ladder.lift_protection(case, by="o", why="w", today=on), on)


def waits_for_someone(life: Life) -> bool:
    """A clock stands still, or a person or a court has the next word."""
    return life.case.stands_still(Clock.ENFORCEMENT) or life.case.stands_still(Clock.CURE)


@settings(max_examples=60)
@given(
    HISTORIES, st.sampled_from(Trigger), st.sampled_from(ASKING), st.booleans(), st.booleans(), st.booleans()
)
def test_a_year_of_any_history(
    history: list[tuple[int, str, int]],
    trigger: Trigger,
    action: Action,
    two: bool,
    approval: bool,
    clause: bool,
) -> None:
    lender = replace(LENDER, acceleration_clause_flagged=clause)
    life = Life(*lines_of(trigger, two), action=action, trigger=trigger, lender=lender, approval=approval)
    for number in range(1, 366):
        today = OPENED + number * DAY
        for when, event, amount in history:
            if when == number and life.case.is_open:
                happen(life, event, amount, today)
        before = len(life.told)
        command = life.close(today)
        if not life.case.is_open:
            assert life.next_on is None
            break
        assert life.next_on is not None and life.next_on > today
        if life.case.stage in (Stage.CURED, Stage.WITHDRAWN, Stage.SETTLED):
            assert life.next_on == today + DAY
        # between today and the next visit nothing falls due: the case is never visited too late
        day = today + DAY
        while day < life.next_on and day < today + 40 * DAY:
            assert ladder.due_step(life.case, life.around, day) is None, (day, life.case.stage)
            day += DAY
        if command is not None and len(life.told) == before:
            assert life.next_on > today + DAY or not life.case.refusals, "asked in vain and again tomorrow"
    for line in life.lines.values():
        assert line.called >= 0 and line.charged_off >= 0


@given(st.sampled_from(Trigger), st.sampled_from(ASKING), st.booleans())
def test_left_alone_every_case_keeps_a_review_or_comes_to_its_end(
    trigger: Trigger, action: Action, approval: bool
) -> None:
    """Nothing happens but arrivals: a case is under review, or called and on its way to charge-off, after a
    year.
    """
    life = Life(*lines_of(trigger, False), action=action, trigger=trigger, approval=approval)
    for number in range(1, 366):
        today = OPENED + number * DAY
        life.close(today)
        demand = life.case.last_notice("demand")
        if demand is not None and not demand.arrived:
            life.arrive(today)
    stage = life.case.stage
    assert stage not in (Stage.NOTIFIED, Stage.FROZEN, Stage.ACCELERATED), stage
    if stage in (Stage.WARNED, Stage.RUN_OFF):
        reviews = [on for on, name, _ in life.told if name == "FreezeReviewed"]
        assert reviews and reviews[-1] > OPENED + timedelta(days=365 - 31)
    if action is Action.RECALL and not approval and trigger is not Trigger.SCORE:
        assert stage is Stage.CHARGED_OFF


def test_the_step_that_is_due_is_a_row_of_the_table() -> None:
    assert set(ladder.BY_COMMAND) == set(Command)
