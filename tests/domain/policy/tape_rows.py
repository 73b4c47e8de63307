"""Rows and policies for the policy tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from fullrecall.domain.calendar import add_months, month_end
from fullrecall.domain.policy import Decision, compile_python, parse_policy
from fullrecall.domain.tape import COLUMNS, Column, ColumnType, TapeRow

SEPTEMBER = date(2005, 9, 30)
EXTRA = {
    **COLUMNS,
    "opened_on": Column("opened_on", ColumnType.DATE, "开户日", "day the line was opened"),
    "region": Column("region", ColumnType.TEXT, "地区", "region"),
    "hardship": Column("hardship", ColumnType.BOOL, "困难安排", "in a hardship plan"),
    "年龄": Column("年龄", ColumnType.COUNT, "年龄", "age"),
}


def row(months_ago: int = 0, **values: Any) -> TapeRow:
    """A well-behaved row at the month's end; amounts in minor units."""
    day = month_end(add_months(SEPTEMBER, -months_ago))
    plain: dict[str, Any] = {
        "line_id": "L1", "as_of": day, "known_at": day + timedelta(days=1), "currency": "CNY",
        "credit_limit": 100_000, "balance": 50_000, "amount_due": 5_000, "amount_paid": 5_000,
        "past_due_amount": 0,
        "days_past_due": 0, "exposure": 50_000, "borrower_exposure": 50_000, "score": 700,
        "score_model": "m1",
        "proven_severe_violations": 0, "months_on_book": 6, "manual_action": None, "extra": {},
    }  # fmt: skip
    return TapeRow(**{**plain, **values})


def policy_text(when: str, *, head: str = "", features: str = "", action: str = "warn") -> str:
    """A policy of one rule called r."""
    quoted = '"' + when.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return (
        f"policy: test\nversion: 1\n{head}{features}"
        f"rules:\n  - id: r\n    when: {quoted}\n    action: {action}\n    trigger: arrears\n    reason: R\n"
        "recall: {scope: line}\n"
    )


def decide(when: str, current: TapeRow, history: list[TapeRow] | None = None, features: str = "") -> Decision:
    policy = parse_policy(policy_text(when, features=features), EXTRA)
    return compile_python(policy, current.currency).decide(current, history or [])


def outcome(when: str, current: TapeRow, history: list[TapeRow] | None = None, features: str = "") -> str:
    """'true', 'false', 'history', or the names of the unknown columns."""
    decision = decide(when, current, history, features)
    if decision.fired:
        return "true"
    if decision.insufficient:
        return "history"
    return ",".join(decision.unknown[0].columns) if decision.unknown else "false"
