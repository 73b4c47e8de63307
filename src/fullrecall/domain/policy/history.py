"""Which earlier rows a decision sees: one a month, the last known of it, nothing that was learned later."""

from __future__ import annotations

from collections.abc import Sequence

from fullrecall.domain.tape import TapeRow


def months_before(row: TapeRow, history: Sequence[TapeRow], reach: int) -> list[TapeRow | None]:
    """months[k] is the row of the k-th calendar month before `row`, None if none is known; months[0] is
    `row`.

    Of several rows of a month the latest as_of counts, and of its corrections the latest known_at. Rows known
    after `row` was, and rows of its own month or later, are not seen: a late fact never leaks into the past.
    """
    months: list[TapeRow | None] = [None] * (reach + 1)
    months[0] = row
    today, known_at = row.as_of, row.known_at
    this_month = today.year * 12 + today.month
    for earlier in history:
        day = earlier.as_of
        back = this_month - day.year * 12 - day.month
        if 0 < back <= reach and earlier.known_at <= known_at:
            seen = months[back]
            if seen is None or (seen.as_of, seen.known_at) <= (day, earlier.known_at):
                months[back] = earlier
    return months
