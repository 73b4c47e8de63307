"""Late interest of an instalment: principal past due times days, in integers, rounded on the running sum."""

from __future__ import annotations

from datetime import date

from fullrecall.domain.calendar import DayCount, year_fraction
from fullrecall.domain.line.kept_parts import Row
from fullrecall.domain.money import rounder
from fullrecall.domain.terms.product import Product

_LEAP_AND_COMMON = 366 * 365  # act/act counts days of leap years over 366 and others over 365
_BASIS = {DayCount.ACT_360: 360, DayCount.ACT_365: 365, DayCount.ACT_ACT: _LEAP_AND_COMMON}


class LateInterest:
    """The product's rule, ready to be applied to many instalments over the same days."""

    def __init__(self, product: Product) -> None:
        late = product.late
        self._day_count = late.day_count
        before, before_of = late.extra_per_year.as_integer_ratio()
        after, after_of = late.after_call_per_year.as_integer_ratio()
        self._before, self._after = before * after_of, after * before_of
        self._denominator = before_of * after_of * _BASIS[late.day_count]
        self._rounded = rounder(product.rounding.mode)
        self._share = late.at_most_share

    def weight(self, start: date, end: date) -> int:
        """The days of [start, end) as parts of the basis."""
        if self._day_count is DayCount.ACT_ACT:
            return int(year_fraction(start, end, self._day_count) * _LEAP_AND_COMMON)
        return (end - start).days

    def add(self, row: Row, weight: int) -> None:
        """A stretch of so much weight on what is past due of an instalment now."""
        if row.advance.stopped:
            row.late_after_call += row.principal_due * weight
        else:
            row.late_before_call += row.principal_due * weight
        exact = row.late_before_call * self._before + row.late_after_call * self._after
        total = self._rounded(exact, self._denominator)
        row.late_total = total if self._share is None else min(total, int(row.billed * self._share))
