"""First tables: facts, postings, lines, tape, decisions, cases, notices, deliveries.

Written out as they were at this version: a migration that followed today's tables would make another database
tomorrow. The tables of today are in storage/tables.py; a test compares the two after the last migration.
"""

from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

from fullrecall.storage.tables import Instant, Name, append_only_ddl

revision = "0001"
down_revision = None

metadata = MetaData()


def _table(name: str, *columns: Any) -> Table:
    return Table(name, metadata, *columns, sqlite_with_rowid=False)


def _log(name: str, *columns: Any) -> Table:
    return Table(name, metadata, *columns)


meta = _table("meta", Column("name", String, primary_key=True), Column("value", Text, nullable=False))

idempotency = _table(
    "idempotency",
    Column("key", Name, primary_key=True),
    Column("input_hash", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

fact = _log(
    "fact",
    Column("stream", Name, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    CheckConstraint("seq >= 1", name="fact_seq_starts_at_one"),
)

account = _table(
    "account",
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    Column("name_zh", String, nullable=False),
)

posting = _log(
    "posting",
    Column("stream", Name, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("n", SmallInteger, primary_key=True),
    Column("debit", SmallInteger, ForeignKey("account.id"), nullable=False),
    Column("credit", SmallInteger, ForeignKey("account.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("effective_on", Date, nullable=False),
    CheckConstraint("amount > 0", name="posting_amount_is_positive"),
    CheckConstraint("debit <> credit", name="posting_moves_between_two_accounts"),
    CheckConstraint("length(currency) = 3", name="posting_has_one_currency"),
)

line = _table(
    "line",
    Column("id", Name, primary_key=True),
    Column("borrower_id", Name, nullable=False),
    Column("cycle", SmallInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("receivable", BigInteger, nullable=False),
    Column("called", BigInteger, nullable=False),
    Column("charged_off", BigInteger, nullable=False),
    Index("line_by_borrower", "borrower_id"),
)

tape = _log(
    "tape",
    Column("line_id", Name, primary_key=True),
    Column("as_of", Date, primary_key=True),
    Column("known_at", Date, primary_key=True),
    Column("n", SmallInteger, primary_key=True, autoincrement=False),
    Column("currency", String(3), nullable=False),
    Column("credit_limit", BigInteger),
    Column("balance", BigInteger),
    Column("amount_due", BigInteger),
    Column("amount_paid", BigInteger),
    Column("past_due_amount", BigInteger),
    Column("days_past_due", Integer),
    Column("exposure", BigInteger),
    Column("borrower_exposure", BigInteger),
    Column("score", Integer),
    Column("score_model", String),
    Column("proven_severe_violations", Integer),
    Column("months_on_book", Integer),
    Column("manual_action", String),
    Column("extra", Text),
)

decision = _log(
    "decision",
    Column("line_id", Name, primary_key=True),
    Column("as_of", Date, primary_key=True),
    Column("known_at", Date, primary_key=True),
    Column("n", SmallInteger, primary_key=True, autoincrement=False),
    Column("policy_id", Name, primary_key=True),
    Column("action", String, nullable=False),
    Column("trigger", String),
    Column("fired", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("unknown", Text, nullable=False),
)

recall_case = _table(
    "recall_case",
    Column("id", Name, primary_key=True),
    Column("borrower_id", Name, nullable=False),
    Column("stage", String, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("waits_for_approval", Boolean, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("next_action_on", Date),
    Column("seq", Integer, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Index(
        "one_open_case_per_borrower",
        "borrower_id",
        unique=True,
        sqlite_where=text("is_open"),
        postgresql_where=text("is_open"),
    ),
    Index("case_due", "next_action_on", "id"),
)

policy = _table(
    "policy",
    Column("id", Name, primary_key=True),
    Column("name", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("pinned_at", Instant, nullable=False),
)

notice = _table(
    "notice",
    Column("id", Name, primary_key=True),
    Column("case_id", Name, nullable=False),
    Column("kind", String, nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

delivery = _table(
    "delivery",
    Column("id", Name, primary_key=True),
    Column("notice_id", Name, nullable=False),
    Column("case_id", Name, nullable=False),
    Column("borrower_id", Name, nullable=False),
    Column("channel", Name, nullable=False),
    Column("state", String, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("was_held", Boolean, nullable=False),
    Column("sent_at", Instant),
    Column("arrived_at", Instant),
    Column("content_sha256", String),
    Column("receipt", String),
    Column("detail", String),
    Index("delivery_due", "state", "not_before", "id"),
    Index("delivery_by_borrower", "borrower_id", "sent_at"),
)

contact = _table(
    "contact",
    Column("borrower_id", Name, primary_key=True),
    Column("channel", Name, primary_key=True),
    Column("address", String, nullable=False),
)

outcome = _table(
    "outcome",
    Column("line_id", Name, primary_key=True),
    Column("as_of", Date, primary_key=True),
    Column("defaulted", Boolean, nullable=False),
)

closed_day = _table(
    "closed_day",
    Column("day", Date, primary_key=True),
    Column("cases_visited", Integer, nullable=False),
    Column("closed_at", Instant, nullable=False),
)

ACCOUNTS = (
    (1100, "Receivable from borrowers", "应收借款人款项"),
    (1110, "Called receivable (recalled balances)", "已提前到期应收款"),
    (1190, "Charged-off claims, still owed", "已核销债权(仍可追偿)"),
    (1900, "Control account of the other core system", "外部核心系统对照科目"),
)


def upgrade() -> None:
    connection = op.get_bind()
    metadata.create_all(connection)
    for statement in append_only_ddl(connection.dialect.name, ("fact", "posting")):
        connection.exec_driver_sql(statement)
    connection.execute(account.insert(), [{"id": i, "name": en, "name_zh": zh} for i, en, zh in ACCOUNTS])
