"""The state of a watched line, by example: arrears, calls, days past due, violations, spending."""

from __future__ import annotations

from datetime import date

import pytest

from fullrecall.domain import facts as f
from fullrecall.domain.line import LineState, authorise, fold, opened

OPENING = f.LineOpened("b", "CNY", 1, "card", "cn", "observed", "t")
MARCH, APRIL, MAY = date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)


def position(balance: int, past_due: int = 0, days: int = 0, limit: int = 100_000) -> f.PositionObserved:
    return f.PositionObserved(limit, balance, 0, 0, past_due, days, MARCH)


def after(*facts: tuple[f.Fact, date]) -> LineState:
    line = opened("l", OPENING)
    for fact, on in facts:
        line = fold(line, fact, on)
    return line


# --- since when the arrears stand ---------------------------------------------------------------------------


def test_arrears_began_when_the_oldest_amount_fell_due() -> None:
    line = after((position(50_000, 5_000, 30), MARCH))
    assert line.in_default_since == date(2026, 3, 1)  # 31 March less 30 days


def test_arrears_that_go_on_began_when_they_began() -> None:
    line = after((position(50_000, 5_000, 30), MARCH), (position(50_000, 9_000, 60), APRIL))
    assert line.in_default_since == date(2026, 3, 1)


def test_arrears_that_were_paid_and_came_again_are_new() -> None:
    paid = (position(40_000), APRIL)
    line = after((position(50_000, 5_000, 30), MARCH), paid, (position(50_000, 5_000, 20), MAY))
    assert line.in_default_since == date(2026, 5, 11)  # 31 May less 20 days
    assert after((position(50_000, 5_000, 30), MARCH), paid).in_default_since is None


def test_a_payment_of_all_that_is_past_due_ends_them_a_part_does_not() -> None:
    late = (position(50_000, 5_000, 30), MARCH)
    part = after(late, (f.PaymentObserved(4_999), APRIL))
    assert (part.past_due_amount, part.days_past_due, part.in_default_since) == (1, 30, date(2026, 3, 1))
    whole = after(late, (f.PaymentObserved(5_000), APRIL))
    assert (whole.past_due_amount, whole.days_past_due, whole.in_default_since) == (0, 0, None)


# --- four different days past due ---------------------------------------------------------------------------


def test_calling_never_re_ages() -> None:
    """60 days late on 31 March, called on that day, payable by 15 April: on 30 April 90 by contract, 15 by
    the call.
    """
    line = after(
        (position(50_000, 5_000, 60), MARCH), (f.BalanceCalled("c", 50_000, date(2026, 4, 15)), MARCH)
    )
    assert line.accelerated_days(APRIL) == 15
    assert line.bureau_days(APRIL) == 60 + 30 == 90


def test_a_called_line_with_nothing_late_counts_from_the_day_after_it_had_to_be_paid() -> None:
    line = after((position(50_000), MARCH), (f.BalanceCalled("c", 50_000, date(2026, 4, 15)), MARCH))
    assert [line.bureau_days(date(2026, 4, day)) for day in (14, 15, 16, 30)] == [0, 0, 1, 15]


# --- what may be spent --------------------------------------------------------------------------------------

FROZEN = f.LineFrozen("c", "ARREARS", MAY)
CASES = [
    ("within the limit", [], 60_000, True, "APPROVED", 60_000),  # 1,000.00 - 400.00
    ("one cent too much", [], 60_001, False, "LIMIT_EXCEEDED", 60_000),
    ("nothing", [], 0, False, "AMOUNT_NOT_POSITIVE", 60_000),
    ("frozen", [FROZEN], 1, False, "LINE_FROZEN", 60_000),
    ("partly frozen", [f.LineFrozen("c", "A", MAY, full=False)], 1, False, "LINE_PARTLY_FROZEN", 60_000),
    ("unfrozen", [FROZEN, f.LineUnfrozen("c", "cured")], 1, True, "APPROVED", 60_000),
    ("limit withdrawn", [f.LimitWithdrawn("c", 100_000)], 1, False, "LIMIT_WITHDRAWN", 0),
    (
        "restored",
        [f.LimitWithdrawn("c", 100_000), f.LimitRestored("c", 100_000)],
        1,
        True,
        "APPROVED",
        60_000,
    ),
    ("called", [f.BalanceCalled("c", 40_000, MAY)], 1, False, "BALANCE_CALLED", 60_000),
    (
        "call undone",
        [f.BalanceCalled("c", 40_000, MAY), f.CallUnwound("c", 40_000)],
        1,
        True,
        "APPROVED",
        60_000,
    ),
    ("charged off", [f.LineChargedOff("c", 0, 40_000)], 1, False, "LINE_CHARGED_OFF", 60_000),
    ("credit balance", [position(-5_000)], 105_000, True, "APPROVED", 105_000),
    ("over the limit", [position(120_000)], 1, False, "LIMIT_EXCEEDED", 0),
]


@pytest.mark.parametrize(
    ("facts", "amount", "approved", "code", "left"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_authorise(facts: list[f.Fact], amount: int, approved: bool, code: str, left: int) -> None:
    line = after((position(40_000), MARCH), *((fact, APRIL) for fact in facts))
    answer = authorise(line, amount)
    assert (answer.approved, answer.code, answer.available) == (approved, code, left)
    assert answer.why.endswith(".") and answer.why_zh.endswith("。")


# --- violations and decisions -------------------------------------------------------------------------------


def test_only_severe_and_proven_violations_count_and_a_dismissed_one_is_gone() -> None:
    def report(number: str, severe: bool, proven: bool) -> f.ViolationReported:
        return f.ViolationReported(number, "d", severe, proven, "e", "o")

    line = after(
        (report("1", True, True), MARCH), (report("2", True, False), MARCH), (report("3", False, True), MARCH)
    )
    assert line.proven_severe_violations == 1
    proven_later = fold(line, report("2", True, True), APRIL)
    assert proven_later.proven_severe_violations == 2, "the same violation, now proven, counts once"
    assert fold(proven_later, f.ViolationDismissed("1", "o", "w"), MAY).proven_severe_violations == 1


def test_a_decision_stands_until_it_is_taken_back() -> None:
    line = after((f.RiskDecisionMade("freeze", "o", "w"), MARCH))
    assert line.manual_action == "freeze"
    assert fold(line, f.RiskDecisionMade("none", "o", "w"), APRIL).manual_action == ""


def test_facts_without_a_rule_change_nothing() -> None:
    line = after((position(1), MARCH))
    assert fold(line, f.CaseClosed("x"), APRIL) is line
