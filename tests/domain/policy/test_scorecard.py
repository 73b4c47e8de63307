"""The scorecard: points by bin, NULLs, the cut to the scale, reasons from points lost, the same tree for all
engines.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fullrecall.domain.policy import compile_python, parse_policy
from fullrecall.domain.policy.probe import probe
from fullrecall.domain.policy.scorecard import score_tree
from fullrecall.domain.tape import TapeRow

from .tape_rows import EXTRA, row

CARD = """\
policy: scored
version: 1
features:
  utilisation: ratio(balance, credit_limit)
scorecard:
  model: hand-1
  base_points: 600
  characteristics:
    - name: use
      of: utilisation
      bins: [{below: 0.30, points: 80}, {below: 0.90, points: 20}, {points: -60}]
      missing: -10
      reason: HIGH_USE
    - name: late
      of: max_over(days_past_due, 3)
      bins: [{below: 1, points: 100}, {below: 31, points: -50}, {points: -300}]
      missing: 0
      reason: LATE
    - name: where
      of: region
      bins: [{in: [north, east], points: 10}, {points: 0}]
      missing: 0
      reason: REGION
    - {name: help, of: hardship, bins: [{in: [true], points: -5}, {points: 0}], missing: 0, reason: HARDSHIP}
rules:
  - {id: fell, when: "lag(score, 1) - score >= 60", action: warn, trigger: score, reason: SCORE_FELL}
  - {id: low, when: score < 550, action: warn, trigger: score, reason: SCORE_FELL}
recall: {scope: line}
"""

POLICY = parse_policy(CARD, EXTRA)
EVALUATOR = compile_python(POLICY, "CNY")


def score(current: TapeRow, history: list[TapeRow] | None = None) -> int | None:
    return EVALUATOR.decide(current, history or []).score


def test_points_add_up() -> None:
    # use 50 %: 20; late 0: 100; region north: 10; no hardship: 0; base 600
    assert score(row(extra={"region": "north", "hardship": 0})) == 730
    # use exactly 30 % is in the second bin (the bound is not below itself): 20
    assert score(row(balance=30_000, extra={"region": "west", "hardship": 1})) == 600 + 20 + 100 + 0 - 5
    assert score(row(balance=29_999, extra={})) == 600 + 80 + 100


def test_null_gets_the_missing_points_and_the_score_is_never_null() -> None:
    assert score(row(balance=None, days_past_due=None)) == 600 - 10
    assert score(row(credit_limit=0)) == 600 - 10 + 100  # no ratio over a limit of zero


def test_the_score_is_cut_to_the_scale() -> None:
    late = row(1, days_past_due=90)
    # 600 - 60 - 300 = 240, cut to 350
    assert score(row(balance=95_000), [late]) == 350


def test_reasons_are_the_characteristics_that_lost_most() -> None:
    # lost: use 80 - (-60) = 140, late 100 - (-50) = 150, region 10 - 0 = 10, hardship 0
    decision = EVALUATOR.decide(row(balance=95_000, days_past_due=30, extra={"region": "west"}), [])
    assert decision.score == 600 - 60 - 50
    assert decision.fired == ("low",)
    assert decision.reasons == ("SCORE_FELL", "LATE", "HIGH_USE", "REGION")


def test_a_drop_is_measured_against_the_same_model_only() -> None:
    now = row(days_past_due=30)  # 600 + 20 - 50 = 570
    same, other = row(1, score=640, score_model="hand-1"), row(1, score=640, score_model="hand-0")
    assert EVALUATOR.decide(now, [same]).fired == ("fell",)
    assert EVALUATOR.decide(now, [other]).insufficient == ("fell",)
    assert EVALUATOR.decide(now, [same]).score_model == "hand-1"


@given(
    st.none() | st.integers(-10, 120_000),
    st.none() | st.integers(0, 100),
    st.none() | st.sampled_from(["north", "x"]),
)
def test_the_score_is_one_tree(balance: int | None, late: int | None, region: str | None) -> None:
    current = row(balance=balance, days_past_due=late, extra={"region": region})
    assert PROBE(current, [])[0] == score(current)


PROBE = probe((score_tree(POLICY.scorecard),), POLICY, "CNY") if POLICY.scorecard else None
