"""Money of the borrower on a kept line: received on its value date, or taken back as if it had never come."""

from __future__ import annotations

from datetime import date, datetime

from fullrecall.domain import facts as f
from fullrecall.domain.line import LineState, kept_decide
from fullrecall.ports import Store
from fullrecall.write_path.line_work import Decided, LineAnswer, move_money
from fullrecall.write_path.rulebook import Rulebook


def pay(
    store: Store, book: Rulebook, line_id: str, amount: int, currency: str, *, method: str, on: date,
    key: str, at: datetime,
) -> LineAnswer:  # fmt: skip
    """Receive `amount` minor units with value date `on`; the key is the payment's id. An open case hears."""
    return move_money(
        store, book, line_id, key, ["pay", amount, currency, method], on, at,
        lambda line: (kept_decide.receive(line, key, amount, currency, method, on), amount),
    )  # fmt: skip


def pay_quote(
    store: Store, book: Rulebook, line_id: str, quote_id: str, amount: int, currency: str, *, method: str,
    on: date, key: str, at: datetime,
) -> LineAnswer:  # fmt: skip
    """Pay a payoff quote: in time and enough ends the advances, late or short is an ordinary payment."""
    return move_money(
        store, book, line_id, key, ["pay_quote", quote_id, amount, currency, method], on, at,
        lambda line: (kept_decide.pay_off(line, key, quote_id, amount, currency, method, on), amount),
    )  # fmt: skip


def reverse_payment(
    store: Store, book: Rulebook, line_id: str, payment_id: str, why: str, *, on: date, key: str, at: datetime
) -> LineAnswer:
    """A debit that bounced: everything since the payment's date is as without it."""

    def decide(line: LineState) -> tuple[Decided, int]:
        decided = kept_decide.reverse(line, payment_id, why, on)
        return decided, -decided.amount if isinstance(decided, f.PaymentReversed) else 0

    return move_money(store, book, line_id, key, ["reverse", payment_id, why], on, at, decide)
