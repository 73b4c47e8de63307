"""The tables, once, for both databases. Facts and postings are append-only; triggers refuse to change or
delete them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP

metadata = MetaData()
Name = String().with_variant(String(collation="C"), "postgresql")  # ids sort the same on both databases


class Instant(TypeDecorator[datetime]):
    """A UTC instant: timestamptz on PostgreSQL, ISO text (sortable) on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return instant_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if isinstance(value, datetime) else datetime.fromisoformat(value)


def instant_text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


# SQLite's driver writes dates through these (its own default adapters are deprecated).
sqlite3.register_adapter(datetime, instant_text)
sqlite3.register_adapter(date, date.isoformat)


def _table(name: str, *columns: Any) -> Table:
    """A table kept in the order of its key (SQLite: without rowid)."""
    return Table(name, metadata, *columns, sqlite_with_rowid=False)


def _log(name: str, *columns: Any) -> Table:
    """A table that only grows: rows lie in the order they came, the key is an index beside them, so that a
    month of
    rows for every line does not rewrite the pages of all months before."""
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

# A posting is a transfer, one amount between two accounts in one currency: what does not balance cannot be
# stored.
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
    Column("insufficient", Text),  # NULL: none, or written before this was kept
    Column("averting", Text),  # what would avert it, where the decision opened or joined a case
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

# A proposed policy with what was found out about it: engines, swap set, back-test.
policy_draft = _table(
    "policy_draft",
    Column("id", Name, primary_key=True),
    Column("name", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("author", String, nullable=False),
    Column("report", Text, nullable=False),
    Column("drafted_at", Instant, nullable=False),
)

publication = _table(
    "publication",
    Column("id", Name, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("author", String, nullable=False),
    Column("approved_by", String, nullable=False),
    Column("report", Text, nullable=False),
    Column("published_at", Instant, nullable=False),
)

# Where a candidate that runs beside the live policy would have decided otherwise.
shadow_difference = _log(
    "shadow_difference",
    Column("shadow_id", Name, primary_key=True),
    Column("line_id", Name, primary_key=True),
    Column("as_of", Date, primary_key=True),
    Column("known_at", Date, primary_key=True),
    Column("n", SmallInteger, primary_key=True, autoincrement=False),
    Column("live_id", Name, nullable=False),
    Column("live_action", String, nullable=False),
    Column("live_fired", Text, nullable=False),
    Column("shadow_action", String, nullable=False),
    Column("shadow_fired", Text, nullable=False),
    Column("exposure", BigInteger),
    Column("currency", String(3), nullable=False),
)

# A run that wanted more than the policy allows, and the person who let it through.
breaker = _table(
    "breaker",
    Column("day", Date, primary_key=True),
    Column("lines", Integer, primary_key=True, autoincrement=False),
    Column("exposure", Name, primary_key=True),
    Column("policy_id", Name, nullable=False),
    Column("allowed_by", String, nullable=False),
    Column("allowed_at", Instant, nullable=False),
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

# Personal data: outside the chained facts, so that it can be erased while the chain stays verifiable.
contact = _table(
    "contact",
    Column("borrower_id", Name, primary_key=True),
    Column("channel", Name, primary_key=True),
    Column("address", String, nullable=False),
)

# What truly happened to a line later, where a tape tells: kept apart, no policy ever reads it.
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

APPEND_ONLY = ("fact", "posting", "publication", "breaker")


def append_only_ddl(dialect: str, names: Sequence[str] = APPEND_ONLY, *, first: bool = True) -> list[str]:
    """Statements that make the database itself refuse UPDATE and DELETE on these tables.

    first: nothing of the kind stands in the database yet.
    """
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
            for name in names
            for verb in ("UPDATE", "DELETE")
        ]
    refuse = (
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$"
    )
    triggers = [
        f"CREATE TRIGGER {name}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for name in names
    ]
    return [refuse, *triggers] if first else triggers
