"""Five engines on drawn rules and drawn rows: the same answer, cell by cell, as the Python evaluator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fullrecall.analytics.engines.on_duckdb import evaluate_duckdb
from fullrecall.analytics.engines.on_polars import evaluate_polars
from fullrecall.analytics.engines.on_postgres import evaluate_postgres
from fullrecall.analytics.engines.on_spark import evaluate_spark
from fullrecall.analytics.engines.plan import EarlierScores

from .by_python import by_python, frame_of, same
from .engines import fill_live_table, parts
from .generated import EXTRA_DTYPES, book, policy

CASES = [(False, EarlierScores.POLICY), (True, EarlierScores.POLICY), (True, EarlierScores.TAPE)]


@pytest.mark.parametrize(("card", "earlier"), CASES)
def test_drawn_policies_on_one_machine(card: bool, earlier: EarlierScores, live: Any, tmp_path: Path) -> None:
    drawn, rows = policy(120, 40, card=card), book(120)
    frame = frame_of(rows, EXTRA_DTYPES)
    expected = by_python(drawn, "CNY", rows, earlier)
    fill_live_table(live, rows)
    files = parts(frame, tmp_path, 3)
    kept = {"earlier_scores": earlier}
    same("polars", evaluate_polars(drawn, "CNY", frame, **kept), expected)
    same("polars, files", evaluate_polars(drawn, "CNY", files, **kept), expected)
    same("duckdb", evaluate_duckdb(drawn, "CNY", frame, **kept), expected)
    same("duckdb, files", evaluate_duckdb(drawn, "CNY", files, **kept), expected)
    same("postgres", evaluate_postgres(drawn, "CNY", live, **kept), expected)
    regular = _regular(frame)
    expected = expected.filter(pl.col("line_id").is_in(regular["line_id"].unique().implode()))
    same("duckdb, regular", evaluate_duckdb(drawn, "CNY", regular, **kept), expected)


def _regular(frame: pl.DataFrame) -> pl.DataFrame:
    """Lines of one row a month, without gaps or late facts: SQL engines then look back another way."""
    ordered = frame.sort("line_id", "as_of", "known_at")
    month = pl.col("as_of").dt.year().cast(pl.Int64) * 12 + pl.col("as_of").dt.month()
    follows = (month.diff() == 1) & (pl.col("known_at").diff().dt.total_days() >= 0)
    return ordered.filter(follows.fill_null(True).all().over("line_id"))


@pytest.mark.slow
@pytest.mark.parametrize(("card", "earlier"), CASES[::2])
def test_drawn_policies_on_spark(card: bool, earlier: EarlierScores, spark: Any, tmp_path: Path) -> None:
    drawn, rows = policy(40, 10, card=card), book(80)
    parts(frame_of(rows, EXTRA_DTYPES), tmp_path, 2)
    expected = by_python(drawn, "CNY", rows, earlier)
    same("spark", evaluate_spark(drawn, "CNY", spark, tmp_path, earlier_scores=earlier), expected)
