"""A policy inside PostgreSQL, in place over the live table of tape rows; only answers leave the database."""

from __future__ import annotations

import io
from typing import Any

import polars as pl
import psycopg

from fullrecall.analytics.engines.algebra import Kind
from fullrecall.analytics.engines.lower import kind_of
from fullrecall.analytics.engines.plan import EarlierScores, Plan
from fullrecall.analytics.engines.polars_algebra import DTYPES
from fullrecall.analytics.engines.sql_algebra import POSTGRES
from fullrecall.analytics.engines.sql_query import Query
from fullrecall.analytics.engines.sql_source import Source, Tape, evaluate_sql
from fullrecall.analytics.engines.tape_columns import sources
from fullrecall.domain.policy.document import Policy
from fullrecall.domain.policy.tree import Unit
from fullrecall.domain.vocabulary import Mistake

NULL = "\x01"  # no cell of a tape holds a control character
_JSON_TYPES = {Kind.WHOLE: "number", Kind.TEXT: "string", Kind.DATE: "string"}


def evaluate_postgres(
    policy: Policy,
    currency: str,
    connection: Any,
    table: str = "tape",
    *,
    earlier_scores: EarlierScores = EarlierScores.TAPE,
) -> pl.DataFrame:
    """The decision on every row of the currency in the table, see result_of.

    connection: of psycopg or SQLAlchemy; read only, its transaction is neither begun nor ended here.
    table: laid out as storage/tables.py's `tape`; further columns of the mapping stand in `extra`, as JSON.
    """
    cursor = (connection if isinstance(connection, psycopg.Connection) else connection.connection).cursor()
    with cursor:

        def opened(tape: Tape) -> Source:
            return _opened(cursor, table, tape, currency)

        try:
            return evaluate_sql(policy, currency, opened, POSTGRES, earlier_scores)
        except psycopg.errors.DataError as error:
            raise Mistake(
                f"The table {table} holds a value the policy cannot read: {str(error).splitlines()[0]}.",
                code="row_refused",
            ) from None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _opened(cursor: Any, table: str, tape: Tape, currency: str) -> Source:
    named = ".".join(_quoted(part) for part in table.split("."))
    try:
        cursor.execute(f"SELECT * FROM {named} LIMIT 0")  # noqa: S608 - the name is quoted
    except psycopg.errors.UndefinedTable:
        raise Mistake(f"There is no table {table} in this database: name the tape's table.") from None
    present = {column.name for column in cursor.description}
    json = {name for name in tape if name not in present and "extra" in present}
    where = sources(tape, present | json)
    where_clause = f" WHERE currency = {POSTGRES.text(currency)}" if "currency" in present else ""
    columns: dict[str, str] = {}
    for name, (_, unit) in tape.items():
        source = where[name]
        if name in json:
            columns[name] = _json_column(cursor, named, name, unit, where_clause)
        else:
            columns[name] = _typed(_quoted(source) if source else "NULL", unit)

    def ask(query: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = cursor.execute(query).fetchall()
        return rows

    def fetch(query: Query) -> pl.DataFrame:
        return _copied(cursor, query)

    n = "n" if "n" in present else None
    return Source(POSTGRES, named, columns, ask, fetch, n=n, order="ctid", where=where_clause)


def _typed(value: str, unit: Unit) -> str:
    return f"CAST({value} AS {POSTGRES.types[kind_of(unit)]})"


def _json_column(cursor: Any, table: str, name: str, unit: Unit, where: str) -> str:
    """A column kept in `extra`; a cell of another type is refused with the line it stands on."""
    value = f"(extra::jsonb -> {POSTGRES.text(name)})"
    plain = f"(extra::jsonb ->> {POSTGRES.text(name)})"
    kind = kind_of(unit)
    if kind is Kind.BOOL:
        sound = f"{value} IN ('true', 'false', '0', '1', 'null')"
        column = f"CASE {value} WHEN 'true' THEN TRUE WHEN '1' THEN TRUE WHEN 'false' THEN FALSE WHEN '0' THEN FALSE END"  # noqa: E501
    else:
        whole = f" AND {plain} !~ '[.eE]'" if kind is Kind.WHOLE else ""
        sound = f"(jsonb_typeof({value}) = 'null' OR (jsonb_typeof({value}) = '{_JSON_TYPES[kind]}'{whole}))"
        column = _typed(plain, unit)
    found = cursor.execute(
        f"SELECT line_id, as_of FROM {table}{where or ' WHERE TRUE'} AND NOT {sound} LIMIT 1"  # noqa: S608
    ).fetchone()
    if found:
        needed = {Kind.WHOLE: "a whole number", Kind.BOOL: "true or false (1 or 0)", Kind.TEXT: "a text"}
        raise Mistake(
            f"Line {found[0]}, {found[1]}, column {name}: {needed.get(kind, 'a date such as 2024-01-31')} "
            "is needed. Correct the tape.",
            code="row_refused",
        )
    return column


def _copied(cursor: Any, query: Query) -> pl.DataFrame:
    """COPY carries a book's answers several times faster than rows do."""
    held = io.BytesIO()
    with cursor.copy(f"COPY ({query.text()}) TO STDOUT (FORMAT csv, HEADER, NULL E'\\x01')") as copy:
        for block in copy:
            held.write(block)
    held.seek(0)
    schema = dtypes(query.plan)
    read = {name: pl.String if dtype == pl.Boolean else dtype for name, dtype in schema.items()}
    frame = pl.read_csv(held, schema_overrides=read, null_values=NULL)
    return frame.with_columns(
        (pl.col(name) == "t").alias(name) for name, dtype in schema.items() if dtype == pl.Boolean
    )


def dtypes(plan: Plan[str]) -> dict[str, Any]:
    """The types of a query's columns."""
    types: dict[str, Any] = {"line_id": pl.String, "as_of": pl.Date, "known_at": pl.Date, "n": pl.Int64}
    types |= dict.fromkeys([*plan.words, *(f"m{index}" for index in range(len(plan.rules)))], pl.Int64)
    for _, unit, top, bottom in plan.features:
        types[top] = DTYPES[kind_of(unit)]
        if bottom:
            types[bottom] = pl.Int64
    return types | {"score": pl.Int64, "score_model": pl.String}
