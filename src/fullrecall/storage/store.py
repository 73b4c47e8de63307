"""The store over SQLAlchemy Core: transactions that load, lock and append, and plain reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Select, Table, and_, func, select

from fullrecall.domain.facts import RecordedFact
from fullrecall.domain.ledger import LedgerBalance
from fullrecall.domain.line import LineState
from fullrecall.domain.recall.case import CaseState
from fullrecall.domain.tape import TapeRow
from fullrecall.ports import (
    BreakerAllowed,
    KeptAnswer,
    ShadowDifference,
    StoredDecision,
    StoredDelivery,
    StoredDraft,
    StoredNotice,
    StoredPublication,
)
from fullrecall.ports.change import CaseHead, Change, LineHead
from fullrecall.storage import bulk
from fullrecall.storage import tables as t
from fullrecall.storage.database import overtaken_means_again, told_plainly

_line_state = msgspec.msgpack.Decoder(LineState)
_case_state = msgspec.msgpack.Decoder(CaseState)
_extra = msgspec.json.Decoder(dict[str, int | str | None])
_pack = msgspec.msgpack.Encoder().encode
_CHUNK = 500  # parameters per IN list, below SQLite's limit


def _in_chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    unique = sorted(set(ids))
    for start in range(0, len(unique), _CHUNK):
        yield unique[start : start + _CHUNK]


_LINE = (
    t.line.c.state,
    t.line.c.receivable,
    t.line.c.called,
    t.line.c.charged_off,
    t.line.c.seq,
    t.line.c.head,
)
_CASE = (t.recall_case.c.state, t.recall_case.c.seq, t.recall_case.c.head, t.recall_case.c.next_action_on)


_DRAFTS = select(t.policy_draft).order_by(t.policy_draft.c.drafted_at, t.policy_draft.c.id)
_PUBLICATIONS = select(t.publication).order_by(t.publication.c.number)


def _answers_under(prefix: str) -> Select[Any]:
    key = t.idempotency.c.key
    past = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return select(t.idempotency.c.answer).where(and_(key >= prefix, key < past)).order_by(key)


def _line_head(row: Any) -> LineHead:
    return LineHead(_line_state.decode(row[0]), LedgerBalance(row[1], row[2], row[3]), row[4], bytes(row[5]))


def _case_head(row: Any) -> CaseHead:
    return CaseHead(_case_state.decode(row[0]), row[1], bytes(row[2]), row[3])


def _tape_row(row: Any) -> TapeRow:
    line_id, as_of, known_at, _, *values, extra = row
    values.append(_extra.decode(extra) if extra else {})
    return TapeRow(line_id, as_of, known_at, *values)


class SqlTransaction:
    """See ports.Transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._postgres = connection.dialect.name == "postgresql"
        self.rolled_back = False

    def _locked(self, query: Select[Any], order: Any) -> Select[Any]:
        # Lines and cases are locked in id order before anything is inserted; SQLite has one writer anyway.
        return (
            query.order_by(order).with_for_update(key_share=True) if self._postgres else query.order_by(order)
        )

    def answer_of(self, key: str) -> KeptAnswer | None:
        row = self._connection.execute(
            select(t.idempotency.c.input_hash, t.idempotency.c.answer).where(t.idempotency.c.key == key)
        ).first()
        return KeptAnswer(bytes(row[0]), bytes(row[1])) if row else None

    def answers_under(self, prefix: str) -> list[bytes]:
        return [bytes(row[0]) for row in self._connection.execute(_answers_under(prefix))]

    def keep_answer(self, key: str, input_hash: bytes, answer: bytes, recorded_at: datetime) -> None:
        bulk.insert(self._connection, t.idempotency, [(key, input_hash, answer, recorded_at)])

    def lines(self, ids: Sequence[str]) -> list[LineHead]:
        return [
            _line_head(row)
            for chunk in _in_chunks(ids)
            for row in self._connection.execute(
                self._locked(select(*_LINE).where(t.line.c.id.in_(chunk)), t.line.c.id)
            ).fetchall()
        ]

    def lines_of_borrowers(self, borrower_ids: Sequence[str]) -> list[LineHead]:
        return [
            _line_head(row)
            for chunk in _in_chunks(borrower_ids)
            for row in self._connection.execute(
                self._locked(select(*_LINE).where(t.line.c.borrower_id.in_(chunk)), t.line.c.id)
            ).fetchall()
        ]

    def cases(self, ids: Sequence[str]) -> list[CaseHead]:
        return [
            _case_head(row)
            for chunk in _in_chunks(ids)
            for row in self._connection.execute(
                self._locked(select(*_CASE).where(t.recall_case.c.id.in_(chunk)), t.recall_case.c.id)
            ).fetchall()
        ]

    def open_cases_of_borrowers(self, borrower_ids: Sequence[str]) -> list[CaseHead]:
        is_open = t.recall_case.c.is_open if self._postgres else t.recall_case.c.is_open == 1
        return [
            _case_head(row)
            for chunk in _in_chunks(borrower_ids)
            for row in self._connection.execute(
                self._locked(
                    select(*_CASE).where(and_(t.recall_case.c.borrower_id.in_(chunk), is_open)),
                    t.recall_case.c.id,
                )
            ).fetchall()
        ]

    def cured_cases_of_borrowers(self, borrower_ids: Sequence[str], since: date) -> dict[str, int]:
        counts: dict[str, int] = {}
        for chunk in _in_chunks(borrower_ids):
            query = select(t.recall_case.c.state).where(
                and_(t.recall_case.c.borrower_id.in_(chunk), t.recall_case.c.opened_on >= since)
            )
            for (state,) in self._connection.execute(query):
                case = _case_state.decode(state)
                if case.outcome == "cured":
                    counts[case.borrower_id] = counts.get(case.borrower_id, 0) + 1
        return counts

    def history(self, line_ids: Sequence[str], since: date) -> dict[str, list[TapeRow]]:
        found: dict[str, list[TapeRow]] = {}
        for chunk in _in_chunks(line_ids):
            query = (
                select(t.tape)
                .where(and_(t.tape.c.line_id.in_(chunk), t.tape.c.as_of >= since))
                .order_by(t.tape.c.line_id, t.tape.c.as_of, t.tape.c.known_at, t.tape.c.n)
            )
            for row in self._connection.execute(query).fetchall():
                found.setdefault(row[0], []).append(_tape_row(row))
        return found

    def due_deliveries(self, now: datetime, limit: int) -> list[StoredDelivery]:
        query = (
            select(t.delivery)
            .where(and_(t.delivery.c.state == "queued", t.delivery.c.not_before <= now))
            .order_by(t.delivery.c.not_before, t.delivery.c.id)
            .limit(limit)
        )
        # Read without a lock: rows locked by a worker that was just killed must not be passed over for a day.
        return [StoredDelivery(*row) for row in self._connection.execute(query)]

    def contacts_since(
        self, borrower_ids: Sequence[str], since: datetime
    ) -> dict[str, list[tuple[str, datetime]]]:
        found: dict[str, list[tuple[str, datetime]]] = {}
        for chunk in _in_chunks(borrower_ids):
            query = select(t.delivery.c.borrower_id, t.delivery.c.channel, t.delivery.c.sent_at).where(
                and_(t.delivery.c.borrower_id.in_(chunk), t.delivery.c.sent_at >= since)
            )
            for borrower_id, channel, at in self._connection.execute(query):
                found.setdefault(borrower_id, []).append((channel, at))
        return found

    def deliveries(self, ids: Sequence[str]) -> dict[str, StoredDelivery]:
        return {
            row[0]: StoredDelivery(*row)
            for chunk in _in_chunks(ids)
            for row in self._connection.execute(select(t.delivery).where(t.delivery.c.id.in_(chunk)))
        }

    def notices(self, ids: Sequence[str]) -> dict[str, StoredNotice]:
        return {
            row[0]: StoredNotice(*row)
            for chunk in _in_chunks(ids)
            for row in self._connection.execute(select(t.notice).where(t.notice.c.id.in_(chunk)))
        }

    def addresses(self, borrower_ids: Sequence[str]) -> dict[tuple[str, str], str]:
        return {
            (row[0], row[1]): row[2]
            for chunk in _in_chunks(borrower_ids)
            for row in self._connection.execute(select(t.contact).where(t.contact.c.borrower_id.in_(chunk)))
        }

    def keep_addresses(self, rows: Sequence[tuple[str, str, str]]) -> None:
        bulk.upsert(self._connection, t.contact, rows)

    def close_day(self, day: date, cases_visited: int, closed_at: datetime) -> None:
        bulk.upsert(self._connection, t.closed_day, [(day, cases_visited, closed_at)])

    def pin_policy(self, policy_id: str, name: str, version: int, text: str, at: datetime) -> None:
        if self._connection.execute(select(t.policy.c.id).where(t.policy.c.id == policy_id)).first() is None:
            bulk.insert(self._connection, t.policy, [(policy_id, name, version, text, at)])

    def keep_draft(self, draft: StoredDraft) -> None:
        bulk.upsert(self._connection, t.policy_draft, [draft])

    def keep_publication(self, publication: StoredPublication) -> None:
        bulk.insert(self._connection, t.publication, [publication])

    def keep_breaker(self, allowed: BreakerAllowed) -> None:
        bulk.insert(self._connection, t.breaker, [allowed])

    def drafts(self) -> list[StoredDraft]:
        return [StoredDraft(*row) for row in self._connection.execute(_DRAFTS)]

    def publications(self) -> list[StoredPublication]:
        return [StoredPublication(*row) for row in self._connection.execute(_PUBLICATIONS)]

    def averting_of(self, line_ids: Sequence[str], since: date) -> dict[str, str]:
        """What would avert the newest alert of each line that has one since that day."""
        c, found = t.decision.c, dict[str, str]()
        for chunk in _in_chunks(line_ids):
            wanted = and_(c.line_id.in_(chunk), c.as_of >= since, c.averting.is_not(None))
            query = select(c.line_id, c.averting).where(wanted).order_by(c.line_id, c.as_of, c.known_at, c.n)
            found |= {row[0]: row[1] for row in self._connection.execute(query)}
        return found

    def keep_outcomes(self, rows: Sequence[tuple[str, date, bool]]) -> None:
        bulk.upsert(self._connection, t.outcome, rows)

    def keep_note(self, name: str, value: str) -> None:
        bulk.upsert(self._connection, t.meta, [(name, value)])

    def append(self, change: Change) -> None:
        bulk.insert(self._connection, t.fact, change.facts)
        bulk.insert(self._connection, t.posting, change.postings)
        bulk.insert(self._connection, t.tape, change.tape_rows)
        bulk.insert(self._connection, t.decision, change.decisions)
        bulk.insert(self._connection, t.shadow_difference, change.shadow_differences)
        bulk.insert(self._connection, t.notice, change.notices)
        bulk.upsert(self._connection, t.delivery, list(change.deliveries.values()))
        bulk.upsert(self._connection, t.line, [_line_values(h) for h in change.lines.values() if h.changed])
        bulk.upsert(
            self._connection, t.recall_case, [_case_values(h) for h in change.cases.values() if h.changed]
        )

    def roll_back(self) -> None:
        self.rolled_back = True


