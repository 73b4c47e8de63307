"""Three public books, every row: four engines against the Python evaluator, with a policy that fits."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from fullrecall.adapters.tape_files import open_tape, read_mapping
from fullrecall.adapters.tape_files.mapping import ExtraType
from fullrecall.analytics.engines.on_duckdb import evaluate_duckdb
from fullrecall.analytics.engines.on_polars import evaluate_polars
from fullrecall.analytics.engines.on_postgres import evaluate_postgres
from fullrecall.analytics.engines.on_spark import evaluate_spark
from fullrecall.analytics.engines.plan import EarlierScores
from fullrecall.domain.policy import Policy, parse_policy
from fullrecall.domain.tape import COLUMNS, Column, ColumnType

from .by_python import by_python, same
from .engines import fill_live_table

HERE = Path(__file__).parent / "policies"
FILES = {
    "taiwan": "taiwan_credit_card.parquet",
    "auto_abs": "auto_abs_2017_months.parquet",
    "credit_record": "credit_record.parquet",
}
FIRED_AT_LEAST = 5_000  # rows: a comparison of quiet rows would prove little


class Book(msgspec.Struct):
    policy: Policy
    currency: str
    rows: list[Any]
    frame: pl.DataFrame
    expected: pl.DataFrame


@pytest.fixture(scope="module", params=FILES)
def book(request: pytest.FixtureRequest, data: Path) -> Iterator[Book]:
    mapping = read_mapping(request.param)
    opened = open_tape(data / FILES[request.param], mapping)
    types = {ExtraType.WHOLE: ColumnType.COUNT, ExtraType.TEXT: ColumnType.TEXT}
    extra = {name: Column(name, types[how.type], name, name) for name, how in mapping.extra.items()}
    own = HERE / f"{request.param}.yaml"
    shipped = resources.files("fullrecall") / "policies" / f"{request.param}.yaml"
    text = (own if own.exists() else shipped).read_text(encoding="utf-8")
    policy = parse_policy(text, {**COLUMNS, **extra}, currency=mapping.currency)
    rows = [row for month in opened.months for row in opened.rows(month)]
    frame = opened.positions.with_columns(pl.lit(mapping.currency).alias("currency"))
    expected = by_python(policy, mapping.currency, rows)
    assert expected.filter(pl.col("fired").list.len() > 0).height > FIRED_AT_LEAST
    yield Book(policy, mapping.currency, rows, frame, expected)


@pytest.mark.slow
def test_every_row_of_the_book_on_one_machine(book: Book, tmp_path: Path, live: Any) -> None:
    for month, part in book.frame.group_by("as_of", maintain_order=True):
        part.write_parquet(tmp_path / f"{month[0]}.parquet", row_group_size=10_000)
    same("polars", evaluate_polars(book.policy, book.currency, book.frame), book.expected)
    same("polars, by month", evaluate_polars(book.policy, book.currency, tmp_path), book.expected)
    same("duckdb, by month", evaluate_duckdb(book.policy, book.currency, tmp_path), book.expected)
    fill_live_table(live, book.rows)
    replay = {"earlier_scores": EarlierScores.POLICY}
    same("postgres", evaluate_postgres(book.policy, book.currency, live, **replay), book.expected)


@pytest.mark.slow
def test_every_row_of_the_book_on_spark(book: Book, tmp_path: Path, spark: Any) -> None:
    book.frame.write_parquet(tmp_path / "tape.parquet")
    same("spark", evaluate_spark(book.policy, book.currency, spark, tmp_path), book.expected)
