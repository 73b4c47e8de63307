"""Everything a database holds, column by column, as plain values that compare equal on both databases."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Engine, select

from fullrecall.storage.tables import metadata

Dump = dict[str, list[tuple[Any, ...]]]


def dump(engine: Engine, without: Collection[str] = ()) -> Dump:
    """Table -> its rows, sorted. `without` names columns to leave out, as 'column' or 'table.column'."""
    found: Dump = {}
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            columns = [c for c in table.columns if not {c.name, f"{table.name}.{c.name}"} & set(without)]
            rows = connection.execute(select(*columns))
            found[table.name] = sorted((tuple(map(_plain, row)) for row in rows), key=repr)
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def differences(wanted: Dump, found: Dump) -> list[str]:
    """The first few rows that stand in only one of the two, for a message a person can read."""
    told = []
    for table in wanted:
        only_wanted, only_found = _minus(wanted[table], found[table]), _minus(found[table], wanted[table])
        told += [f"{table}: missing {row!r:.400}" for row in only_wanted[:3]]
        told += [f"{table}: unexpected {row!r:.400}" for row in only_found[:3]]
    return told


def _minus(rows: list[tuple[Any, ...]], others: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    left = [repr(row) for row in others]
    out = []
    for row in rows:
        if repr(row) in left:
            left.remove(repr(row))
        else:
            out.append(row)
    return out
