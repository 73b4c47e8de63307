"""QuantLib and numpy-financial as oracles over thousands of generated terms."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import numpy_financial
import pytest
import QuantLib as ql

from fullrecall.domain.calendar import DayCount, year_fraction
from fullrecall.domain.money import Rounding
from fullrecall.domain.terms.loan import LoanTerms, Method, PeriodUnit
from fullrecall.domain.terms.periods import periods_of
from fullrecall.domain.terms.schedule import schedule_of

QUANTLIB = {
    DayCount.THIRTY_360: ql.Thirty360(ql.Thirty360.BondBasis),
    DayCount.ACT_360: ql.Actual360(),
    DayCount.ACT_365: ql.Actual365Fixed(),
    DayCount.ACT_ACT: ql.ActualActual(ql.ActualActual.ISDA),
}


def terms(random_: random.Random, day_count: DayCount, method: Method = Method.ANNUITY) -> LoanTerms:
    return LoanTerms(
        currency="USD",
        principal=random_.randint(100_00, 100_000_00),
        rate_numerator=random_.randint(0, 3600),
        rate_denominator=10_000,
        instalments=random_.randint(1, 60),
        every=random_.choice((1, 1, 2, 3)),
        unit=PeriodUnit.MONTH,
        disbursed_on=date(2020, 1, 1) + timedelta(days=random_.randint(0, 2500)),
        method=method,
        day_count=day_count,
        rounding=Rounding.HALF_EVEN,
        instalment_rounding=Rounding.HALF_EVEN,
    )


def quantlib_day(day: date) -> ql.Date:
    return ql.Date(day.day, day.month, day.year)


@pytest.mark.parametrize("convention", QUANTLIB)
def test_year_fractions_are_quantlibs(convention: DayCount) -> None:
    random_ = random.Random(7)
    for _ in range(3000):
        start = date(1999, 1, 1) + timedelta(days=random_.randint(0, 15_000))
        end = start + timedelta(days=random_.randint(0, 1500))
        expected = QUANTLIB[convention].yearFraction(quantlib_day(start), quantlib_day(end))
        assert float(year_fraction(start, end, convention)) == pytest.approx(expected, abs=1e-12), (
            start,
            end,
        )


@pytest.mark.parametrize("convention", [DayCount.ACT_360, DayCount.ACT_365, DayCount.ACT_ACT])
def test_interest_of_every_row_is_balance_times_rate_times_quantlibs_fraction(convention: DayCount) -> None:
    random_ = random.Random(11)
    for _ in range(400):
        made = terms(
            random_,
            convention,
            random_.choice((Method.ANNUITY, Method.EQUAL_PRINCIPAL, Method.INTEREST_ONLY)),
        )
        balance, start = made.principal, made.disbursed_on
        for row in schedule_of(made).rows:
            fraction = QUANTLIB[convention].yearFraction(quantlib_day(start), quantlib_day(row.due_on))
            assert abs(row.interest - balance * float(made.rate_per_year) * fraction) <= 0.5 + 1e-4
            balance, start = row.balance, row.due_on


def test_due_days_are_quantlibs() -> None:
    random_ = random.Random(13)
    for _ in range(1500):
        made = terms(random_, DayCount.ACT_365)
        start = quantlib_day(made.disbursed_on)
        expected = [
            (start + ql.Period(made.every * k, ql.Months)).ISO() for k in range(1, made.instalments + 1)
        ]
        assert [day.isoformat() for day in periods_of(made).due_on] == expected


def test_annuities_are_numpy_financials() -> None:
    random_ = random.Random(17)
    for _ in range(3000):
        made = terms(random_, random_.choice((DayCount.THIRTY_360, DayCount.PER_PERIOD)))
        rate = float(made.rate_per_year) * made.every / 12
        schedule = schedule_of(made)
        payment = -numpy_financial.pmt(rate, made.instalments, made.principal)
        if made.instalments == 1:  # one instalment is principal and rounded interest, not a rounded annuity
            assert abs(schedule.instalment - payment) <= 0.5 + 1e-4
            continue
        # a tie within float error may fall either way; anything else is exactly numpy's figure rounded
        cents = Decimal(payment)
        if abs(cents % 1 - Decimal("0.5")) > Decimal("1e-4"):
            assert schedule.instalment == int(cents.to_integral_value(ROUND_HALF_EVEN))


def test_interest_and_principal_parts_are_numpy_financials_within_the_drift_of_cents() -> None:
    random_ = random.Random(19)
    for _ in range(150):
        made = terms(random_, DayCount.PER_PERIOD)
        rate = float(made.rate_per_year) * made.every / 12
        for row in schedule_of(made).rows[:-1]:
            expected = -numpy_financial.ipmt(rate, row.n, made.instalments, made.principal)
            # each rounding moves a balance by half a cent at most; it grows with interest as the balance does
            assert abs(row.interest - expected) <= 0.5 + row.n * (1 + rate) ** row.n * rate + 1e-4
