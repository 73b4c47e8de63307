"""Reads a story: a title, a few sentences, and a table of date | what happens | what the system must do |
money.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    on: date
    happens: tuple[str, ...]
    must_do: tuple[str, ...]
    money: str


class Story(NamedTuple):
    title: str
    rows: tuple[Row, ...]

    def days(self) -> Iterator[date]:
        day = self.rows[0].on
        while day <= self.rows[-1].on:
            yield day
            day += timedelta(days=1)

    def row_of(self, day: date) -> Row | None:
        return next((row for row in self.rows if row.on == day), None)


def read_story(path: Path) -> Story:
    """A row may go on over several lines: a line without a date continues the cells above it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    cells: list[list[str]] = []
    for line in lines[1:]:
        parts = [part.strip() for part in line.split("|")]
        if len(parts) != 4 or parts[0] == "date" or set(line) <= set("-|+ "):
            continue
        if parts[0]:
            cells.append(parts)
        else:
            cells[-1] = [f"{a} {b}".strip() for a, b in zip(cells[-1], parts, strict=True)]
    rows = tuple(
        Row(date.fromisoformat(on), _phrases(happens), _phrases(must), money)
        for on, happens, must, money in cells
    )
    return Story(lines[0], rows)


def _phrases(cell: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in cell.split(";") if phrase.strip())
