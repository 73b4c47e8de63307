"""The daily round in life: close every day that is still open, in order, and send what waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import msgspec

from fullrecall.ports import Messenger, Store
from fullrecall.use_cases.close_day import Closed, close_day
from fullrecall.use_cases.dispatch_notices import dispatch_notices
from fullrecall.write_path.breaker import BreakerTripped
from fullrecall.write_path.rulebook import Rulebook

CLOSE_AT, SEND_AT = time(9), time(10)


class CaughtUp(msgspec.Struct, frozen=True):
    days: int = 0
    visited: int = 0
    steps: int = 0
    sent: int = 0


def catch_up(
    store: Store,
    book: Rulebook,
    messenger: Messenger,
    until: date,
    at: Callable[[date, time], datetime],
    tick: Callable[[str, int, int], None],
    *,
    breaker_allowed_by: str = "",
) -> CaughtUp:
    """Close each day after the last closed one, to `until`; without a closed day, `until` alone.

    at: a day and an hour at the lender's place as an instant. breaker_allowed_by: who lets the first day
    through that the breaker stops; the next one stops and asks again (BreakerTripped).
    """
    last = store.last_closed_day()
    first = until if last is None else last + timedelta(days=1)
    total = CaughtUp()
    days = max((until - first).days + 1, 0)
    for number in range(days):
        day = first + timedelta(days=number)
        closed, breaker_allowed_by = _close(store, book, day, at(day, CLOSE_AT), breaker_allowed_by)
        sent = dispatch_notices(store, book, messenger, now=at(day, SEND_AT))
        total = CaughtUp(
            number + 1, total.visited + closed.visited, total.steps + closed.steps, total.sent + sent.sent
        )
        tick(f"closing {day}", number + 1, days)
    if not days:
        sent = dispatch_notices(store, book, messenger, now=at(until, SEND_AT))
        total = CaughtUp(0, 0, 0, sent.sent)
    return total


def _close(
    store: Store, book: Rulebook, day: date, at: datetime, breaker_allowed_by: str
) -> tuple[Closed, str]:
    """Close a day; the name is used up by the first day that needs it."""
    try:
        return close_day(store, book, day, recorded_at=at), breaker_allowed_by
    except BreakerTripped:
        if not breaker_allowed_by:
            raise
        return close_day(store, book, day, recorded_at=at, breaker_allowed_by=breaker_allowed_by), ""
