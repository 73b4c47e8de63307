"""Due days of a schedule and the share of a year each period bears, as integers over one denominator."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta
from functools import lru_cache
from math import gcd
from operator import sub

import msgspec

from fullrecall.domain.calendar import DayCount, add_months, days_30_360
from fullrecall.domain.terms.loan import LoanTerms, PeriodUnit
from fullrecall.domain.vocabulary import Mistake

_CACHED_INSTALMENTS_MAX = 60  # keeps the cache below some 20 MB however long the schedules are
_LEAP, _COMMON = 366, 365


class Periods(msgspec.Struct, frozen=True):
    """Period k runs from bounds[k] to bounds[k + 1], bearing shares[k] / denominator of a year."""

    bounds: tuple[date, ...]
    shares: tuple[int, ...]
    denominator: int
    level: bool  # every share is the same
    due_text: tuple[str, ...]  # the due days as ISO text, kept because every document needs it

    @property
    def due_on(self) -> tuple[date, ...]:
        return self.bounds[1:]


def periods_of(terms: LoanTerms, count: int | None = None) -> Periods:
    """The periods of the terms; with `count`, that many (a line that runs past its term keeps its rhythm)."""
    number = terms.instalments if count is None else count
    build = _cached if number <= _CACHED_INSTALMENTS_MAX else _build
    return build(
        terms.disbursed_on,
        terms.first_due_on,
        terms.due_day,
        terms.every,
        terms.unit,
        number,
        terms.day_count,
    )


def _build(
    start: date,
    first: date | None,
    due_day: int | None,
    every: int,
    unit: PeriodUnit,
    number: int,
    day_count: DayCount,
) -> Periods:
    try:
        anchor, first_due = _first_due(start, first, due_day, every, unit)
        due = _due_days(first_due, anchor, every, unit, number)
        before = _step(first_due, -1, anchor, every, unit)
    except (OverflowError, ValueError):
        raise Mistake("The schedule runs past the year 9999: lower 'instalments' or 'every'.") from None
    bounds = (start, *due)
    regular_first = before == start or first_due == _step(start, 1, start.day, every, unit)
    shares, denominator = _shares(bounds, every, unit, day_count, regular_first)
    divisor = gcd(denominator, *shares)
    shares = [share // divisor for share in shares]
    return Periods(
        bounds, tuple(shares), denominator // divisor, len(set(shares)) == 1, tuple(map(date.isoformat, due))
    )


_cached = lru_cache(maxsize=1024)(_build)


def _first_due(
    start: date, first: date | None, due_day: int | None, every: int, unit: PeriodUnit
) -> tuple[int, date]:
    natural = _step(start, 1, due_day or start.day, every, unit)
    if first is None:
        return due_day or start.day, natural
    if first <= start:
        raise Mistake(f"first_due_on {first} must be after disbursed_on {start}: correct one of the two.")
    anchor = due_day or (start.day if first == natural else first.day)
    if unit is PeriodUnit.MONTH and add_months(first, 0, anchor_day=anchor) != first:
        raise Mistake(f"first_due_on {first} is not day {anchor} of its month: correct it or 'due_day'.")
    return anchor, first


def _step(day: date, steps: int, anchor: int, every: int, unit: PeriodUnit) -> date:
    if unit is PeriodUnit.MONTH:
        return add_months(day, steps * every, anchor_day=anchor)
    return day + timedelta(days=steps * every * (7 if unit is PeriodUnit.WEEK else 1))


def _due_days(first: date, anchor: int, every: int, unit: PeriodUnit, number: int) -> list[date]:
    if unit is not PeriodUnit.MONTH or anchor > 28:
        return [_step(first, k, anchor, every, unit) for k in range(number)]
    start = first.year * 12 + first.month - 1  # no month cuts the day: the usual case, and the fast one
    return [
        date(month // 12, month % 12 + 1, anchor) for month in range(start, start + number * every, every)
    ]


def _shares(
    bounds: tuple[date, ...], every: int, unit: PeriodUnit, day_count: DayCount, regular_first: bool
) -> tuple[list[int], int]:
    pairs = list(zip(bounds, bounds[1:], strict=False))
    if day_count is DayCount.PER_PERIOD:
        return _per_period(pairs, every, unit, regular_first)
    if day_count is DayCount.THIRTY_360:
        if unit is not PeriodUnit.MONTH:
            return [days_30_360(s, e) for s, e in pairs], 360
        # A whole month is 30 days whatever its due day: the bond basis alone would give 28 and then 33 days
        # around a February cut from the 31st, which no consumer contract means. Odd first periods count days.
        shares = [30 * every] * len(pairs)
        if not regular_first:
            shares[0] = days_30_360(*pairs[0])
        return shares, 360
    if day_count is DayCount.ACT_ACT:
        return [_act_act(s, e) for s, e in pairs], _LEAP * _COMMON
    ordinals = [day.toordinal() for day in bounds]
    days = list(map(sub, ordinals[1:], ordinals))
    return days, 360 if day_count is DayCount.ACT_360 else 365


def _per_period(
    pairs: list[tuple[date, date]], every: int, unit: PeriodUnit, regular_first: bool
) -> tuple[list[int], int]:
    """Every period bears one share; an odd first one its days over those of the regular one it replaces."""
    per_year = {PeriodUnit.MONTH: 12, PeriodUnit.WEEK: 52, PeriodUnit.DAY: 365}[unit]
    if regular_first:
        return [every] * len(pairs), per_year
    start, first = pairs[0]
    # `first` keeps its own day here: the regular period that ends on it
    length = (first - _step(first, -1, first.day, every, unit)).days
    shares = [every * length] * len(pairs)
    shares[0] = every * (first - start).days
    return shares, per_year * length


def _act_act(start: date, end: date) -> int:
    """Year fraction by ISDA's act/act (days of leap years over 366, others over 365), times 365 x 366."""
    total = 0
    while start < end:
        year_end = min(date(start.year + 1, 1, 1), end) if start.year < 9999 else end
        total += (year_end - start).days * (_COMMON if isleap(start.year) else _LEAP)
        start = year_end
    return total
