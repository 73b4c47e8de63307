"""Many rows in one go: executemany on SQLite, COPY and UNNEST on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql

_POSTGRES = postgresql.dialect()  # type: ignore[no-untyped-call]
Rows = Sequence[tuple[Any, ...]]


def insert(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows whose values stand in the order of the table's columns; a row that exists is an error."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
    else:
        _driver(connection).executemany(_sqlite_insert(table), rows)


def upsert(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows or replace the ones with the same primary key."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        columns = list(zip(*rows, strict=True))
        _driver(connection).execute(_postgres_upsert(table), [list(column) for column in columns])
    else:
        _driver(connection).executemany(_sqlite_upsert(table), rows)


def _driver(connection: Connection) -> Any:
    """The driver's own cursor inside the same transaction: SQLAlchemy's per-row work costs more than the
    insert.
    """
    return connection.connection.cursor()


def _names(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _keys(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.primary_key.columns)


def _assignments(table: Table) -> str:
    keys = set(table.primary_key.columns.keys())
    return ", ".join(f'"{c.name}" = excluded."{c.name}"' for c in table.columns if c.name not in keys)


@cache
def _sqlite_insert(table: Table) -> str:
    marks = ", ".join("?" * len(table.columns))
    return f'INSERT INTO "{table.name}" ({_names(table)}) VALUES ({marks})'  # noqa: S608 - names from our own tables


@cache
def _sqlite_upsert(table: Table) -> str:
    return f"{_sqlite_insert(table)} ON CONFLICT ({_keys(table)}) DO UPDATE SET {_assignments(table)}"


@cache
def _postgres_upsert(table: Table) -> str:
    arrays = ", ".join(f"%s::{_postgres_type(column)}[]" for column in table.columns)
    return (
        f'INSERT INTO "{table.name}" ({_names(table)}) SELECT * FROM unnest({arrays}) '  # noqa: S608
        f"ON CONFLICT ({_keys(table)}) DO UPDATE SET {_assignments(table)}"
    )


def _postgres_type(column: Any) -> str:
    kind = column.type.compile(dialect=_POSTGRES)
    return "text" if str(kind).startswith("VARCHAR") else str(kind)


def _copy(connection: Connection, table: Table, rows: Rows) -> None:
    with _driver(connection).copy(f'COPY "{table.name}" ({_names(table)}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


__all__ = ["insert", "upsert"]
