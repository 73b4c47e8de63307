"""Decisions: boundaries of ratios, units of money, dates and flags, severity, unknowns, rows that are
refused.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullrecall.domain.policy import approval_needed, compile_python, parse_policy
from fullrecall.domain.policy.decision import Unknown
from fullrecall.domain.vocabulary import Action, Mistake, Trigger

from .tape_rows import EXTRA, decide, outcome, policy_text, row

LADDER = """\
policy: ladder
version: 3
features:
  utilisation: ratio(balance, credit_limit)
  score_drop_3m: lag(score, 3) - score
rules:
  - id: score-fell
    when: score_drop_3m >= 60 or score < 550
    action: warn
    trigger: score
    reason: SCORE_FELL
  - id: arrears-30
    when: days_past_due >= 30 and past_due_amount > 100.00
    action: warn
    trigger: arrears
    reason: ARREARS
  - id: arrears-90
    when: days_past_due >= 90 and past_due_amount > 100.00
    action: recall
    trigger: arrears
    reason: ARREARS
  - id: misuse
    when: proven_severe_violations >= 1
    action: freeze
    trigger: violation
    reason: TERMS_BROKEN
recall: {scope: borrower, approval: {when: exposure > 50000.00}}
"""


def test_the_most_severe_rule_wins_and_every_fired_rule_is_a_reason() -> None:
    evaluator = compile_python(parse_policy(LADDER), "CNY")
    bad = row(score=540, days_past_due=90, past_due_amount=10_001, proven_severe_violations=1)
    decision = evaluator.decide(bad, [])
    assert decision.action is Action.RECALL
    assert decision.trigger is Trigger.ARREARS
    assert decision.fired == ("score-fell", "arrears-30", "arrears-90", "misuse")
    assert decision.reasons == ("ARREARS", "TERMS_BROKEN", "SCORE_FELL")  # recall, freeze, warn
    assert evaluator.months_back == 3


def test_exactly_the_bound_does_not_fire() -> None:
    evaluator = compile_python(parse_policy(LADDER), "CNY")
    fired = evaluator.decide(row(days_past_due=90, past_due_amount=10_000), []).fired
    assert fired == ()  # 100.00 is not more than 100.00


def test_unknown_asks_for_refer_but_never_hides_a_rule_that_fired() -> None:
    evaluator = compile_python(parse_policy(LADDER), "CNY")
    unknown = evaluator.decide(row(days_past_due=40, past_due_amount=None), [row(3)])
    assert (unknown.action, unknown.trigger) == (Action.REFER, None)
    assert unknown.unknown == (Unknown("arrears-30", ("past_due_amount",)),)
    fired = evaluator.decide(
        row(days_past_due=40, past_due_amount=None, proven_severe_violations=1), [row(3)]
    )
    assert (fired.action, fired.trigger) == (Action.FREEZE, Trigger.VIOLATION)


def test_short_history_asks_for_nothing() -> None:
    decision = compile_python(parse_policy(LADDER), "CNY").decide(row(), [])
    assert decision.action is Action.NONE
    assert decision.insufficient == ("score-fell",)
    assert decision.unknown == ()


@given(st.integers(1, 10**10))
def test_a_ratio_is_exact_at_its_boundary(limit_tens: int) -> None:
    """balance = 110 % of the limit: >= 1.10 is true and > 1.10 is false, where doubles miss for half of all
    limits.
    """
    current = row(credit_limit=limit_tens * 10, balance=limit_tens * 11)
    at_least = compile_python(RATIO_POLICIES[0], "CNY").decide(current, []).fired
    above = compile_python(RATIO_POLICIES[1], "CNY").decide(current, []).fired
    assert (at_least, above) == (("r",), ())


RATIO_POLICIES = [parse_policy(policy_text(f"ratio(balance, credit_limit) {op} 1.10")) for op in (">=", ">")]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("ratio(balance, credit_limit) > 0.90", "credit_limit"),  # a limit of 0 is no denominator
        ("coalesce(ratio(balance, credit_limit) > 0.90, false)", "false"),
        ("ratio(balance, credit_limit) is null", "true"),
        ("days_between(opened_on, as_of) = 273", "true"),  # 2004-12-31 to 2005-09-30: 9 months, 273 days
        ("opened_on < '2005-01-01'", "true"),
        ("opened_on between '2004-12-31' and '2004-12-31'", "true"),
        ("region in ('north', 'it''s')", "true"),
        ("region not in ('north', 'south')", "true"),
        ("hardship", "true"),
        ("not hardship or manual_action = 'warn'", "manual_action"),
        ("年龄 >= 35 and 年龄 <> 36", "true"),
        ("2 * balance - 3 * 100.00 = 700.00", "true"),  # 2 * 500 - 300
        ("case when hardship then 0.00 else balance end = 0.00", "true"),
        ("case when 年龄 < 18 then balance end > 1.00", "年龄"),
        ("-balance < 0", "true"),
        ("manual_action is not null and manual_action = 'warn'", "false"),
        ("true", "true"),
        ("1 + 1 = 2", "true"),
    ],
)
def test_the_language_by_example(when: str, expected: str) -> None:
    extra = {"opened_on": "2004-12-31", "region": "it's", "hardship": 1, "年龄": 35}
    assert outcome(when, row(credit_limit=0, extra=extra)) == expected


@pytest.mark.parametrize(
    ("currency", "minor", "fires"),
    [("CNY", 10_001, True), ("JPY", 101, True), ("JPY", 100, False), ("KWD", 100_001, True)],
)
def test_a_money_literal_is_priced_by_the_currency(currency: str, minor: int, fires: bool) -> None:
    policy = parse_policy(policy_text("balance > 100"))
    fired = compile_python(policy, currency).decide(row(balance=minor, currency=currency), []).fired
    assert bool(fired) is fires


def test_a_policy_is_compiled_for_one_currency_that_can_hold_its_amounts() -> None:
    with pytest.raises(Mistake, match="JPY"):
        compile_python(parse_policy(policy_text("balance > 100.50")), "JPY")
    with pytest.raises(Mistake, match="TWD"):
        compile_python(parse_policy(policy_text("balance > 1", head="currency: TWD\n")), "CNY")
    with pytest.raises(Mistake, match="the row is in USD"):
        decide_in_cny = compile_python(parse_policy(policy_text("balance > 1")), "CNY")
        decide_in_cny.decide(row(currency="USD"), [])


@pytest.mark.parametrize(
    ("when", "values", "says"),
    [
        ("balance > 1", {"balance": 10**13 + 1}, "column balance"),
        ("年龄 > 1", {"extra": {"年龄": "old"}}, "whole number"),
        ("年龄 > 1", {"extra": {"年龄": -(10**14)}}, "beyond"),
        ("region = 'x'", {"extra": {"region": 5}}, "text"),
        ("hardship", {"extra": {"hardship": 2}}, "true or false"),
        ("opened_on < as_of", {"extra": {"opened_on": "soon"}}, "date"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused(when: str, values: dict[str, object], says: str) -> None:
    with pytest.raises(Mistake, match=says) as refused:
        decide(when, row(**values))
    assert "L1" in refused.value.sentence


def test_the_largest_amount_is_still_an_amount() -> None:
    assert outcome("2 * balance > 100000000000.00", row(balance=10**13)) == "true"


def test_approval_is_needed_when_true_unknown_or_not_given() -> None:
    policy = parse_policy(LADDER)
    assert [approval_needed(policy, row(exposure=e)) for e in (5_000_000, 5_000_001, None)] == [
        False,
        True,
        True,
    ]
    assert approval_needed(parse_policy(policy_text("balance > 1")), row())
    assert compile_python(policy, "CNY").approval_needed(row(exposure=5_000_001))


def test_the_function_reaches_no_builtins() -> None:
    evaluator = compile_python(parse_policy(policy_text("region = '__import__'"), EXTRA), "CNY")
    assert evaluator.decide.__globals__["__builtins__"] == {}


def test_thousands_of_rules() -> None:
    rules = "".join(
        f"  - {{id: 规则-{i}, when: days_past_due >= {i}, action: warn, trigger: arrears, reason: R}}\n"
        for i in range(1, 2_001)
    )
    policy = parse_policy(f"policy: many\nversion: 1\nrules:\n{rules}recall: {{scope: line}}\n")
    assert len(compile_python(policy, "CNY").decide(row(days_past_due=1_500), []).fired) == 1_500
