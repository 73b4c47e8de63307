"""Files that must be refused whole, with the row and the column named, and none of it read."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from fullrecall.adapters.tape_files import BadTape, Mapping, open_tape
from fullrecall.adapters.tape_files.mapping_files import parse_mapping

WIDE = parse_mapping(
    """\
tape: wide
title: {en: Wide, zh: 宽表}
simulated: true
source: made up
licence: none
currency: TWD
layout: wide
line_id: {column: ID, prefix: W-, width: 3}
known_at: {days_after: 0}
billing_cycle: {day: 1}
months:
  - {as_of: 2005-08-31, columns: {bill: BILL_AMT2, paid: PAY_AMT2, status: PAY_2}}
  - {as_of: 2005-09-30, columns: {bill: BILL_AMT1, paid: PAY_AMT1, status: PAY_0}}
columns:
  credit_limit: {from: LIMIT_BAL, unit: major}
  balance: {from: bill, unit: major}
  amount_due: {minimum_due: {share: 0.10, floor: 1000.00, round_up_to: 1.00}}
  amount_paid: {from: paid, unit: major}
  past_due_amount: {late_status_to_amount: {from: status}}
  days_past_due: {late_status_to_days: {from: status}}
payments: {from: paid, unit: major, day: 15}
outcome: {from: gone, as_of: 2005-10-31}
assumptions: []
""",
    "wide.yaml",
)

LONG_TEXT = """\
tape: long
title: {en: Long, zh: 长表}
simulated: true
source: made up
licence: none
currency: CNY
currency_column: 币种
layout: long
line_id: {column: 合同号}
borrower_id: {column: 姓名}
known_at: {column: 报送日}
billing_cycle: {column: 账单日}
as_of: {column: 日期}
columns:
  credit_limit: {from: 额度, unit: major}
  balance: {from: 余额, unit: minor}
  days_past_due: {from: 逾期天数}
extra:
  note: {from: 备注, type: text}