def _line_values(head: LineHead) -> tuple[Any, ...]:
    s, g = head.state, head.ledger
    return (
        s.line_id, s.borrower_id, s.cycle, s.currency, head.seq, head.hash, _pack(s), g.receivable, g.called,
        g.charged_off,
    )  # fmt: skip


def _case_values(head: CaseHead) -> tuple[Any, ...]:
    s = head.state
    return (
        s.case_id, s.borrower_id, s.stage.value, s.is_open, s.approval == "asked", s.opened_on,
        head.next_action_on, head.seq, head.hash, _pack(s),
    )  # fmt: skip


class SqlStore:
    """See ports.Store."""

    def __init__(self, engine: Engine, place: str) -> None:
        self.engine = engine
        self.place = place

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        with (
            told_plainly(self.place),
            overtaken_means_again(),
            self.engine.connect().execution_options(writes=True) as connection,
            connection.begin() as work,
        ):
            transaction = SqlTransaction(connection)
            yield transaction
            if transaction.rolled_back:
                work.rollback()

    def _rows(self, query: Select[Any]) -> list[Any]:
        with told_plainly(self.place), self.engine.connect() as connection:
            return list(connection.execute(query))

    def _stream(self, query: Select[Any]) -> Iterator[Any]:
        with told_plainly(self.place), self.engine.connect() as connection:
            yield from connection.execution_options(yield_per=5000).execute(query)

    def line(self, line_id: str) -> LineHead | None:
        rows = self._rows(select(*_LINE).where(t.line.c.id == line_id))
        return _line_head(rows[0]) if rows else None

    def case(self, case_id: str) -> CaseHead | None:
        rows = self._rows(select(*_CASE).where(t.recall_case.c.id == case_id))
        return _case_head(rows[0]) if rows else None

    def due_case_ids(self, day: date, after: str, limit: int) -> list[str]:
        c = t.recall_case.c
        query = select(c.id).where(and_(c.next_action_on <= day, c.id > after)).order_by(c.id).limit(limit)
        return [row[0] for row in self._rows(query)]

    def has_due_delivery(self, now: datetime) -> bool:
        c = t.delivery.c
        return bool(self._rows(select(c.id).where(and_(c.state == "queued", c.not_before <= now)).limit(1)))

    def last_closed_day(self) -> date | None:
        last: date | None = self._rows(select(func.max(t.closed_day.c.day)))[0][0]
        return last

    def policy_texts(self) -> dict[str, str]:
        return {row[0]: row[1] for row in self._rows(select(t.policy.c.id, t.policy.c.text))}

    def last_policy(self) -> str | None:
        rows = self._rows(select(t.policy.c.id).order_by(t.policy.c.pinned_at.desc(), t.policy.c.id).limit(1))
        return rows[0][0] if rows else None

    def drafts(self) -> list[StoredDraft]:
        return [StoredDraft(*row) for row in self._rows(_DRAFTS)]

    def publications(self) -> list[StoredPublication]:
        return [StoredPublication(*row) for row in self._rows(_PUBLICATIONS)]

    def shadow_differences(self, shadow_id: str) -> list[ShadowDifference]:
        c = t.shadow_difference.c
        query = select(t.shadow_difference).where(c.shadow_id == shadow_id)
        rows = self._rows(query.order_by(c.as_of, c.line_id, c.known_at, c.n))
        return [ShadowDifference(*row) for row in rows]

    def breakers_allowed(self, day: date) -> list[BreakerAllowed]:
        return [BreakerAllowed(*row) for row in self._rows(select(t.breaker).where(t.breaker.c.day == day))]

    def answers_under(self, prefix: str) -> list[bytes]:
        return [bytes(row[0]) for row in self._rows(_answers_under(prefix))]

    def cases_where(self, stage: str | None, waiting_only: bool, limit: int) -> list[CaseHead]:
        query = select(*_CASE).order_by(t.recall_case.c.next_action_on, t.recall_case.c.id).limit(limit)
        if stage:
            query = query.where(t.recall_case.c.stage == stage)
        if waiting_only:
            query = query.where(t.recall_case.c.waits_for_approval.is_(True))
        return [_case_head(row) for row in self._rows(query)]

    def all_cases(self) -> Iterator[CaseHead]:
        return (_case_head(row) for row in self._stream(select(*_CASE).order_by(t.recall_case.c.id)))

    def all_lines(self) -> Iterator[LineHead]:
        return (_line_head(row) for row in self._stream(select(*_LINE).order_by(t.line.c.id)))

    def strayed_columns(self) -> Iterator[tuple[str, str, Any, Any]]:
        """(stream, column, stored, said): columns for queries that differ from the state beside them."""
        yield from self._strayed(t.line, _LINE, "line", lambda row: _line_values(_line_head(row)))
        yield from self._strayed(t.recall_case, _CASE, "case", lambda row: _case_values(_case_head(row)))

    def _strayed(
        self, table: Table, head: Sequence[Any], owner: str, values: Callable[[Any], tuple[Any, ...]]
    ) -> Iterator[tuple[str, str, Any, Any]]:
        for row in self._stream(select(table).order_by(table.c.id)):
            stored = row._mapping
            said = zip(table.columns.keys(), values([stored[column] for column in head]), strict=True)
            for name, value in said:
                if name not in ("head", "state") and stored[name] != value:
                    yield f"{owner}:{stored['id']}", name, stored[name], value

    def facts_of(self, stream: str) -> list[RecordedFact]:
        rows = self._rows(select(t.fact).where(t.fact.c.stream == stream).order_by(t.fact.c.seq))
        return [RecordedFact(*row) for row in rows]

    def all_facts(self) -> Iterator[RecordedFact]:
        return (
            RecordedFact(*r) for r in self._stream(select(t.fact).order_by(t.fact.c.stream, t.fact.c.seq))
        )

    def all_postings(self) -> Iterator[tuple[Any, ...]]:
        c = t.posting.c
        return (tuple(row) for row in self._stream(select(t.posting).order_by(c.stream, c.seq, c.n)))

    def trial_balance(self) -> list[tuple[int, str, int, int]]:
        """(account, currency, debit total, credit total), summed over all postings."""
        c = t.posting.c
        sides: dict[tuple[int, str], list[int]] = {}
        for side, column in enumerate((c.debit, c.credit)):
            for account, currency, total in self._rows(
                select(column, c.currency, func.sum(c.amount)).group_by(column, c.currency)
            ):
                sides.setdefault((account, currency), [0, 0])[side] = int(total)
        return [(a, currency, debit, credit) for (a, currency), (debit, credit) in sorted(sides.items())]

    def deliveries_of(self, case_id: str) -> list[StoredDelivery]:
        query = (
            select(t.delivery)
            .where(t.delivery.c.case_id == case_id)
            .order_by(t.delivery.c.not_before, t.delivery.c.id)
        )
        return [StoredDelivery(*row) for row in self._rows(query)]

    def notice_contents(self, case_id: str) -> list[StoredNotice]:
        query = (
            select(t.notice)
            .where(t.notice.c.case_id == case_id)
            .order_by(t.notice.c.issued_on, t.notice.c.id)
        )
        return [StoredNotice(*row) for row in self._rows(query)]

    def decisions_of(self, line_id: str) -> list[StoredDecision]:
        query = (
            select(t.decision)
            .where(t.decision.c.line_id == line_id)
            .order_by(t.decision.c.as_of, t.decision.c.n)
        )
        return [StoredDecision(*row) for row in self._rows(query)]

    def tape_of(self, line_id: str) -> list[TapeRow]:
        query = (
            select(t.tape)
            .where(t.tape.c.line_id == line_id)
            .order_by(t.tape.c.as_of, t.tape.c.known_at, t.tape.c.n)
        )
        return [_tape_row(row) for row in self._rows(query)]

    def outcomes(self) -> dict[str, bool]:
        return {
            row[0]: bool(row[1]) for row in self._rows(select(t.outcome.c.line_id, t.outcome.c.defaulted))
        }

    def note(self, name: str) -> str | None:
        rows = self._rows(select(t.meta.c.value).where(t.meta.c.name == name))
        return rows[0][0] if rows else None

    def tape_cells(self, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        cells = [t.tape.c[name] for name in columns]
        query = select(*cells).order_by(t.tape.c.line_id, t.tape.c.as_of, t.tape.c.known_at, t.tape.c.n)
        return (tuple(row) for row in self._stream(query))

    def case_facts(self) -> Iterator[RecordedFact]:
        query = select(t.fact).where(and_(t.fact.c.stream >= "case:", t.fact.c.stream < "case;"))
        return (RecordedFact(*r) for r in self._stream(query.order_by(t.fact.c.stream, t.fact.c.seq)))

    def counts(self) -> dict[str, int]:
        tables = {
            "lines": t.line,
            "positions": t.tape,
            "facts": t.fact,
            "cases": t.recall_case,
            "decisions": t.decision,
        }
        return {
            name: self._rows(select(func.count()).select_from(table))[0][0] for name, table in tables.items()
        }

    def delivery_counts(self) -> dict[str, int]:
        c = t.delivery.c
        rows = self._rows(select(c.state, c.was_held, func.count()).group_by(c.state, c.was_held))
        found: dict[str, int] = {"held": sum(n for _, held, n in rows if held)}
        for state, _, n in rows:
            found[state] = found.get(state, 0) + n
        return found
