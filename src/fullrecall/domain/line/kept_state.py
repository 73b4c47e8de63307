"""What a kept line remembers: its contract, the movements that still count, holds and quotes.

Everything else follows from these and a date (kept_run), so a movement that arrives late, or is taken back,
needs no repair: it is put at its place, or left out, and the line is derived again.
"""

from __future__ import annotations

from datetime import date
from enum import IntEnum

import msgspec

from fullrecall.domain.terms.product import Product


class Move(IntEnum):
    """Kinds of movement; on one day they count in this order, whatever order they arrived in."""

    DRAW = 10
    CAPTURE = 11
    CONVERT = 15
    REFUND = 20
    PAY = 30
    GOODWILL = 35
    SETTLE = 40
    CALL = 50
    CHARGE_OFF = 60


class Movement(msgspec.Struct, frozen=True, array_like=True):
    """One movement. n: order of arrival; targets: advances it is about; amounts in minor units."""

    on: date
    move: Move
    n: int
    id: str
    amount: int = 0
    targets: tuple[str, ...] = ()
    method: str = ""
    instalments: int = 0
    fee: int = 0
    pay_by: date | None = None  # of a drawdown: its first due day, if agreed
    shares: dict[str, int] = {}

    @property
    def place(self) -> tuple[date, int, int]:
        return self.on, self.move, self.n


class Hold(msgspec.Struct, frozen=True, array_like=True):
    amount: int
    expires_on: date


class Quote(msgspec.Struct, frozen=True, array_like=True):
    """totals[k] settles the advances k days after `on`."""

    on: date
    advance_ids: tuple[str, ...]
    totals: tuple[int, ...]


class KeptState(msgspec.Struct, frozen=True, array_like=True):
    """`accounts`: amounts by ledger word, debit positive, as of the line's `as_of`."""

    product: Product
    opened_on: date
    log: tuple[Movement, ...] = ()
    arrived: int = 0
    holds: dict[str, Hold] = {}
    quotes: dict[str, Quote] = {}
    accounts: dict[str, int] = {}
    ended_ids: tuple[str, ...] = ()  # payments reversed, holds captured or released: never to be used again
    closed: bool = False

    def movement(self, move: Move, id_: str) -> Movement | None:
        return next((m for m in self.log if m.move is move and m.id == id_), None)

    @property
    def held_all(self) -> int:
        return sum(hold.amount for hold in self.holds.values())

    def held(self, on: date) -> int:
        """What holds that still run on a day set aside."""
        return sum(hold.amount for hold in self.holds.values() if hold.expires_on >= on)


def with_movement(log: tuple[Movement, ...], movement: Movement) -> tuple[Movement, ...]:
    """The log with a movement at its place."""
    return tuple(sorted((*log, movement), key=lambda m: m.place))
