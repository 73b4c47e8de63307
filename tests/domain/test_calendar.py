"""Months, deadlines and day counts at the awkward days."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullrecall.domain.calendar import (
    BusinessCalendar,
    DayCount,
    add_months,
    days_30_360,
    deadline,
    month_end,
    year_fraction,
)

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))
DATED = [DayCount.THIRTY_360, DayCount.ACT_360, DayCount.ACT_365, DayCount.ACT_ACT]


def test_months_keep_their_anchor() -> None:
    assert add_months(date(2023, 1, 31), 1) == date(2023, 2, 28)
    assert add_months(date(2023, 2, 28), 1, anchor_day=31) == date(2023, 3, 31)
    assert add_months(date(2024, 1, 31), -2) == date(2023, 11, 30)
    assert month_end(date(2024, 2, 3)) == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (date(2024, 1, 1), date(2024, 2, 1), 30),
        (date(2024, 1, 31), date(2024, 2, 29), 29),
        (
            date(2024, 2, 29),
            date(2024, 3, 31),
            32,
        ),  # the bond basis leaves a 31st alone unless it started on a 30th
        (date(2024, 1, 30), date(2024, 3, 31), 60),
        (date(2024, 3, 15), date(2025, 3, 15), 360),
    ],
)
def test_bond_basis(start: date, end: date, days: int) -> None:
    assert days_30_360(start, end) == days


def test_act_act_splits_at_new_year() -> None:
    # 20 days of 2023 and 11 of 2024, a leap year
    assert year_fraction(date(2023, 12, 12), date(2024, 1, 12), DayCount.ACT_ACT) == Fraction(
        20, 365
    ) + Fraction(11, 366)


@given(DAYS, DAYS, DAYS, st.sampled_from([DayCount.ACT_360, DayCount.ACT_365, DayCount.ACT_ACT]))
def test_actual_counts_add_up(a: date, b: date, c: date, convention: DayCount) -> None:
    whole = year_fraction(a, c, convention)
    assert year_fraction(a, b, convention) + year_fraction(b, c, convention) == whole


@given(DAYS, st.sampled_from(DATED))
def test_no_time_is_no_fraction(day: date, convention: DayCount) -> None:
    assert year_fraction(day, day, convention) == 0


def test_per_period_needs_a_schedule() -> None:
    with pytest.raises(ValueError, match="periods of a schedule"):
        year_fraction(date(2024, 1, 1), date(2024, 2, 1), DayCount.PER_PERIOD)


def test_deadlines_roll_over_closed_days() -> None:
    # Saturday 7 March 2026 plus 14 days is Saturday the 21st, a German deadline ends on Monday the 23rd
    assert deadline(date(2026, 3, 7), 14, BusinessCalendar("de")) == date(2026, 3, 23)
    assert deadline(date(2026, 3, 7), 14) == date(2026, 3, 21)
    spring = BusinessCalendar("cn", frozenset({date(2026, 2, 17)}), frozenset({date(2026, 2, 14)}))
    assert spring.next_open_day(date(2026, 2, 16)) == date(2026, 2, 18)
    assert spring.roll_forward(date(2026, 2, 14)) == date(2026, 2, 14)  # a Saturday declared a working day
