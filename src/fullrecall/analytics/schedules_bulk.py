"""Schedules of a whole book at once, in NumPy integers, equal to the one-by-one path to the last cent.

Lines of one call share everything but principal and rate. No float is used: an instalment is found in fixed
point with a bound on its error, and the few lines whose rounding the bound does not decide, or whose figures
would not fit 63 bits, are computed by the exact path.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from fullrecall.domain.money import AMOUNT_MAX, Rounding
from fullrecall.domain.terms.loan import RATE_MAX, LoanTerms, Method
from fullrecall.domain.terms.periods import Periods, periods_of
from fullrecall.domain.terms.schedule import level_ratio, schedule_of
from fullrecall.domain.vocabulary import Mistake

Integers = NDArray[np.int64]
CHUNK = 16_384  # columns of a chunk stay in the processor's cache
_FIT = 2**62
_POINT = 30  # binary digits after the point of a fixed-point instalment
_MASK = (1 << _POINT) - 1
_NARROW = 1 << 31
_TABLE_MAX = 4_000_000


class BulkSchedules(NamedTuple):
    """Minor units. `instalments[line]`; the others are `[row, line]`, rows being the due days in order."""

    periods: Periods
    instalments: Integers
    principals: Integers
    interests: Integers
    balances: Integers


def schedules_bulk(terms: LoanTerms, principals: Integers, rate_numerators: Integers) -> BulkSchedules:
    """A schedule for each principal and rate (over `terms.rate_denominator`), the rest as in `terms`.

    Raises Mistake when the arrays do not match or hold a principal or rate that one line would be refused.
    """
    money = _checked(principals, 1, AMOUNT_MAX, "principals")
    rates = _checked(rate_numerators, 0, RATE_MAX * terms.rate_denominator, "rate_numerators")
    if len(money) != len(rates):
        raise Mistake(f"{len(money)} principals came with {len(rates)} rates: give one rate a principal.")
    periods = periods_of(terms)
    shape = (len(periods.shares), len(money))
    answer = BulkSchedules(
        periods,
        np.empty(shape[1], np.int64),
        np.empty(shape, np.int64),
        np.empty(shape, np.int64),
        np.empty(shape, np.int64),
    )
    factors = _LevelFactors(terms, periods, rates) if terms.method is Method.ANNUITY else None
    for start in range(0, len(money), CHUNK):
        part = slice(start, min(start + CHUNK, len(money)))
        undecided = _fill(terms, answer, factors, part, money[part], rates[part])
        for line in np.flatnonzero(undecided) + start:
            _fill_one(terms, answer, int(line), int(money[line]), int(rates[line]))
    return answer


def _checked(values: Any, lowest: int, highest: int, name: str) -> Integers:
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise Mistake(f"{name} must be one column of whole numbers, not {array.ndim} of {array.dtype}.")
    if array.size and not lowest <= int(array.min()) <= int(array.max()) <= highest:
        raise Mistake(f"{name} must lie from {lowest} to {highest}: found {array.min()} to {array.max()}.")
    return array.astype(np.int64, copy=False)


class _LevelFactors:
    """Instalment over principal of every rate that occurs, in fixed point of 61 binary digits, cut down."""

    def __init__(self, terms: LoanTerms, periods: Periods, rates: Integers) -> None:
        seen, self._line = _distinct(rates)
        whole = np.empty(len(seen), np.int64)
        denominator = terms.rate_denominator * periods.denominator
        for index, rate in enumerate(seen.tolist()):
            above, below = level_ratio([rate * share for share in periods.shares], denominator, periods.level)
            scaled = (above << 61) // (below * terms.instalment_unit)
            whole[index] = scaled if scaled < _FIT else 0  # 0 sends the line to the exact path
        self._high, self._low = whole >> 31, whole & (_NARROW - 1)
        self._known = whole > 0

    def instalments(
        self, part: slice, money: Integers, mode: Rounding, unit: int
    ) -> tuple[Integers, NDArray[np.bool_]]:
        """Rounded instalments, and the lines whose rounding the fixed point leaves undecided."""
        line = self._line[part]
        # principal x factor: the true figure lies in [scaled, scaled + 2) / 2**30
        scaled = money * self._high[line] + ((money * self._low[line]) >> 31)
        if mode in (Rounding.HALF_EVEN, Rounding.HALF_UP):
            scaled += 1 << (_POINT - 1)
        rest = scaled & _MASK
        whole = scaled >> _POINT
        if mode is Rounding.UP:
            whole += 1
        undecided = (rest >= _MASK - 1) | ~self._known[line] | (money >= _NARROW)
        if mode is not Rounding.DOWN:
            undecided |= rest == 0
        return whole * unit, undecided


def _distinct(rates: Integers) -> tuple[Integers, Integers]:
    """The rates that occur, and for each line where its rate stands among them."""
    if not rates.size or int(rates.max()) > _TABLE_MAX:
        seen, where = np.unique(rates, return_inverse=True)
        return seen, where
    present = np.zeros(int(rates.max()) + 1, np.bool_)  # a table of all rates spares the sort
    present[rates] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[rates]


def _fill(
    terms: LoanTerms,
    answer: BulkSchedules,
    factors: _LevelFactors | None,
    part: slice,
    money: Integers,
    rates: Integers,
) -> NDArray[np.bool_]:
    """Fill the columns of `part`; True for the lines that must be computed one by one."""
    periods = answer.periods
    denominator = terms.rate_denominator * periods.denominator
    if terms.method is Method.FLAT or denominator >= _FIT // 4:
        return np.ones(len(money), np.bool_)
    # twice balance x rate x share plus the denominator is the largest figure that occurs
    too_large = money > (_FIT - 2 * denominator) // (2 * sum(periods.shares)) // np.maximum(rates, 1)
    money = np.where(too_large, 1, money)
    if factors is not None:
        instalments, undecided = factors.instalments(
            part, money, terms.instalment_rounding, terms.instalment_unit
        )
        return too_large | undecided | _fill_annuities(terms, answer, part, money, rates, instalments)
    _fill_on_balance(terms, answer, part, money, rates)
    return too_large


def _fill_annuities(
    terms: LoanTerms,
    answer: BulkSchedules,
    part: slice,
    money: Integers,
    rates: Integers,
    instalments: Integers,
) -> NDArray[np.bool_]:
    periods, rounding = answer.periods, terms.rounding
    denominator = terms.rate_denominator * periods.denominator
    last = len(periods.shares) - 1
    balance = money.copy()
    carried = np.zeros(len(money), np.bool_)
    for row, share in enumerate(periods.shares):
        interest = _rounded(balance * (rates * share), denominator, rounding)
        if row < last:
            repaid = np.minimum(instalments - interest, balance)
            carried |= repaid < 0
        else:
            repaid = balance
        balance = balance - repaid
        answer.interests[row, part], answer.principals[row, part] = interest, repaid
        answer.balances[row, part] = balance
    answer.instalments[part] = instalments if last else money + answer.interests[0, part]
    return carried


def _fill_on_balance(
    terms: LoanTerms, answer: BulkSchedules, part: slice, money: Integers, rates: Integers
) -> None:
    """Equal principal and interest only: the principal of a row does not depend on its interest."""
    periods, unit = answer.periods, terms.instalment_unit
    denominator = terms.rate_denominator * periods.denominator
    last = len(periods.shares) - 1
    step = np.zeros(len(money), np.int64)
    if terms.method is Method.EQUAL_PRINCIPAL:
        step = _rounded(money, (last + 1) * unit, terms.instalment_rounding) * unit
    balance = money.copy()
    for row, share in enumerate(periods.shares):
        interest = _rounded(balance * (rates * share), denominator, terms.rounding)
        repaid = np.minimum(step, balance) if row < last else balance
        balance = balance - repaid
        answer.interests[row, part], answer.principals[row, part] = interest, repaid
        answer.balances[row, part] = balance
    answer.instalments[part] = answer.interests[0, part] + answer.principals[0, part]


def _rounded(numerators: Integers, denominator: int, mode: Rounding) -> Integers:
    """Numerators >= 0 over one denominator, rounded as domain.money.rounder does."""
    if mode is Rounding.DOWN:
        return numerators // denominator
    if mode is Rounding.UP:
        return (numerators + (denominator - 1)) // denominator
    doubled = 2 * numerators + denominator
    whole = doubled // (2 * denominator)
    if mode is Rounding.HALF_EVEN:
        whole -= (whole * (2 * denominator) == doubled) & (whole & 1).astype(np.bool_)
    return whole


def _fill_one(terms: LoanTerms, answer: BulkSchedules, line: int, principal: int, rate: int) -> None:
    one = schedule_of(msgspec.structs.replace(terms, principal=principal, rate_numerator=rate))
    answer.instalments[line] = one.instalment
    answer.principals[:, line] = one.principals
    answer.interests[:, line] = one.interests
    answer.balances[:, line] = one.balances
