"""The database itself refuses: an unbalanced posting, a place taken twice, a change to what is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from fullrecall.storage.database import connect
from house_databases import Postgres, SqliteFiles

POSTING = (
    "INSERT INTO posting (stream, seq, n, debit, credit, amount, currency, effective_on) "
    "VALUES (:stream, :seq, :n, :debit, :credit, :amount, :currency, '2026-01-31')"
)
GOOD = {"stream": "line:L", "seq": 1, "n": 0, "debit": 1100, "credit": 1900, "amount": 9, "currency": "TWD"}
FACT = (
    "INSERT INTO fact (stream, seq, kind, version, effective_on, recorded_at, body, hash) "
    "VALUES ('line:L', :seq, 'Old', 1, '2026-01-31', '2026-01-31T00:00:00.000000+00:00', :body, :body)"
)
CASE = """
    INSERT INTO recall_case (id, borrower_id, stage, is_open, waits_for_approval, opened_on, seq, head, state)
    VALUES (:id, 'B', 'warned', :is_open, :no, '2026-01-31', 1, :blob, :blob)
"""


@pytest.fixture(scope="module")
def place(kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if kind == "sqlite":
        files: SqliteFiles = request.getfixturevalue("sqlite_files")
        return files.fresh(tmp_path_factory.mktemp("refusals"))
    server: Postgres = request.getfixturevalue("postgres")
    return server.fresh()


@pytest.fixture
def connection(place: str) -> Iterator[Connection]:
    """Every test works in a transaction of its own that is rolled back."""
    engine = connect(place)
    with engine.connect().execution_options(writes=True) as made, made.begin() as work:
        yield made
        work.rollback()
    engine.dispose()


def run(connection: Connection, statement: str, **values: Any) -> None:
    with connection.begin_nested():
        connection.execute(text(statement), values)


def count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_a_good_posting_goes_in(connection: Connection) -> None:
    run(connection, POSTING, **GOOD)
    assert count(connection, "posting") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"amount": -9},  # would turn debit and credit round
        {"amount": None},
        {"debit": None},
        {"credit": None},
        {"credit": 1100},  # both sides on one account
        {"debit": 1234},  # no such account
        {"credit": 1234},
        {"currency": None},
        {"currency": ""},
        {"currency": "TW"},
        {"currency": "TWDX"},
        {"stream": None},
    ],
    ids=str,
)
def test_an_unbalanced_posting_cannot_be_stored(connection: Connection, wrong: dict[str, Any]) -> None:
    with pytest.raises(DBAPIError):
        run(connection, POSTING, **{**GOOD, **wrong})
    assert count(connection, "posting") == 0


def test_a_place_in_the_ledger_or_a_stream_is_taken_once(connection: Connection) -> None:
    run(connection, POSTING, **GOOD)
    with pytest.raises(DBAPIError):
        run(connection, POSTING, **{**GOOD, "amount": 200})
    run(connection, FACT, seq=1, body=b"{}")
    with pytest.raises(DBAPIError):
        run(connection, FACT, seq=1, body=b"{1}")


def test_a_stream_starts_at_one(connection: Connection) -> None:
    with pytest.raises(DBAPIError):
        run(connection, FACT, seq=0, body=b"{}")


@pytest.mark.parametrize("table", ["fact", "posting"])
@pytest.mark.parametrize("verb", ["UPDATE", "UPDATE one", "DELETE", "TRUNCATE", "REPLACE"])
def test_what_is_written_stays(connection: Connection, table: str, verb: str) -> None:
    run(connection, FACT, seq=1, body=b"{}")
    run(connection, POSTING, **GOOD)
    column = "kind" if table == "fact" else "currency"
    statement = {
        "UPDATE": f"UPDATE {table} SET {column} = 'New'",
        "UPDATE one": f"UPDATE {table} SET {column} = 'New' WHERE seq = 1",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table}",
        "REPLACE": f"REPLACE INTO {table} SELECT * FROM {table}",
    }[verb]
    with pytest.raises(DBAPIError) as refused:
        run(connection, statement)
    only_elsewhere = {"sqlite": "TRUNCATE", "postgresql": "REPLACE"}[connection.dialect.name]
    if verb != only_elsewhere:  # a verb that the database does not know is refused as a syntax error
        assert f"{table} is append-only" in str(refused.value)
    assert connection.execute(text(f"SELECT {column} FROM {table}")).scalar_one() in ("Old", "TWD")


def test_a_borrower_has_one_open_case(connection: Connection) -> None:
    run(connection, CASE, id="c1", is_open=True, no=False, blob=b"")
    run(connection, CASE, id="c2", is_open=False, no=False, blob=b"")
    with pytest.raises(DBAPIError):
        run(connection, CASE, id="c3", is_open=True, no=False, blob=b"")
