"""Annual percentage rates: the actuarial method of US Regulation Z, Appendix J, and the European APRC.

Amounts here are decimals of any unit: a rate is a ratio, and no money is posted from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import NamedTuple

from fullrecall.domain.calendar import add_months
from fullrecall.domain.vocabulary import Mistake

_PRECISE = Context(prec=34)
_ONE = Decimal(1)
_CLOSE = Decimal("1e-24")
_STEPS_MAX = 400
RATE_A_PERIOD_MAX = Decimal(10**6)  # beyond it a cash flow is a typing error


class Flow(NamedTuple):
    """`amount`, `whole` unit periods plus `part` of one after the first advance (Appendix J's t and f)."""

    amount: Decimal
    whole: Decimal
    part: Decimal = Decimal(0)


def us_apr(advances: Sequence[Flow], payments: Sequence[Flow], unit_periods_per_year: Decimal) -> Decimal:
    """The APR as a fraction: the rate a unit period that makes present values equal, times periods a year.

    Each amount is worth amount / ((1 + f i)(1 + i)^t): simple interest in the odd part, then compound.
    Source: 12 CFR 1026 Appendix J (b)(8), the general equation.
    """

    def worth(flow: Flow, rate: Decimal) -> Decimal:
        c = _PRECISE
        odd = c.add(_ONE, c.multiply(flow.part, rate))
        return c.divide(flow.amount, c.multiply(odd, c.power(c.add(_ONE, rate), flow.whole)))

    return _PRECISE.multiply(_solve(advances, payments, worth), unit_periods_per_year)


def eu_aprc(advances: Sequence[Flow], payments: Sequence[Flow]) -> Decimal:
    """The APRC as a fraction, times in years: sum of C(1+X)^-t = sum of D(1+X)^-s.

    Source: Directive 2008/48/EC Annex I Part I; the same equation in 98/7/EC and in (EU) 2023/2225 Annex III.
    """

    def worth(flow: Flow, rate: Decimal) -> Decimal:
        c = _PRECISE
        return c.divide(flow.amount, c.power(c.add(_ONE, rate), c.add(flow.whole, flow.part)))

    return _solve(advances, payments, worth)


def years_between(start: date, end: date) -> Decimal:
    """Time for the APRC: equal months of 1/12 year, then days over 365, or 366 when they hold a 29 February.

    Source: Directive 2008/48/EC Annex I Part I, remark (c): 365 (366) days, 52 weeks or 12 equal months.
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    if add_months(start, months) > end:
        months -= 1
    cursor = add_months(start, months)
    leap = any(cursor < day <= end for day in _leap_days(cursor, end))
    days = _PRECISE.divide(Decimal((end - cursor).days), Decimal(366 if leap else 365))
    return _PRECISE.add(_PRECISE.divide(Decimal(months), Decimal(12)), days)


def to_percent(rate: Decimal, decimals: int) -> str:
    """A rate as a percentage, rounded half up as both laws do: 0.0968571 -> '9.69'."""
    return str(_PRECISE.multiply(rate, Decimal(100)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def _leap_days(start: date, end: date) -> list[date]:
    years = {start.year, end.year}
    return [date(year, 2, 29) for year in years if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)]


def _solve(
    advances: Sequence[Flow], payments: Sequence[Flow], worth: Callable[[Flow, Decimal], Decimal]
) -> Decimal:
    """The rate at which payments are worth the advances: bracketed, then narrowed by the Illinois secant."""
    c = _PRECISE

    def surplus(rate: Decimal) -> Decimal:
        paid = sum((worth(flow, rate) for flow in payments), Decimal(0))
        return c.subtract(paid, sum((worth(flow, rate) for flow in advances), Decimal(0)))

    low, above = Decimal(0), surplus(Decimal(0))
    if above < 0:
        raise Mistake("The payments sum to less than the advances: there is no rate of zero or more.")
    if above == 0:
        return low
    high = Decimal("0.05")
    while (below := surplus(high)) > 0:
        low, above, high = high, below, high * 4
        if high > RATE_A_PERIOD_MAX:
            raise Mistake(
                "No rate below 100,000,000 % a period repays the advances: check amounts and times."
            )
    kept = 0  # which end stayed last time: Illinois halves its weight when it stays twice
    for _ in range(_STEPS_MAX):
        if below == 0 or high - low <= _CLOSE * (_ONE + high):
            return high
        middle = c.divide(
            c.subtract(c.multiply(low, below), c.multiply(high, above)), c.subtract(below, above)
        )
        if not low < middle < high:
            middle = c.divide(c.add(low, high), Decimal(2))
        value = surplus(middle)
        if value > 0:
            low, above, below, kept = middle, value, below / 2 if kept == 1 else below, 1
        else:
            high, below, above, kept = middle, value, above / 2 if kept == -1 else above, -1
    raise Mistake("The rate could not be narrowed down: check amounts and times.")
