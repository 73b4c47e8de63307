"""The daily round in life: close every day that is still open, in order, and send what waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import msgspec

from fullrecall.ports import Messenger, Store
from fullrecall.use_cases.close_day import close_day
from fullrecall.use_cases.dispatch_notices import dispatch_notices
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
) -> CaughtUp:
    """Close each day after the last closed one, to `until`; without a closed day, `until` alone.

    at: a day and an hour at the lender's place as an instant.
    """
    last = store.last_closed_day()
    first = until if last is None else last + timedelta(days=1)
    total = CaughtUp()
    days = max((until - first).days + 1, 0)
    for number in range(days):
        day = first + timedelta(days=number)
        closed = close_day(store, book, day, recorded_at=at(day, CLOSE_AT))
        sent = dispatch_notices(store, book, messenger, now=at(day, SEND_AT))
        total = CaughtUp(
            number + 1, total.visited + closed.visited, total.steps + closed.steps, total.sent + sent.sent
        )
        tick(f"closing {day}", number + 1, days)
    if not days:
        sent = dispatch_notices(store, book, messenger, now=at(until, SEND_AT))
        total = CaughtUp(0, 0, 0, sent.sent)
    return total
