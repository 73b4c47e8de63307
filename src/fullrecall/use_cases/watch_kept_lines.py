"""Watch lines kept here like any other: bring each to the day, write its row, decide, open or join cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.calendar import add_months
from fullrecall.domain.line import LineState
from fullrecall.domain.tape import TapeRow
from fullrecall.ports import Store, Transaction
from fullrecall.ports.change import Change
from fullrecall.write_path import write
from fullrecall.write_path.alerting import Alerting
from fullrecall.write_path.rulebook import Rulebook

HISTORY_MONTHS = 24


class WatchedLines(msgspec.Struct, frozen=True):
    """rows written, alerts by trigger, cases opened, joined and cured."""

    rows: int = 0
    alerts: dict[str, int] = {}
    opened: int = 0
    joined: int = 0
    cured: int = 0


def watch_kept_lines(
    store: Store, book: Rulebook, line_ids: Sequence[str], *, on: date, key: str, at: datetime
) -> WatchedLines:
    """Lines kept elsewhere, closed, or already known beyond `on` are passed over."""

    def decide(tx: Transaction, change: Change) -> WatchedLines:
        asked = [head.state for head in tx.lines(line_ids) if _is_due(head.state, on)]
        borrowers = [state.borrower_id for state in asked]
        change.hold_lines(tx.lines_of_borrowers(borrowers))
        change.hold_cases(tx.open_cases_of_borrowers(borrowers))
        for head in list(change.lines.values()):  # siblings too: a borrower's exposure is of one day
            if _is_due(head.state, on) and head.state.as_of != on:
                change.line_fact(head.state.line_id, f.AccrualPosted("watch", {}), on)
        history = tx.history([state.line_id for state in asked], add_months(on, -HISTORY_MONTHS))
        alerting = Alerting(change, book)
        for state in asked:
            _watch(alerting, change, state.line_id, history.get(state.line_id, []), on)
        return WatchedLines(len(asked), alerting.alerts, alerting.opened, alerting.joined, alerting.cured)

    done = write(store, key, [sorted(line_ids), on], at, decide)
    return msgspec.convert(done.answer, WatchedLines)


def _is_due(state: LineState, on: date) -> bool:
    return state.kept is not None and not state.kept.closed and (state.as_of is None or state.as_of <= on)


def _watch(alerting: Alerting, change: Change, line_id: str, known: list[TapeRow], on: date) -> None:
    head = change.lines[line_id]
    full = msgspec.structs.replace(
        alerting.full_row(row_of(head.state, on), head), months_on_book=len({r.as_of for r in known} | {on})
    )
    n = sum(1 for row in known if row.as_of == on)
    alerting.react(head, alerting.decide(full, known, n), on)


def row_of(state: LineState, on: date) -> TapeRow:
    """The line's row on the tape; the score is the policy's to write."""
    return TapeRow(
        state.line_id, on, on, state.currency, state.credit_limit, state.balance, state.amount_due,
        state.amount_paid, state.past_due_amount, state.days_past_due,
    )  # fmt: skip
