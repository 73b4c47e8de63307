"""The worked example of docs/concepts/tape.md is read by the program, and must give the page's own table."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from fullrecall.adapters.tape_files import BadTape, ObservedPayment, open_tape
from fullrecall.adapters.tape_files.mapping import Mapping
from fullrecall.adapters.tape_files.mapping_files import parse_mapping
from fullrecall.domain.money import to_major

PAGE = (Path(__file__).parents[3] / "docs" / "concepts" / "tape.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_the_worked_example_gives_the_table_on_the_page(tmp_path: Path) -> None:
    (tmp_path / "example.csv").write_text(block("csv"), encoding="utf-8")
    tape = open_tape(tmp_path / "example.csv", parse_mapping(block("yaml"), "example.yaml"))
    lines = [line for line in PAGE.splitlines() if line.startswith("| 2025-")]
    assert len(lines) == len(tape.months) == 3
    header = [
        "as_of",
        "known_at",
        "balance",
        "amount_due",
        "amount_paid",
        "past_due_amount",
        "days_past_due",
        "months_on_book",
    ]
    for line, month in zip(lines, tape.months, strict=True):
        (row,) = tape.rows(month)
        told = [getattr(row, name) for name in header]
        shown = [str(cell) for cell in told[:2]] + [to_major(cell, "CNY") for cell in told[2:6]]
        shown += [str(cell) for cell in told[6:]]
        assert line == f"| {' | '.join(shown)} |"
    assert tape.payments(date(2025, 7, 31)) == [ObservedPayment("C-1", date(2025, 7, 15), 200_000)]
    assert tape.payments(date(2025, 8, 31)) == []
    assert tape.borrower_of("C-1") == "王小明"


def test_the_refusal_on_the_page_is_the_program_s(tmp_path: Path) -> None:
    (tmp_path / "example.csv").write_text(block("csv").replace("60000", "-60000"), encoding="utf-8")
    with pytest.raises(BadTape) as told:
        open_tape(tmp_path / "example.csv", parse_mapping(block("yaml"), "example.yaml"))
    quoted = " ".join(line.removeprefix("> ") for line in PAGE.splitlines() if line.startswith("> "))
    assert told.value.sentence == quoted


def test_every_key_of_a_mapping_is_on_the_page() -> None:
    for name in Mapping.__struct_encode_fields__:
        assert re.search(rf"`[^`]*\b{name}\b[^`]*`|^{name}:", PAGE, re.MULTILINE), name
