"""Rows written to a file come back as the same rows, from Parquet and from CSV, with lines in any order."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import date
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fullrecall.adapters.tape_files import ObservedPayment, open_tape
from fullrecall.adapters.tape_files.mapping_files import parse_mapping
from fullrecall.domain.calendar import add_months, month_end, month_index
from fullrecall.domain.money import AMOUNT_MAX, to_major
from fullrecall.domain.tape import TapeRow

MAPPING = parse_mapping(
    """\
tape: generated
title: {en: Generated, zh: 生成}
simulated: true
source: a test
licence: none
currency: CNY
layout: long
line_id: {column: line, prefix: L-, width: 4}
borrower_id: {column: borrower}
known_at: {days_after: 2}
billing_cycle: {column: cycle}
as_of: {column: as_of}
columns:
  credit_limit: {from: limit, unit: major}
  balance: {from: balance, unit: minor}
  past_due_amount: {value: 12.34}
  days_past_due: {from: dpd}
payments: {from: paid, unit: major, day: 28}
extra:
  name: {from: name, type: text}
assumptions: []
""",
    "generated.yaml",
)
COLUMNS = ["line", "borrower", "cycle", "as_of", "limit", "balance", "dpd", "paid", "name"]

amounts = st.integers(0, AMOUNT_MAX)
words = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)
cells = st.tuples(
    st.none() | amounts,
    st.none() | st.integers(-(10**9), 10**9),
    st.none() | st.integers(0, 400),
    st.none() | amounts,
    st.none() | words,
)
lines = st.dictionaries(
    st.integers(0, 9_999),
    st.tuples(st.integers(0, 3), st.integers(1, 31), st.dictionaries(st.integers(0, 5), cells, min_size=1)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(lines, st.randoms(use_true_random=False), st.booleans())
def test_what_was_written_is_read(book: dict, shuffled: object, as_csv: bool) -> None:
    records, expected, payments = _written(book)
    numbers = list(book)
    shuffled.shuffle(numbers)  # lines in any order; each line's months stay oldest first
    records = [record for number in numbers for record in records if record["line"] == number]
    with tempfile.TemporaryDirectory() as folder:
        tape = open_tape(_file(Path(folder), records, as_csv), MAPPING)
    assert tape.positions_count == len(records)
    assert [month_index(month) for month in tape.months] == sorted(expected)
    for month in tape.months:
        assert tape.rows(month) == sorted(expected[month_index(month)], key=lambda row: row.line_id)
        assert tape.payments(month) == sorted(
            payments[month_index(month)], key=lambda payment: payment.line_id
        )
    for number, (borrower, cycle, _) in book.items():
        assert (tape.borrower_of(f"L-{number:04d}"), tape.cycle_of(f"L-{number:04d}")) == (
            f"B{borrower}",
            cycle,
        )
    assert tape.outcomes() is None


def _written(book: dict) -> tuple[list[dict], dict[int, list[TapeRow]], dict[int, list[ObservedPayment]]]:
    records, rows, payments = [], {}, {}
    owed: dict[tuple[int, int], list[int | None]] = {}
    for borrower, _, months in book.values():
        for offset, (_, balance, *_) in months.items():
            owed.setdefault((borrower, offset), []).append(None if balance is None else max(balance, 0))
    for number, (borrower, cycle, months) in book.items():
        for seen, offset in enumerate(sorted(months), start=1):
            limit, balance, dpd, paid, name = months[offset]
            as_of = month_end(add_months(date(2023, 11, 30), offset))
            values = (number, f"B{borrower}", cycle, as_of, limit, balance, dpd, paid, name)
            records.append(dict(zip(COLUMNS, values, strict=True)))
            together = owed[borrower, offset]
            row = TapeRow(
                f"L-{number:04d}",
                as_of,
                add_months(as_of, 1, anchor_day=2),  # two days after a month's end
                "CNY",
                credit_limit=limit,
                balance=balance,
                past_due_amount=1234,
                days_past_due=dpd,
                exposure=None if balance is None else max(balance, 0),
                borrower_exposure=None if None in together else sum(together),
                months_on_book=seen,
                extra={"name": name},
            )
            rows.setdefault(month_index(as_of), []).append(row)
            came = payments.setdefault(month_index(as_of), [])
            if paid:
                came.append(ObservedPayment(f"L-{number:04d}", as_of.replace(day=28), paid))
    return records, rows, payments


def _file(folder: Path, records: list[dict], as_csv: bool) -> Path:
    written = [
        {**record, "limit": _major(record["limit"]), "paid": _major(record["paid"])} for record in records
    ]
    if as_csv:
        path, text = folder / "t.csv", io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS, quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(
            {name: "" if cell is None else cell for name, cell in record.items()} for record in written
        )
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
        return path
    path = folder / "t.parquet"
    frame = pl.DataFrame(
        written,
        schema=dict.fromkeys(COLUMNS, None) | {"limit": pl.String, "paid": pl.String},
        infer_schema_length=None,
    )
    frame.with_columns(pl.col("limit", "paid").cast(pl.Decimal(20, 2))).write_parquet(path)
    return path


def _major(minor: int | None) -> str | None:
    return None if minor is None else to_major(minor, "CNY")


@settings(max_examples=60, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=200))
def test_doubles_that_were_decimals_come_back_to_the_cent(minor: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.parquet"
        count = len(minor)
        pl.DataFrame(
            {
                "line": range(count),
                "borrower": range(count),
                "cycle": [1] * count,
                "as_of": [date(2024, 1, 31)] * count,
                "limit": [float(to_major(amount, "CNY")) for amount in minor],
                "balance": [0] * count,
                "dpd": [0] * count,
                "paid": [0.0] * count,
                "name": ["x"] * count,
            }
        ).write_parquet(path)
        rows = open_tape(path, MAPPING).rows(date(2024, 1, 31))
    assert [row.credit_limit for row in rows] == minor
