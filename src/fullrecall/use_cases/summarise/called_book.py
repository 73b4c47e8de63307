"""Follows each called line through its facts: what was called, what was paid, what became of the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.line import LineState, fold, opened
from fullrecall.ports import Store
from fullrecall.ports.change import line_stream
from fullrecall.ports.summary import CalledMonth

_PAYMENTS = (f.PaymentObserved, f.PaymentReceived, f.AdvancesSettled)
_MOVES = ("called", "cleared", "reduced_by_position", "unwound", "charged_off", "recovered")


class CalledBook(msgspec.Struct):
    """Sums over called lines, minor units; a called amount is found again in exactly one of the others."""

    lines: set[str] = msgspec.field(default_factory=set)
    months: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    cleared_by_case: dict[str, int] = msgspec.field(default_factory=dict)
    called_by_case: dict[str, int] = msgspec.field(default_factory=dict)
    later_spending: int = 0
    still_called: int = 0

    def total(self, move: str) -> int:
        return sum(month[move] for month in self.months.values())

    def by_month(self, months: Sequence[str]) -> tuple[CalledMonth, ...]:
        """One row for each month of the book, also where nothing moved."""
        rows, running = [], 0
        for month in sorted({*months, *self.months}):
            moves = self.months.get(month, dict.fromkeys(_MOVES, 0))
            running += moves["called"] - sum(moves[m] for m in _MOVES[1:5])
            rows.append(CalledMonth(month=month, still_called=running, **moves))
        return tuple(rows)


def follow_called(store: Store, line_ids: Iterable[str]) -> CalledBook:
    """Folds the stream of each line that was called at some time."""
    book = CalledBook()
    for line_id in sorted(set(line_ids)):
        state: LineState | None = None
        case_id = ""
        for row in store.facts_of(line_stream(line_id)):
            fact = row.fact
            if isinstance(fact, f.LineOpened):
                state = opened(line_id, fact)
                continue
            if state is None:
                break  # a broken stream; `verify` names it
            after = fold(state, fact, row.effective_on)
            if isinstance(fact, f.BalanceCalled):
                case_id = fact.case_id
                book.lines.add(line_id)
            _move(book, f"{row.effective_on:%Y-%m}", case_id, fact, state, after)
            state = after
        if state is not None and state.called_on is not None:
            book.later_spending += max(state.open_balance, 0)
            book.still_called += state.called
    return book


def _move(
    book: CalledBook, month: str, case_id: str, fact: f.Fact, before: LineState, after: LineState
) -> None:
    gone = before.called - after.called
    written_back = before.charged_off - after.charged_off
    if not gone and not written_back:
        return
    moves = book.months.setdefault(month, dict.fromkeys(_MOVES, 0))
    if isinstance(fact, f.BalanceCalled):
        moves["called"] -= gone
        book.called_by_case[case_id] = book.called_by_case.get(case_id, 0) - gone
    elif isinstance(fact, _PAYMENTS):
        moves["cleared"] += gone
        moves["recovered"] += written_back
        book.cleared_by_case[case_id] = book.cleared_by_case.get(case_id, 0) + gone
    elif isinstance(fact, f.CallUnwound):
        moves["unwound"] += gone
    elif isinstance(fact, f.LineChargedOff):
        moves["charged_off"] += gone
    else:  # a lower position, or a refund or waiver on a line kept here
        moves["reduced_by_position"] += gone
