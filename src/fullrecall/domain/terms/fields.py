"""Fields of a document someone else wrote: each read exactly, or refused in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, TypeVar

from fullrecall.domain.money import AmountNotMoney, to_minor
from fullrecall.domain.vocabulary import Mistake

Document = Mapping[str, Any]
T = TypeVar("T")
YEAR_MIN, YEAR_MAX = 1900, 2999  # far enough from the ends of the calendar that no schedule runs off it


def shown(value: object) -> str:
    """A value as a sentence can carry it: short, on one line."""
    text = repr(str(value)) if isinstance(value, (str, Decimal)) else repr(value)
    return text if len(text) <= 42 else f"{text[:38]}...{text[-1]}"


def required(document: Document, name: str) -> Any:
    value = document.get(name)
    if value is None:
        raise Mistake(f"Field {name!r} is missing: add it.", code="missing_field")
    return value


def amount(document: Document, name: str, currency: str) -> int:
    """A decimal string (or a JSON number, read as the decimal it is written as) in minor units."""
    try:
        return to_minor(required(document, name), currency)
    except AmountNotMoney as mistake:
        raise AmountNotMoney(f"Field {name!r}: {mistake.sentence}", code=mistake.code) from None


def day(document: Document, name: str) -> date:
    return as_day(required(document, name), name)


def as_day(value: object, name: str) -> date:
    if type(value) is str and len(value) == 10 and value[4] == "-" == value[7]:
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise Mistake(
                f"Field {name!r}: {shown(value)} is not a day of the calendar: correct it."
            ) from None
    if type(value) is not date:
        raise Mistake(f"Field {name!r}: {shown(value)} is not a date: write it as '2024-01-31'.")
    if not YEAR_MIN <= value.year <= YEAR_MAX:
        raise Mistake(f"Field {name!r}: {value} is outside the years {YEAR_MIN} to {YEAR_MAX}: correct it.")
    return value


def whole(document: Document, name: str, lowest: int, highest: int) -> int:
    value = required(document, name)
    if type(value) is not int:
        raise Mistake(
            f"Field {name!r}: {shown(value)} is not a whole number: write it as {lowest} to {highest}."
        )
    if not lowest <= value <= highest:
        raise Mistake(f"Field {name!r} is {shown(value)}: it must lie from {lowest} to {highest}.")
    return value


def number(value: object, name: str) -> Decimal:
    """A finite decimal from a string, a whole number or a Decimal; never from a float."""
    if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
        try:
            parsed = Decimal(value)
        except InvalidOperation:
            parsed = Decimal("NaN")
        if parsed.is_finite():
            return parsed
    raise Mistake(
        f"Field {name!r}: {shown(value)} is not a decimal number: write it as a string such as '0.1299'."
    )


def choice(table: Mapping[str, T], value: object, name: str) -> T:
    found = table.get(value) if isinstance(value, str) else None
    if found is None:
        raise Mistake(f"Field {name!r}: {shown(value)} is unknown: use one of {', '.join(table)}.")
    return found


def refuse_misspelt(document: Document, known: frozenset[str]) -> None:
    """Extra fields are the writer's own, but one that looks like ours was meant to count and would not."""
    for name in document.keys() - known:
        meant = _meant(str(name)[:60], known)
        if meant and meant not in document:
            raise Mistake(f"Field {shown(name)} is unknown: did you mean {meant!r}?", code="unknown_field")


@lru_cache(maxsize=256)
def _meant(name: str, known: frozenset[str]) -> str:
    return next(iter(get_close_matches(name, sorted(known), 1, 0.8)), "")


def objects(value: object, name: str) -> Iterable[Document]:
    """A list of objects, e.g. payments."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, Mapping) for item in value):
        raise Mistake(f'Field {name!r} must be a list of objects such as [{{"on": "2024-02-01", ...}}].')
    return value
