"""A database that is read-only, locked, full, older, newer, foreign, damaged or away: one sentence each."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from fullrecall.domain import facts as f
from fullrecall.ports import Transaction
from fullrecall.ports.change import Change
from fullrecall.storage.database import DatabaseTrouble, connect
from fullrecall.storage.store import SqlStore
from fullrecall.wiring.house import open_store, prepare_database
from fullrecall.write_path import write
from house_databases import Postgres
from small_house import House
from table_dump import dump

NOW = datetime(2026, 3, 31, 1, 0, tzinfo=UTC)
DAY = date(2026, 3, 31)
NOBODY = 65534


def one_line(number: int = 1, size: int = 1) -> Callable[[Transaction, Change], None]:
    def decide(tx: Transaction, change: Change) -> None:
        opened = f.LineOpened("B" * size, "TWD", 1, "card", "cn", "observed", "test")
        change.open_line(f"L{number}", opened, DAY)

    return decide


@contextmanager
def one_sentence(*words: str) -> Iterator[None]:
    with pytest.raises(DatabaseTrouble) as trouble:
        yield
    said = trouble.value.sentence
    assert "\n" not in said
    assert said.endswith(".")
    assert "Traceback" not in said and "sqlalche" not in said
    for word in words:
        assert word in said


# --- either database ------------------------------------------------------------------------------------


def revise(place: str, revision: str) -> None:
    engine = connect(place)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": revision})
    engine.dispose()


def test_a_newer_schema_is_refused_and_left_alone(database: str) -> None:
    revise(database, "9999")
    for attempt in (open_store, prepare_database):
        with one_sentence("has the newer schema 9999", "update Fullrecall"):
            attempt(database)


def test_an_older_schema_is_refused_until_it_is_upgraded(
    kind: str, new_empty: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database of the first version, with a row in it, goes through every migration since."""
    from alembic import command

    from fullrecall.storage import database as module

    place = new_empty()
    engine = connect(place)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        command.upgrade(module._alembic(connection), "0001")
        connection.execute(
            text("INSERT INTO contact (borrower_id, channel, address) VALUES ('B', 'sms', '+886900000000')")
        )
    engine.dispose()
    with one_sentence("has the older schema 0001", "to upgrade it"):
        open_store(place)
    assert prepare_database(place) == "upgraded"
    store = open_store(place)
    assert dump(store.engine, ())["contact"][0][:3] == ("B", "sms", "+886900000000")
    write(store, "k", 1, NOW, one_line())
    assert store.counts()["lines"] == 1
    store.engine.dispose()
    assert prepare_database(place) == "current"


@pytest.fixture
def new_empty(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], str]:
    if kind == "sqlite":
        return lambda: str(tmp_path / "empty.db")
    server: Postgres = request.getfixturevalue("postgres")
    return server.empty


def test_an_empty_database_is_told_how_to_begin(new_empty: Callable[[], str]) -> None:
    place = new_empty()
    with one_sentence("is empty", "fullrecall init"):
        open_store(place)
    assert prepare_database(place) == "created"
    open_store(place).engine.dispose()


def test_a_database_of_somebody_else_is_left_alone(new_empty: Callable[[], str]) -> None:
    place = new_empty()
    engine = connect(place)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("CREATE TABLE theirs (id integer)"))
    engine.dispose()
    for attempt in (open_store, prepare_database):
        with one_sentence("not Fullrecall's"):
            attempt(place)


def test_a_locked_database_says_so_and_goes_on_when_the_lock_is_gone(database: str) -> None:
    store = SqlStore(connect(database, busy_timeout_ms=150), database)
    write(store, "open", 0, NOW, one_line())
    before = dump(store.engine)

    def pay(tx: Transaction, change: Change) -> None:
        change.hold_lines(tx.lines(["L1"]))
        change.line_fact("L1", f.PaymentObserved(100), DAY)

    other = SqlStore(connect(database), database)
    with other.transaction() as held:
        held.lines(["L1"])  # PostgreSQL locks the line, SQLite the whole file
        with one_sentence("is locked by another program", "wait until it ends"):
            write(store, "k", 1, NOW, pay)
        held.roll_back()
    assert dump(store.engine) == before
    write(store, "k", 1, NOW, pay)
    head = store.line("L1")
    assert head is not None and head.state.balance == -100
    for each in (store, other):
        each.engine.dispose()


def test_a_read_only_transaction_says_so(database: str, kind: str) -> None:
    """As on a standby of PostgreSQL, or where SQLite may only read."""
    store = open_store(database)
    before = dump(store.engine)
    store.engine.dispose()
    order = "PRAGMA query_only = ON" if kind == "sqlite" else "SET default_transaction_read_only = on"

    def read_only(connection: Any, _: Any) -> None:
        connection.execute(order)
        connection.commit()

    event.listen(store.engine, "connect", read_only)
    with one_sentence("is read-only"):
        write(store, "k", 1, NOW, one_line())
    assert dump(store.engine) == before
    store.engine.dispose()


# --- SQLite ---------------------------------------------------------------------------------------------


