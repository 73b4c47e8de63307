"""Business days, day counts, months and half-open periods; dates are arguments, never read from a clock."""

from __future__ import annotations

from calendar import isleap, monthrange
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

import msgspec


class DayCount(StrEnum):
    THIRTY_360 = "30/360"
    ACT_360 = "act/360"
    ACT_365 = "act/365"
    ACT_ACT = "act/act"
    PER_PERIOD = "per_period"  # every regular period is one share of a year; only a schedule has periods


class BusinessCalendar(msgspec.Struct, frozen=True):
    """Which days roll: statutory `holidays`, and weekend days not declared working in `working_weekends`."""

    name: str
    holidays: frozenset[date] = frozenset()
    working_weekends: frozenset[date] = frozenset()
    weekends_roll: bool = True

    def is_closed(self, day: date) -> bool:
        if day in self.holidays:
            return True
        return self.weekends_roll and day.weekday() >= 5 and day not in self.working_weekends

    def roll_forward(self, day: date) -> date:
        """The day itself or the first open day after it."""
        while self.is_closed(day):
            day += timedelta(days=1)
        return day

    def next_open_day(self, day: date) -> date:
        """The first open day strictly after `day`."""
        return self.roll_forward(day + timedelta(days=1))


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int, *, anchor_day: int | None = None) -> date:
    """`day` plus calendar months, on `anchor_day` (default: day's own) cut to the month's length."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    wanted = anchor_day or day.day
    return date(year, month + 1, wanted if wanted <= 28 else min(wanted, monthrange(year, month + 1)[1]))


def month_index(day: date) -> int:
    """Months since year 0, so that consecutive calendar months differ by one."""
    return day.year * 12 + day.month - 1


def deadline(arrived_on: date, days: int, calendar: BusinessCalendar | None = None) -> date:
    """Last day of a period that starts on arrival: the first day is not counted, a closed last day rolls.

    Source: CN Civil Code Arts. 200-204; DE BGB ss.187(1), 188, 193.
    """
    last = arrived_on + timedelta(days=days)
    return calendar.roll_forward(last) if calendar else last


def year_fraction(start: date, end: date, convention: DayCount) -> Fraction:
    """Exact fraction of a year in [start, end) under a day-count convention; 30/360 is the bond basis."""
    if convention is DayCount.ACT_360:
        return Fraction((end - start).days, 360)
    if convention is DayCount.ACT_365:
        return Fraction((end - start).days, 365)
    if convention is DayCount.ACT_ACT:
        return _act_act_isda(start, end)
    if convention is DayCount.PER_PERIOD:
        raise ValueError("per_period counts periods of a schedule, not days between two dates")
    return Fraction(days_30_360(start, end), 360)


def days_30_360(start: date, end: date) -> int:
    """Days by the bond basis (ISDA 2006 s.4.16(f)): a 31st is a 30th at the start, at the end after one."""
    d1 = min(start.day, 30)
    d2 = 30 if end.day == 31 and d1 == 30 else end.day
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + (d2 - d1)


def _act_act_isda(start: date, end: date) -> Fraction:
    if end < start:
        return -_act_act_isda(end, start)
    total = Fraction(0)
    while start < end:
        year_end = min(date(start.year + 1, 1, 1), end)
        total += Fraction((year_end - start).days, 366 if isleap(start.year) else 365)
        start = year_end
    return total
