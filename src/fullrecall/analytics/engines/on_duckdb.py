"""A policy on DuckDB, over Parquet files in place or a frame."""

from __future__ import annotations

from typing import Any

import polars as pl

from fullrecall.analytics.engines.lower import kind_of
from fullrecall.analytics.engines.plan import EarlierScores
from fullrecall.analytics.engines.polars_slices import Paths, files_of, schema_of
from fullrecall.analytics.engines.sql_algebra import DUCKDB
from fullrecall.analytics.engines.sql_query import Query
from fullrecall.analytics.engines.sql_source import Source, Tape, evaluate_sql
from fullrecall.analytics.engines.tape_columns import base_frame, sources, typed
from fullrecall.domain.policy.document import Policy
from fullrecall.domain.vocabulary import Mistake


def evaluate_duckdb(
    policy: Policy,
    currency: str,
    tape: pl.DataFrame | Paths,
    *,
    earlier_scores: EarlierScores = EarlierScores.POLICY,
) -> pl.DataFrame:
    """The decision on every row of a tape, see result_of; `tape` is a frame or Parquet files."""
    with _connection() as connection:

        def opened(columns: Tape) -> Source:
            if isinstance(tape, pl.DataFrame):
                return _of_frame(connection, tape, columns, currency)
            return _of_files(connection, tape, columns)

        return evaluate_sql(policy, currency, opened, DUCKDB, earlier_scores)


def _connection() -> Any:
    try:
        import duckdb
    except ImportError:
        raise Mistake(
            "DuckDB is not installed: install it with `pip install 'fullrecall[duckdb]'`.", code="no_duckdb"
        ) from None
    return duckdb.connect(":memory:")


def _source(connection: Any, table: str, columns: dict[str, str], **more: Any) -> Source:
    def ask(query: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
        return rows

    def fetch(query: Query) -> pl.DataFrame:
        frame = pl.from_arrow(connection.sql(query.text()).to_arrow_table())
        assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table is a frame
        return frame

    return Source(DUCKDB, table, columns, ask, fetch, **more)


def _of_frame(connection: Any, frame: pl.DataFrame, tape: Tape, currency: str) -> Source:
    connection.register("tape_frame", base_frame(frame, tape, currency).to_arrow())
    return _source(
        connection, "tape_frame", {name: f'"{inside}"' for name, (inside, _) in tape.items()}, n="n"
    )


def _of_files(connection: Any, paths: Paths, tape: Tape) -> Source:
    files = [str(file) for file in files_of(paths)]
    schema = schema_of(files, tape)
    where = sources(tape, schema)
    columns = {}
    for name, (_, unit) in tape.items():
        source = where[name]
        typed(source, schema.get(source or ""), unit)  # refuses a type that cannot be it
        column = "NULL" if source is None else '"' + source.replace('"', '""') + '"'
        columns[name] = f"CAST({column} AS {DUCKDB.types[kind_of(unit)]})"
    listed = ", ".join(DUCKDB.text(file) for file in files)
    table = f"read_parquet([{listed}], file_row_number = true, filename = true)"
    order = f"list_position([{listed}], filename), file_row_number"
    extra = {"currency": "currency"} if "currency" in schema else {}
    return _source(connection, table, columns, n="n" if "n" in schema else None, order=order, **extra)
