"""Early settlement by the rule a product names: interest to the day, or the UK actuarial rebate."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

import msgspec

from fullrecall.domain.settlement.payoff import Fee, Payment, Payoff, payoff_on
from fullrecall.domain.settlement.rebates import Flow, uk_2004_settlement, uk_2004_settlement_date
from fullrecall.domain.terms.apr import Flow as RateFlow
from fullrecall.domain.terms.apr import eu_aprc, to_percent, years_between
from fullrecall.domain.terms.loan import LoanTerms
from fullrecall.domain.terms.schedule import Schedule, schedule_of

UK_RATE_DECIMALS = 6  # as the worked examples of the regulations carry it
_PERIODS_PER_YEAR = {"month": 12, "week": 52, "day": 365}


class SettlementRule(StrEnum):
    INTEREST_TO_DATE = "interest_to_date"
    UK_2004 = "uk_2004"


def settle(
    terms: LoanTerms,
    on: date,
    payments: Sequence[Payment] = (),
    fees: Sequence[Fee] = (),
    rule: SettlementRule = SettlementRule.INTEREST_TO_DATE,
    apr: Decimal | None = None,
) -> Payoff:
    """The payoff by a product's rule. `apr` (a fraction) is for uk_2004; by default it is the schedule's own.

    uk_2004: notice is given on `on`; everything unpaid less the rebate at the date of regs. 5 and 6. The
    formula values repayments as agreed, so what was paid too little or too much is owed or taken off.
    Principal is what is really owed, the rest of the figure is shown as interest. After the last due day
    there is nothing to rebate and interest runs to the day.
    """
    owed = payoff_on(terms, on, payments, fees)
    schedule = schedule_of(terms)
    if rule is not SettlementRule.UK_2004 or on >= schedule.periods.due_on[-1] or not owed.total:
        return owed
    charged = sum(fee.amount for fee in fees if fee.on <= on)
    unpaid = terms.principal + schedule.total_interest + charged - owed.paid
    total = unpaid - _uk_rebate(terms, schedule, on, uk_apr(terms, schedule) if apr is None else apr)
    return msgspec.structs.replace(owed, interest=max(total - owed.principal - owed.fees, 0))


def uk_apr(terms: LoanTerms, schedule: Schedule) -> Decimal:
    """The APR of the schedule as an agreement states it: to one decimal of a per cent, half up."""
    payments = [
        RateFlow(Decimal(row.total), years_between(terms.disbursed_on, row.due_on))
        for row in schedule.rows
        if row.total
    ]
    rate = eu_aprc([RateFlow(Decimal(terms.principal), Decimal(0))], payments)
    return Decimal(to_percent(rate, 1)) / 100


def _uk_rebate(terms: LoanTerms, schedule: Schedule, notice_on: date, apr: Decimal) -> int:
    bounds = schedule.periods.bounds
    settles_on = uk_2004_settlement_date(notice_on, terms.disbursed_on, bounds[-1])
    repayments = [Flow(Fraction(row.n), row.total) for row in schedule.rows if row.total]
    advances = [Flow(Fraction(0), terms.principal)]
    per_year = Fraction(_PERIODS_PER_YEAR[terms.unit], terms.every)
    return uk_2004_settlement(
        advances, repayments, _position(bounds, settles_on), apr, per_year, UK_RATE_DECIMALS
    ).rebate


def _position(bounds: Sequence[date], day: date) -> Fraction:
    """Where a day stands in periods: whole ones, and days over the days of the one it lies in."""
    index = min(bisect_right(bounds, day), len(bounds) - 1) - 1
    start, end = bounds[index], bounds[index + 1]
    return index + Fraction((day - start).days, (end - start).days)
