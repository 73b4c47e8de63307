"""The simulated book: the real file's shape, the same for the same seed, and called simulated."""

from __future__ import annotations

import hashlib
import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fullrecall.adapters.simulated_book import generate, mapping_for, write_simulated_book
from fullrecall.adapters.tape_files import open_tape, read_mapping

DATA = Path(os.environ.get("FULLRECALL_DATA", Path(__file__).parents[3] / "shared" / "data"))


def test_the_same_seed_makes_the_same_book(tmp_path: Path) -> None:
    first = write_simulated_book(tmp_path / "a.parquet", 500, seed=3).read_bytes()
    again = write_simulated_book(tmp_path / "b.parquet", 500, seed=3).read_bytes()
    assert hashlib.sha256(first).digest() == hashlib.sha256(again).digest()
    assert not generate(500, seed=4).equals(generate(500, seed=3))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "b.parquet"]


def test_it_has_the_shape_of_the_real_file() -> None:
    file = DATA / "taiwan_credit_card.parquet"
    if not file.is_file():
        pytest.skip(f"the Taiwan data is not in {DATA}")
    assert generate(10).columns == pl.read_parquet_schema(file).names()


def test_it_is_read_and_labelled_simulated(tmp_path: Path) -> None:
    tape = open_tape(
        write_simulated_book(tmp_path / "book.parquet", 3_000, seed=1), read_mapping("simulated")
    )
    assert tape.mapping.simulated
    assert tape.label.en.startswith("SIMULATED: ")
    assert tape.label.zh.startswith("模拟数据：")
    assert "simulated" in tape.assumptions[0].en
    assert tape.positions_count == 18_000  # 3,000 lines x 6 months
    assert tape.line_ids[0] == "SIM-00001"
    assert (tape.months[0], tape.months[-1]) == (date(2005, 4, 30), date(2005, 9, 30))


def test_it_is_plausible_late_lines_default_more_often_and_every_habit_occurs(tmp_path: Path) -> None:
    tape = open_tape(
        write_simulated_book(tmp_path / "book.parquet", 5_000, seed=1), read_mapping("simulated")
    )
    last, outcomes = tape.rows(tape.months[-1]), tape.outcomes()
    assert outcomes is not None
    late = [outcomes[row.line_id] for row in last if row.days_past_due >= 60]
    sound = [outcomes[row.line_id] for row in last if row.days_past_due == 0]
    assert 0.55 < sum(late) / len(late) < 0.80  # set: 65 to 72 %
    assert 0.10 < sum(sound) / len(sound) < 0.25  # set: 13 to 18 %, and late lines that owe nothing
    assert {row.days_past_due for row in last} >= {0, 30, 60, 90, 120}
    assert any(row.balance < 0 for row in last)
    assert any(row.balance > row.credit_limit for row in last)
    assert all(
        row.credit_limit % 1_000_000 == 0 and row.credit_limit >= 1_000_000 for row in last
    )  # ten thousands


def test_a_payment_pays_the_bill_of_the_month_before() -> None:
    book = generate(5_000, seed=2)
    before = (book["PAY_AMT1"] == book["BILL_AMT2"]) & (book["PAY_AMT1"] > 0)
    same = (book["PAY_AMT1"] == book["BILL_AMT1"]) & (book["PAY_AMT1"] > 0)
    assert before.sum() > 10 * same.sum()


@pytest.mark.parametrize("months", [2, 6, 14])
def test_books_of_other_lengths_end_in_the_same_month(tmp_path: Path, months: int) -> None:
    six = read_mapping("simulated")
    mapping = mapping_for(months, six)
    tape = open_tape(write_simulated_book(tmp_path / "book.parquet", 20, months, seed=5), mapping)
    assert len(tape.months) == months
    assert tape.months[-1] == date(2005, 9, 30)
    assert tape.positions_count == 20 * months
    assert mapping_for(6, six) == six


def test_an_empty_book_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one line"):
        generate(0)
    with pytest.raises(ValueError, match="2 to 60 months"):
        generate(5, months=1)
