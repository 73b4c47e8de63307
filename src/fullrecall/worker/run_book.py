"""The main job: follow a whole book month by month and day by day, in simulated time, stopping and resuming
anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from fullrecall.domain.tape import TapeRow
from fullrecall.ports import Messenger, Store
from fullrecall.use_cases.close_day import close_day
from fullrecall.use_cases.dispatch_notices import dispatch_notices
from fullrecall.use_cases.observe_payments import observe_payments
from fullrecall.use_cases.register_book import register_book
from fullrecall.use_cases.watch_positions import watch_positions
from fullrecall.use_cases.work_case import approve_case
from fullrecall.write_path.book import BookRun, WatchedBook
from fullrecall.write_path.rulebook import Rulebook

CHUNK = 1500
IMPORT_AT, PAYMENTS_AT, CLOSE_AT, APPROVE_AT, SEND_AT = time(6), time(8), time(9), time(9, 30), time(10)
DEMO_APPROVER = "simulated-approver"
FALLBACK_ADDRESSES = {"sms": "sms:{}", "email": "{}@borrowers.invalid", "push": "push:{}"}

Tick = Callable[[str, int, int], None]


class Tape(Protocol):
    """A checked tape file, as the adapters read it."""

    fingerprint: str

    @property
    def months(self) -> list[date]: ...
    def rows(self, month: date) -> list[TapeRow]: ...
    def payments(self, month: date) -> Sequence[Any]: ...
    def outcomes(self) -> dict[str, bool] | None: ...
    def borrower_of(self, line_id: str) -> str: ...
    def cycle_of(self, line_id: str) -> int: ...


def run_book(
    store: Store, book: Rulebook, messenger: Messenger, tape: Tape, run: BookRun, tick: Tick
) -> None:
    """Carry every month and day of the tape through the loop. Run again after a stop, it goes on where it
    was.
    """
    at = _clock_of(run.timezone)
    months = tape.months
    outcomes = (
        [(i, run.outcome_on, flag) for i, flag in (tape.outcomes() or {}).items()] if run.outcome_on else []
    )
    register_book(store, book, run.note, outcomes, recorded_at=at(months[0], time(0)))
    done_until = store.last_closed_day()
    days = list(_days(months))
    paid: dict[date, list[Any]] = {}
    paid_in: date | None = None
    for number, (day, month) in enumerate(days):
        if done_until is not None and day < done_until:
            continue
        if day == month:
            import_month(store, book, tape, run.watched, month, at(day, IMPORT_AT), tick)
        else:
            if paid_in != month:
                paid, paid_in = _payments_by_day(tape, month), month
            _payments(store, book, tape, paid.get(day, []), day, at(day, PAYMENTS_AT))
        close_day(store, book, day, recorded_at=at(day, CLOSE_AT))
        if run.auto_approve:
            _approve(store, book, day, at(day, APPROVE_AT))
        dispatch_notices(store, book, messenger, now=at(day, SEND_AT), addresses=FALLBACK_ADDRESSES)
        tick(f"closing days, {day}", number + 1, len(days))


def _clock_of(timezone: str) -> Callable[[date, time], datetime]:
    zone = ZoneInfo(timezone)
    return lambda day, hour: datetime.combine(day, hour, zone).astimezone(UTC)


def _days(months: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Each day of the book with the month-end its rows belong to; the first month has only its end."""
    day = months[0]
    for month in months:
        while day <= month:
            yield day, month
            day += timedelta(days=1)


def import_month(
    store: Store, book: Rulebook, tape: Tape, watched: WatchedBook, month: date, at: datetime, tick: Tick
) -> dict[str, int]:
    """Watch every row of one month, in chunks; a chunk that was written before is passed over."""
    rows = tape.rows(month)
    totals = {"positions": 0, "opened": 0, "repeated": 0}
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        owners = {row.line_id: (tape.borrower_of(row.line_id), tape.cycle_of(row.line_id)) for row in chunk}
        key = f"tape:{tape.fingerprint[:24]}:{month}:{start}"
        result, repeated = watch_positions(store, book, watched, chunk, owners, key=key, recorded_at=at)
        totals["positions"] += result.positions
        totals["opened"] += result.opened
        totals["repeated"] += int(repeated)
        tick(f"watching {month:%Y-%m}", min(start + CHUNK, len(rows)), len(rows))
    return totals


def _payments_by_day(tape: Tape, month: date) -> dict[date, list[Any]]:
    found: dict[date, list[Any]] = {}
    for payment in tape.payments(month):
        found.setdefault(payment.paid_on, []).append(payment)
    return found


def _payments(store: Store, book: Rulebook, tape: Tape, today: list[Any], day: date, at: datetime) -> None:
    for start in range(0, len(today), CHUNK):
        chunk = [
            (p.line_id, tape.borrower_of(p.line_id), p.amount_minor) for p in today[start : start + CHUNK]
        ]
        key = f"payments:{tape.fingerprint[:24]}:{day}:{start}"
        observe_payments(store, book, chunk, day, key=key, recorded_at=at)


def _approve(store: Store, book: Rulebook, day: date, at: datetime) -> None:
    for head in store.cases_where(None, True, 100_000):
        case_id = head.state.case_id
        approve_case(store, book, case_id, by=DEMO_APPROVER, today=day, at=at, key=f"approve:{case_id}:{day}")
