"""What use cases need from outside: a store, senders of messages, and the calendars of holidays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from fullrecall.domain.calendar import BusinessCalendar
from fullrecall.domain.facts import RecordedFact
from fullrecall.domain.tape import TapeRow
from fullrecall.ports.change import CaseHead, Change, LineHead


class StreamMoved(Exception):
    """Another writer was first, or the database broke a deadlock at our cost; load again and decide again."""


class KeptAnswer(NamedTuple):
    input_hash: bytes
    answer: bytes


class StoredDelivery(NamedTuple):
    """One message to one address, as the outbox keeps it."""

    id: str
    notice_id: str
    case_id: str
    borrower_id: str
    channel: str
    state: str
    not_before: datetime
    attempts: int
    was_held: bool
    sent_at: datetime | None
    arrived_at: datetime | None
    content_sha256: str | None
    receipt: str | None
    detail: str | None


class StoredNotice(NamedTuple):
    id: str
    case_id: str
    kind: str
    issued_on: date
    content: bytes


class StoredDecision(NamedTuple):
    line_id: str
    as_of: date
    known_at: date
    n: int
    policy_id: str
    action: str
    trigger: str | None
    fired: str
    reasons: str
    unknown: str
    insufficient: str | None = None
    averting: str | None = None


class StoredDraft(NamedTuple):
    """A proposed policy; `report` is JSON."""

    id: str
    name: str
    version: int
    text: str
    author: str
    report: str
    drafted_at: datetime


class StoredPublication(NamedTuple):
    """`number` counts publications; the highest is live."""

    id: str
    number: int
    name: str
    version: int
    author: str
    approved_by: str
    report: str
    published_at: datetime


class ShadowDifference(NamedTuple):
    """The lists of fired rules are JSON."""

    shadow_id: str
    line_id: str
    as_of: date
    known_at: date
    n: int
    live_id: str
    live_action: str
    live_fired: str
    shadow_action: str
    shadow_fired: str
    exposure: int | None
    currency: str


class BreakerAllowed(NamedTuple):
    """exposure: JSON of minor units by currency."""

    day: date
    lines: int
    exposure: str
    policy_id: str
    allowed_by: str
    allowed_at: datetime


class Transaction(Protocol):
    """One unit of work. Loading for update locks, in id order, what will be changed."""

    def answer_of(self, key: str) -> KeptAnswer | None: ...
    def answers_under(self, prefix: str) -> list[bytes]: ...
    def keep_answer(self, key: str, input_hash: bytes, answer: bytes, recorded_at: datetime) -> None: ...
    def lines(self, ids: Sequence[str]) -> list[LineHead]: ...
    def lines_of_borrowers(self, borrower_ids: Sequence[str]) -> list[LineHead]: ...
    def cases(self, ids: Sequence[str]) -> list[CaseHead]: ...
    def open_cases_of_borrowers(self, borrower_ids: Sequence[str]) -> list[CaseHead]: ...
    def cured_cases_of_borrowers(self, borrower_ids: Sequence[str], since: date) -> dict[str, int]: ...
    def history(self, line_ids: Sequence[str], since: date) -> dict[str, list[TapeRow]]: ...
    def due_deliveries(self, now: datetime, limit: int) -> list[StoredDelivery]: ...
    def contacts_since(
        self, borrower_ids: Sequence[str], since: datetime
    ) -> dict[str, list[tuple[str, datetime]]]: ...
    def deliveries(self, ids: Sequence[str]) -> dict[str, StoredDelivery]: ...
    def notices(self, ids: Sequence[str]) -> dict[str, StoredNotice]: ...
    def addresses(self, borrower_ids: Sequence[str]) -> dict[tuple[str, str], str]: ...
    def keep_addresses(self, rows: Sequence[tuple[str, str, str]]) -> None: ...
    def close_day(self, day: date, cases_visited: int, closed_at: datetime) -> None: ...
    def pin_policy(self, policy_id: str, name: str, version: int, text: str, at: datetime) -> None: ...
    def keep_draft(self, draft: StoredDraft) -> None: ...
    def keep_publication(self, publication: StoredPublication) -> None: ...
    def keep_breaker(self, allowed: BreakerAllowed) -> None: ...
    def drafts(self) -> list[StoredDraft]: ...
    def publications(self) -> list[StoredPublication]: ...
    def averting_of(self, line_ids: Sequence[str], since: date) -> dict[str, str]: ...
    def keep_outcomes(self, rows: Sequence[tuple[str, date, bool]]) -> None: ...
    def keep_note(self, name: str, value: str) -> None: ...
    def append(self, change: Change) -> None: ...
    def roll_back(self) -> None: ...


class Store(Protocol):
    """Where everything is kept. Reading methods see the last commit."""

    def transaction(self) -> AbstractContextManager[Transaction]: ...
    def line(self, line_id: str) -> LineHead | None: ...
    def case(self, case_id: str) -> CaseHead | None: ...
    def due_case_ids(self, day: date, after: str, limit: int) -> list[str]: ...
    def has_due_delivery(self, now: datetime) -> bool: ...
    def last_closed_day(self) -> date | None: ...
    def policy_texts(self) -> dict[str, str]: ...
    def last_policy(self) -> str | None: ...
    def drafts(self) -> list[StoredDraft]: ...
    def publications(self) -> list[StoredPublication]: ...
    def shadow_differences(self, shadow_id: str) -> list[ShadowDifference]: ...
    def breakers_allowed(self, day: date) -> list[BreakerAllowed]: ...
    def answers_under(self, prefix: str) -> list[bytes]: ...
    def cases_where(self, stage: str | None, waiting_only: bool, limit: int) -> list[CaseHead]: ...
    def all_cases(self) -> Iterator[CaseHead]: ...
    def all_lines(self) -> Iterator[LineHead]: ...
    def strayed_columns(self) -> Iterator[tuple[str, str, Any, Any]]: ...
    def facts_of(self, stream: str) -> list[RecordedFact]: ...
    def all_facts(self) -> Iterator[RecordedFact]: ...
    def all_postings(self) -> Iterator[tuple[Any, ...]]: ...
    def trial_balance(self) -> list[tuple[int, str, int, int]]: ...
    def deliveries_of(self, case_id: str) -> list[StoredDelivery]: ...
    def notice_contents(self, case_id: str) -> list[StoredNotice]: ...
    def decisions_of(self, line_id: str) -> list[StoredDecision]: ...
    def tape_of(self, line_id: str) -> list[TapeRow]: ...
    def outcomes(self) -> dict[str, bool]: ...
    def note(self, name: str) -> str | None: ...
    def tape_cells(self, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]: ...
    def case_facts(self) -> Iterator[RecordedFact]: ...
    def counts(self) -> dict[str, int]: ...
    def delivery_counts(self) -> dict[str, int]: ...


class Outgoing(NamedTuple):
    """A notice on its way to one address: `delivery_id` makes the receiver's second sight harmless."""

    delivery_id: str
    channel: str
    address: str
    content: bytes
    at: datetime


class SendResult(NamedTuple):
    """state: 'sent', 'arrived', 'temporary' (try again) or 'failed'. receipt: the gateway's own id."""

    state: str
    receipt: str
    content_sha256: str
    detail: str
    arrival_basis: str = ""


class Messenger(Protocol):
    """Renders notices and hands them over; a failing receiver is a result, never an exception."""

    def send(self, messages: Sequence[Outgoing]) -> list[SendResult]: ...


class Calendars(Protocol):
    def of(self, name: str) -> BusinessCalendar: ...


class Progress(Protocol):
    """Tells a person how far a long job is."""

    def track(self, items: Iterable[Any], total: int, label: str) -> Iterable[Any]: ...
