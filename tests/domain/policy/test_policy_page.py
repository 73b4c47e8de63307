"""docs/concepts/policy.md: its policies are read, and its worked numbers come out."""

from __future__ import annotations

import re
from pathlib import Path

from fullrecall.domain.policy import averting_change, compile_python, parse_policy
from fullrecall.domain.vocabulary import Action, Trigger

from .tape_rows import row

PAGE = (Path(__file__).parents[3] / "docs" / "concepts" / "policy.md").read_text("utf-8")
LADDER, SCORED = (parse_policy(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))


def test_the_worked_decision() -> None:
    current = row(
        credit_limit=1_000_000, balance=920_000, days_past_due=91, past_due_amount=64_000, score=690,
        amount_due=10_000, amount_paid=0, borrower_exposure=5_000_001,
    )  # fmt: skip
    evaluator = compile_python(LADDER, "CNY")
    decision = evaluator.decide(current, [row(3, score=760)])
    assert decision.fired == ("score-fell", "arrears-90")
    assert (decision.action, decision.trigger) == (Action.RECALL, Trigger.ARREARS)
    assert decision.reasons == ("ARREARS", "SCORE_FELL")
    assert evaluator.approval_needed(current)
    averting = {
        found.rule: found.pay for found in averting_change(LADDER, evaluator, current, [row(3, score=760)])
    }
    assert averting["arrears-90"] == 54_000


def test_the_worked_score() -> None:
    decision = compile_python(SCORED, "CNY").decide(row(balance=92_000, days_past_due=20), [])
    assert decision.score == 490
    assert decision.reasons == ("SCORE_LOW", "LATE_BEFORE", "HIGH_USE")


def test_the_page_tells_every_function_and_every_default() -> None:
    for word in (
        "ratio",
        "days_between",
        "lag",
        "max_over",
        "min_over",
        "sum_over",
        "avg_over",
        "count_over",
        "coalesce",
    ):
        assert f"`{word}" in PAGE
    recall = SCORED.recall
    assert (recall.notice.cure_days, recall.freeze.review_days, recall.charge_off_dpd) == (15, 30, 180)
    assert (recall.clearing.pay_within_days, recall.clearing.plan_instalments) == (15, (3, 6, 12))
    assert recall.warn_channels == ("sms", "push")
