"""Integer minor units; the only functions in the house that round or split an amount."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

from fullrecall.domain.vocabulary import Mistake

AMOUNT_MAX = 10**13  # minor units; engines wrap or fail differently beyond (DECISIONS, Tape and policy)

# ISO 4217: minor-unit digits. Currencies not listed here are refused rather than guessed.
_DIGITS: dict[str, int] = dict.fromkeys(
    "AED AUD BGN BRL CAD CHF CNY CZK DKK EGP EUR GBP HKD HUF IDR ILS INR KES MXN MYR NGN NOK NZD PEN PHP PLN "
    "RON RUB SAR SEK SGD THB TRY TWD UAH USD ZAR".split(),
    2,
)
_DIGITS |= dict.fromkeys("CLP ISK JPY KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0)
_DIGITS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)


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
        raise AmountNotMoney(f"Amount {amount!r} is not exact: write it as a decimal string such as '100.50'.")
    try:
        value = Decimal(amount)
    except (InvalidOperation, ValueError, TypeError):
        raise AmountNotMoney(f"Amount {str(amount)[:40]!r} is not a number: write it as '100.50'.") from None
    if not value.is_finite():
        raise AmountNotMoney(f"Amount {str(amount)[:40]!r} is not finite: write it as '100.50'.")
    if abs(value) > AMOUNT_MAX:
        raise AmountNotMoney(f"Amount {str(amount)[:40]} is beyond {AMOUNT_MAX} minor units of {currency}.")
    scaled = value.scaleb(digits)
    minor = int(scaled)
    if scaled != minor:
        raise AmountNotMoney(f"Amount {str(amount)[:40]} has more decimals than {currency}, which has {digits}.")
    if abs(minor) > AMOUNT_MAX:
        raise AmountNotMoney(f"Amount {str(amount)[:40]} is beyond {AMOUNT_MAX} minor units of {currency}.")
    return minor


def to_major(minor: int, currency: str) -> str:
    """Integer minor units as a decimal string: 10050 CNY -> '100.50'."""
    digits = digits_of(currency)
    sign = "-" if minor < 0 else ""
    text = str(abs(minor)).rjust(digits + 1, "0")
    return f"{sign}{text[: len(text) - digits]}.{text[len(text) - digits :]}" if digits else f"{sign}{text}"


def show(minor: int, currency: str) -> str:
    """For people: 1234567 CNY -> '12,345.67 CNY'."""
    whole, _, cents = to_major(minor, currency).partition(".")
    grouped = f"{int(whole.lstrip('-')):,}"
    return f"{'-' if minor < 0 else ''}{grouped}{'.' + cents if cents else ''} {currency}"


def round_to(amount: Fraction | Decimal | int, mode: Rounding, unit: int = 1) -> int:
    """The one rounding: an exact amount in minor units to a whole multiple of `unit` minor units.

    half_even and half_up decide ties only; half_up and up go away from zero, down goes toward zero.
    """
    if unit < 1:
        raise ValueError("unit must be at least one minor unit")
    value = Fraction(amount) / unit
    sign = -1 if value < 0 else 1
    whole, rest = divmod(abs(value.numerator), value.denominator)
    if rest:
        twice = 2 * rest
        tie_up = mode is Rounding.HALF_UP or (mode is Rounding.HALF_EVEN and whole % 2 == 1)
        if (
            mode is Rounding.UP
            or (mode is not Rounding.DOWN and twice > value.denominator)
            or (twice == value.denominator and tie_up and mode is not Rounding.DOWN)
        ):
            whole += 1
    return sign * whole * unit


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
