"""The rows a scorecard learns from: every line at the last month before the outcome, as it was known then,
with the exact values of the candidates; and the split of borrowers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from fullrecall.analytics.training.candidates import Candidate
from fullrecall.domain.policy import Policy, parse_policy
from fullrecall.domain.policy.probe import probe
from fullrecall.domain.policy.tree import Expr
from fullrecall.domain.tape import COLUMNS, Column, TapeRow
from fullrecall.domain.vocabulary import Mistake

ROWS_MIN = 500
CLASS_MIN = 50
_PREFIX = "of_"  # a feature may not be named like a column
Progress = Callable[[str, int, int], None]
Whole = NDArray[np.int64]


class Tape(Protocol):
    """What training asks of a tape; adapters.tape_files.TapeFile is one."""

    currency: str

    @property
    def months(self) -> list[date]: ...

    def rows(self, month: date) -> list[TapeRow]: ...

    def outcomes(self) -> dict[str, bool] | None: ...

    def borrower_of(self, line_id: str) -> str: ...


class Values(msgspec.Struct):
    """A candidate on every row, exactly: top / bottom in its unit (money: minor units); bottom 0 is NULL."""

    top: Whole
    bottom: Whole

    @property
    def known(self) -> NDArray[np.bool_]:
        return self.bottom > 0

    def take(self, rows: Whole) -> Values:
        return Values(self.top[rows], self.bottom[rows])

    def decimals(self) -> NDArray[np.float64]:
        """As floats, NaN for NULL: for choosing bounds only, never for points."""
        known = np.where(self.known, self.bottom, 1)
        return np.where(self.known, self.top / known, np.nan)


class Sample(msgspec.Struct):
    """month: date of the rows. bad: 1 where the line defaulted. trees: the candidates' expressions, typed."""

    month: date
    rows: list[TapeRow]
    bad: Whole
    train: Whole
    test: Whole
    candidates: list[Candidate]
    trees: dict[str, Expr]
    values: dict[str, Values]


class History:
    """Rows of a tape with the earlier rows of each line."""

    def __init__(self, tape: Tape) -> None:
        self.months = tape.months
        self.by_month = {month: {row.line_id: row for row in tape.rows(month)} for month in self.months}

    def before(self, month: date, reach: int) -> Callable[[str], list[TapeRow]]:
        """Earlier rows of a line, of the `reach` months before one."""
        here = self.months.index(month)
        parts = [self.by_month[each] for each in self.months[max(0, here - reach) : here]]
        return lambda line: [part[line] for part in parts if line in part]


def month_of(tape: Tape, outcome_on: date | None) -> date:
    """The last month before the outcome; one sentence when nothing can be learned from a tape."""
    if outcome_on is None or tape.outcomes() is None:
        raise Mistake(
            "The tape tells no outcome to learn from: declare `outcome: {from, as_of}` in its mapping.",
            code="no_outcome",
        )
    if len(tape.months) < 2:
        raise Mistake(
            "The tape has one month only: a scorecard reads changes over months, so give it at least two.",
            code="one_month",
        )
    earlier = [month for month in tape.months if month < outcome_on]
    if not earlier:
        raise Mistake(
            f"The outcome of {outcome_on} is after no month of the tape: correct `as_of` in its mapping.",
            code="outcome_not_after",
        )
    return earlier[-1]


