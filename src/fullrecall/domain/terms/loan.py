"""The terms of one advance: amounts in minor units, rates as exact ratios, dates as dates."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from fractions import Fraction

import msgspec

from fullrecall.domain.calendar import DayCount
from fullrecall.domain.money import Rounding

INSTALMENTS_MAX = 1200  # a century of months; more is a typing error, not a loan
RATE_MAX = 10  # 1,000 % a year: beyond it someone wrote a percentage where a fraction is meant
RATE_DECIMALS_MAX = 12


class Method(StrEnum):
    ANNUITY = "annuity"  # equal instalments, interest on the balance (等额本息)
    EQUAL_PRINCIPAL = "equal_principal"  # equal parts of principal, interest on the balance (等额本金)
    INTEREST_ONLY = "interest_only"  # interest each period, principal at the end (先息后本)
    FLAT = "flat"  # interest on the first principal for the whole term, spread evenly


class PeriodUnit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class WithinPeriod(StrEnum):
    """How interest runs between two due days when the day count itself knows whole periods only."""

    ACTUAL_DAYS = "actual_days"  # the period's interest x days elapsed / days in the period
    THIRTY_360 = "30/360"  # the same with days counted 30/360


class LoanTerms(msgspec.Struct, frozen=True):
    """`rate_numerator / rate_denominator` is the yearly rate; `instalment_unit` is in minor units.

    `due_day` is the day of month that short months cut (31 -> 28 February -> 31 March); by default the day of
    `first_due_on`, or of `disbursed_on` where the first period is a regular one.
    """

    currency: str
    principal: int
    rate_numerator: int
    rate_denominator: int
    instalments: int
    every: int
    unit: PeriodUnit
    disbursed_on: date
    method: Method
    day_count: DayCount
    rounding: Rounding
    instalment_rounding: Rounding
    instalment_unit: int = 1
    first_due_on: date | None = None
    due_day: int | None = None
    within_period: WithinPeriod = WithinPeriod.ACTUAL_DAYS

    @property
    def rate_per_year(self) -> Fraction:
        return Fraction(self.rate_numerator, self.rate_denominator)
