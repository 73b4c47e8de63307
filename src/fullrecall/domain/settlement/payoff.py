"""What is owed on a date after the payments made: principal, interest to the day and no further, fees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

import msgspec

from fullrecall.domain.money import AMOUNT_MAX, rounder
from fullrecall.domain.settlement.accrual import Accrual
from fullrecall.domain.terms.loan import LoanTerms
from fullrecall.domain.vocabulary import Mistake

QUOTE_YEARS_MAX = 100


class Kind(StrEnum):
    VOLUNTARY = "voluntary"  # the borrower asks what settles the advance
    ACCELERATE = "accelerate"  # the lender calls everything not yet due


class Payment(msgspec.Struct, frozen=True):
    on: date
    amount: int


class Fee(msgspec.Struct, frozen=True):
    """A charge owed from `on`."""

    on: date
    amount: int


class Payoff(msgspec.Struct, frozen=True):
    """Minor units. `total` settles the advance on the date; `per_diem` is the exact interest of one day more.

    `overpaid` is money received beyond everything owed: it stays the borrower's.
    """

    on: date
    principal: int
    interest: int
    fees: int
    paid: int
    overpaid: int
    per_diem: Fraction

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.fees


class _Owed:
    """The balances while payments are played: a payment takes fees, then interest, then principal."""

    def __init__(self, principal: int) -> None:
        self.principal = principal
        self.interest = self.fees = self.paid = self.overpaid = 0

    def pay(self, amount: int) -> None:
        self.paid += amount
        left = amount
        fees = min(left, self.fees)
        self.fees -= fees
        left -= fees
        interest = min(left, self.interest)
        self.interest -= interest
        left -= interest
        principal = min(left, self.principal)
        self.principal -= principal
        self.overpaid += left - principal


def payoff_on(
    terms: LoanTerms, on: date, payments: Sequence[Payment] = (), fees: Sequence[Fee] = ()
) -> Payoff:
    """What settles the advance on `on`. Interest runs on the principal really owed, day by day of its period.

    It is rounded at every due day, as in the schedule, and inside a period whenever money moves, each time on
    the period's running sum: so paying in two parts on a day equals paying at once, and on-time payments
    reproduce the schedule to the cent. Unpaid interest bears none. Raises Mistake for impossible dates.
    """
    _check_dates(terms, on, payments, fees)
    moves = _by_day(on, payments, fees)
    accrual = Accrual(terms, on)
    owed = _Owed(terms.principal)
    _move(owed, moves.pop(terms.disbursed_on, _NOTHING))
    days = sorted(moves)
    position = index = 0
    for index, (start, end) in enumerate(zip(accrual.periods.bounds, accrual.periods.due_on, strict=False)):
        stop = min(end, on)
        first = position
        while position < len(days) and days[position] <= stop:
            position += 1
        _run_period(
            accrual, owed, index, (start, stop, end), [(day, moves[day]) for day in days[first:position]]
        )
        if on < end:
            break
    tomorrow = accrual.between(index, owed.principal, on, on + timedelta(days=1))
    return Payoff(on, owed.principal, owed.interest, owed.fees, owed.paid, owed.overpaid, tomorrow)


_Moves = tuple[int, int]  # fees charged, money paid, on one day
_NOTHING: _Moves = (0, 0)


def _run_period(
    accrual: Accrual, owed: _Owed, index: int, span: tuple[date, date, date], moves: list[tuple[date, _Moves]]
) -> None:
    start, stop, end = span
    if stop == end and (not moves or moves[0][0] == end):  # the usual case: nothing happens inside the period
        owed.interest += accrual.whole(index, owed.principal)
        for _, move in moves:
            _move(owed, move)
        return
    rounded = rounder(accrual.terms.rounding)
    exact, posted, cursor = Fraction(0), 0, start
    for day, move in [*moves, (stop, _NOTHING)]:
        exact += accrual.between(index, owed.principal, cursor, day)
        due = rounded(exact.numerator, exact.denominator)
        owed.interest += due - posted
        posted, cursor = due, day
        _move(owed, move)


def _move(owed: _Owed, move: _Moves) -> None:
    owed.fees += move[0]
    owed.pay(move[1])


def _by_day(on: date, payments: Iterable[Payment], fees: Iterable[Fee]) -> dict[date, _Moves]:
    moves: dict[date, _Moves] = {}
    for fee in fees:
        if fee.on <= on:
            charged, paid = moves.get(fee.on, _NOTHING)
            moves[fee.on] = (charged + fee.amount, paid)
    for payment in payments:
        charged, paid = moves.get(payment.on, _NOTHING)
        moves[payment.on] = (charged, paid + payment.amount)
    return moves


def _check_dates(terms: LoanTerms, on: date, payments: Sequence[Payment], fees: Sequence[Fee]) -> None:
    if on < terms.disbursed_on:
        raise Mistake(f"The payoff date {on} is before the advance was disbursed, {terms.disbursed_on}.")
    if on.year - terms.disbursed_on.year > QUOTE_YEARS_MAX:
        raise Mistake(
            f"The payoff date {on} is more than {QUOTE_YEARS_MAX} years after disbursement: correct it."
        )
    for payment in payments:
        if payment.amount <= 0:
            raise Mistake(f"The payment of {payment.on} must be more than zero: leave it out or correct it.")
        if payment.on < terms.disbursed_on:
            raise Mistake(
                f"The payment of {payment.on} is before the advance was disbursed, {terms.disbursed_on}."
            )
        if payment.on > on:
            raise Mistake(f"The payment of {payment.on} is after the payoff date {on}: leave it out.")
    for fee in fees:
        if fee.amount < 0 or fee.on < terms.disbursed_on:
            raise Mistake(
                f"The fee of {fee.on} is negative or before the disbursement, {terms.disbursed_on}."
            )
    if sum(payment.amount for payment in payments) > AMOUNT_MAX:
        raise Mistake(f"The payments sum to more than {AMOUNT_MAX} minor units: check their amounts.")
