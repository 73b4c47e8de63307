"""A correction learned late changes what is decided from then on, and nothing that was decided before."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fullrecall.analytics.engines.on_duckdb import evaluate_duckdb
from fullrecall.analytics.engines.on_polars import evaluate_polars
from fullrecall.analytics.engines.on_postgres import evaluate_postgres
from fullrecall.analytics.engines.on_spark import evaluate_spark
from fullrecall.domain.policy import parse_policy
from fullrecall.domain.tape import TapeRow

from .by_python import by_python, frame_of
from .engines import fill_live_table

POLICY = parse_policy(
    """
policy: late
version: 1
features:
  worst_3m: max_over(days_past_due, 3)
  last_month: lag(days_past_due, 1)
rules:
  - {id: was-late, when: worst_3m >= 60, action: freeze, trigger: arrears, reason: R}
  - {id: late-last, when: last_month >= 60, action: warn, trigger: arrears, reason: R}
recall: {scope: line}
"""
)


def _row(as_of: date, known_at: date, days_past_due: int) -> TapeRow:
    return TapeRow("L1", as_of, known_at, "CNY", days_past_due=days_past_due)


# March was told as 0 days, and on 10 May corrected to 65: April's decision (1 May) knew 0, May's knows 65.
ROWS = [
    _row(date(2024, 3, 31), date(2024, 4, 1), 0),
    _row(date(2024, 4, 30), date(2024, 5, 1), 0),
    _row(date(2024, 3, 31), date(2024, 5, 10), 65),
    _row(date(2024, 5, 31), date(2024, 6, 1), 0),
    _row(date(2024, 6, 30), date(2024, 7, 1), 0),
]
# as_of, known_at, worst_3m, last_month, action
EXPECTED = [
    (date(2024, 3, 31), date(2024, 4, 1), 0, None, "none"),
    (date(2024, 3, 31), date(2024, 5, 10), 65, None, "freeze"),  # the corrected row itself
    (date(2024, 4, 30), date(2024, 5, 1), 0, 0, "none"),  # decided before the correction: 65 must not be seen
    (date(2024, 5, 31), date(2024, 6, 1), 65, 0, "freeze"),  # March to May: 65, 0, 0
    (date(2024, 6, 30), date(2024, 7, 1), 0, 0, "none"),  # April to June
]


def _judged(answer: pl.DataFrame) -> list[tuple[Any, ...]]:
    wanted = ["as_of", "known_at", "feature.worst_3m", "feature.last_month", "action"]
    return answer.select(wanted).rows()


def test_one_machine(live: Any) -> None:
    frame = frame_of(ROWS, {})
    fill_live_table(live, ROWS)
    assert _judged(by_python(POLICY, "CNY", ROWS)) == EXPECTED
    assert _judged(evaluate_polars(POLICY, "CNY", frame)) == EXPECTED
    assert _judged(evaluate_duckdb(POLICY, "CNY", frame)) == EXPECTED
    assert _judged(evaluate_postgres(POLICY, "CNY", live)) == EXPECTED


@pytest.mark.slow
def test_spark(spark: Any, tmp_path: Path) -> None:
    frame_of(ROWS, {}).write_parquet(tmp_path / "tape.parquet")
    assert _judged(evaluate_spark(POLICY, "CNY", spark, tmp_path)) == EXPECTED


def test_without_the_correction_the_earlier_decisions_are_the_same() -> None:
    before = [row for row in ROWS if row.known_at != date(2024, 5, 10)]
    with_it = evaluate_polars(POLICY, "CNY", frame_of(ROWS, {})).filter(
        pl.col("known_at") < date(2024, 5, 10)
    )
    without = evaluate_polars(POLICY, "CNY", frame_of(before, {})).filter(
        pl.col("known_at") < date(2024, 5, 10)
    )
    assert with_it.equals(without)
