"""The other real books, read whole through their shipped mappings: known counts and sums."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from fullrecall.adapters.tape_files import BadTape, open_tape, read_mapping

DATA = Path(os.environ.get("FULLRECALL_DATA", Path(__file__).parents[4] / "shared" / "data"))


def book(file: str) -> Path:
    if not (DATA / file).is_file():
        pytest.skip(f"{file} is not in {DATA}")
    return DATA / file


def test_auto_loans_are_read_to_the_cent() -> None:
    tape = open_tape(book("auto_abs_2017_months.parquet"), read_mapping("auto_abs"))
    assert tape.positions_count == 108_176
    assert len(tape.line_ids) == 3_454
    assert (tape.months[0], tape.months[-1], len(tape.months)) == (date(2017, 6, 30), date(2020, 12, 31), 43)
    balance = due = paid = came = 0
    for month in tape.months:
        rows = tape.rows(month)
        balance += sum(row.balance or 0 for row in rows)
        due += sum(row.amount_due or 0 for row in rows)
        paid += sum(row.amount_paid or 0 for row in rows)
        came += sum(payment.amount_minor for payment in tape.payments(month))
        assert all(row.days_past_due is None and row.past_due_amount is None for row in rows)
        assert all(row.credit_limit > 0 and row.extra["score_at_origination"] >= 300 for row in rows)
    # the column sums of the file in dollars
    assert balance == 137_079_948_590
    assert due == 3_794_511_798
    assert paid == came == 5_945_314_904
    outcomes = tape.outcomes()
    assert outcomes is not None
    assert sum(outcomes.values()) == 393  # D


def test_auto_loans_without_their_side_file_are_refused(tmp_path: Path) -> None:
    alone = tmp_path / "auto_abs_2017_months.parquet"
    alone.symlink_to(book("auto_abs_2017_months.parquet").resolve())
    with pytest.raises(BadTape, match="auto_abs_2017_loans.parquet: there is no such file"):
        open_tape(alone, read_mapping("auto_abs"))


def test_the_credit_record_has_days_but_no_amounts() -> None:
    tape = open_tape(book("credit_record.parquet"), read_mapping("credit_record"))
    assert tape.positions_count == 1_048_575
    assert len(tape.line_ids) == 45_985
    assert (tape.months[0], tape.months[-1], len(tape.months)) == (date(2014, 12, 31), date(2019, 12, 31), 61)
    counted: dict[int, int] = {}
    for month in tape.months[::10]:
        for row in tape.rows(month):
            assert row.balance is row.credit_limit is row.amount_due is row.exposure is None
            counted[row.days_past_due] = counted.get(row.days_past_due, 0) + 1
    assert set(counted) == {0, 1, 30, 60, 90, 120, 150}
    assert tape.payments(tape.months[0]) == []
    assert tape.outcomes() is None


def test_the_credit_record_counts_every_status_once() -> None:
    tape = open_tape(book("credit_record.parquet"), read_mapping("credit_record"))
    days = tape.positions["days_past_due"].value_counts().sort("days_past_due").rows()
    # C 442,031 and X 209,230 are 0 days; 0, 1, 2, 3, 4, 5 follow
    assert days == [(0, 651_261), (1, 383_120), (30, 11_090), (60, 868), (90, 320), (120, 223), (150, 1_693)]
