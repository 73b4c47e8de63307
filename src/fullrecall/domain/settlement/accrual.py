"""Interest to the day inside the periods of a schedule, exact before its one rounding."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from fullrecall.domain.calendar import DayCount, days_30_360, year_fraction
from fullrecall.domain.money import rounder
from fullrecall.domain.terms.loan import LoanTerms, Method, PeriodUnit, WithinPeriod
from fullrecall.domain.terms.periods import Periods, periods_of
from fullrecall.domain.terms.schedule import schedule_of

_BY_PERIOD = (DayCount.THIRTY_360, DayCount.PER_PERIOD)


class Accrual:
    """How much interest a principal bears between two days of one period.

    A line that runs past its last due day keeps its rate and rhythm: further periods of that length follow.
    A flat charge does not depend on the principal owed: each period earns its row of the schedule by days.
    """

    def __init__(self, terms: LoanTerms, until: date) -> None:
        self.terms = terms
        self.periods: Periods = periods_of(terms, _periods_until(terms, until))
        self._flat = schedule_of(terms).interests if terms.method is Method.FLAT else None

    def whole(self, index: int, principal: int) -> int:
        """Interest of a whole period on an unchanged principal, rounded: the figure the schedule shows."""
        if self._flat is not None:
            return self._flat[index] if index < len(self._flat) else 0
        return rounder(self.terms.rounding)(
            principal * self.terms.rate_numerator * self.periods.shares[index],
            self.terms.rate_denominator * self.periods.denominator,
        )

    def between(self, index: int, principal: int, start: date, end: date) -> Fraction:
        """Interest in [start, end), both inside period `index`, exact."""
        if self._flat is not None:
            earned = self._flat[index] if index < len(self._flat) else 0
            return earned * self._part(index, start, end)
        share = self._share(index, start, end)
        return principal * self.terms.rate_per_year * share

    def _share(self, index: int, start: date, end: date) -> Fraction:
        if self.terms.day_count not in _BY_PERIOD:
            return year_fraction(start, end, self.terms.day_count)
        return Fraction(self.periods.shares[index], self.periods.denominator) * self._part(index, start, end)

    def _part(self, index: int, start: date, end: date) -> Fraction:
        """Which part of period `index` the days [start, end) are."""
        first, last = self.periods.bounds[index], self.periods.bounds[index + 1]
        if self.terms.within_period is WithinPeriod.ACTUAL_DAYS:
            return Fraction((end - start).days, (last - first).days)
        return _part_30_360(first, last, end) - _part_30_360(first, last, start)


def _part_30_360(first: date, last: date, day: date) -> Fraction:
    if day >= last:
        return Fraction(1)
    whole = days_30_360(first, last)
    # between a 30th and a 31st no 30/360 day passes: such a period is earned on its last day
    return Fraction(min(days_30_360(first, day), whole), whole) if whole else Fraction(0)


def _periods_until(terms: LoanTerms, until: date) -> int:
    """Enough periods that `until` and the day after it lie inside one of them."""
    if terms.unit is PeriodUnit.MONTH:
        months = (until.year - terms.disbursed_on.year) * 12 + until.month - terms.disbursed_on.month
        needed = months // terms.every + 2
    else:
        step = terms.every * (7 if terms.unit is PeriodUnit.WEEK else 1)
        needed = (until + timedelta(days=1) - terms.disbursed_on).days // step + 2
    return max(terms.instalments, needed)
