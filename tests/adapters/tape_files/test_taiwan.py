"""The Taiwan card data read whole: known counts and sums, and the truths of this data."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fullrecall.adapters.tape_files import TapeFile, open_tape, read_mapping

DATA = Path(os.environ.get("FULLRECALL_DATA", Path(__file__).parents[4] / "shared" / "data"))
FILE = DATA / "taiwan_credit_card.parquet"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=f"the Taiwan data is not in {DATA}")

# Column sums of the file in whole dollars: BILL_AMT6 (April) to BILL_AMT1 (September), PAY_AMT6 to PAY_AMT1.
BILLS = [1_166_152_812, 1_209_342_029, 1_297_888_469, 1_410_394_644, 1_475_372_255, 1_536_699_927]
PAID = [156_465_077, 143_981_629, 144_782_306, 156_770_445, 177_634_905, 169_907_415]
MONTHS = [
    date(2005, 4, 30),
    date(2005, 5, 31),
    date(2005, 6, 30),
    date(2005, 7, 31),
    date(2005, 8, 31),
    date(2005, 9, 30),
]


@pytest.fixture(scope="module")
def tape() -> TapeFile:
    return open_tape(FILE, read_mapping("taiwan"))


@pytest.fixture(scope="module")
def september(tape: TapeFile) -> dict:
    return {row.line_id: row for row in tape.rows(date(2005, 9, 30))}


def test_all_line_months_are_there_and_every_dollar_is_counted(tape: TapeFile) -> None:
    assert tape.months == MONTHS
    assert tape.positions_count == 180_000  # 30,000 lines x 6 months
    assert len(tape.line_ids) == 30_000
    for month, bills, paid in zip(MONTHS, BILLS, PAID, strict=True):
        rows = tape.rows(month)
        assert len(rows) == 30_000
        assert [row.line_id for row in rows] == tape.line_ids
        assert sum(row.balance for row in rows) == bills * 100
        assert sum(row.amount_paid for row in rows) == paid * 100
        assert sum(payment.amount_minor for payment in tape.payments(month)) == paid * 100
        assert sum(row.credit_limit for row in rows) == 502_452_968_000  # 5,024,529,680 dollars
        assert {row.as_of for row in rows} == {row.known_at for row in rows} == {month}


def test_outcomes_are_the_6636_defaults_of_october(tape: TapeFile) -> None:
    outcomes = tape.outcomes()
    assert outcomes is not None
    assert len(outcomes) == 30_000
    assert sum(outcomes.values()) == 6_636  # 22.12 % of 30,000


def test_a_payment_pays_the_bill_of_the_month_before(tape: TapeFile, september: dict) -> None:
    august = {row.line_id: row.balance for row in tape.rows(date(2005, 8, 31))}
    came = tape.payments(date(2005, 9, 1))
    assert {payment.paid_on for payment in came} == {date(2005, 9, 15)}
    assert sum(payment.amount_minor == august[payment.line_id] for payment in came) == 4_066
    assert sum(payment.amount_minor == september[payment.line_id].balance for payment in came) == 671


def test_late_counts_only_if_something_is_owed(tape: TapeFile) -> None:
    raw = pl.read_parquet(FILE)
    late_owing_nothing: dict[date, int] = dict.fromkeys(MONTHS, 0)
    for month, number, status in zip(
        MONTHS, range(6, 0, -1), ["PAY_6", "PAY_5", "PAY_4", "PAY_3", "PAY_2", "PAY_0"], strict=True
    ):
        rows = tape.rows(month)
        for row, said, bill in zip(rows, raw[status], raw[f"BILL_AMT{number}"], strict=True):
            expected = 30 * said if said >= 1 and bill > 0 else 0
            assert row.days_past_due == expected
            assert (row.past_due_amount > 0) == (expected > 0)
            if said >= 1 and bill <= 0:
                late_owing_nothing[month] += 1
    assert list(late_owing_nothing.values()) == [22, 52, 96, 125, 84, 1_689]


def test_minimum_due_is_a_tenth_with_a_floor_and_never_more_than_the_bill(september: dict) -> None:
    for row in september.values():
        bill = row.balance
        tenth_in_dollars = -(-bill // 1_000)  # ceil(bill / 10 / 100 cents)
        expected = 0 if bill <= 0 else min(bill, max(tenth_in_dollars * 100, 100_000))
        assert row.amount_due == expected
        assert row.past_due_amount == min(max(bill, 0), row.days_past_due // 30 * expected)


def test_negative_bills_and_bills_over_the_limit_are_taken_as_they_are(september: dict) -> None:
    negative = [row for row in september.values() if row.balance < 0]
    assert len(negative) == 590
    assert all(row.exposure == 0 and row.amount_due == 0 and row.days_past_due == 0 for row in negative)
    assert any(row.balance > row.credit_limit for row in september.values())


def test_who_is_known_of_a_line(tape: TapeFile, september: dict) -> None:
    assert tape.borrower_of("TW-00007") == "TW-00007"
    assert tape.cycle_of("TW-00007") == 1
    assert all(row.months_on_book == 6 for row in september.values())
    assert sum(row.extra["age"] for row in september.values()) == 1_064_565
    assert sum(row.extra["sex"] for row in september.values()) == 48_112
    assert tape.label.en.startswith("Taiwan")
    assert all(words.zh and words.en for words in tape.assumptions)


def test_the_fingerprint_follows_file_and_mapping(tape: TapeFile) -> None:
    assert tape.fingerprint == open_tape(FILE, read_mapping("taiwan")).fingerprint
    assert len(tape.fingerprint) == 64
