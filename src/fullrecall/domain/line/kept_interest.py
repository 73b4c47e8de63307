"""Contract interest of an advance inside the periods of its schedule, exact before the one rounding."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from fullrecall.domain.calendar import DayCount, days_30_360, year_fraction
from fullrecall.domain.terms.loan import LoanTerms, Method, WithinPeriod
from fullrecall.domain.terms.periods import Periods, periods_of
from fullrecall.domain.terms.product import Product
from fullrecall.domain.terms.schedule import schedule_of

_BY_PERIOD = (DayCount.THIRTY_360, DayCount.PER_PERIOD)


def drawdown_terms(
    product: Product, amount: int, method: str, instalments: int, on: date, first_due_on: date | None
) -> LoanTerms:
    """The terms of a drawdown under its product."""
    offered = product.advances
    if offered is None:
        raise ValueError(f"{product.name} has no drawdowns")
    above, below = product.interest.rate_per_year.as_integer_ratio()
    return LoanTerms(
        currency=product.currency,
        principal=amount,
        rate_numerator=above,
        rate_denominator=below,
        instalments=instalments,
        every=offered.every,
        unit=offered.unit,
        disbursed_on=on,
        method=Method(method),
        day_count=product.interest.day_count,
        rounding=product.rounding.mode,
        instalment_rounding=product.rounding.instalment,
        instalment_unit=product.rounding.unit,
        first_due_on=first_due_on,
        within_period=product.interest.within_period,
    )


class LoanInterest:
    """Scheduled principal, due days and interest to the day of one drawdown; it runs on past its term."""

    def __init__(self, terms: LoanTerms) -> None:
        schedule = schedule_of(terms)
        self.terms = terms
        self.principals = schedule.principals
        self._flat = schedule.interests if terms.method is Method.FLAT else None
        self._periods: Periods = schedule.periods

    def bound(self, index: int) -> date:
        """The end of period `index`: its due day."""
        if index + 1 >= len(self._periods.bounds):
            self._periods = periods_of(self.terms, 2 * (index + 1))
        return self._periods.bounds[index + 1]

    def between(self, index: int, principal: int, start: date, end: date) -> Fraction:
        """Interest of [start, end), both inside period `index`. A flat charge ignores the principal owed."""
        last = self.bound(index)
        first = self._periods.bounds[index]
        if self._flat is not None:
            earned = self._flat[index] if index < len(self._flat) else 0
            return earned * self._part(first, last, start, end)
        if self.terms.day_count in _BY_PERIOD:
            share = Fraction(self._periods.shares[index], self._periods.denominator)
            share *= self._part(first, last, start, end)
        else:
            share = year_fraction(start, end, self.terms.day_count)
        return principal * self.terms.rate_per_year * share

    def _part(self, first: date, last: date, start: date, end: date) -> Fraction:
        if self.terms.within_period is WithinPeriod.ACTUAL_DAYS:
            return Fraction((end - start).days, (last - first).days)
        return _part_30_360(first, last, end) - _part_30_360(first, last, start)


def _part_30_360(first: date, last: date, day: date) -> Fraction:
    if day >= last:
        return Fraction(1)
    whole = days_30_360(first, last)
    # between a 30th and a 31st no 30/360 day passes: such a period is earned on its last day
    return Fraction(min(days_30_360(first, day), whole), whole) if whole else Fraction(0)
