"""What one transaction will write: facts in their streams, the postings they make, and the states they lead
to.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from fullrecall.domain import facts as f
from fullrecall.domain.ledger import LedgerBalance, post
from fullrecall.domain.line import LineState, completed
from fullrecall.domain.line import opened as line_opened
from fullrecall.domain.recall.case import CaseState
from fullrecall.domain.recall.case import fold as fold_case
from fullrecall.domain.recall.case import opened as case_opened

Row = tuple[Any, ...]


def line_stream(line_id: str) -> str:
    return f"line:{line_id}"


def case_stream(case_id: str) -> str:
    return f"case:{case_id}"


class LineHead:
    """A line as loaded: its state, the ledger's own balance of it, and where its stream ends."""

    __slots__ = ("changed", "hash", "ledger", "seq", "state")

    def __init__(self, state: LineState, ledger: LedgerBalance, seq: int, hash_: bytes) -> None:
        self.state = state
        self.ledger = ledger
        self.seq = seq
        self.hash = hash_
        self.changed = False


class CaseHead:
    """A case as loaded, with where its stream ends and when it wants to be visited next."""

    __slots__ = ("changed", "hash", "next_action_on", "seq", "state")

    def __init__(self, state: CaseState, seq: int, hash_: bytes, next_action_on: date | None) -> None:
        self.state = state
        self.seq = seq
        self.hash = hash_
        self.next_action_on = next_action_on
        self.changed = False


class Change:
    """Collects what a use case decides; storage writes it in one go. `recorded_at` is given, never read."""

    def __init__(self, recorded_at: datetime) -> None:
        self.recorded_at = recorded_at
        self.lines: dict[str, LineHead] = {}
        self._by_borrower: dict[str, dict[str, LineHead]] = {}
        self.cases: dict[str, CaseHead] = {}
        self.facts: list[f.RecordedFact] = []
        self.postings: list[Row] = []
        self.tape_rows: list[Row] = []
        self.decisions: list[Row] = []
        self.shadow_differences: list[Row] = []
        self.averting: dict[str, str] = {}  # line -> what would avert its last alert, as loaded (JSON)
        self.notices: list[Row] = []
        self.deliveries: dict[str, Row] = {}

    def hold_lines(self, heads: Iterable[LineHead]) -> None:
        for head in heads:
            self._hold(head)

    def _hold(self, head: LineHead) -> None:
        self.lines[head.state.line_id] = head
        self._by_borrower.setdefault(head.state.borrower_id, {})[head.state.line_id] = head

    def lines_of(self, borrower_id: str) -> dict[str, LineHead]:
        """The held lines of a borrower."""
        return self._by_borrower.get(borrower_id, {})

    def hold_cases(self, heads: Iterable[CaseHead]) -> None:
        for head in heads:
            self.cases[head.state.case_id] = head

    def open_line(self, line_id: str, fact: f.LineOpened, effective_on: date) -> LineHead:
        head = LineHead(line_opened(line_id, fact), LedgerBalance(), 0, f.GENESIS)
        self._hold(head)
        self._append(head, line_stream(line_id), fact, effective_on)
        return head

    def line_fact(self, line_id: str, fact: f.Fact, effective_on: date) -> LineHead:
        """Record a fact on a held line: both folds move, each by its own rules."""
        head = self.lines[line_id]
        stream = line_stream(line_id)
        fact, head.state = completed(head.state, fact, effective_on)
        self._append(head, stream, fact, effective_on)
        head.ledger, transfers = post(head.ledger, fact)
        for n, (debit, credit, amount) in enumerate(transfers):
            self.postings.append(
                (stream, head.seq, n, int(debit), int(credit), amount, head.state.currency, effective_on)
            )
        return head

    def open_case(self, case_id: str, fact: f.CaseOpened, effective_on: date) -> CaseHead:
        head = CaseHead(case_opened(case_id, fact, effective_on), 0, f.GENESIS, None)
        self.cases[case_id] = head
        self._append(head, case_stream(case_id), fact, effective_on)
        return head

    def case_fact(self, case_id: str, fact: f.Fact, effective_on: date) -> CaseHead:
        head = self.cases[case_id]
        self._append(head, case_stream(case_id), fact, effective_on)
        head.state = fold_case(head.state, fact, effective_on)
        return head

    def _append(self, head: LineHead | CaseHead, stream: str, fact: f.Fact, effective_on: date) -> None:
        recorded = f.record(head.hash, stream, head.seq + 1, effective_on, self.recorded_at, fact)
        head.seq += 1
        head.hash = recorded.hash
        head.changed = True
        self.facts.append(recorded)
