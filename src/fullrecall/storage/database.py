"""Open a database (SQLite file or PostgreSQL URL), create or check its schema, and say in one sentence what is wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError, OperationalError

from fullrecall.domain.vocabulary import Mistake

BUSY_TIMEOUT_MS = 15_000
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
    if place.startswith(("postgresql://", "postgres://")):
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
        return create_engine(url, pool_pre_ping=True)
    if not Path(place).parent.is_dir():
        raise DatabaseTrouble(
            f"Folder {str(Path(place).parent)!r} does not exist: create it or give another --db."
        )
    engine = create_engine(url, connect_args={"timeout": busy_timeout_ms / 1000})
    event.listen(engine, "connect", _sqlite_settings)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once (no deadlock by upgrading a read lock); a reader never waits for it.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _sqlite_settings(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        try:
            connection.execute(f"PRAGMA {pragma}")
        except (
            sqlite3.OperationalError
        ) as trouble:  # a read-only file cannot switch to WAL; reading it still works
            if "readonly" not in str(trouble):
                raise


@contextmanager
def told_plainly(place: str) -> Iterator[None]:
    """Turn the driver's errors into one sentence; everything else passes."""
    try:
        yield
    except DBAPIError as trouble:
        raise DatabaseTrouble(_sentence(place, trouble), code="database") from trouble
    except sqlite3.Error as trouble:
        raise DatabaseTrouble(_sentence(place, trouble), code="database") from trouble


def _sentence(place: str, trouble: Exception) -> str:
    said = str(getattr(trouble, "orig", trouble)).splitlines()[0]
    shown = place.rsplit("@", 1)[-1]
    for sign, sentence in (
        (
            "readonly",
            f"Database {shown} is read-only: give this user the right to write it, or another --db.",
        ),
        (
            "locked",
            f"Database {shown} is locked by another program: wait until it ends, then run this again.",
        ),
        (
            "disk is full",
            f"The disk that holds {shown} is full: free some space, then run this again; nothing was lost.",
        ),
        ("unable to open", f"Database {shown} cannot be opened: check the path and its permissions."),
        ("not a database", f"{shown} is not a Fullrecall database: give another --db."),
        (
            "malformed",
            f"Database {shown} is damaged: restore it from a backup, then run `fullrecall verify`.",
        ),
        ("onnection", f"PostgreSQL at {shown} does not answer ({said}): start it or check the address."),
    ):
        if sign in said:
            return sentence
    return f"Database {shown} refused: {said}."


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
    shown = place.rsplit("@", 1)[-1]
    with told_plainly(place):
        found, head = schema_of(engine)
        if found is None:
            raise DatabaseTrouble(f"Database {shown} is empty: run `fullrecall init --db {shown}` first.")
        if found != head:
            _refuse_newer(engine, found, place)
            raise DatabaseTrouble(
                f"Database {shown} has the older schema {found}, this program needs {head}: "
                f"run `fullrecall init --db {shown}` to upgrade it."
            )


def _refuse_newer(engine: Engine, found: str | None, place: str) -> None:
    with engine.connect() as connection:
        known = {
            script.revision for script in ScriptDirectory.from_config(_alembic(connection)).walk_revisions()
        }
    if found is not None and found not in known:
        raise DatabaseTrouble(
            f"Database {place.rsplit('@', 1)[-1]} has the newer schema {found}: update Fullrecall to use it."
        )


__all__ = [
    "DatabaseTrouble",
    "OperationalError",
    "check_schema",
    "connect",
    "create_or_upgrade",
    "told_plainly",
]
