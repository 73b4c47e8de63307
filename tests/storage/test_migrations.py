"""The migrations make exactly the tables of today, and each still works by itself on older data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, select, text

from fullrecall.domain.ledger import ACCOUNTS
from fullrecall.storage import tables as t
from fullrecall.storage.database import _alembic, connect, create_or_upgrade
from house_databases import Postgres

FIRST_TABLES = {
    "account", "alembic_version", "closed_day", "contact", "decision", "delivery", "fact", "idempotency",
    "line", "meta", "notice", "outcome", "policy", "posting", "recall_case", "tape",
}  # fmt: skip


@pytest.fixture
def empty(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Engine, str]]:
    place = str(tmp_path / "empty.db")
    server: Postgres | None = None
    if kind == "postgresql":
        server = request.getfixturevalue("postgres")
        place = server.empty()
    engine = connect(place)
    yield engine, place
    engine.dispose()
    if server is not None:
        server.drop(place)


def upgrade(engine: Engine, revision: str) -> None:
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        command.upgrade(_alembic(connection), revision)


def test_the_first_migration_by_itself_makes_the_first_tables(empty: tuple[Engine, str]) -> None:
    engine, _ = empty
    upgrade(engine, "0001")
    assert set(inspect(engine).get_table_names()) == FIRST_TABLES
    assert "averting" not in {column["name"] for column in inspect(engine).get_columns("decision")}


def test_a_decision_of_the_first_version_stays_readable(
    empty: tuple[Engine, str], open_house: Callable[..., object]
) -> None:
    engine, place = empty
    upgrade(engine, "0001")
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(
            text(
                "INSERT INTO decision "
                "(line_id, as_of, known_at, n, policy_id, action, fired, reasons, unknown) "
                "VALUES ('L', '2026-01-31', '2026-02-01', 0, 'sha256:a', 'warn', '[\"r\"]', '[\"R\"]', '[]')"
            )
        )
    assert create_or_upgrade(engine, place) == "upgraded"
    (old,) = open_house(place).store.decisions_of("L")  # type: ignore[attr-defined]
    assert (old.action, old.fired, old.insufficient, old.averting) == ("warn", '["r"]', None, None)
    with engine.connect() as connection:
        assert set(connection.execute(select(t.account.c.id)).scalars()) == {int(a) for a in ACCOUNTS}


def test_after_the_last_migration_the_tables_are_those_of_today(empty: tuple[Engine, str]) -> None:
    engine, place = empty
    assert create_or_upgrade(engine, place) == "created"
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": engine.name == "postgresql"})
        assert compare_metadata(context, t.metadata) == []
