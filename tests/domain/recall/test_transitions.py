"""The table of transitions is what the code does: for every row, stage and fact."""

from __future__ import annotations

from datetime import date

import pytest
from case_life import (
    BALANCE,
    DAY,
    OPENED,
    PAST_DUE,
    Life,
    a_line,
    at_stage,
    called,
    current,
    demanded,
    frozen,
)

from fullrecall.domain import facts as f
from fullrecall.domain.recall import ladder
from fullrecall.domain.recall.ladder import Command, Outcome
from fullrecall.domain.recall.transitions import BY_COMMAND, TRANSITIONS
from fullrecall.domain.vocabulary import Action, AlreadyDone, Done, Refused, Stage, Trigger

LATER = date(2026, 7, 5)
BY_EVENT = (Command.OPEN, Command.RECOVER, Command.WITHDRAW)  # made by a decision, by money, by a person


def asked(life: Life, command: Command) -> Outcome:
    if command is Command.WITHDRAW:
        return ladder.withdraw(life.case, life.around, "officer", "why")
    if command is Command.RECOVER:
        return ladder.recover(life.case, "l-1", 100)
    return ladder.take(life.case, life.around, command, LATER)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: row.command)
def test_every_row_at_every_stage(row: ladder.Transition, stage: Stage) -> None:  # type: ignore[name-defined]
    life = at_stage(stage)
    outcome = asked(life, row.command)
    if stage in row.sources:
        assert isinstance(outcome.answer, Done | Refused | AlreadyDone)
        assert not isinstance(outcome.answer, Refused) or outcome.answer.rule != "ladder.order"
    elif stage is row.to:
        assert isinstance(outcome.answer, AlreadyDone)
        assert not outcome.case_facts and not outcome.line_facts
    else:
        assert isinstance(outcome.answer, Refused) and outcome.answer.rule == "ladder.order"
        assert str(stage) in outcome.answer.why and outcome.answer.until is None
        assert not outcome.case_facts and not outcome.line_facts
    if isinstance(outcome.answer, Done):
        assert outcome.kinds <= set(row.facts), "a step records nothing its row does not name"
        assert set(outcome.answer.facts) == outcome.kinds
        before = life.case
        life.apply(outcome, LATER)
        assert life.case.stage is (row.to or before.stage)
        issued = [fact.notice for fact in outcome.case_facts if isinstance(fact, f.NoticeIssued)]
        assert tuple(issued) == row.notices


def _whole(command: Command) -> tuple[Life, date]:  # noqa: C901 - one branch per row
    """A case in which the step has everything to do that it can do, and the day it is taken."""
    day = date(2026, 3, 21)
    if command is Command.DEMAND:
        return Life(), OPENED + DAY
    if command is Command.DEMAND_AGAIN:
        return demanded(Life()), date(2026, 3, 12)
    if command is Command.FREEZE:
        return demanded(Life()), date(2026, 3, 19)
    if command in (Command.RUN_OFF, Command.CURE):
        life = frozen(Life(action=Action.RECALL if command is Command.CURE else Action.FREEZE))
        if command is Command.CURE:
            life.take(Command.WITHDRAW_LIMITS, day)
        return life, day
    if command is Command.REVIEW:
        return at_stage(Stage.RUN_OFF), day
    if command in (Command.WITHDRAW_LIMITS, Command.ACCELERATE):
        return frozen(Life(action=Action.RECALL)), day
    if command in (Command.CLEAR, Command.WITHDRAW):
        life = called(Life(action=Action.RECALL))
        life.line_fact("l-1", f.RiskDecisionMade("freeze", "officer-1", "fraud desk"), day)
        life.join(Action.FREEZE, Trigger.DECISION, day)
        return life, day + DAY
    if (
        command is Command.SETTLE
    ):  # a second line is frozen beside the called one, whose clause is not flagged
        life = called(Life(a_line(), current(), action=Action.RECALL))
        life.line_fact("l-1", f.PaymentObserved(BALANCE), day)
        return life, day
    if command is Command.CHARGE_OFF:
        life = called(Life(action=Action.RECALL))
        life.observe(date(2026, 7, 1), BALANCE, PAST_DUE, 180)
        return life, date(2026, 7, 2)
    if command is Command.RECOVER:
        return at_stage(Stage.CHARGED_OFF), LATER
    if command is Command.RESUME:
        life = demanded(Life())
        life.interrupt("dispute", date(2026, 3, 5), until=date(2026, 3, 9))
        return life, date(2026, 3, 10)
    return at_stage(Stage.CURED), LATER


@pytest.mark.parametrize(
    "row", [r for r in TRANSITIONS if r.command is not Command.OPEN], ids=lambda r: r.command
)
def test_the_facts_of_a_row_are_what_the_step_records(row: ladder.Transition) -> None:  # type: ignore[name-defined]
    life, on = _whole(row.command)
    if row.command in BY_EVENT:
        outcome = asked(life, row.command)
    else:
        outcome = ladder.take(life.case, life.around, row.command, on)
    assert isinstance(outcome.answer, Done), outcome.answer
    assert outcome.kinds == set(row.facts)
    if row.command is not Command.RECOVER:
        assert set(outcome.answer.facts) <= set(row.facts)


def test_the_opening_records_its_row() -> None:
    kinds = [name for _, name, _ in Life().told]
    assert tuple(kinds) == BY_COMMAND[Command.OPEN].facts


def test_every_fact_and_notice_named_exists() -> None:
    for row in TRANSITIONS:
        assert set(row.facts) <= set(f.FACT_TYPES), row.command
    assert len(BY_COMMAND) == len(TRANSITIONS) == len(Command)


def test_every_open_stage_can_be_left() -> None:
    """No stage is a trap: by the table, each can end in `closed`."""
    ends = {Stage.CLOSED}
    while True:
        grown = ends | {s for row in TRANSITIONS if row.to in ends for s in row.sources}
        if grown == ends:
            break
        ends = grown
    assert ends == set(Stage)
