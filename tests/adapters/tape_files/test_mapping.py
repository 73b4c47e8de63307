"""Mappings: every mistake is told with file, line and column; nothing is guessed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fullrecall.adapters.tape_files import BadMapping, read_mapping
from fullrecall.adapters.tape_files.mapping_files import parse_mapping, shipped_mappings

LONG = """\
tape: book
title: {en: A book, zh: 一本账}
simulated: true
source: nowhere
licence: none
currency: CNY
layout: long
line_id: {column: 合同号}
known_at: {days_after: 3}
billing_cycle: {day: 5}
as_of: {column: 日期}
columns:
  credit_limit: {from: 额度, unit: major}
  balance: {from: 余额, unit: major}
assumptions: []
"""


def refused(text: str) -> str:
    with pytest.raises(BadMapping) as told:
        parse_mapping(text, "book.yaml")
    sentence = told.value.sentence
    assert "\n" not in sentence
    return sentence


def test_the_shipped_mappings_are_whole() -> None:
    assert shipped_mappings() == ["auto_abs", "credit_record", "simulated", "taiwan"]
    for name in shipped_mappings():
        mapping = read_mapping(name)
        assert mapping.tape == name
        assert mapping.simulated == (name == "simulated")
        assert all(words.en and words.zh for words in (mapping.title, *mapping.assumptions))


def test_taiwan_and_the_simulated_book_are_read_alike() -> None:
    taiwan, simulated = read_mapping("taiwan"), read_mapping("simulated")
    for part in ("currency", "layout", "months", "columns", "payments", "extra", "outcome"):
        assert getattr(taiwan, part) == getattr(simulated, part)


def test_a_mapping_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "我的账.yaml"
    path.write_text(LONG, encoding="utf-8")
    mapping = read_mapping(path)
    assert mapping.line_id.column == "合同号"
    assert list(mapping.filled) == ["credit_limit", "balance"]


def test_a_mapping_that_is_not_there_names_the_shipped_ones(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match=r"no mapping .*taiwan"):
        read_mapping(tmp_path / "none.yaml")


def test_a_mapping_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "bytes.yaml"
    path.write_bytes(b"tape: \xff\xfe")
    with pytest.raises(BadMapping, match="UTF-8"):
        read_mapping(path)


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ("currency: CNY", "currency: XYZ", "line 6, column 1", "Unknown currency 'XYZ'"),
        ("currency: CNY", "currency: CNY\ncurrency: USD", "line 7, column 1", "'currency' is given twice"),
        ("simulated: true", "simulated: yes", "line 3, column 1", "write true or false"),
        ("source: nowhere\n", "", "line 1, column 1", "source"),
        (
            "licence: none",
            "licence: none\ncolour: red",
            "line 6, column 1",
            "unknown key 'colour'; it knows tape",
        ),
        ("layout: long", "layout: tall", "line 7, column 1", "write wide or long"),
        (
            "unit: major}\n  bal",
            "unit: cents}\n  bal",
            "line 13, column 28",
            "invalid enum value 'cents'; write major or minor",
        ),
        (", unit: major}\n  bal", "}\n  bal", "line 13, column 3", "needs unit: major or minor"),
        ("  balance:", "  exposure:", "line 14, column 3", "'exposure' is not a tape column a file can fill"),
        ("from: 余额", "form: 余额", "line 14, column 13", "unknown key 'form'"),
        (
            "known_at: {days_after: 3}",
            "known_at: {}",
            "line 9, column 1",
            "exactly one of days_after or column",
        ),
        ("known_at: {days_after: 3}", "known_at: {days_after: -1}", "line 9, column 12", "between 0 and 366"),
        ("{day: 5}", "{day: 32}", "line 10, column 17", "1 to 31"),
        ("as_of: {column: 日期}\n", "", "line 7, column 1", "long layout needs as_of"),
        (
            "as_of: {column: 日期}",
            "as_of: {anchor: 2020-02-30}",
            "line 11, column 9",
            "not a day of the calendar",
        ),
        (
            "as_of: {column: 日期}",
            "as_of: {anchor: 2020-02-28}",
            "line 11, column 1",
            "either column, or anchor",
        ),
        ("tape: book", "tape: &x book", "line 1, column 7", "anchors"),
        ("tape: book", "tape: !!python/name:os.system x", "line 1, column 7", "tags"),
        ("tape: book", "tape: [book", "line 2", "not readable as YAML"),
        ("assumptions: []", "assumptions: [{en: only English}]", "line 15, column 15", "zh"),
        (
            "assumptions: []",
            "extra:\n  score: {from: 分, type: whole}\nassumptions: []",
            "line 16, column 3",
            "not already a tape column",
        ),
        (
            "assumptions: []",
            "extra:\n  age: {from: 龄, type: real}\nassumptions: []",
            "line 16, column 18",
            "real",
        ),
        (
            "assumptions: []",
            "payments: {from: 还, unit: major, day: 31}\nassumptions: []",
            "line 15, column 34",
            "1 to 28",
        ),
        ("assumptions: []", "encoding: latin1\nassumptions: []", "line 15, column 1", "utf-8 or gb18030"),
        (
            "assumptions: []",
            "side_file: {file: ../../etc/passwd, on: 合同号}\nassumptions: []",
            "line 15, column 13",
            "bare file name",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(old: str, new: str, place: str, says: str) -> None:
    assert old in LONG
    sentence = refused(LONG.replace(old, new, 1))
    assert sentence.startswith("book.yaml, " + place), sentence
    assert says in sentence


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("amount_due: {from: 应还, value: 1, unit: major}", "exactly one way"),
        ("amount_due: {}", "exactly one way"),
        ('amount_due: {minimum_due: {share: "0.1x", floor: 0}}', "share is a decimal between 0 and 1"),
        ("amount_due: {minimum_due: {share: 0.00001, floor: 0}}", "at most 4 decimals"),
        ("amount_due: {minimum_due: {share: 1.5, floor: 0}}", "between 0 and 1"),
        ("amount_due: {minimum_due: {share: 0.1, floor: 10.005}}", "more decimals than CNY"),
        ("amount_due: {minimum_due: {share: 0.1, floor: -1}}", "floor is not negative"),
        ("amount_due: {minimum_due: {share: 0.1, floor: nan}}", "not finite"),
        ("amount_paid: {minimum_due: {share: 0.1, floor: 0}}", "can only fill amount_due"),
        ("amount_due: {late_status_to_days: {from: 状态}}", "can only fill days_past_due"),
        ("past_due_amount: {late_status_to_amount: {from: 状态}}", "needs the column amount_due"),
        ("days_past_due: {late_status_to_days: {from: 状态, days_per_step: 0}}", "between 1 and 366"),
        ('days_past_due: {codes_to_days: {from: 状态, codes: {"1": -30}}}', "never negative"),
        ("days_past_due: {from: 天, unit: major}", "unit belongs to money"),
        ("score: {value: high}", "whole number"),
        ("score_model: {value: 3}", "holds text"),
        ("amount_paid: {value: 1.005}", "more decimals"),
        ("amount_paid: {python: os.system}", "unknown key 'python'"),
    ],
)
def test_a_column_is_filled_in_one_lawful_way(column: str, says: str) -> None:
    sentence = refused(LONG.replace("assumptions", f"  {column}\nassumptions"))
    assert sentence.startswith("book.yaml, line 15, column "), sentence
    assert says in sentence


def test_an_expression_that_needs_the_balance_says_so() -> None:
    text = LONG.replace(
        "balance: {from: 余额, unit: major}", "days_past_due: {late_status_to_days: {from: 状态}}"
    )
    assert "needs the column balance" in refused(text)


def test_wide_months_must_go_forward_and_name_the_same_columns() -> None:
    wide = LONG.replace("layout: long", "layout: wide").replace(
        "as_of: {column: 日期}",
        "months:\n  - {as_of: 2020-02-29, columns: {b: 二月}}\n  - {as_of: 2020-01-31, columns: {b: 一月}}",
    )
    assert refused(wide).startswith("book.yaml, line 13, column 6: months out of order: 2020-01-31")
    assert "months out of order" in refused(wide.replace("2020-01-31", "2020-02-28"))  # the same month twice
    assert "line 13, column 25: name the same columns" in refused(
        wide.replace("2020-01-31", "2020-03-31").replace("{b: 一月}", "{c: 三月}")
    )
    mapping = parse_mapping(wide.replace("2020-01-31", "2020-03-31"), "book.yaml")
    assert [month.as_of for month in mapping.months] == [date(2020, 2, 29), date(2020, 3, 31)]
    assert "wide layout needs months" in refused(
        LONG.replace("layout: long", "layout: wide").replace("as_of: {column: 日期}\n", "")
    )


def test_a_nest_of_brackets_a_huge_file_and_a_list_are_refused() -> None:
    assert "nested deeper than 20" in refused("a: " + "[" * 500 + "]" * 500)
    assert "longer than" in refused("a: " + "x" * 300_000)
    assert "`key: value` lines" in refused("- a\n- b\n")
    assert "`key: value` lines" in refused("")
    assert "not readable as YAML" in refused("a: \x00")


def test_yaml_words_stay_words_and_decimals_stay_exact() -> None:
    mapping = parse_mapping(LONG.replace("source: nowhere", "source: no"), "book.yaml")
    assert mapping.source == "no"
    assert read_mapping("taiwan").columns.amount_due.minimum_due.share == "0.10"
