"""A tape that nothing can be learned from is refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from fullrecall.adapters.tape_files import TapeFile
from fullrecall.analytics.training import Trained, TrainingSettings, train
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Mistake

AUGUST, SEPTEMBER, OUTCOME = date(2025, 8, 31), date(2025, 9, 30), date(2025, 10, 31)


class HeldTape:
    """Rows in memory; each line its own borrower."""

    def __init__(self, rows: list[TapeRow], outcomes: dict[str, bool] | None) -> None:
        self.currency = "CNY"
        self._rows, self._outcomes = rows, outcomes
        self.months = sorted({row.as_of for row in rows})

    def rows(self, month: date) -> list[TapeRow]:
        return [row for row in self._rows if row.as_of == month]

    def outcomes(self) -> dict[str, bool] | None:
        return self._outcomes

    def borrower_of(self, line_id: str) -> str:
        return line_id


def tape(lines: int, bad: int, months: tuple[date, ...] = (AUGUST, SEPTEMBER), **same: Any) -> HeldTape:
    def row(n: int, month: date) -> TapeRow:
        money = {"credit_limit": 1_000_000, "balance": 700 * n, "amount_paid": n} | same
        return TapeRow(f"L{n:04}", month, month, "CNY", **money)

    rows = [row(n, month) for n in range(lines) for month in months]
    return HeldTape(rows, {f"L{n:04}": n < bad for n in range(lines)})


@pytest.mark.parametrize(
    ("given", "on", "said"),
    [
        (tape(600, 0), OUTCOME, "Every line of 2025-09 defaulted not: with one class of outcome"),
        (tape(600, 600), OUTCOME, "Every line of 2025-09 defaulted: with one class of outcome"),
        (tape(600, 20), OUTCOME, "Only 20 of 600 lines are of one class"),
        (tape(499, 100), OUTCOME, "499 lines of 2025-09 have an outcome; a scorecard needs at least 500"),
        (tape(600, 100, (SEPTEMBER,)), OUTCOME, "The tape has one month only"),
        (tape(600, 100), None, "The tape tells no outcome to learn from"),
        (tape(600, 100), AUGUST, "is after no month of the tape"),
        (tape(600, 100, balance=5, amount_paid=5), OUTCOME, "nothing varies enough"),
        (
            tape(600, 100, balance=None, amount_paid=None, credit_limit=None),
            OUTCOME,
            "fills none of the columns",
        ),
    ],
)
def test_one_sentence(given: HeldTape, on: date | None, said: str) -> None:
    with pytest.raises(Mistake) as told:
        train(given, on, TrainingSettings())
    assert said in told.value.sentence
    assert "\n" not in told.value.sentence


def test_a_column_to_allow_must_be_on_the_tape(
    simulated: TapeFile, fit: Callable[[TapeFile, TrainingSettings], Trained]
) -> None:
    with pytest.raises(Mistake, match="no whole extra column 'income' to allow; it has: age, education"):
        fit(simulated, TrainingSettings(allow=("income",)))


def test_a_row_learned_after_the_outcome_is_not_learned_from() -> None:
    late = tape(600, 100)
    late._rows = [
        TapeRow(r.line_id, r.as_of, OUTCOME, "CNY", r.credit_limit, r.balance) if r.as_of == SEPTEMBER else r
        for r in late._rows
    ]
    with pytest.raises(Mistake, match="0 lines of 2025-09 have an outcome"):
        train(late, OUTCOME, TrainingSettings())
