"""Draw cash on a cash-loan line, with a schedule its product offers."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from fullrecall.domain.line import kept_decide
from fullrecall.ports import Store
from fullrecall.write_path.line_work import LineAnswer, change_line


class Drawdown(msgspec.Struct, frozen=True):
    """shares: creditor -> ten-thousandths for joint lending, empty when it is all the lender's own."""

    amount: int
    currency: str
    method: str
    instalments: int
    first_due_on: date | None = None
    shares: dict[str, int] = {}


def draw_cash(store: Store, line_id: str, asked: Drawdown, *, on: date, key: str, at: datetime) -> LineAnswer:
    """The key is the advance's id. `rule` says why it was declined."""
    return change_line(
        store, line_id, key, ["draw", asked], on, at,
        lambda line: kept_decide.draw(
            line, key, asked.amount, asked.currency, asked.method, asked.instalments, on, asked.first_due_on,
            asked.shares,
        ),
    )  # fmt: skip
