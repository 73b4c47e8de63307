"""Lends a tape to PostgreSQL for the length of one question: a temporary table laid out as the live one."""

from __future__ import annotations

import json

import polars as pl
import psycopg

from fullrecall.analytics.engines.on_postgres import evaluate_postgres
from fullrecall.analytics.engines.plan import EarlierScores
from fullrecall.domain.policy import Policy
from fullrecall.domain.tape import COLUMNS, ColumnType
from fullrecall.domain.vocabulary import Mistake

TABLE = "fullrecall_backtest_tape"
_KEY = {"line_id": "text", "as_of": "date", "known_at": "date", "n": "bigint", "currency": "text"}


def evaluate_in_postgres(database: str, policy: Policy, currency: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The decisions of a server on a frame; nothing stays behind on the server."""
    plain = database.replace("postgresql+psycopg://", "postgresql://")
    try:
        with psycopg.connect(plain) as connection:
            _lend(connection, frame, currency)
            found = evaluate_postgres(
                policy, currency, connection, TABLE, earlier_scores=EarlierScores.POLICY
            )
            connection.rollback()
            return found
    except psycopg.OperationalError as trouble:
        raise Mistake(f"PostgreSQL cannot be reached: {str(trouble).splitlines()[0]}.") from None


def _lend(connection: psycopg.Connection, frame: pl.DataFrame, currency: str) -> None:
    types = _KEY | {name: "text" if c.type is ColumnType.TEXT else "bigint" for name, c in COLUMNS.items()}
    names = [*types, "extra"]
    layout = ", ".join(f"{name} {type_}" for name, type_ in (types | {"extra": "jsonb"}).items())
    given = frame.with_columns(pl.lit(currency).alias("currency"), pl.lit(0, dtype=pl.Int64).alias("n"))
    absent = [pl.lit(None).alias(name) for name in types if name not in given.columns]
    extras = [name for name in given.columns if name.startswith("extra.")]
    rows = given.with_columns(absent)
    told = (
        [
            json.dumps({k.removeprefix("extra."): v for k, v in row.items()})
            for row in rows.select(extras).iter_rows(named=True)
        ]
        if extras
        else [None] * rows.height
    )
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {TABLE} ({layout}) ON COMMIT DROP")  # noqa: S608
        with cursor.copy(f"COPY {TABLE} ({', '.join(names)}) FROM STDIN") as copy:
            for row, extra in zip(rows.select(list(types)).iter_rows(), told, strict=True):
                copy.write_row((*row, extra))
