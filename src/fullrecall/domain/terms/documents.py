"""Terms read from a document of decimal strings, and a schedule written back as one."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import count
from operator import add
from typing import Any

from fullrecall.domain.calendar import DayCount
from fullrecall.domain.money import Rounding, column_writer, digits_of, writer
from fullrecall.domain.terms.fields import (
    Document,
    amount,
    as_day,
    choice,
    day,
    number,
    refuse_misspelt,
    required,
    shown,
    whole,
)
from fullrecall.domain.terms.loan import (
    INSTALMENTS_MAX,
    RATE_DECIMALS_MAX,
    RATE_MAX,
    LoanTerms,
    Method,
    PeriodUnit,
    WithinPeriod,
)
from fullrecall.domain.terms.schedule import Schedule, schedule_of
from fullrecall.domain.vocabulary import Mistake

TERMS_FIELDS = frozenset(
    (
        "id",
        "currency",
        "principal",
        "rate_per_year",
        "instalments",
        "every",
        "disbursed_on",
        "first_due_on",
        "due_day",
        "method",
        "day_count",
        "rounding",
        "instalment_rounding",
        "instalment_unit",
        "within_period",
    )  # fmt: skip
)
_METHODS = {item.value: item for item in Method}
_DAY_COUNTS = {item.value: item for item in DayCount}
_ROUNDINGS = {item.value: item for item in Rounding}
_WITHIN = {item.value: item for item in WithinPeriod}
_EVERY = re.compile(r"([0-9]{1,3}) (day|week|month|year)s?").fullmatch
_EVERY_MAX = {"day": 366, "week": 53, "month": 24, "year": 2}


def schedule_document(document: Document) -> dict[str, Any]:
    """Terms in, schedule out, amounts as decimal strings. Raises Mistake when the terms are wrong."""
    terms = terms_from(document)
    return schedule_answer(document.get("id"), terms, schedule_of(terms))


def schedule_answer(identity: object, terms: LoanTerms, schedule: Schedule) -> dict[str, Any]:
    write, write_all = writer(terms.currency), column_writer(terms.currency)
    principals, interests = schedule.principals, schedule.interests
    columns = zip(
        count(1),
        schedule.periods.due_text,
        write_all(principals),
        write_all(interests),
        write_all(list(map(add, principals, interests))),
        write_all(schedule.balances),
        strict=False,
    )
    return {
        "id": identity,
        "instalment": write(schedule.instalment),
        "rows": [
            {"n": n, "due_on": due_on, "principal": part, "interest": cost, "total": total, "balance": left}
            for n, due_on, part, cost, total, left in columns
        ],
        "total_interest": write(schedule.total_interest),
    }


def terms_from(document: Document, known: frozenset[str] = TERMS_FIELDS) -> LoanTerms:
    """Terms of one advance from a document of decimal strings; `known`: fields that count for the caller."""
    if not document.keys() <= known:
        refuse_misspelt(document, known)
    currency = required(document, "currency")
    digits_of(currency)
    rate_numerator, rate_denominator = _rate(required(document, "rate_per_year"))
    every, unit = _every(required(document, "every"))
    rounding = choice(_ROUNDINGS, required(document, "rounding"), "rounding")
    read = document.get
    terms = LoanTerms(
        currency=currency,
        principal=_principal(document, currency),
        rate_numerator=rate_numerator,
        rate_denominator=rate_denominator,
        instalments=whole(document, "instalments", 1, INSTALMENTS_MAX),
        every=every,
        unit=unit,
        disbursed_on=day(document, "disbursed_on"),
        method=choice(_METHODS, required(document, "method"), "method"),
        day_count=choice(_DAY_COUNTS, required(document, "day_count"), "day_count"),
        rounding=rounding,
        instalment_rounding=choice(
            _ROUNDINGS, read("instalment_rounding") or rounding, "instalment_rounding"
        ),
        instalment_unit=_unit(document, currency),
        first_due_on=_optional_day(document, "first_due_on"),
        due_day=None if read("due_day") is None else whole(document, "due_day", 1, 31),
        within_period=choice(_WITHIN, read("within_period") or "actual_days", "within_period"),
    )
    if terms.due_day is not None and unit is not PeriodUnit.MONTH:
        raise Mistake("Field 'due_day' needs a schedule in months: remove it, or change 'every'.")
    return terms


def _optional_day(document: Document, name: str) -> date | None:
    value = document.get(name)
    return None if value is None else as_day(value, name)


def _principal(document: Document, currency: str) -> int:
    minor = amount(document, "principal", currency)
    if minor <= 0:
        raise Mistake(f"Field 'principal' is {shown(document['principal'])}: it must be more than zero.")
    return minor


def _unit(document: Document, currency: str) -> int:
    if document.get("instalment_unit") is None:
        return 1
    unit = amount(document, "instalment_unit", currency)
    if unit <= 0:
        raise Mistake(
            f"Field 'instalment_unit' is {shown(document['instalment_unit'])}: it must be more than zero."
        )
    return unit


def _rate(value: object) -> tuple[int, int]:
    return _rate_of(value) if isinstance(value, str) else _rate_of(number(value, "rate_per_year"))


@lru_cache(maxsize=4096)
def _rate_of(value: str | Decimal) -> tuple[int, int]:
    rate = number(value, "rate_per_year")
    if rate < 0 or rate > RATE_MAX:
        raise Mistake(
            f"Field 'rate_per_year' is {shown(value)}: it must lie from 0 to {RATE_MAX}, "
            "as a fraction of one ('0.1299' is 12.99 % a year)."
        )
    exponent = rate.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -RATE_DECIMALS_MAX:
        raise Mistake(f"Field 'rate_per_year' has more than {RATE_DECIMALS_MAX} decimals: shorten it.")
    return rate.as_integer_ratio()


@lru_cache(maxsize=256)
def _every_of(text: str) -> tuple[int, PeriodUnit]:
    match = _EVERY(text)
    if not match or not 1 <= int(match[1]) <= _EVERY_MAX[match[2]]:
        raise Mistake(
            f"Field 'every': {shown(text)} is not a period: write '1 month', '3 months' or '2 weeks' "
            "(at most 366 days, 53 weeks, 24 months)."
        )
    count = int(match[1])
    if match[2] == "year":
        return 12 * count, PeriodUnit.MONTH
    return count, PeriodUnit(match[2])


def _every(value: object) -> tuple[int, PeriodUnit]:
    return _every_of(value if isinstance(value, str) else repr(value)[:40])
