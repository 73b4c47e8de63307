"""Open a database (SQLite file or PostgreSQL URL), create or check its schema, and say in one sentence what
is wrong.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import errors
from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports import StreamMoved

BUSY_TIMEOUT_MS = 15_000
POSTGRESQL = ("postgresql://", "postgres://")
CONNECT_TIMEOUT_S = 10
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",  # without it REPLACE deletes a row and no trigger sees it go
    "cache_size=-65536",
    "temp_store=MEMORY",
)


class DatabaseTrouble(Mistake):
    pass


def url_of(place: str) -> str:
    """A SQLAlchemy URL of what a user writes: a file path, or a postgresql:// URL."""
    if place.startswith(POSTGRESQL):
        return "postgresql+psycopg://" + place.split("://", 1)[1]
    if "://" in place:
        raise DatabaseTrouble(
            f"Database {place.split('://')[0]}:// is not supported: give a file path or postgresql://."
        )
    return f"sqlite:///{place}"


def connect(place: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Engine:
    """An engine for a file path or a postgresql:// URL. Nothing is read or written yet."""
    url = url_of(place)
    if url.startswith("postgresql"):
        patience = {} if "connect_timeout" in url else {"connect_timeout": CONNECT_TIMEOUT_S}
        engine = create_engine(url, pool_pre_ping=True, connect_args=patience)
        event.listen(engine, "connect", _wait_at_most(busy_timeout_ms))
        return engine
    if not Path(place).parent.is_dir():
        raise DatabaseTrouble(
            f"Folder {str(Path(place).parent)!r} does not exist: create it or give another --db."
        )
    engine = create_engine(url, connect_args={"timeout": busy_timeout_ms / 1000})
    event.listen(engine, "connect", _sqlite_settings)
    event.listen(engine, "begin", _begin)
    return engine


def _wait_at_most(busy_timeout_ms: int) -> Callable[[psycopg.Connection[Any], Any], None]:
    def set_lock_timeout(connection: psycopg.Connection[Any], _: Any) -> None:
        connection.execute(f"SET lock_timeout = {int(busy_timeout_ms)}")
        connection.commit()

    return set_lock_timeout


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once (no deadlock by upgrading a read lock); a reader never waits for it.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _sqlite_settings(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        try:
            connection.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError as trouble:
            # A read-only file cannot switch to WAL; reading it still works.
            if "readonly" not in str(trouble):
                raise


_DRIVER_ERRORS = (DBAPIError, sqlite3.Error, psycopg.Error)  # bulk writes go past SQLAlchemy's own wrapping
_OVERTAKEN = (errors.UniqueViolation, errors.DeadlockDetected, errors.SerializationFailure)


@contextmanager
def overtaken_means_again() -> Iterator[None]:
    """A key that exists by now, or a broken deadlock: another writer was first, the work is to be done
    again.
    """
    try:
        yield
    except _DRIVER_ERRORS as trouble:
        original = getattr(trouble, "orig", trouble)
        if isinstance(original, _OVERTAKEN) or "UNIQUE constraint failed" in str(original):
            raise StreamMoved(str(original).splitlines()[0]) from trouble
        raise


@contextmanager
def told_plainly(place: str) -> Iterator[None]:
    """Turn the driver's errors into one sentence; everything else passes."""
    try:
        yield
    except _DRIVER_ERRORS as trouble:
        raise DatabaseTrouble(_sentence(place, trouble), code="database") from trouble


_LOCKED = "Database {shown} is locked by another program: wait until it ends, then run this again."
_READ_ONLY = "Database {shown} is read-only: give this user the right to write it, or another --db."
_FULL = "The disk that holds {shown} is full: free some space, then run this again; nothing was lost."
_SENTENCES = (
    ("readonly", _READ_ONLY),
    ("read-only transaction", _READ_ONLY),
    ("locked", _LOCKED),
    ("lock timeout", _LOCKED),
    ("disk is full", _FULL),
    ("No space left", _FULL),
    ("unable to open", "Database {shown} cannot be opened: check the path and its permissions."),
    ("not a database", "{shown} is not a Fullrecall database: give another --db."),
    ("malformed", "Database {shown} is damaged: restore it from a backup, then run `fullrecall verify`."),
    ("onnection", "PostgreSQL at {shown} does not answer ({said}): start it or check the address."),
)


def _sentence(place: str, trouble: Exception) -> str:
    said = str(getattr(trouble, "orig", trouble)).splitlines()[0].rstrip(".")
    for sign, sentence in _SENTENCES:
        if sign in said:
            return sentence.format(shown=shown(place), said=said)
    return f"Database {shown(place)} refused: {said}."


def shown(place: str) -> str:
    """A place as it may be printed: a PostgreSQL URL without its password."""
    if not place.startswith(POSTGRESQL):
        return place
    url = make_url(place)
    return url.difference_update_query(["password"]).render_as_string(hide_password=True)


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def schema_of(engine: Engine) -> tuple[str | None, str]:
    """(schema version found or None for an empty database, newest version this program knows)."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        head = ScriptDirectory.from_config(_alembic(connection)).get_current_head()
        if found is None and inspect(connection).get_table_names():
            raise DatabaseTrouble("This database holds tables that are not Fullrecall's: give an empty one.")
    return found, head or ""


def create_or_upgrade(engine: Engine, place: str) -> str:
    """Bring the schema to this program's version. Returns 'created', 'upgraded' or 'current'."""
    with told_plainly(place):
        found, head = schema_of(engine)
        if found == head:
            return "current"
        _refuse_newer(engine, found, place)
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            command.upgrade(_alembic(connection), "head")
    return "created" if found is None else "upgraded"


def check_schema(engine: Engine, place: str) -> None:
    """Refuse a database that is empty, older or newer than this program."""
    with told_plainly(place):
        found, head = schema_of(engine)
        if found is None:
            raise DatabaseTrouble(
                f"Database {shown(place)} is empty: run `fullrecall init --db {shown(place)}` first."
            )
        if found != head:
            _refuse_newer(engine, found, place)
            raise DatabaseTrouble(
                f"Database {shown(place)} has the older schema {found}, this program needs {head}: "
                f"run `fullrecall init --db {shown(place)}` to upgrade it."
            )


def _refuse_newer(engine: Engine, found: str | None, place: str) -> None:
    with engine.connect() as connection:
        known = {
            script.revision for script in ScriptDirectory.from_config(_alembic(connection)).walk_revisions()
        }
    if found is not None and found not in known:
        raise DatabaseTrouble(
            f"Database {shown(place)} has the newer schema {found}: update Fullrecall to use it."
        )


__all__ = [
    "DatabaseTrouble",
    "check_schema",
    "connect",
    "create_or_upgrade",
    "overtaken_means_again",
    "told_plainly",
]
