"""Literals of a policy in the integers they are compared as: money by the currency, ratios as fractions."""

from __future__ import annotations

from decimal import Decimal

from fullrecall.domain.money import to_minor
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.tree import Number, Unit
from fullrecall.domain.vocabulary import Mistake


def decimal_of(number: Number) -> Decimal:
    return Decimal(number.ten_thousandths).scaleb(-4)


def priced(number: Number, currency: str) -> tuple[int, int]:
    """Numerator and denominator of a literal; money in minor units, so its denominator is 1.

    Raises Mistake when the currency cannot hold the amount (100.50 JPY).
    """
    if number.unit is Unit.MONEY:
        return to_minor(decimal_of(number), currency), 1
    return t.reduced(number.ten_thousandths)


def price_refusal(number: Number, currency: str | None) -> str:
    """Why a currency cannot hold this literal, or ''."""
    if currency is None:
        return ""
    try:
        priced(number, currency)
    except Mistake as mistake:
        return mistake.sentence
    return ""
