"""Integer minor units; the only functions in the house that round or split an amount."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

from fullrecall.domain.vocabulary import Mistake

AMOUNT_MAX = 10**13  # minor units; engines wrap or fail differently beyond (DECISIONS, Tape and policy)

# ISO 4217: minor-unit digits. Currencies not listed here are refused rather than guessed.
_TWO_DIGITS = (
    "AED AUD BGN BRL CAD CHF CNY CZK DKK EGP EUR GBP HKD HUF IDR ILS INR KES MXN MYR NGN NOK NZD PEN PHP PLN "
    "RON RUB SAR SEK SGD THB TRY TWD UAH USD ZAR"
)
_DIGITS: dict[str, int] = dict.fromkeys(_TWO_DIGITS.split(), 2)
_DIGITS |= dict.fromkeys("CLP ISK JPY KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0)  # noqa: SIM905
_DIGITS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)  # noqa: SIM905


_PLAIN_AMOUNT = re.compile(r"(-?[0-9]{1,15})(?:\.([0-9]{1,3}))?").fullmatch


class Rounding(StrEnum):
    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    UP = "up"
    DOWN = "down"


class UnknownCurrency(Mistake):
    def __init__(self, currency: object) -> None:
        super().__init__(
            f"Unknown currency {str(currency)[:20]!r}: use an ISO 4217 code such as CNY, USD, EUR or TWD.",
            code="unknown_currency",
        )


class AmountNotMoney(Mistake):
    pass


def digits_of(currency: str) -> int:
    """Number of decimals of a currency (ISO 4217): 0, 2 or 3."""
    try:
        return _DIGITS[currency]
    except (KeyError, TypeError):
        raise UnknownCurrency(currency) from None


def to_minor(amount: str | int | Decimal, currency: str) -> int:
    """A decimal amount in major units, exactly, as integer minor units: '100.50' CNY -> 10050.

    Refuses floats, NaN, more decimals than the currency has, and amounts beyond AMOUNT_MAX.
    """
    digits = digits_of(currency)
    if isinstance(amount, (bool, float)):
        raise AmountNotMoney(
            f"Amount {amount!r} is not exact: write it as a decimal string such as '100.50'."
        )
    if type(amount) is str and (plain := _PLAIN_AMOUNT(amount)) and len(plain[2] or "") <= digits:
        minor = int(plain[1] + (plain[2] or "").ljust(digits, "0"))
        if abs(minor) <= AMOUNT_MAX:
            return minor
    try:
        value = Decimal(amount)
    except (InvalidOperation, ValueError, TypeError):
        raise AmountNotMoney(f"Amount {str(amount)[:40]!r} is not a number: write it as '100.50'.") from None
    if not value.is_finite():
        raise AmountNotMoney(f"Amount {str(amount)[:40]!r} is not finite: write it as '100.50'.")
    if value.adjusted() > 20:  # before any arithmetic, which would overflow on 1e400000000
        raise AmountNotMoney(f"Amount {str(amount)[:40]} is beyond {AMOUNT_MAX} minor units of {currency}.")
    # Fraction, not Decimal.scaleb: the latter rounds to 28 digits and would swallow a 30th decimal.
    scaled = Fraction(value) * 10**digits if value.adjusted() > -40 else Fraction(value != 0, 2)
    if scaled.denominator != 1:
        raise AmountNotMoney(
            f"Amount {str(amount)[:40]} has more decimals than {currency}, which has {digits}."
        )
    if abs(scaled) > AMOUNT_MAX:
        raise AmountNotMoney(f"Amount {str(amount)[:40]} is beyond {AMOUNT_MAX} minor units of {currency}.")
    return scaled.numerator


def to_major(minor: int, currency: str) -> str:
    """Integer minor units as a decimal string: 10050 CNY -> '100.50'."""
    return _WRITERS[digits_of(currency)](minor)


def writer(currency: str) -> Callable[[int], str]:
    """to_major of one currency, for writing many amounts."""
    return _WRITERS[digits_of(currency)]


def column_writer(currency: str) -> Callable[[Sequence[int]], list[str]]:
    """Many amounts, none negative, as decimal strings; one call, because calls cost more than digits."""
    digits = digits_of(currency)
    base, tails = 10**digits, _TAILS[digits]
    if not digits:
        return lambda column: [str(minor) for minor in column]
    return lambda column: [str(minor // base) + tails[minor % base] for minor in column]


def _writer_of(digits: int) -> Callable[[int], str]:
    base: int = 10**digits
    tails = _TAILS[digits]

    def write(minor: int) -> str:
        if minor < 0:
            return "-" + write(-minor)
        whole, rest = divmod(minor, base)
        return str(whole) + tails[rest]

    return write


# Tables, because formatting digits costs more than the arithmetic it shows.
_TAILS = {digits: [f".{rest:0{digits}d}" for rest in range(10**digits)] for digits in (0, 2, 3)}
_WRITERS: dict[int, Callable[[int], str]] = {0: str, 2: _writer_of(2), 3: _writer_of(3)}


def show(minor: int, currency: str) -> str:
    """For people: 1234567 CNY -> '12,345.67 CNY'."""
    whole, _, cents = to_major(minor, currency).partition(".")
    grouped = f"{int(whole.lstrip('-')):,}"
    return f"{'-' if minor < 0 else ''}{grouped}{'.' + cents if cents else ''} {currency}"


def _half_even(numerator: int, denominator: int) -> int:
    whole, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return whole + 1 if twice > denominator or (twice == denominator and whole & 1) else whole


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _up(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def _down(numerator: int, denominator: int) -> int:
    return numerator // denominator


_ROUND_RATIO: dict[Rounding, Callable[[int, int], int]] = {
    Rounding.HALF_EVEN: _half_even,
    Rounding.HALF_UP: _half_up,
    Rounding.UP: _up,
    Rounding.DOWN: _down,
}


def rounder(mode: Rounding) -> Callable[[int, int], int]:
    """A mode as a function (numerator >= 0, denominator > 0) -> whole minor units, for tight loops."""
    return _ROUND_RATIO[mode]


def round_to(amount: Fraction | Decimal | int, mode: Rounding, unit: int = 1) -> int:
    """The one rounding: an exact amount in minor units to a whole multiple of `unit` minor units.

    half_even and half_up decide ties only; half_up and up go away from zero, down goes toward zero.
    """
    if unit < 1:
        raise ValueError("unit must be at least one minor unit")
    value = Fraction(amount)
    rounded = _ROUND_RATIO[mode](abs(value.numerator), value.denominator * unit) * unit
    return -rounded if value < 0 else rounded


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount in proportion to weights; the parts sum to the amount exactly (largest remainder).

    Ties go to the earlier part. Raises ValueError when weights are negative or all zero.
    """
    total = sum(weights)
    if total <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must be non-negative and not all zero")
    sign = -1 if amount < 0 else 1
    floors = [abs(amount) * weight // total for weight in weights]
    remainders = [abs(amount) * weight % total for weight in weights]
    left = abs(amount) - sum(floors)
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:left]:
        floors[index] += 1
    return [sign * part for part in floors]
