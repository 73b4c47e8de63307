"""A simulated book of card lines in the very shape of the Taiwan file, for when the real one is absent.

Not fitted to anyone: limits, spending and a chain of payment habits are set by hand to look plausible.
Everything that shows it must say that it is simulated; its mapping does (mappings/simulated.yaml).
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from fullrecall.adapters.tape_files.mapping import Mapping, MonthColumns
from fullrecall.domain.calendar import add_months, month_end

MONTHS_MAX = 60
Whole = NDArray[np.int64]

# From a habit (rows) to next month's (columns): pays in full, revolves, 1, 2, 3, 4 and more months late.
_HABITS = np.array(
    [
        [0.895, 0.080, 0.025, 0.000, 0.000, 0.000],
        [0.080, 0.880, 0.040, 0.000, 0.000, 0.000],
        [0.130, 0.500, 0.120, 0.250, 0.000, 0.000],
        [0.050, 0.200, 0.040, 0.590, 0.120, 0.000],
        [0.030, 0.120, 0.000, 0.350, 0.200, 0.300],
        [0.020, 0.080, 0.000, 0.150, 0.100, 0.650],
    ]
)
_START = np.array([0.30, 0.56, 0.04, 0.09, 0.005, 0.005])
# Chance of default in the month after the last, by last habit.
_DEFAULT = np.array([0.13, 0.18, 0.34, 0.65, 0.70, 0.72])


def generate(n_lines: int, months: int = 6, seed: int = 1) -> pl.DataFrame:
    """Simulated lines, one wide row each; the same seed gives the same book, to the last dollar."""
    if n_lines < 1 or not 2 <= months <= MONTHS_MAX:
        raise ValueError(f"a book has at least one line and 2 to {MONTHS_MAX} months")
    random = np.random.default_rng(seed)
    limits = np.clip(np.round(random.lognormal(11.7, 0.8, n_lines), -4), 10_000, 1_000_000).astype(np.int64)
    habits, late = _habits(random, n_lines, months)
    bills, paid = _money(random, limits, habits)
    columns: dict[str, Whole] = {"ID": np.arange(1, n_lines + 1, dtype=np.int64), "LIMIT_BAL": limits}
    columns |= _people(random, n_lines)
    names = _names(months)
    newest_first = range(months - 1, -1, -1)
    columns |= {names[month]["status"]: late[month] for month in newest_first}
    columns |= {names[month]["bill"]: bills[month] for month in newest_first}
    columns |= {names[month]["paid"]: paid[month] for month in newest_first}
    defaulted = random.random(n_lines) < _DEFAULT[habits[-1]]
    columns["default.payment.next.month"] = defaulted.astype(np.int64)
    return pl.DataFrame(columns)


def write_simulated_book(path: Path, n_lines: int, months: int = 6, seed: int = 1) -> Path:
    """Write a simulated book as Parquet, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    generate(n_lines, months, seed).write_parquet(part, compression="zstd")
    return part.replace(path)


def mapping_for(months: int, six_months: Mapping) -> Mapping:
    """The shipped mapping `simulated` for a book of another length that ends in the same month."""
    last = six_months.months[-1].as_of
    dated = tuple(
        MonthColumns(as_of=month_end(add_months(last, index + 1 - months, anchor_day=1)), columns=names)
        for index, names in enumerate(_names(months))
    )
    return msgspec.structs.replace(six_months, months=dated)


def _names(months: int) -> list[dict[str, str]]:
    """Column names oldest first; as in the real file the newest status is PAY_0 and there is no PAY_1."""
    return [
        {"bill": f"BILL_AMT{n}", "paid": f"PAY_AMT{n}", "status": f"PAY_{n if n > 1 else 0}"}
        for n in range(months, 0, -1)
    ]


def _habits(random: np.random.Generator, n_lines: int, months: int) -> tuple[list[Whole], list[Whole]]:
    """The chain of habits and the status each shows: -1 paid in full, 0 revolves, 1 to 8 months late."""
    edges = _HABITS.cumsum(axis=1)
    habit = np.searchsorted(_START.cumsum() / _START.sum(), random.random(n_lines)).astype(np.int64)
    late = np.array([-1, 0, 1, 2, 3, 4], dtype=np.int64)[habit]
    habits, codes = [habit], [late]
    for _ in range(months - 1):
        draw = random.random(n_lines)
        habit = (draw[:, None] > edges[habit]).sum(axis=1).clip(0, 5).astype(np.int64)
        late = np.where(habit >= 5, np.clip(late + 1, 4, 8), np.array([-1, 0, 1, 2, 3, 4])[habit])
        habits.append(habit)
        codes.append(late.astype(np.int64))
    return habits, codes


def _money(
    random: np.random.Generator, limits: Whole, habits: list[Whole]
) -> tuple[list[Whole], list[Whole]]:
    """Bills and payments in whole dollars: a bill is the last less what came, plus spending and interest."""
    n_lines = len(limits)
    appetite = random.beta(1.2, 2.2, n_lines)
    revolving = np.where(habits[0] == 0, 0.15, 1.0)
    bill = np.round(limits * appetite * revolving).astype(np.int64)
    bills, paid = [bill], [_payment(random, bill, habits[0])]
    for habit in habits[1:]:
        came = _payment(random, bill, habit)
        spent = np.round(limits * appetite * random.gamma(1.0, 0.19, n_lines) * (habit <= 1)).astype(np.int64)
        interest = np.where(habit >= 1, np.clip(bill, 0, None) * 15 // 1_000, 0)
        bill = np.minimum(bill - came + spent + interest, limits * 11 // 10)
        bills.append(bill)
        paid.append(came)
    return bills, paid


def _payment(random: np.random.Generator, owed: Whole, habit: Whole) -> Whole:
    """What comes in a month for the bill before it: all, a share, or mostly nothing when late."""
    owed = np.clip(owed, 0, None)
    share = np.clip(random.beta(1.1, 9.0, len(owed)) + 0.03, 0, 1)
    part = np.round(owed * share).astype(np.int64)
    # A few pay too much: the bill turns negative.
    over = np.where(random.random(len(owed)) < 0.02, owed // 20, 0)
    trickle = np.where(random.random(len(owed)) < 0.25, part // 2, 0)
    return np.select([habit == 0, habit == 1], [owed + over, part], trickle).astype(np.int64)


def _people(random: np.random.Generator, n_lines: int) -> dict[str, Whole]:
    def drawn(values: list[int], chances: list[float]) -> Whole:
        return random.choice(np.array(values, dtype=np.int64), size=n_lines, p=chances)

    return {
        "SEX": drawn([1, 2], [0.4, 0.6]),
        "EDUCATION": drawn([1, 2, 3, 4], [0.35, 0.47, 0.16, 0.02]),
        "MARRIAGE": drawn([1, 2, 3], [0.46, 0.53, 0.01]),
        "AGE": np.clip(21 + random.gamma(2.2, 6.5, n_lines), 21, 79).astype(np.int64),
    }
