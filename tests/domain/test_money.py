"""Money: reading, writing, rounding and splitting, exact for currencies of 0, 2 and 3 decimals."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullrecall.domain.money import (
    AMOUNT_MAX,
    AmountNotMoney,
    Rounding,
    UnknownCurrency,
    column_writer,
    digits_of,
    round_to,
    rounder,
    show,
    split,
    to_major,
    to_minor,
    writer,
)

MODES = {
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.UP: ROUND_UP,
    Rounding.DOWN: ROUND_DOWN,
}


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("100.50", "CNY", 10050),
        ("100.5", "CNY", 10050),
        ("100", "CNY", 10000),
        ("-0.01", "USD", -1),
        ("0", "USD", 0),
        ("1.2300000", "USD", 123),
        ("1e2", "USD", 10000),
        ("500", "JPY", 500),
        ("0.125", "KWD", 125),
        (7, "USD", 700),
        (Decimal("7.25"), "USD", 725),
        ("99999999999.99", "USD", 9_999_999_999_999),
    ],
)
def test_read(text: str | int | Decimal, currency: str, minor: int) -> None:
    assert to_minor(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("100.505", "CNY"), ("1.5", "JPY"), ("NaN", "USD"), ("Infinity", "USD"), ("", "USD"),
        (1.5, "USD"), (True, "USD"), (None, "USD"), ("12,50", "EUR"), ("1e18", "USD"), (10**18, "USD"),
        ("100000000000.01", "USD"), ("1.00000000000000000000000000000000001", "USD"),
        ("1e-400000000", "USD"), ("1e400000000", "USD"), ("-1e400000000", "USD"),
    ],
)  # fmt: skip
def test_refuse(text: object, currency: str) -> None:
    with pytest.raises(AmountNotMoney):
        to_minor(text, currency)  # type: ignore[arg-type]


def test_unknown_currency() -> None:
    with pytest.raises(UnknownCurrency, match="Unknown currency 'XXX'"):
        digits_of("XXX")


@given(st.integers(-AMOUNT_MAX, AMOUNT_MAX), st.sampled_from(("CNY", "JPY", "KWD")))
def test_written_and_read_again_is_the_same(minor: int, currency: str) -> None:
    text = to_major(minor, currency)
    assert to_minor(text, currency) == minor
    assert writer(currency)(minor) == text
    assert minor < 0 or column_writer(currency)([minor]) == [text]
    assert Decimal(text) == Decimal(minor).scaleb(-digits_of(currency))


def test_for_people() -> None:
    assert show(1234567, "CNY") == "12,345.67 CNY"
    assert show(-5, "USD") == "-0.05 USD"
    assert show(1234567, "JPY") == "1,234,567 JPY"


@given(
    st.integers(-(10**15), 10**15),
    st.integers(1, 10**6),
    st.sampled_from(Rounding),
    st.sampled_from((1, 5, 100)),
)
def test_rounding_is_decimals_rounding(numerator: int, denominator: int, mode: Rounding, unit: int) -> None:
    exact = Fraction(numerator, denominator * unit)
    # sixty digits are more than any quotient here needs to show on which side of a tie it lies
    quotient = Context(prec=60).divide(Decimal(exact.numerator), Decimal(exact.denominator))
    expected = int(quotient.quantize(Decimal(1), MODES[mode], Context(prec=60))) * unit
    assert round_to(Fraction(numerator, denominator), mode, unit) == expected
    if numerator >= 0:
        assert rounder(mode)(numerator, denominator * unit) * unit == expected


def test_ties() -> None:
    half = Fraction(5, 2)
    assert [round_to(half, mode) for mode in Rounding] == [2, 3, 3, 2]
    assert [round_to(-half, mode) for mode in Rounding] == [-2, -3, -3, -2]
    assert round_to(Fraction(7, 2), Rounding.HALF_EVEN) == 4
    with pytest.raises(ValueError, match="at least one"):
        round_to(1, Rounding.UP, 0)


@given(st.integers(-(10**13), 10**13), st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_a_split_never_loses_a_cent(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1


def test_split_ties_go_to_the_earlier() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    with pytest.raises(ValueError, match="not all zero"):
        split(1, [0, 0])
