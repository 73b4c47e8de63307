"""Waive part of what a borrower owes, with a name and a reason under it."""

from __future__ import annotations

from datetime import date, datetime

from fullrecall.domain.line import kept_decide
from fullrecall.ports import Store
from fullrecall.write_path.line_work import LineAnswer, change_line


def give_goodwill(
    store: Store,
    line_id: str,
    amount: int,
    currency: str,
    *,
    why: str,
    by: str,
    on: date,
    key: str,
    at: datetime,
) -> LineAnswer:
    """Waives billed amounts in the allocation order; more than is billed is refused."""
    return change_line(
        store, line_id, key, ["goodwill", amount, currency, why, by], on, at,
        lambda line: kept_decide.waive(line, key, amount, currency, why, by, on),
    )  # fmt: skip
