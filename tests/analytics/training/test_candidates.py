"""What a card may choose from: typed by the language, and never against a borrower who pays."""

from __future__ import annotations

import random

from msgspec.structs import replace

from fullrecall.adapters.tape_files import TapeFile
from fullrecall.analytics.training.candidates import Worse, offered
from fullrecall.analytics.training.reasons import TEXTS
from fullrecall.analytics.training.sample import reading_policy
from fullrecall.domain.policy.probe import probe
from fullrecall.domain.tape import COLUMNS, TapeRow

EVERY = ("days_past_due", "past_due_amount", "balance", "amount_paid", "credit_limit")
ALL = offered(EVERY, 6)
READ = probe(
    tuple(feature.value for feature in reading_policy(ALL, COLUMNS).features),
    reading_policy(ALL, COLUMNS),
    "TWD",
)


def test_names_are_unique_and_reasons_are_told_in_two_languages() -> None:
    assert len({candidate.name for candidate in ALL}) == len(ALL)
    assert {candidate.reason for candidate in ALL} <= set(TEXTS)
    assert all(zh and en for zh, en in TEXTS.values())


def test_only_filled_columns_and_months_there_are() -> None:
    assert [c.name for c in offered(("credit_limit",), 6)] == ["credit_limit"]
    assert {c.months_back for c in offered(EVERY, 2)} == {0, 1}
    named = offered(EVERY, 6, ("age",))[-1]
    assert (named.of, named.worse, named.reason) == ("age", Worse.FREE, "COLUMN_AGE")
    assert not any(c.columns == ("age",) for c in ALL)


def test_paying_more_now_never_looks_riskier(simulated: TapeFile) -> None:
    """amount_paid up by what the balance falls by: no characteristic may move towards risk."""
    draw = random.Random(3)
    months = [simulated.rows(month) for month in simulated.months]
    for rows in list(zip(*months, strict=True))[:300]:
        before, now = list(rows[:-1]), rows[-1]
        more = draw.randrange(1, 5_000_000)
        for candidate, was, came in zip(ALL, READ(now, before), READ(_paid(now, more), before), strict=True):
            assert (was is None) == (came is None), candidate.name
            if was is not None:
                riskier = came > was if candidate.worse is Worse.UP else came < was
                assert not riskier, candidate.name


def _paid(row: TapeRow, more: int) -> TapeRow:
    due = max(0, row.past_due_amount - more)
    return replace(
        row, balance=row.balance - more, amount_paid=row.amount_paid + more, past_due_amount=due,
        days_past_due=row.days_past_due if due else 0,
    )  # fmt: skip
