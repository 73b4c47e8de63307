"""Watch a batch of observed positions: record them, decide on each as it arrives, open or join cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.calendar import add_months
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports import Store, Transaction
from fullrecall.ports.change import Change, LineHead
from fullrecall.write_path import write
from fullrecall.write_path.alerting import Alerting, scored
from fullrecall.write_path.book import WatchedBook
from fullrecall.write_path.rulebook import Rulebook

HISTORY_MONTHS = 24
_json = msgspec.json.Encoder().encode


class Watched(msgspec.Struct, frozen=True):
    """positions recorded, alerts by trigger, cases opened and joined."""

    positions: int = 0
    alerts: dict[str, int] = {}
    opened: int = 0
    joined: int = 0
    cured: int = 0


def watch_positions(
    store: Store,
    book: Rulebook,
    tape: WatchedBook,
    rows: Sequence[TapeRow],
    owners: dict[str, tuple[str, int]],
    *,
    key: str,
    recorded_at: datetime,
) -> tuple[Watched, bool]:
    """Record rows of one or more lines in order of date. owners: line id -> (borrower id, billing cycle).

    Returns what happened and whether the same key had been written before. Raises Mistake when a row is not
    later
    than what is known of its line.
    """
    work = _Work(book, tape, owners)
    done = write(
        store,
        key,
        _json([rows, sorted(owners.items())]),
        recorded_at,
        lambda tx, ch: work.decide(tx, ch, rows),
    )
    return msgspec.convert(done.answer, Watched), done.repeated


class _Work:
    """One batch on its way; holds what every row needs."""

    def __init__(self, book: Rulebook, tape: WatchedBook, owners: dict[str, tuple[str, int]]) -> None:
        self.book = book
        self.tape = tape
        self.owners = owners

    def decide(self, tx: Transaction, change: Change, rows: Sequence[TapeRow]) -> Watched:
        borrowers = [self.owners[row.line_id][0] for row in rows]
        change.hold_lines(tx.lines_of_borrowers(borrowers))
        change.hold_cases(tx.open_cases_of_borrowers(borrowers))
        self.alerting = Alerting(change, self.book)
        ids = [row.line_id for row in rows if row.line_id in change.lines]
        oldest = min((row.as_of for row in rows), default=None)
        history = tx.history(ids, add_months(oldest, -HISTORY_MONTHS)) if oldest and ids else {}
        for row in rows:
            self._one(change, row, history.setdefault(row.line_id, []))
        a = self.alerting
        return Watched(len(rows), a.alerts, a.opened, a.joined, a.cured)

    def _one(self, change: Change, row: TapeRow, history: list[TapeRow]) -> None:
        head = self._line(change, row)
        last = head.state.as_of
        if last is not None and row.as_of <= last:
            raise Mistake(
                f"Line {row.line_id}: the position of {row.as_of} is not later than the last one known, "
                f"{last}; "
                "months must come in order.",
                code="months_out_of_order",
            )
        limit, balance = row.credit_limit or 0, row.balance or 0
        change.line_fact(
            row.line_id,
            f.PositionObserved(
                limit, balance, row.amount_due or 0, row.amount_paid or 0, row.past_due_amount or 0,
                row.days_past_due or 0, row.known_at,
            ),
            row.as_of,
        )  # fmt: skip
        full = self.alerting.full_row(row, head)
        decision = self.alerting.decide(full, history, 0)
        history.append(full if decision.score is None else scored(full, decision))
        self.alerting.react(head, decision, row.as_of)

    def _line(self, change: Change, row: TapeRow) -> LineHead:
        head = change.lines.get(row.line_id)
        if head is None:
            borrower_id, cycle = self.owners[row.line_id]
            t = self.tape
            opened = f.LineOpened(
                borrower_id, row.currency, cycle, t.product, t.pack, t.origin, t.source, t.governing_state,
                t.cross_default_flagged,
            )  # fmt: skip
            head = change.open_line(row.line_id, opened, row.as_of)
        elif head.state.currency != row.currency:
            raise Mistake(
                f"Line {row.line_id} is in {head.state.currency}, the row of {row.as_of} in {row.currency}: "
                "a line keeps its currency.",
                code="currency_mismatch",
            )
        return head