@pytest.fixture
def file(sqlite_files: Any, tmp_path: Path) -> Path:
    return Path(sqlite_files.fresh(tmp_path))


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may write anything: become nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("folder_mode", [0o755, 0o555])
def test_a_file_this_user_may_not_write(file: Path, folder_mode: int) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        copy = folder / "book.db"
        shutil.copyfile(file, copy)
        copy.chmod(0o444)
        folder.chmod(folder_mode)
        before = copy.read_bytes()
        with as_somebody_else(), pytest.raises(DatabaseTrouble) as trouble:
            write(open_store(str(copy)), "k", 1, NOW, one_line())
        said = trouble.value.sentence
        assert "is read-only: give this user the right" in said or "cannot be opened: check the path" in said
        assert copy.read_bytes() == before
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_file_locked_by_another_process(file: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sqlite3, sys\n"
            "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
            "c.execute('BEGIN IMMEDIATE')\nprint('held', flush=True)\nsys.stdin.read()",
            str(file),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None and holder.stdin is not None
    holder.stdout.readline()
    store = SqlStore(connect(str(file), busy_timeout_ms=150), str(file))
    with one_sentence("is locked by another program"):
        write(store, "k", 1, NOW, one_line())
    assert store.counts()["facts"] == 0  # reading goes on meanwhile
    holder.stdin.close()
    holder.wait()
    write(store, "k", 1, NOW, one_line())
    assert store.counts()["facts"] == 1
    store.engine.dispose()


def test_a_full_disk_keeps_all_that_was_there_and_nothing_by_halves(file: Path) -> None:
    store = open_store(str(file))

    def shrink(connection: sqlite3.Connection, _: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 8}")

    store.engine.dispose()
    event.listen(store.engine, "connect", shrink)
    written = 0
    with one_sentence("is full: free some space", "nothing was lost"):
        for number in range(1000):
            write(store, f"k{number}", 1, NOW, one_line(number, size=2000))
            written += 1
    assert 0 < written < 1000
    stored = dump(store.engine)
    assert len(stored["line"]) == len(stored["fact"]) == len(stored["idempotency"]) == written
    store.engine.dispose()
    roomy = open_store(str(file))
    write(roomy, f"k{written}", 1, NOW, one_line(written, size=2000))
    assert roomy.counts()["lines"] == written + 1
    roomy.engine.dispose()


def test_a_really_full_disk(file: Path) -> None:
    """On a file system of one megabyte, if we may make one here; the test above needs no rights."""
    folder = Path(tempfile.mkdtemp())
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode != 0:
        folder.rmdir()
        pytest.skip("this user may not mount a file system")
    try:
        place = str(folder / "book.db")
        shutil.copyfile(file, place)
        store = open_store(place)
        written = 0
        with one_sentence("is full: free some space"):
            for number in range(1000):
                write(store, f"k{number}", 1, NOW, one_line(number, size=20_000))
                written += 1
        assert 0 < written < 1000
        stored = dump(store.engine)
        assert len(stored["line"]) == len(stored["fact"]) == len(stored["idempotency"]) == written
        store.engine.dispose()
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def test_a_file_that_is_not_a_database(tmp_path: Path) -> None:
    place = tmp_path / "notes.db"
    place.write_text("These are notes, and nothing else. " * 100)
    for attempt in (open_store, prepare_database):
        with one_sentence("is not a Fullrecall database"):
            attempt(str(place))
    assert place.read_text().startswith("These are notes")


def test_a_damaged_file_is_named(file: Path) -> None:
    store = open_store(str(file))
    for number in range(50):
        write(store, f"k{number}", 1, NOW, one_line(number, size=500))
    store.engine.dispose()
    content = bytearray(file.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    file.write_bytes(bytes(content))
    with pytest.raises(DatabaseTrouble) as trouble:
        dump_of = open_store(str(file))
        list(dump_of.all_facts())
    assert "is damaged: restore it from a backup" in trouble.value.sentence


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with one_sentence("does not exist", "create it"):
        open_store(str(tmp_path / "nowhere" / "book.db"))


def test_another_kind_of_database() -> None:
    with one_sentence("mysql:// is not supported"):
        open_store("mysql://host/db")


# --- PostgreSQL -----------------------------------------------------------------------------------------


def test_a_server_that_does_not_answer_and_no_password_in_the_sentence() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for attempt in (open_store, prepare_database):
        with pytest.raises(DatabaseTrouble) as trouble:
            attempt(f"postgresql://anna:secret@127.0.0.1:{port}/book")
        said = trouble.value.sentence
        assert "does not answer" in said and f"127.0.0.1:{port}" in said
        assert "secret" not in said and "\n" not in said


def test_a_database_that_is_not_on_the_server(postgres: Postgres) -> None:
    with one_sentence('database "nowhere" does not exist'):
        open_store(postgres.place("nowhere"))


def test_a_connection_that_is_cut_in_the_middle(postgres: Postgres) -> None:
    place = postgres.fresh()
    store = open_store(place)

    def cut(tx: Transaction, change: Change) -> None:
        one_line()(tx, change)
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{place.split('/')[3].split('?')[0]}'"
        )

    with pytest.raises(DatabaseTrouble) as trouble:
        write(store, "k", 1, NOW, cut)
    assert "\n" not in trouble.value.sentence
    write(store, "k", 1, NOW, one_line())  # the next one gets a new connection
    assert store.counts()["lines"] == 1
    store.engine.dispose()


def test_the_house_opens_what_was_prepared(small: House) -> None:
    store = open_store(small.place)
    assert store.counts() == dict.fromkeys(store.counts(), 0)
    store.engine.dispose()