assumptions: []
"""
LONG = parse_mapping(LONG_TEXT, "long.yaml")

GOOD_WIDE = {
    "ID": [1, 2, 3],
    "LIMIT_BAL": [50_000, 80_000, 20_000],
    "PAY_0": [0, 2, -1],
    "PAY_2": [0, 1, -2],
    "BILL_AMT1": [1_000.0, 30_000.0, -5.0],
    "BILL_AMT2": [900.5, 29_000.0, 0.0],
    "PAY_AMT1": [0.0, 100.0, 0.0],
    "PAY_AMT2": [10.0, 0.0, 0.0],
    "gone": [0, 1, 0],
}
HEADER = "合同号,姓名,日期,报送日,账单日,币种,额度,余额,逾期天数,备注"
ROWS = [
    "甲1,王小明,2024-01-31,2024-02-02,5,CNY,1000.50,100,0,=SUM(A1:A9)",
    "甲1,王小明,2024-02-29,2024-03-02,5,CNY,1000.50,-7,0,",
    "乙2,李四,2024-01-31,2024-02-02,20,CNY,5000,0,45,好",
]


def wide(tmp_path: Path, **changed: object) -> Path:
    path = tmp_path / "wide.parquet"
    pl.DataFrame({**GOOD_WIDE, **changed}, strict=False).write_parquet(path)
    return path


def long(tmp_path: Path, rows: list[str], header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = tmp_path / "长表.csv"
    path.write_bytes(("\r\n".join([header, *rows]) + "\r\n").encode(encoding))
    return path


def refused(path: Path, mapping: Mapping) -> str:
    with pytest.raises(BadTape) as told:
        open_tape(path, mapping)
    assert "\n" not in told.value.sentence
    assert len(told.value.sentence) < 500
    return told.value.sentence


def test_the_good_files_are_good(tmp_path: Path) -> None:
    tape = open_tape(wide(tmp_path), WIDE)
    august = tape.rows(date(2005, 8, 31))
    assert [row.balance for row in august] == [90_050, 2_900_000, 0]
    # a tenth of 900.50 rounds up to 91.00, the floor is 1,000.00, the bill caps it: 900.50
    assert [row.amount_due for row in august] == [90_050, 290_000, 0]
    assert [row.days_past_due for row in august] == [0, 30, 0]
    tape = open_tape(long(tmp_path, ROWS), LONG)
    first, second = tape.rows(date(2024, 1, 15))
    assert (first.line_id, second.line_id) == ("乙2", "甲1")  # 乙 is U+4E59, 甲 is U+7532
    assert (second.credit_limit, second.balance, second.known_at) == (100_050, 100, date(2024, 2, 2))
    assert second.extra == {"note": "=SUM(A1:A9)"}
    assert (tape.borrower_of("甲1"), tape.cycle_of("乙2")) == ("王小明", 20)
    assert tape.rows(date(2024, 2, 1))[0].extra == {"note": None}


@pytest.mark.parametrize(
    ("changed", "place", "says"),
    [
        ({"BILL_AMT1": [1.0, math.nan, 2.0]}, "data row 2 (ID 2), column 'BILL_AMT1'", "nan is not a number"),
        ({"BILL_AMT2": [math.inf, 1.0, 2.0]}, "data row 1 (ID 1), column 'BILL_AMT2'", "not finite"),
        ({"BILL_AMT2": [0.0, 1.0, -math.inf]}, "data row 3 (ID 3), column 'BILL_AMT2'", "not finite"),
        ({"LIMIT_BAL": [1, 2, -3]}, "data row 3 (ID 3), column 'LIMIT_BAL'", "-3 is negative"),
        ({"LIMIT_BAL": ["many", "2", "3"]}, "data row 1 (ID 1), column 'LIMIT_BAL'", "type is String"),
        ({"LIMIT_BAL": [True, False, True]}, "data row 1 (ID 1), column 'LIMIT_BAL'", "type is Boolean"),
        ({"LIMIT_BAL": [[1], [2], [3]]}, "data row 1 (ID 1), column 'LIMIT_BAL'", "numbers are needed"),
        ({"BILL_AMT1": [0.0, 0.015, 1.0]}, "data row 2 (ID 2), column 'BILL_AMT1'", "more decimals than"),
        ({"PAY_0": [0.5, 1.0, 1.0]}, "data row 1 (ID 1), column 'PAY_0'", "not a whole number"),
        ({"PAY_0": [0, 1, 5_000]}, "data row 3 (ID 3), column 'PAY_0'", "late steps"),
        (
            {"BILL_AMT1": [0.0, 1e11 + 1, 0.0]},
            "data row 2 (ID 2), column 'BILL_AMT1'",
            "beyond 100,000,000,000",
        ),
        ({"BILL_AMT1": [0, 2**62, 0]}, "data row 2 (ID 2), column 'BILL_AMT1'", "beyond"),
        ({"BILL_AMT1": [0, -(2**63), 0]}, "data row 2 (ID 2), column 'BILL_AMT1'", "beyond"),
        ({"PAY_AMT1": [0.0, -1.0, 0.0]}, "data row 2 (ID 2), column 'PAY_AMT1'", "a payment never is"),
        ({"ID": [1, 2, 1]}, "data row 1, column 'ID'", "more than one row"),
        ({"ID": [1, None, 3]}, "data row 2, column 'ID'", "an empty cell stands where an id is needed"),
        ({"ID": [1.0, 2.0, 3.0]}, "column 'ID'", "text is needed"),
        ({"gone": [0, 2, 1]}, "data row 2 (ID 2), column 'gone'", "not an outcome"),
        ({"note": ["", "y", "x" * 10_485_760]}, "data row 3 (ID 3), column 'note'", "10,485,760 characters"),
        ({"blob": [b"", b"x" * 10_001, b""]}, "data row 2 (ID 2), column 'blob'", "10,001 characters"),
    ],
)
def test_a_wide_file_with_one_bad_cell(tmp_path: Path, changed: dict, place: str, says: str) -> None:
    sentence = refused(wide(tmp_path, **changed), WIDE)
    assert place in sentence
    assert says in sentence


def test_how_many_more_rows_have_the_fault_is_said(tmp_path: Path) -> None:
    assert "(1 more rows have the same fault)" in refused(wide(tmp_path, LIMIT_BAL=[-1, 2, -3]), WIDE)


def test_a_missing_column_is_named_with_its_like(tmp_path: Path) -> None:
    path = tmp_path / "wide.parquet"
    pl.DataFrame(GOOD_WIDE).drop("PAY_AMT2").write_parquet(path)
    assert "column 'PAY_AMT2' is missing; it has 'ID', 'LIMIT_BAL'" in refused(path, WIDE)
    pl.DataFrame(GOOD_WIDE).rename({"PAY_AMT2": "pay_amt2 "}).write_parquet(path)
    assert "column 'PAY_AMT2' is missing; it has 'pay_amt2 '" in refused(path, WIDE)


def test_decimals_and_small_integers_are_read_exactly(tmp_path: Path) -> None:
    bills = pl.Series([Decimal("0.10"), Decimal("-99999999.99"), None], dtype=pl.Decimal(20, 4))
    limits = pl.Series([1, 2, 3], dtype=pl.UInt8)
    rows = open_tape(wide(tmp_path, BILL_AMT1=bills, LIMIT_BAL=limits), WIDE).rows(date(2005, 9, 1))
    assert [row.balance for row in rows] == [10, -9_999_999_999, None]
    assert [row.credit_limit for row in rows] == [100, 200, 300]


def test_what_is_unknown_stays_unknown(tmp_path: Path) -> None:
    path = wide(
        tmp_path,
        BILL_AMT1=[None, None, 5.0],
        PAY_0=[1, 0, None],
        PAY_AMT1=[None, 3.0, 4.0],
        gone=[None, 1, 0],
    )
    tape = open_tape(path, WIDE)
    rows = tape.rows(date(2005, 9, 1))
    assert [row.balance for row in rows] == [None, None, 500]
    assert [row.exposure for row in rows] == [None, None, 500]
    # late, but it is not known whether anything is owed; not late; owing, but not known whether late
    assert [row.days_past_due for row in rows] == [None, 0, None]
    assert [row.past_due_amount for row in rows] == [None, 0, None]
    assert [payment.line_id for payment in tape.payments(date(2005, 9, 1))] == ["W-002", "W-003"]
    assert tape.outcomes() == {"W-002": True, "W-003": False}


@pytest.mark.parametrize("cut", [0, 1, 3, 8, 200, -1, -4, -100])
def test_a_truncated_parquet(tmp_path: Path, cut: int) -> None:
    path = wide(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    assert "truncated" in refused(path, WIDE) if cut else "empty" in refused(path, WIDE)


def test_a_parquet_with_bytes_flipped_in_its_tables_is_refused_or_read_never_a_crash(tmp_path: Path) -> None:
    path = wide(tmp_path)
    whole = path.read_bytes()
    for place in range(4, len(whole), 37):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        path.write_bytes(bytes(damaged))
        try:
            open_tape(path, WIDE)
        except BadTape as told:
            assert "\n" not in told.sentence


def test_no_rows_no_file_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "wide.parquet"
    pl.DataFrame(GOOD_WIDE).clear().write_parquet(path)
    assert "no rows" in refused(path, WIDE)
    assert "no such file" in refused(tmp_path / "none.parquet", WIDE)
    assert "folder" in refused(tmp_path, WIDE)
    assert "no rows" in refused(long(tmp_path, []), LONG)


def with_cell(row: int, column: str, cell: str) -> list[str]:
    cells = ROWS[row].split(",")
    cells[HEADER.split(",").index(column)] = cell
    return [*ROWS[:row], ",".join(cells), *ROWS[row + 1 :]]


@pytest.mark.parametrize(
    ("row", "column", "cell", "says"),
    [
        (0, "额度", "NaN", "'NaN' is not a number"),
        (1, "额度", "-inf", "'-inf' is not a number"),
        (2, "额度", "1 000", "write it as 1234.50"),
        (2, "额度", "1e3", "write it as 1234.50"),
        (2, "额度", "１０", "write it as 1234.50"),
        (2, "额度", "=1+1", "write it as 1234.50"),
        (2, "额度", "-1", "'-1' is negative"),
        (2, "额度", "1.001", "more decimals than this currency"),
        (2, "余额", "1.5", "not a whole number"),
        (2, "额度", "100000000000.01", "beyond 100,000,000,000"),
        (2, "额度", "9" * 300, "beyond 100,000,000,000"),
        (2, "余额", "-10000000000001", "beyond 10,000,000,000,000"),
        (0, "币种", "RMB", "Unknown currency 'RMB'"),
        (0, "币种", "USD", "one tape holds one currency"),
        (0, "币种", "", "an empty cell"),
        (0, "日期", "31/01/2024", "write YYYY-MM-DD"),
        (0, "日期", "2024-02-30", "write YYYY-MM-DD"),
        (0, "日期", "", "where a date is needed"),
        (0, "日期", "0024-01-31", "outside the years"),
        (0, "报送日", "2024-01-30", "before the date of the position"),
        (0, "账单日", "32", "1 to 31"),
        (1, "账单日", "6", "must not change within a line"),
        (1, "姓名", "王大明", "must not change within a line"),
        (0, "合同号", " 甲1", "blanks around it"),
        (0, "合同号", "x" * 101, "more than 100 characters"),
        (0, "备注", "a\x00b", "control characters"),
        (0, "备注", "长" * 10_001, "10,001 characters"),
        (0, "备注", "x" * 10_485_760, "10,485,760 characters"),
        (2, "逾期天数", "-1", "negative"),
        (2, "逾期天数", "40000", "more than a hundred years"),
    ],
)
def test_a_long_file_with_one_bad_cell(tmp_path: Path, row: int, column: str, cell: str, says: str) -> None:
    sentence = refused(long(tmp_path, with_cell(row, column, cell)), LONG)
    assert f"长表.csv, data row {row + 1}" in sentence
    assert f"column '{column}'" in sentence
    assert says in sentence


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            [ROWS[0], ROWS[0]],
            "data row 1 (合同号 '甲1'), column '日期': '2024-01-31' is a month this line has on another row",
        ),
        (
            [ROWS[0], ROWS[1].replace("2024-02-29", "2024-01-30")],
            "is a month this line has on another row too",
        ),
        ([ROWS[1], ROWS[0]], "data row 2 (合同号 '甲1'), column '日期': '2024-01-31' goes back in time"),
        (
            [ROWS[1], ROWS[2], ROWS[0]],
            "data row 3 (合同号 '甲1'), column '日期': '2024-01-31' goes back in time",
        ),
        ([*ROWS, "丙3,赵"], "data row 4, column '日期': the row has 2 fields where the header has 10"),
        (
            [*ROWS, ROWS[2] + ",more"],
            "data row 4, column '备注': the row has 11 fields where the header has 10",
        ),
        ([ROWS[0] + '"', '"'], "not readable as CSV"),
        ([*ROWS, '"丙3,'], "line 5: not readable as CSV"),
    ],
)
def test_a_long_file_with_a_bad_shape(tmp_path: Path, rows: list[str], says: str) -> None:
    assert says in refused(long(tmp_path, rows), LONG)


def test_the_way_to_sort_is_told(tmp_path: Path) -> None:
    sentence = refused(long(tmp_path, [ROWS[1], ROWS[0]]), LONG)
    assert "sort the file by '合同号' and '日期', oldest first" in sentence


def test_headers_that_cannot_be(tmp_path: Path) -> None:
    assert "column '姓名' appears twice" in refused(
        long(tmp_path, ROWS, HEADER.replace("备注", "姓名")), LONG
    )
    assert "column 10 has no name" in refused(long(tmp_path, ROWS, HEADER.replace("备注", "")), LONG)
    assert "column '币种' is missing; it has 'a;b'" in refused(long(tmp_path, ["1;2"], "a;b"), LONG)


def declared(encoding: str) -> Mapping:
    return parse_mapping(
        LONG_TEXT.replace("layout: long", f"encoding: {encoding}\nlayout: long"), "long.yaml"
    )


def test_chinese_files_from_a_spreadsheet(tmp_path: Path) -> None:
    path = long(tmp_path, ROWS, encoding="gb18030")
    assert "line 1: the text is not utf-8; save it so, or declare `encoding: gb18030`" in refused(path, LONG)
    assert open_tape(path, declared("gb18030")).borrower_of("甲1") == "王小明"
    with_mark = long(tmp_path, ROWS, encoding="utf-8-sig")  # the byte order mark a spreadsheet writes
    assert open_tape(with_mark, declared("utf-8")).borrower_of("甲1") == "王小明"
