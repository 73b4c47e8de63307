"""`verify` recomputes everything: a clean book has no problems, each kind of planted corruption is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from fullrecall.domain.line import LineState
from fullrecall.domain.recall.case import CaseState
from fullrecall.storage.tables import APPEND_ONLY
from fullrecall.use_cases.verify_all import Verified, verify_all
from fullrecall.write_path.rulebook import Rulebook
from house_databases import Postgres, SqliteFiles
from small_house import HeldTape, House, house

Make = Callable[[], House]


@pytest.fixture(scope="module")
def worked_book(
    kind: str,
    request: pytest.FixtureRequest,
    taiwan_rules: Rulebook,
    tape: HeldTape,
    tmp_path_factory: pytest.TempPathFactory,
) -> Make:
    """Copies of one database in which the main job was done; nothing in them stops a hand that corrupts."""
    folder = tmp_path_factory.mktemp("verified")
    server: Postgres | None = request.getfixturevalue("postgres") if kind == "postgresql" else None
    files: SqliteFiles | None = request.getfixturevalue("sqlite_files") if kind == "sqlite" else None
    place = server.fresh() if server else files.fresh(folder)  # type: ignore[union-attr]
    done = house(place, taiwan_rules, folder / "mailbox")
    done.run(tape)
    with done.store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        for table in APPEND_ONLY:
            names = (
                [f"{table}_no_change ON {table}"] if server else [f"{table}_no_update", f"{table}_no_delete"]
            )
            for name in names:
                connection.execute(text(f"DROP TRIGGER {name}"))
    done.store.engine.dispose()

    def copy() -> House:
        if server:
            fresh = server.copy_of(place)
        else:
            fresh = str(folder / "copy.db")
            shutil.copyfile(place, fresh)
        return house(fresh, taiwan_rules, folder / "mailbox")

    return copy


def plant(book: House, statement: str, **values: Any) -> None:
    with book.store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        assert connection.execute(text(statement), values).rowcount > 0, "nothing was corrupted"


def one(book: House, query: str, **values: Any) -> Any:
    with book.store.engine.connect() as connection:
        return connection.execute(text(query), values).first()


def found(book: House) -> Verified:
    result = verify_all(book.store)
    book.store.engine.dispose()
    return result


def long_line(book: House) -> str:
    """A line with at least four facts."""
    return str(one(book, "SELECT stream FROM fact WHERE stream LIKE 'line:%' AND seq = 4 ORDER BY stream")[0])


def test_a_clean_book_has_no_problems(worked_book: Make) -> None:
    book = worked_book()
    facts, postings = (one(book, f"SELECT count(*) FROM {name}")[0] for name in ("fact", "posting"))
    streams = one(book, "SELECT count(DISTINCT stream) FROM fact")[0]
    result = found(book)
    assert (result.problems, result.problems_count) == ((), 0)
    assert (result.streams, result.facts, result.postings) == (streams, facts, postings)
    assert result.line_minus_ledger == 0
    assert result.trial_balance == {"TWD": 0}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("effective_on = '2001-01-01'", "was changed: its hash does not follow"),
        ("recorded_at = '2001-01-01T00:00:00.000000+00:00'", "was changed: its hash does not follow"),
        ("hash = :other", "was changed: its hash does not follow"),
        ("body = :other", "cannot be read"),
        ("kind = 'NeverHeardOf'", "cannot be read"),
    ],
)
def test_a_changed_fact_is_named(worked_book: Make, change: str, what: str) -> None:
    book = worked_book()
    stream = long_line(book)
    given = {"other": b"x" * 32} if ":other" in change else {}
    plant(book, f"UPDATE fact SET {change} WHERE stream = :stream AND seq = 2", stream=stream, **given)
    assert any(p.stream == stream and p.seq == 2 and what in p.what for p in found(book).problems)


def test_a_changed_amount_in_a_fact_is_named(worked_book: Make) -> None:
    book = worked_book()
    stream = long_line(book)
    body = bytes(one(book, "SELECT body FROM fact WHERE stream = :s AND seq = 2", s=stream)[0])
    plain = msgspec.json.decode(body)
    forged = msgspec.json.encode({**plain, "balance": plain["balance"] + 100}, order="deterministic")
    plant(book, "UPDATE fact SET body = :b WHERE stream = :s AND seq = 2", b=forged, s=stream)
    told = [p for p in found(book).problems if p.stream == stream and p.seq == 2]
    assert any("its hash does not follow" in p.what for p in told)
    assert any("postings under the PositionObserved are not the ones it makes" in p.what for p in told)


@pytest.mark.parametrize(
    ("which", "seq", "what"),
    [
        ("seq = 1", 1, "facts 1 to 1 are missing"),
        ("seq = 2", 2, "facts 2 to 2 are missing"),
        ("seq IN (2, 3)", 2, "facts 2 to 3 are missing"),
    ],
)
def test_a_missing_fact_is_named(worked_book: Make, which: str, seq: int, what: str) -> None:
    book = worked_book()
    stream = long_line(book)
    plant(book, f"DELETE FROM fact WHERE stream = :s AND {which}", s=stream)
    assert any((p.stream, p.seq) == (stream, seq) and what in p.what for p in found(book).problems)


@pytest.mark.parametrize("owner", ["line", "case"])
def test_a_missing_last_fact_is_named(worked_book: Make, owner: str) -> None:
    book = worked_book()
    stream, last = one(
        book,
        f"SELECT stream, max(seq) FROM fact WHERE stream LIKE '{owner}:%' GROUP BY stream "
        "HAVING max(seq) > 3",
    )
    plant(book, "DELETE FROM fact WHERE stream = :s AND seq = :n", s=stream, n=last)
    told = [p.what for p in found(book).problems if p.stream == stream]
    assert any(f"the stream ends at {last - 1}, the stored {owner} says {last}" in what for what in told)


@pytest.mark.parametrize("owner", ["line", "case"])
def test_a_missing_stream_is_named(worked_book: Make, owner: str) -> None:
    book = worked_book()
    (stream,) = one(book, f"SELECT max(stream) FROM fact WHERE stream LIKE '{owner}:%'")
    plant(book, "DELETE FROM fact WHERE stream = :s", s=stream)
    told = [p.what for p in found(book).problems if p.stream == stream]
    assert f"the {owner} has a state but no facts" in told


@pytest.mark.parametrize(("table", "owner"), [("line", "line"), ("recall_case", "case")])
def test_a_missing_state_is_named(worked_book: Make, table: str, owner: str) -> None:
    book = worked_book()
    (key,) = one(book, f"SELECT min(id) FROM {table}")
    plant(book, f"DELETE FROM {table} WHERE id = :k", k=key)
    told = [(p.stream, p.what) for p in found(book).problems]
    assert (f"{owner}:{key}", f"the {owner} has facts but no stored state") in told


@pytest.mark.parametrize(
    "change",
    [
        "amount = amount + 1",
        "debit = 1190",
        "currency = 'USD'",
        "effective_on = '2001-01-01'",
        "seq = seq + 1000",
    ],
)
def test_a_changed_posting_is_named(worked_book: Make, change: str) -> None:
    book = worked_book()
    stream, seq = one(book, "SELECT stream, seq FROM posting WHERE seq > 1 ORDER BY stream, seq")
    plant(book, f"UPDATE posting SET {change} WHERE stream = :s AND seq = :n", s=stream, n=seq)
    told = [p.what for p in found(book).problems if p.stream == stream and p.seq == seq]
    assert any("are not the ones it makes" in what for what in told)


def test_a_missing_posting_is_named(worked_book: Make) -> None:
    book = worked_book()
    stream, seq = one(book, "SELECT stream, seq FROM posting ORDER BY stream DESC, seq")
    plant(book, "DELETE FROM posting WHERE stream = :s AND seq = :n", s=stream, n=seq)
    assert any(
        (p.stream, p.seq) == (stream, seq) and "are not the ones it makes" in p.what
        for p in found(book).problems
    )


@pytest.mark.parametrize(
    ("stream", "seq", "n", "what"),
    [
        ("line:{}", 2, 9, "are not the ones it makes"),
        ("line:{}", 999, 0, "a posting stands here without a fact that makes it"),
        ("line:AAA", 1, 0, "postings stand in a stream that has no facts"),
        ("line:zzz", 1, 0, "postings stand in a stream that has no facts"),
    ],
)
def test_an_extra_posting_is_named(worked_book: Make, stream: str, seq: int, n: int, what: str) -> None:
    book = worked_book()
    stream = stream.format(long_line(book).removeprefix("line:"))
    plant(
        book,
        "INSERT INTO posting (stream, seq, n, debit, credit, amount, currency, effective_on) "
        "VALUES (:s, :seq, :n, 1100, 1900, 7, 'TWD', '2005-05-01')",
        s=stream,
        seq=seq,
        n=n,
    )
    assert any((p.stream, p.seq) == (stream, seq) and what in p.what for p in found(book).problems)


def test_a_changed_line_state_is_named(worked_book: Make) -> None:
    book = worked_book()
    key, blob = one(book, "SELECT id, state FROM line ORDER BY id")
    state = msgspec.msgpack.decode(bytes(blob), type=LineState)
    forged = msgspec.structs.replace(state, frozen="full", credit_limit=state.credit_limit + 1)
    plant(book, "UPDATE line SET state = :b WHERE id = :k", b=msgspec.msgpack.encode(forged), k=key)
    (told,) = found(book).problems
    assert told.stream == f"line:{key}"
    assert "the stored state differs from the facts: " in told.what
    assert f"credit_limit is {state.credit_limit + 1}, facts say {state.credit_limit}" in told.what
    assert "frozen is 'full'" in told.what


def test_a_changed_case_state_is_named(worked_book: Make) -> None:
    book = worked_book()
    key, blob = one(book, "SELECT id, state FROM recall_case ORDER BY id")
    forged = msgspec.structs.replace(
        msgspec.msgpack.decode(bytes(blob), type=CaseState), approved_by="nobody"
    )
    plant(book, "UPDATE recall_case SET state = :b WHERE id = :k", b=msgspec.msgpack.encode(forged), k=key)
    (told,) = found(book).problems
    assert (told.stream, told.seq) == (f"case:{key}", 0)
    assert "approved_by is 'nobody', facts say ''" in told.what


@pytest.mark.parametrize("column", ["stage", "is_open", "waits_for_approval", "borrower_id", "opened_on"])
def test_a_changed_column_beside_the_case_state_is_named(worked_book: Make, column: str) -> None:
    """The columns that queries and indexes read are copies of the state: they must not tell another story."""
    book = worked_book()
    forged = {
        "stage": "stage = 'closed_'",
        "is_open": "is_open = NOT is_open",
        "waits_for_approval": "waits_for_approval = NOT waits_for_approval",
        "borrower_id": "borrower_id = 'somebody'",
        "opened_on": "opened_on = '2001-01-01'",
    }[column]
    (key,) = one(book, "SELECT max(id) FROM recall_case")
    plant(book, f"UPDATE recall_case SET {forged} WHERE id = :k", k=key)
    (told,) = found(book).problems
    assert told.stream == f"case:{key}"
    assert f"the stored column {column} is " in told.what


@pytest.mark.parametrize("column", ["borrower_id", "currency", "cycle"])
def test_a_changed_column_beside_the_line_state_is_named(worked_book: Make, column: str) -> None:
    book = worked_book()
    forged = {"borrower_id": "'somebody'", "currency": "'USD'", "cycle": "9"}[column]
    (key,) = one(book, "SELECT max(id) FROM line")
    plant(book, f"UPDATE line SET {column} = {forged} WHERE id = :k", k=key)
    (told,) = found(book).problems
    assert told.stream == f"line:{key}"
    assert f"the stored column {column} is " in told.what


@pytest.mark.parametrize("bucket", ["receivable", "called", "charged_off"])
def test_a_changed_ledger_balance_is_named(worked_book: Make, bucket: str) -> None:
    book = worked_book()
    key, before = one(book, f"SELECT id, {bucket} FROM line ORDER BY id")
    plant(book, f"UPDATE line SET {bucket} = {bucket} + 5 WHERE id = :k", k=key)
    (told,) = found(book).problems
    assert told.stream == f"line:{key}"
    assert f"{bucket} is {before + 5}, facts say {before}" in told.what


@pytest.mark.parametrize("change", ["seq = seq + 1", "head = :other"])
def test_a_changed_end_of_a_stream_is_named(worked_book: Make, change: str) -> None:
    book = worked_book()
    given = {"other": b"y" * 32} if ":other" in change else {}
    for table, owner in (("line", "line"), ("recall_case", "case")):
        (key,) = one(book, f"SELECT min(id) FROM {table}")
        plant(book, f"UPDATE {table} SET {change} WHERE id = :k", k=key, **given)
        assert any(
            p.stream == f"{owner}:{key}" and "missing or changed" in p.what for p in found(book).problems
        )