def learnable(history: History, month: date, outcomes: Mapping[str, bool], known_by: date) -> list[TapeRow]:
    """Rows of the month with an outcome, learned before it; refused when they are too few or all alike."""
    rows = [r for r in history.by_month[month].values() if r.line_id in outcomes and r.known_at < known_by]
    rows.sort(key=lambda row: row.line_id)
    if len(rows) < ROWS_MIN:
        raise Mistake(
            f"{len(rows):,} lines of {month:%Y-%m} have an outcome; a scorecard needs at least {ROWS_MIN}: "
            "give a longer tape.",
            code="too_few_rows",
        )
    bad = sum(outcomes[row.line_id] for row in rows)
    if bad in (0, len(rows)):
        word = "defaulted" if bad else "defaulted not"
        raise Mistake(
            f"Every line of {month:%Y-%m} {word}: with one class of outcome there is nothing to tell apart.",
            code="one_class",
        )
    if min(bad, len(rows) - bad) < CLASS_MIN:
        raise Mistake(
            f"Only {min(bad, len(rows) - bad)} of {len(rows):,} lines are of one class of outcome; "
            f"at least {CLASS_MIN} are needed: give a longer tape.",
            code="too_few_of_a_class",
        )
    return rows


def split_borrowers(owners: Sequence[str], bad: Whole, test_share: float, seed: int) -> tuple[Whole, Whole]:
    """Row numbers to train on and to hold out; borrowers stay whole, stratified by whether any line went bad.

    With one line per borrower this is scikit-learn's train_test_split over the rows in their order.
    """
    from sklearn.model_selection import train_test_split  # heavy and optional: loaded by whoever trains

    numbers: dict[str, int] = {}
    owner = np.array([numbers.setdefault(name, len(numbers)) for name in owners], dtype=np.int64)
    went_bad = np.zeros(len(numbers), dtype=np.int64)
    np.maximum.at(went_bad, owner, bad)
    try:
        train, _ = train_test_split(
            np.arange(len(numbers)), test_size=test_share, stratify=went_bad, random_state=seed
        )
    except ValueError as trouble:
        raise Mistake(f"The borrowers cannot be split: {str(trouble).splitlines()[0]}") from None
    inside = np.zeros(len(numbers), dtype=bool)
    inside[train] = True
    return np.flatnonzero(inside[owner]), np.flatnonzero(~inside[owner])


def reading_policy(candidates: Sequence[Candidate], columns: Mapping[str, Column]) -> Policy:
    """A policy whose features are the candidates, so that the language itself types and reads them."""
    features = "".join(f"  {_PREFIX}{candidate.name}: {candidate.of}\n" for candidate in candidates)
    head = f"policy: candidates\nversion: 1\nfeatures:\n{features}"
    rule = "rules: [{id: none, when: 'false', action: refer, trigger: score, reason: NONE}]\n"
    return parse_policy(head + rule + "recall: {scope: line}\n", columns, source="candidates")


def read_values(
    policy: Policy, history: History, month: date, rows: Sequence[TapeRow], currency: str, progress: Progress
) -> dict[str, Values]:
    """The features of the policy on every row, each from what was known at that row."""
    trees = tuple(feature.value for feature in policy.features)
    read, before = probe(trees, policy, currency), history.before(month, len(history.months))
    top = np.zeros((len(trees), len(rows)), dtype=np.int64)
    bottom = np.zeros((len(trees), len(rows)), dtype=np.int64)
    for at, row in enumerate(rows):
        if at % 500 == 0:
            progress("reading characteristics", at, len(rows))
        for which, value in enumerate(read(row, before(row.line_id))):
            if value is not None:
                exact: Any = value
                top[which, at], bottom[which, at] = exact.numerator, exact.denominator
    return {name: Values(top[i], bottom[i]) for i, name in enumerate(trees_of(policy))}


def trees_of(policy: Policy) -> dict[str, Expr]:
    """Candidate name -> its typed expression."""
    return {feature.name.removeprefix(_PREFIX): feature.value for feature in policy.features}


def columns_with(extra: Sequence[str], declared: Mapping[str, Column]) -> dict[str, Column]:
    """The tape's columns and the extra ones the user allowed; one that is no whole column is refused."""
    for name in extra:
        if name not in declared:
            known = ", ".join(sorted(declared)) or "none"
            raise Mistake(f"The tape has no whole extra column {name!r} to allow; it has: {known}.")
    return {**COLUMNS, **{name: declared[name] for name in extra}}
