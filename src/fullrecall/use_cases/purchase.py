"""Purchases on a pay-later line: held against the limit, captured, voided or expired, refunded."""

from __future__ import annotations

from datetime import date, datetime

from fullrecall.domain.line import kept_decide
from fullrecall.ports import Store
from fullrecall.write_path.line_work import LineAnswer, change_line


def hold_purchase(
    store: Store, line_id: str, amount: int, currency: str, merchant: str, *, on: date, key: str, at: datetime
) -> LineAnswer:
    """Set `amount` minor units of the limit aside; the key is the hold's id. `rule` says why not."""
    return change_line(
        store, line_id, key, ["hold", amount, currency, merchant], on, at,
        lambda line: kept_decide.hold_purchase(line, key, amount, currency, merchant, on),
    )  # fmt: skip


def capture_purchase(
    store: Store, line_id: str, hold_id: str, amount: int, currency: str, *, on: date, key: str, at: datetime
) -> LineAnswer:
    """The merchant takes all or part of a hold; it is honoured even when the line was frozen since."""
    return change_line(
        store, line_id, key, ["capture", hold_id, amount, currency], on, at,
        lambda line: kept_decide.capture(line, hold_id, amount, currency, on),
    )  # fmt: skip


def release_hold(
    store: Store, line_id: str, hold_id: str, *, expired: bool, on: date, key: str, at: datetime
) -> LineAnswer:
    """A hold that was voided by the merchant, or has expired."""
    return change_line(
        store, line_id, key, ["release", hold_id, expired], on, at,
        lambda line: kept_decide.release(line, hold_id, on, expired=expired),
    )  # fmt: skip


def refund_purchase(
    store: Store,
    line_id: str,
    purchase_id: str,
    amount: int,
    currency: str,
    *,
    on: date,
    key: str,
    at: datetime,
) -> LineAnswer:
    """Money back on a purchase, before or after its statement; what was paid is the borrower's."""
    return change_line(
        store, line_id, key, ["refund", purchase_id, amount, currency], on, at,
        lambda line: kept_decide.refund(line, key, purchase_id, amount, currency, on),
    )  # fmt: skip
