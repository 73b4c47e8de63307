"""What is owed on every line, as columns of whole minor units: the amounts a position, a payment or a step
moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import polars as pl

Ints = np.ndarray[Any, np.dtype[np.int64]]
NOMINAL = 10_000  # what stands for the amount lent where arrears are told in hundredths of a percent of it


class Before(NamedTuple):
    """What a payment met."""

    called: Ints
    charged_off: Ints
    demand_open: Ints


class Amounts:
    """One entry per line. The arithmetic is that of domain.line, written for columns; a test holds the two
    together.
    """

    def __init__(self, lines: int) -> None:
        self.known = np.zeros(lines, dtype=bool)
        self.limit, self.balance, self.past_due = (np.zeros(lines, dtype=np.int64) for _ in range(3))
        self.called, self.charged_off, self.demand_open = (np.zeros(lines, dtype=np.int64) for _ in range(3))

    def observe(self, lines: Ints, rows: pl.DataFrame) -> None:
        """A position is absolute; what was called or charged off can only be less than what is owed now."""
        self.known[lines] = True
        self.limit[lines] = rows["credit_limit"].fill_null(0).to_numpy()
        self.balance[lines] = rows["balance"].fill_null(0).to_numpy()
        self.past_due[lines] = rows["past_due_amount"].fill_null(0).to_numpy()
        owed = np.maximum(self.balance[lines], 0)
        self.charged_off[lines] = np.minimum(self.charged_off[lines], owed)
        self.called[lines] = np.minimum(self.called[lines], owed - self.charged_off[lines])

    def pay(self, lines: Ints, came: Ints) -> Before:
        """Money goes to what was charged off first, then to what was called. Returns what stood before."""
        before = Before(self.called[lines], self.charged_off[lines], self.demand_open[lines])
        self.balance[lines] -= came
        self.past_due[lines] = np.maximum(self.past_due[lines] - came, 0)
        self.charged_off[lines] = np.maximum(before.charged_off - came, 0)
        self.called[lines] = np.maximum(before.called - np.maximum(came - before.charged_off, 0), 0)
        self.demand_open[lines] = np.maximum(before.demand_open - came, 0)
        return before

    def arrears(self, lines: Ints, shares: Sequence[Decimal]) -> Ints:
        """Arrears as the highest of these percentages of the amount lent that they reach, in hundredths of a
        percent: 0 when nothing is past due, 1 when the lowest is not reached. Of NOMINAL, the same gates open
        as of the amounts.
        """
        past_due = self.past_due[lines]
        nominal = np.maximum(self.limit[lines], np.maximum(self.balance[lines], 0))
        found = (past_due > 0).astype(np.int64)
        for share in shares:
            parts, whole = (share / 100).as_integer_ratio()
            found[(past_due > 0) & (past_due * whole >= parts * nominal)] = int(share * 100)
        return found

    def open_balance(self, lines: Ints) -> Ints:
        return self.balance[lines] - self.called[lines] - self.charged_off[lines]

    def call(self, lines: Ints) -> Ints:
        self.called[lines] = np.maximum(self.balance[lines] - self.charged_off[lines], 0)
        return self.called[lines]

    def charge_off(self, lines: Ints) -> Ints:
        amount = np.maximum(self.balance[lines], 0)
        self.charged_off[lines], self.called[lines] = amount, 0
        return amount

    def demand(self, lines: Ints) -> Ints:
        """What is past due; where nothing is, the balance that would be called."""
        amount = np.where(self.past_due[lines] > 0, self.past_due[lines], self.open_balance(lines))
        self.demand_open[lines] = amount
        return amount
