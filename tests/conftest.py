"""Databases and a small joined house for tests that want them, on SQLite and on a real PostgreSQL."""

# The parts of the house are imported where they are used: most tests need none of them.
from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from fullrecall.write_path.rulebook import Rulebook
    from house_databases import Postgres, SqliteFiles
    from small_house import HeldTape, House

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "faults")]
settings.register_profile("house", deadline=None)  # the machine is shared: no test asserts wall time
settings.load_profile("house")


def _shared_folder(factory: pytest.TempPathFactory) -> Path:
    """The same for all workers of a session.

    Not inside pytest's own folder: that is closed to other users, and as root the server runs as another
    user.
    """
    base = factory.getbasetemp()
    session = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    return Path(tempfile.gettempdir()) / f"fullrecall-{sha256(str(session).encode()).hexdigest()[:12]}"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    from house_databases import Postgres

    folder = _shared_folder(tmp_path_factory)
    folder.mkdir(mode=0o755, exist_ok=True)
    server = Postgres(folder / "pg")
    yield server
    server.close()


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    from house_databases import SqliteFiles

    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=("sqlite", "postgresql"), scope="session")
def kind(request: pytest.FixtureRequest) -> str:
    """'sqlite' or 'postgresql': a test that asks for it, or for a database, runs on both."""
    return str(request.param)


@pytest.fixture
def new_database(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes databases with our tables and nothing in them; returns where each is."""
    if kind == "sqlite":
        files: SqliteFiles = request.getfixturevalue("sqlite_files")
        yield lambda: files.fresh(tmp_path)
        return
    server: Postgres = request.getfixturevalue("postgres")
    made: list[str] = []

    def make() -> str:
        made.append(server.fresh())
        return made[-1]

    yield make
    for place in made:
        server.drop(place)


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """Where a database with our tables and nothing in them is."""
    return new_database()


@pytest.fixture(scope="session")
def taiwan_rules() -> Rulebook:
    from small_house import rulebook

    return rulebook("taiwan")


@pytest.fixture(scope="session")
def tape(tmp_path_factory: pytest.TempPathFactory) -> HeldTape:
    from small_house import small_tape

    return small_tape(tmp_path_factory.mktemp("tape"))


@pytest.fixture
def open_house(taiwan_rules: Rulebook, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Joins a house over a database; engines are disposed of at the end."""
    from small_house import house

    opened: list[House] = []

    def join(place: str, mailbox: str = "mailbox") -> House:
        opened.append(house(place, taiwan_rules, tmp_path / mailbox))
        return opened[-1]

    yield join
    for each in opened:
        each.store.engine.dispose()


@pytest.fixture
def small(database: str, open_house: Callable[..., House]) -> House:
    """A house over a fresh database."""
    return open_house(database)
