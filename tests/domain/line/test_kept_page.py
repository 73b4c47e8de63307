"""The page on products: its worked example is what a line does, and it names every field a file may have."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from kept_lines import JIEBEI, KeptLine

from fullrecall.domain.terms import product_read

PAGE = (Path(__file__).parents[3] / "docs" / "concepts" / "product.md").read_text("utf-8")


def test_the_worked_example_is_what_happens() -> None:
    line = KeptLine(JIEBEI)
    line.draw(1_200_00, date(2024, 1, 10), "equal_principal", 3)
    found = []
    for month, day in ((2, 10), (3, 1), (3, 5), (3, 20), (4, 1)):
        on = date(2024, month, day)
        if (month, day) == (3, 5):
            line.call(on, date(2024, 3, 20))
        else:
            line.touch(on)
        found.append(f"{line.state.balance / 100:,.2f}")
    told = re.findall(r"^\| \d+ (?:February|March|April) \|.*\| ([\d,.]+) \|$", PAGE, re.MULTILINE)
    assert told == found


def test_every_field_is_told() -> None:
    fields = {*product_read._FIELDS.split(), *product_read._OPTIONAL.split()}
    table = PAGE.split("## The file")[1].split("## How")[0]
    assert fields <= set(re.findall(r"`(\w+)`", table))
