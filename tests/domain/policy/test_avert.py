"""What would avert a rule: the smallest step, verified by evaluating, and nothing promised that does not
help.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fullrecall.domain.policy import Averting, averting_change, compile_python, parse_policy
from fullrecall.domain.policy.avert import paid
from fullrecall.domain.tape import TapeRow

from .tape_rows import EXTRA, policy_text, row


def averting(when: str, current: TapeRow, history: list[TapeRow] | None = None) -> Averting:
    policy = parse_policy(policy_text(when), EXTRA)
    (found,) = averting_change(policy, compile_python(policy, "CNY"), current, history or [])
    return found


def changes(found: Averting) -> dict[str, int] | None:
    return None if found.changes is None else {change.column: change.after for change in found.changes}


def test_one_cent_below_the_bound() -> None:
    found = averting(
        "days_past_due >= 60 and past_due_amount > 100.00", row(days_past_due=61, past_due_amount=30_000)
    )
    assert changes(found) == {"past_due_amount": 10_000}
    assert found.pay == 20_000  # 300.00 - 100.00
    assert found.en == "It would not fire if at least 200.00 CNY is paid."
    assert found.zh == "若至少还款200.00 CNY，则不会触发。"


def test_days_past_due_end_when_nothing_is_past_due() -> None:
    found = averting("days_past_due >= 60", row(days_past_due=61, past_due_amount=30_000))
    assert changes(found) == {"days_past_due": 59}
    assert found.pay == 30_000


def test_two_columns_when_one_is_not_enough() -> None:
    found = averting(
        "balance > 100.00 or days_past_due >= 30", row(balance=50_000, days_past_due=40, past_due_amount=100)
    )
    assert changes(found) == {"balance": 10_000, "days_past_due": 29}
    assert found.pay == 40_000


def test_a_ratio_bound() -> None:
    # balance <= 0.90 * 1000.01 = 900.009, so 900.00
    found = averting("ratio(balance, credit_limit) > 0.90", row(balance=95_000, credit_limit=100_001))
    assert changes(found) == {"balance": 90_000}


def test_what_the_borrower_cannot_move_has_no_averting_change() -> None:
    found = averting("proven_severe_violations >= 1", row(proven_severe_violations=1))
    assert (found.changes, found.pay) == (None, None)
    assert "No payment" in found.en
    assert averting("max_over(days_past_due, 3) >= 30", row(), [row(1, days_past_due=40)]).changes is None


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200_000), st.integers(0, 120), st.integers(1, 60_000), st.sampled_from((">", ">=")))
def test_the_change_is_enough_and_one_unit_less_is_not(balance: int, late: int, due: int, op: str) -> None:
    policy = parse_policy(
        policy_text(f"balance {op} 500.00 or days_past_due >= 30 and past_due_amount {op} 10.00")
    )
    evaluator = compile_python(policy, "CNY")
    current = row(balance=balance, days_past_due=late, past_due_amount=due)
    for found in averting_change(policy, evaluator, current, []):
        assert found.changes is not None
        helped = {change.column: change.after for change in found.changes}
        assert not evaluator.decide(replace(current, **helped), []).fired
        if len(helped) == 1:
            ((name, value),) = helped.items()
            assert evaluator.decide(replace(current, **{name: value + 1}), []).fired
        if found.pay is not None:
            assert not evaluator.decide(paid(current, found.pay), []).fired
            assert evaluator.decide(paid(current, found.pay - 1), []).fired
