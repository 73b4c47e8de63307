"""Schedules by repayment method, exact: integers only, one rounding a figure, the rest in the last row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from fullrecall.domain.money import rounder
from fullrecall.domain.terms.loan import LoanTerms, Method
from fullrecall.domain.terms.periods import Periods, periods_of


class Row(NamedTuple):
    """One instalment, amounts in minor units; `balance` is the principal still owed after it."""

    n: int
    due_on: date
    principal: int
    interest: int
    total: int
    balance: int


class Schedule(msgspec.Struct, frozen=True):
    """`instalment`: the level amount of annuity and flat, else the total of the first row. Minor units."""

    instalment: int
    periods: Periods
    principals: list[int]
    interests: list[int]
    balances: list[int]

    @property
    def total_interest(self) -> int:
        return sum(self.interests)

    @property
    def rows(self) -> list[Row]:
        columns = zip(self.periods.due_on, self.principals, self.interests, self.balances, strict=True)
        return [
            Row(n, due, part, cost, part + cost, left) for n, (due, part, cost, left) in enumerate(columns, 1)
        ]


class _Figures(NamedTuple):
    instalment: int
    principals: list[int]
    interests: list[int]
    balances: list[int]


def schedule_of(terms: LoanTerms) -> Schedule:
    """The schedule of the terms; principal repaid sums to the principal, whatever the rounding."""
    periods = periods_of(terms)
    numerator = terms.rate_numerator
    factors = [numerator * share for share in periods.shares]
    denominator = terms.rate_denominator * periods.denominator
    figures = _BY_METHOD[terms.method](terms, factors, denominator, periods.level)
    return Schedule(figures.instalment, periods, figures.principals, figures.interests, figures.balances)


def level_ratio(factors: Sequence[int], denominator: int, level: bool) -> tuple[int, int]:
    """Equal instalment over principal, exactly, where period k bears interest of factors[k] / denominator.

    prod(1+f) / sum over i of the product of the (1+f) after i, as a ratio of integers.
    """
    number = len(factors)
    if not factors[0] and not any(factors):
        return 1, number
    if level:
        grown = (denominator + factors[0]) ** number
        return factors[0] * grown, denominator * (grown - denominator**number)
    grown, below, flat = 1, 0, 1
    for factor in factors:
        step = denominator + factor
        flat *= denominator
        grown *= step
        below = below * step + flat
    return grown, below


def _level_instalment(terms: LoanTerms, factors: Sequence[int], denominator: int, level: bool) -> int:
    above, below = level_ratio(factors, denominator, level)
    unit = terms.instalment_unit
    return rounder(terms.instalment_rounding)(terms.principal * above, below * unit) * unit


def _annuity(terms: LoanTerms, factors: list[int], denominator: int, level: bool) -> _Figures:
    instalment = _level_instalment(terms, factors, denominator, level)
    rounded = rounder(terms.rounding)
    balance, carried = terms.principal, 0
    principals: list[int] = []
    interests: list[int] = []
    balances: list[int] = []
    for factor in factors[:-1]:
        interest = rounded(balance * factor, denominator) + carried
        part = instalment - interest
        if (
            part < 0
        ):  # a long first period: interest above the instalment waits, uncompounded, for the next one
            carried, interest, part = -part, instalment, 0
        else:
            carried = 0
            if part > balance:
                part = balance
        balance -= part
        principals.append(part)
        interests.append(interest)
        balances.append(balance)
    principals.append(balance)
    interests.append(rounded(balance * factors[-1], denominator) + carried)
    balances.append(0)
    return _Figures(
        instalment if len(factors) > 1 else balance + interests[0], principals, interests, balances
    )


def _equal_principal(terms: LoanTerms, factors: list[int], denominator: int, level: bool) -> _Figures:
    unit = terms.instalment_unit
    share = rounder(terms.instalment_rounding)(terms.principal, len(factors) * unit) * unit
    principals = _parts(terms.principal, share, len(factors))
    return _on_balance(terms, factors, denominator, principals)


def _interest_only(terms: LoanTerms, factors: list[int], denominator: int, level: bool) -> _Figures:
    principals = [0] * (len(factors) - 1) + [terms.principal]
    return _on_balance(terms, factors, denominator, principals)


def _on_balance(terms: LoanTerms, factors: list[int], denominator: int, principals: list[int]) -> _Figures:
    rounded = rounder(terms.rounding)
    balance = terms.principal
    interests: list[int] = []
    balances: list[int] = []
    for factor, part in zip(factors, principals, strict=True):
        interests.append(rounded(balance * factor, denominator))
        balance -= part
        balances.append(balance)
    return _Figures(principals[0] + interests[0], principals, interests, balances)


def _flat(terms: LoanTerms, factors: list[int], denominator: int, level: bool) -> _Figures:
    """Interest is fixed once for the whole term on the first principal, then spread evenly over the rows."""
    number, unit = len(factors), terms.instalment_unit
    charge = rounder(terms.rounding)(terms.principal * sum(factors), denominator)
    instalment = rounder(terms.instalment_rounding)(terms.principal + charge, number * unit) * unit
    interests = _parts(charge, rounder(terms.rounding)(charge, number), number)
    balance = terms.principal
    principals: list[int] = []
    balances: list[int] = []
    for interest in interests[:-1]:
        part = min(max(instalment - interest, 0), balance)
        balance -= part
        principals.append(part)
        balances.append(balance)
    principals.append(balance)
    balances.append(0)
    return _Figures(instalment, principals, interests, balances)


def _parts(amount: int, share: int, number: int) -> list[int]:
    """`share` in every part until the amount is used up; the last part takes what is left."""
    full = min(number - 1, amount // share) if share else number - 1
    parts = [share] * full
    if full < number - 1:
        parts += [amount - full * share] + [0] * (number - 2 - full)
    return [*parts, amount - sum(parts)]


_BY_METHOD: dict[Method, Callable[[LoanTerms, list[int], int, bool], _Figures]] = {
    Method.ANNUITY: _annuity,
    Method.EQUAL_PRINCIPAL: _equal_principal,
    Method.INTEREST_ONLY: _interest_only,
    Method.FLAT: _flat,
}
