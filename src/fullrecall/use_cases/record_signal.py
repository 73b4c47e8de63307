"""A signal about one line: a violation reported or dismissed, a decision of the risk department. Decided on
at once.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.calendar import add_months
from fullrecall.domain.line import LineState
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports import Store, Transaction
from fullrecall.ports.change import Change
from fullrecall.write_path import write
from fullrecall.write_path.alerting import Alerting
from fullrecall.write_path.rulebook import Rulebook

Signal = f.ViolationReported | f.ViolationDismissed | f.RiskDecisionMade
HISTORY_MONTHS = 24


class Signalled(msgspec.Struct, frozen=True):
    """What the policy asked for, which rules fired, and the case it led to ('' if none)."""

    action: str
    fired: tuple[str, ...]
    opened: int
    joined: int


def record_signal(
    store: Store, book: Rulebook, line_id: str, signal: Signal, *, on: date, recorded_at: datetime, key: str
) -> Signalled:
    """Record the signal and evaluate the line as it stands. Raises Mistake for an unknown line."""

    def decide(tx: Transaction, change: Change) -> Signalled:
        found = tx.lines([line_id])
        if not found:
            raise Mistake(f"There is no line {line_id}: check the id.", code="no_such_line")
        borrower = found[0].state.borrower_id
        change.hold_lines(tx.lines_of_borrowers([borrower]))
        change.hold_cases(tx.open_cases_of_borrowers([borrower]))
        head = change.line_fact(line_id, signal, on)
        history = tx.history([line_id], add_months(on, -HISTORY_MONTHS)).get(line_id, [])
        alerting = Alerting(
            change, book, asked_by=signal.by if isinstance(signal, f.RiskDecisionMade) else ""
        )
        row = alerting.full_row(_row(head.state, on, history), head)
        decision = alerting.decide(row, history, sum(1 for h in history if (h.as_of, h.known_at) == (on, on)))
        alerting.react(head, decision, on)
        return Signalled(str(decision.action), decision.fired, alerting.opened, alerting.joined)

    done = write(
        store, key, [line_id, type(signal).__name__, msgspec.to_builtins(signal), on], recorded_at, decide
    )
    return msgspec.convert(done.answer, Signalled)


def _row(state: LineState, on: date, history: list[TapeRow]) -> TapeRow:
    """The line as it stands today, as a row of the tape; a score that came with the tape is carried on."""
    last = history[-1] if history else None
    return TapeRow(
        state.line_id,
        on,
        on,
        state.currency,
        state.credit_limit,
        state.balance,
        state.amount_due,
        state.amount_paid,
        state.past_due_amount,
        state.days_past_due,
        score=last.score if last else None,
        score_model=last.score_model if last else None,
        extra=last.extra if last else {},
    )
