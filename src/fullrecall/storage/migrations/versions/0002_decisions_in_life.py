"""Decisions in life: the whole answer of a decision; drafts, publications, shadow differences, breakers."""

import sqlalchemy as sa
from alembic import op

from fullrecall.domain.ledger import ACCOUNTS
from fullrecall.storage.tables import Instant, Name, append_only_ddl

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("decision", sa.Column("insufficient", sa.Text()))
    op.add_column("decision", sa.Column("averting", sa.Text()))
    _drafts_and_publications()
    _shadow_and_breaker()
    connection = op.get_bind()
    for statement in append_only_ddl(connection.dialect.name, ("publication", "breaker"), first=False):
        connection.exec_driver_sql(statement)
    _accounts(connection)


def _drafts_and_publications() -> None:
    op.create_table(
        "policy_draft",
        sa.Column("id", Name, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("drafted_at", Instant, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "publication",
        sa.Column("id", Name, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("approved_by", sa.String, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("published_at", Instant, nullable=False),
        sqlite_with_rowid=False,
    )


def _shadow_and_breaker() -> None:
    op.create_table(
        "shadow_difference",
        sa.Column("shadow_id", Name, primary_key=True),
        sa.Column("line_id", Name, primary_key=True),
        sa.Column("as_of", sa.Date, primary_key=True),
        sa.Column("known_at", sa.Date, primary_key=True),
        sa.Column("n", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("live_id", Name, nullable=False),
        sa.Column("live_action", sa.String, nullable=False),
        sa.Column("live_fired", sa.Text, nullable=False),
        sa.Column("shadow_action", sa.String, nullable=False),
        sa.Column("shadow_fired", sa.Text, nullable=False),
        sa.Column("exposure", sa.BigInteger),
        sa.Column("currency", sa.String(3), nullable=False),
    )
    op.create_table(
        "breaker",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("lines", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("exposure", Name, primary_key=True),
        sa.Column("policy_id", Name, nullable=False),
        sa.Column("allowed_by", sa.String, nullable=False),
        sa.Column("allowed_at", Instant, nullable=False),
        sqlite_with_rowid=False,
    )


def _accounts(connection: sa.Connection) -> None:
    """Accounts the chart has by now; those of the first version are there already."""
    account = sa.table("account", sa.column("id"), sa.column("name"), sa.column("name_zh"))
    known = {row[0] for row in connection.execute(sa.select(account.c.id))}
    fresh = [
        {"id": int(number), "name": en, "name_zh": zh}
        for number, (en, zh) in ACCOUNTS.items()
        if int(number) not in known
    ]
    if fresh:
        connection.execute(account.insert(), fresh)
