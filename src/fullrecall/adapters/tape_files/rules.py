"""Rules of a mapping that its types cannot say, each told at the place in the file where it is broken."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from fullrecall.adapters.tape_files.mapping import ColumnFrom, Layout, Mapping, MinimumDue
from fullrecall.domain.calendar import month_index
from fullrecall.domain.money import digits_of, to_minor
from fullrecall.domain.tape import COLUMNS, ColumnType
from fullrecall.domain.vocabulary import Mistake

Complaint = tuple[str, str]  # place in the document, sentence without the full stop


def complaints(mapping: Mapping) -> Iterator[Complaint]:
    """Every broken rule, the most basic first."""
    try:
        digits_of(mapping.currency)
    except Mistake as mistake:
        yield "$.currency", mistake.sentence.rstrip(".")
        return
    if not mapping.tape:
        yield "$.tape", "the tape needs a name"
    if mapping.encoding not in ("utf-8", "gb18030"):
        yield "$.encoding", "encoding is utf-8 or gb18030"
    if mapping.side_file and Path(mapping.side_file.file).name != mapping.side_file.file:
        yield "$.side_file.file", "a side file lies beside the tape: give its bare file name"
    yield from _choice_complaints(mapping)
    yield from _range_complaints(mapping)
    yield from _layout_complaints(mapping)
    for name, how in mapping.filled.items():
        for tail, sentence in _column_complaints(mapping, name, how):
            yield f"$.columns.{name}{tail}", sentence
    for name in mapping.extra:
        if name in COLUMNS or not name.isidentifier() or not name.isascii():
            yield (
                f"$.extra.{name}",
                "an extra column has a plain ASCII name that is not already a tape column",
            )


def _choice_complaints(mapping: Mapping) -> Iterator[Complaint]:
    for path, given in (("$.known_at", mapping.known_at), ("$.billing_cycle", mapping.billing_cycle)):
        values = [getattr(given, name) for name in given.__struct_fields__]
        if sum(value is not None for value in values) != 1:
            yield path, f"give exactly one of {' or '.join(given.__struct_fields__)}"


def _range_complaints(mapping: Mapping) -> Iterator[Complaint]:
    days_after, day = mapping.known_at.days_after, mapping.billing_cycle.day
    if days_after is not None and not 0 <= days_after <= 366:
        yield "$.known_at.days_after", "days_after is between 0 and 366"
    if day is not None and not 1 <= day <= 31:
        yield "$.billing_cycle.day", "a billing cycle is a day of the month, 1 to 31"
    if mapping.payments and not 1 <= mapping.payments.day <= 28:
        yield "$.payments.day", "the day payments are taken to have come is 1 to 28, a day every month has"
    for path, made in (("$.line_id", mapping.line_id), ("$.borrower_id", mapping.borrower_id)):
        if made and not (0 <= made.width <= 20 and len(made.prefix) <= 20):
            yield path, "prefix and width of an id are at most 20"


def _layout_complaints(mapping: Mapping) -> Iterator[Complaint]:
    if mapping.layout is Layout.LONG:
        given = mapping.as_of
        if mapping.months:
            yield "$.months", "a long layout has no month columns; remove months"
        if given is None:
            yield "$.layout", "a long layout needs as_of: {column: ...}"
        elif (given.column is None) == (given.anchor is None) or (given.anchor is None) != (
            given.months_column is None
        ):
            yield "$.as_of", "give either column, or anchor with months_column"
        return
    if mapping.as_of:
        yield "$.as_of", "a wide layout takes its dates from months; remove as_of"
    if not mapping.months:
        yield "$.layout", "a wide layout needs months"
    seen = -1
    for index, month in enumerate(mapping.months):
        here = f"$.months[{index}]"
        if month_index(month.as_of) <= seen:
            yield (
                f"{here}.as_of",
                f"months out of order: {month.as_of} does not follow the one before; list the oldest first",
            )
        seen = month_index(month.as_of)
        if set(month.columns) != set(mapping.months[0].columns):
            yield (
                f"{here}.columns",
                f"name the same columns as in the first month: {', '.join(mapping.months[0].columns)}",
            )


def _column_complaints(mapping: Mapping, name: str, how: ColumnFrom) -> Iterator[Complaint]:
    ways = [way for way in how.__struct_fields__ if way != "unit" and getattr(how, way) is not None]
    if len(ways) != 1:
        yield "", "say in exactly one way how the column is filled: from, value or one expression"
        return
    way, kind = ways[0], COLUMNS[name].type
    only = {
        "minimum_due": "amount_due",
        "late_status_to_days": "days_past_due",
        "codes_to_days": "days_past_due",
        "late_status_to_amount": "past_due_amount",
    }
    if way in only and name != only[way]:
        yield f".{way}", f"{way} can only fill {only[way]}"
    needs_unit = kind is ColumnType.MONEY and way == "from_"
    if needs_unit != (how.unit is not None):
        yield (
            "",
            "a money column read from the file needs unit: major or minor"
            if needs_unit
            else "unit belongs to money read from a column",
        )
    if way in ("minimum_due", "late_status_to_days", "late_status_to_amount") and not mapping.columns.balance:
        yield f".{way}", f"{way} needs the column balance"
    if how.late_status_to_amount and not mapping.columns.amount_due:
        yield ".late_status_to_amount", "late_status_to_amount needs the column amount_due"
    if how.late_status_to_days and not 1 <= how.late_status_to_days.days_per_step <= 366:
        yield ".late_status_to_days.days_per_step", "days_per_step is between 1 and 366"
    if how.codes_to_days and any(days < 0 for days in how.codes_to_days.codes.values()):
        yield ".codes_to_days.codes", "days past due are never negative"
    if way == "value":
        yield from _value_complaints(mapping, kind, how.value)
    if how.minimum_due:
        yield from _minimum_due_complaints(mapping, how.minimum_due)


def _value_complaints(mapping: Mapping, kind: ColumnType, value: str | int | None) -> Iterator[Complaint]:
    if kind is ColumnType.TEXT:
        if not isinstance(value, str):
            yield ".value", "this column holds text"
    elif kind is ColumnType.MONEY:
        try:
            to_minor(value or 0, mapping.currency)
        except Mistake as mistake:
            yield ".value", mistake.sentence.rstrip(".")
    elif not isinstance(value, int):
        yield ".value", "this column holds a whole number"


def _minimum_due_complaints(mapping: Mapping, rule: MinimumDue) -> Iterator[Complaint]:
    for field in ("floor", "round_up_to"):
        try:
            if to_minor(getattr(rule, field), mapping.currency) < 0:
                yield f".minimum_due.{field}", f"{field} is not negative"
        except Mistake as mistake:
            yield f".minimum_due.{field}", mistake.sentence.rstrip(".")
    try:
        share = Fraction(str(rule.share))
    except (ValueError, ZeroDivisionError):
        share = Fraction(-1)
    if not 0 <= share <= 1 or 10_000 % share.denominator:
        yield ".minimum_due.share", "share is a decimal between 0 and 1 with at most 4 decimals, such as 0.10"
