"""Post what kept lines have earned until a day, at month end or on a due day, many in one step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.line import completed, kept_decide
from fullrecall.domain.vocabulary import Refused
from fullrecall.ports import Store, Transaction
from fullrecall.ports.change import Change
from fullrecall.write_path import write


class Accrued(msgspec.Struct, frozen=True):
    """lines posted, lines on which nothing moved, statements issued; income by currency, minor units."""

    posted: int = 0
    unchanged: int = 0
    statements: int = 0
    income: dict[str, int] = {}


def post_accruals(
    store: Store, line_ids: Sequence[str], why: str, *, on: date, key: str, at: datetime
) -> Accrued:
    """Each kept line is brought to `on`; a statement that closes that day is issued. Lines kept elsewhere,
    closed or already later are passed over, and a line on which nothing moved records nothing.
    """

    def decide(tx: Transaction, change: Change) -> Accrued:
        change.hold_lines(tx.lines(line_ids))
        counts = {"posted": 0, "unchanged": 0, "statements": 0}
        income: dict[str, int] = {}
        for line_id in sorted(change.lines):
            state = change.lines[line_id].state
            if state.kept is None or state.kept.closed or (state.as_of and on < state.as_of):
                continue
            fact, _ = completed(state, f.AccrualPosted(why, {}), on)
            assert isinstance(fact, f.AccrualPosted)  # noqa: S101 - completed keeps the kind
            if fact.posted:
                change.line_fact(line_id, fact, on)
                earned = -sum(amount for word, amount in fact.posted.items() if word.endswith("_income"))
                income[state.currency] = income.get(state.currency, 0) + earned
            counts["posted" if fact.posted else "unchanged"] += 1
            counts["statements"] += _issue(change, line_id, on)
        return Accrued(**counts, income=income)

    done = write(store, key, [sorted(line_ids), why, on], at, decide)
    return msgspec.convert(done.answer, Accrued)


def _issue(change: Change, line_id: str, on: date) -> int:
    state = change.lines[line_id].state
    assert state.kept is not None  # noqa: S101 - only kept lines come here
    if state.kept.product.statement is None:
        return 0
    made = kept_decide.statement(state, on)
    if isinstance(made, Refused):
        return 0
    change.line_fact(line_id, made, on)
    return 1
