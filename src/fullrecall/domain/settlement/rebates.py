"""Rebates on early settlement: the actuarial formula of the UK regulations of 2004, and unearned fees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Context, Decimal
from fractions import Fraction

import msgspec

from fullrecall.domain.calendar import add_months
from fullrecall.domain.money import Rounding, round_to
from fullrecall.domain.vocabulary import Mistake

_PRECISE = Context(prec=50)
UK_NOTICE_DAYS = 28


class Flow(msgspec.Struct, frozen=True):
    """An amount in minor units, `at` periods after the agreement (whole or part)."""

    at: Fraction
    amount: int


class UkSettlement(msgspec.Struct, frozen=True):
    """`settlement` is what the debtor pays, `rebate` what the rest is reduced by. Minor units."""

    settlement: int
    rebate: int


def uk_2004_settlement(
    advances: Sequence[Flow],
    repayments: Sequence[Flow],
    settle_at: Fraction,
    apr: Decimal,
    periods_per_year: Fraction | int = 12,
    rate_decimals: int | None = None,
) -> UkSettlement:
    """Rebate by reg. 4(1) of SI 2004/1483: what would still fall due, less the value at the settlement date
    of what was advanced and repaid, grown at the periodic equivalent of the APR.

    apr: the agreement's APR as a fraction (0.14 is 14 %). A repayment at `settle_at` itself counts as repaid.
    rate_decimals: the worked examples of the Schedule carry the periodic rate to 6; by default it is exact.
    Raises Mistake when the date lies outside the agreement.
    """
    last = max(flow.at for flow in repayments)
    if not 0 <= settle_at <= last:
        raise Mistake("The settlement date lies outside the agreement: give one up to its last due day.")
    rate = _periodic_rate(apr, periods_per_year, rate_decimals)
    value = Decimal(0)
    for flow in advances:
        if flow.at <= settle_at:
            value = _PRECISE.add(value, _grown(flow, settle_at, rate))
    for flow in repayments:
        if flow.at <= settle_at:
            value = _PRECISE.subtract(value, _grown(flow, settle_at, rate))
    settlement = round_to(Fraction(value), Rounding.HALF_UP)
    remaining = sum(flow.amount for flow in repayments if flow.at > settle_at)
    return UkSettlement(settlement, remaining - settlement)


def uk_2004_settlement_date(
    notice_on: date, agreed_on: date, ends_on: date, paid_on: date | None = None
) -> date:
    """The settlement date of regs. 5 and 6: 28 days after notice (or the later payment), deferred by one
    month where credit is to be repaid over more than a year. Never after the agreement's own end.
    """
    if notice_on < agreed_on:
        raise Mistake(f"The notice of {notice_on} is before the agreement of {agreed_on}: correct it.")
    day = notice_on + timedelta(days=UK_NOTICE_DAYS)
    if paid_on is not None and paid_on > day:
        day = paid_on
    if ends_on > add_months(agreed_on, 12):
        day = add_months(day, 1)
    return min(day, ends_on)


def fee_rebate(fee: int, starts_on: date, ends_on: date, on: date) -> int:
    """The part of a fee for the whole term that the days left have not earned, rounded for the borrower."""
    if not starts_on < ends_on:
        raise Mistake(f"A fee must be earned over some days: {ends_on} is not after {starts_on}.")
    left = (ends_on - min(max(on, starts_on), ends_on)).days
    return round_to(Fraction(fee * left, (ends_on - starts_on).days), Rounding.UP)


def fee_rebate_by_interest(fee: int, interest_left: int, interest_total: int) -> int:
    """The same by the actuarial pattern: a fee is earned as fast as the interest of the schedule is."""
    if not 0 <= interest_left <= interest_total or not interest_total:
        raise Mistake(
            "The interest left must lie from zero to the interest of the whole schedule, above zero."
        )
    return round_to(Fraction(fee * interest_left, interest_total), Rounding.UP)


def _periodic_rate(apr: Decimal, periods_per_year: Fraction | int, decimals: int | None) -> Decimal:
    if not apr.is_finite() or apr < 0:
        raise Mistake("The APR must be zero or more, as a fraction of one: 0.14 is 14 %.")
    per_year = Fraction(periods_per_year)
    growth = _PRECISE.power(
        _PRECISE.add(Decimal(1), apr),
        _PRECISE.divide(Decimal(per_year.denominator), Decimal(per_year.numerator)),
    )
    rate = _PRECISE.subtract(growth, Decimal(1))
    return rate if decimals is None else rate.quantize(Decimal(1).scaleb(-decimals))


def _grown(flow: Flow, settle_at: Fraction, rate: Decimal) -> Decimal:
    time = settle_at - flow.at
    exponent = _PRECISE.divide(Decimal(time.numerator), Decimal(time.denominator))
    return _PRECISE.multiply(Decimal(flow.amount), _PRECISE.power(_PRECISE.add(Decimal(1), rate), exponent))
