"""Recompute everything from the facts and compare: chains, both folds, postings, stored states. The house's
alarm.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.ledger import LedgerBalance, Transfer, buckets_of, post
from fullrecall.domain.line import LineState
from fullrecall.domain.line import fold as fold_line
from fullrecall.domain.line import opened as line_opened
from fullrecall.domain.recall.case import CaseState
from fullrecall.domain.recall.case import fold as fold_case
from fullrecall.domain.recall.case import opened as case_opened
from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports import Store
from fullrecall.ports.change import CaseHead, LineHead

PROBLEMS_SHOWN_MAX = 200


class Problem(msgspec.Struct, frozen=True):
    """Where two tellings differ: the stream, the position in it (0: the stream as a whole), and what is
    wrong.
    """

    stream: str
    seq: int
    what: str


class Verified(msgspec.Struct, frozen=True):
    """line_minus_ledger: sum over lines of the absolute difference of the two folds, minor units, per
    bucket.
    """

    streams: int
    facts: int
    postings: int
    problems: tuple[Problem, ...]
    problems_count: int
    line_minus_ledger: int
    trial_balance: dict[str, int]


class _Verifier:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.count = 0
        self.lines: dict[str, tuple[LineState, LedgerBalance, int, bytes]] = {}
        self.cases: dict[str, tuple[CaseState, int, bytes]] = {}
        self.facts = self.postings = self.streams = 0

    def blame(self, stream: str, seq: int, what: str) -> None:
        self.count += 1
        if len(self.problems) < PROBLEMS_SHOWN_MAX:
            self.problems.append(Problem(stream, seq, what))

    def stream(
        self, name: str, rows: Iterator[f.RecordedFact], posted: dict[int, list[tuple[Any, ...]]]
    ) -> None:
        """One stream from its first fact: hash by hash, fold by fold, posting by posting."""
        self.streams += 1
        before, expected = f.GENESIS, 1
        state: Any = None
        ledger = LedgerBalance()
        booked: dict[str, int] = {}
        for row in rows:
            self.facts += 1
            if row.seq != expected:
                self.blame(name, expected, f"facts {expected} to {row.seq - 1} are missing")
                expected = row.seq
            elif row.hash != f.chain_hash(
                before,
                row.stream,
                row.seq,
                row.kind,
                row.version,
                row.effective_on,
                row.recorded_at,
                row.body,
            ):
                self.blame(
                    name,
                    row.seq,
                    f"the {row.kind} was changed: its hash does not follow from the fact before it",
                )
            fact = self._read(row)
            if fact is not None:
                transfers: tuple[Transfer, ...] = ()
                try:
                    state = self._fold(name, state, fact, row)
                    ledger, transfers = post(ledger, fact)
                except (ArithmeticError, AssertionError, LookupError, Mistake, ValueError) as trouble:
                    self.blame(name, row.seq, f"the {row.kind} cannot be followed: {trouble}")
                self._compare_postings(name, row, transfers, posted.pop(row.seq, []), state)
                self._compare_buckets(row, transfers, booked, state)
            before, expected = row.hash, expected + 1
        for seq in posted:
            self.blame(name, seq, "a posting stands here without a fact that makes it")
        kind, _, key = name.partition(":")
        if kind == "line" and state is not None:
            self.lines[key] = (state, ledger, expected - 1, before)
        elif kind == "case" and state is not None:
            self.cases[key] = (state, expected - 1, before)

    def _read(self, row: f.RecordedFact) -> f.Fact | None:
        try:
            return row.fact
        except (KeyError, msgspec.MsgspecError) as trouble:
            self.blame(row.stream, row.seq, f"the {row.kind} cannot be read: {trouble}")
            return None

    def _fold(self, name: str, state: Any, fact: f.Fact, row: f.RecordedFact) -> Any:
        key = name.partition(":")[2]
        if isinstance(fact, f.LineOpened):
            return line_opened(key, fact)
        if isinstance(fact, f.CaseOpened):
            return case_opened(key, fact, row.effective_on)
        if state is None:
            self.blame(name, row.seq, "the stream does not begin with its opening fact")
            return None
        fold = fold_line if isinstance(state, LineState) else fold_case
        return fold(state, fact, row.effective_on)

    def _compare_postings(
        self, name: str, row: f.RecordedFact, transfers: Any, stored: list[tuple[Any, ...]], state: Any
    ) -> None:
        self.postings += len(stored)
        currency = getattr(state, "currency", "")
        wanted = [
            (n, int(t.debit), int(t.credit), t.amount, currency, row.effective_on)
            for n, t in enumerate(transfers)
        ]
        if [s[2:] for s in stored] != wanted:
            self.blame(name, row.seq, f"the postings under the {row.kind} are not the ones it makes")

    def _compare_buckets(
        self, row: f.RecordedFact, transfers: tuple[Transfer, ...], booked: dict[str, int], state: Any
    ) -> None:
        """A line kept here derives every account itself; the ledger has summed them. `booked` goes on."""
        if not isinstance(state, LineState) or state.kept is None or not transfers:
            return
        for word, amount in buckets_of(transfers).items():
            booked[word] = booked.get(word, 0) + amount
        accounts = state.kept.accounts
        off = [w for w in {*booked, *accounts} if booked.get(w, 0) != accounts.get(w, 0)]
        if off:
            word = min(off)
            self.blame(
                row.stream,
                row.seq,
                f"after the {row.kind} the ledger has {booked.get(word, 0)} on {word}, "
                f"the line derives {accounts.get(word, 0)}",
            )


def verify_all(store: Store) -> Verified:
    """Read the whole database once and name every disagreement."""
    v = _Verifier()
    postings = _by_stream(store.all_postings())
    for name, rows in groupby(store.all_facts(), key=lambda row: row.stream):
        v.stream(name, rows, _until(postings, name, v))
    for name, orphans in postings.rest():
        v.blame(name, orphans[0][1], "postings stand in a stream that has no facts")
    difference = _compare_lines(v, store.all_lines())
    _compare_cases(v, store.all_cases())
    for stream, column, stored, said in store.strayed_columns():
        v.blame(stream, 0, f"the stored column {column} is {stored!r}, the state beside it says {said!r}")
    balance: dict[str, int] = {}
    for _, currency, debit, credit in store.trial_balance():
        balance[currency] = balance.get(currency, 0) + debit - credit
    for currency, left in balance.items():
        if left:
            v.blame("ledger", 0, f"the trial balance in {currency} is off by {left}")
    return Verified(v.streams, v.facts, v.postings, tuple(v.problems), v.count, difference, balance)


class _by_stream:
    """Postings grouped by stream, read in step with the facts (both come in the same order)."""

    def __init__(self, rows: Iterator[tuple[Any, ...]]) -> None:
        self._groups = ((name, list(group)) for name, group in groupby(rows, key=lambda row: row[0]))
        self._next = next(self._groups, None)

    def peek(self) -> tuple[str, list[tuple[Any, ...]]] | None:
        return self._next

    def take(self) -> tuple[str, list[tuple[Any, ...]]]:
        assert self._next is not None  # noqa: S101
        taken, self._next = self._next, next(self._groups, None)
        return taken

    def rest(self) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
        while self._next is not None:
            yield self.take()


def _until(postings: _by_stream, name: str, v: _Verifier) -> dict[int, list[tuple[Any, ...]]]:
    """The postings of one stream by seq; streams passed over on the way have no facts."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    while (ahead := postings.peek()) is not None and ahead[0] <= name:
        stream, rows = postings.take()
        if stream != name:
            v.blame(stream, rows[0][1], "postings stand in a stream that has no facts")
            continue
        for row in rows:
            found.setdefault(row[1], []).append(row)
    return found


def _compare_lines(v: _Verifier, stored: Iterator[LineHead]) -> int:
    total = 0
    for head in stored:
        name = f"line:{head.state.line_id}"
        known = v.lines.pop(head.state.line_id, None)
        if known is None:
            v.blame(name, 0, "the line has a state but no facts")
            continue
        state, ledger, seq, hash_ = known
        if (seq, hash_) != (head.seq, head.hash):
            v.blame(
                name,
                seq,
                f"the stream ends at {seq}, the stored line says {head.seq}: facts are missing or changed",
            )
        if state != head.state:
            v.blame(name, 0, f"the stored state differs from the facts: {_differences(state, head.state)}")
        if ledger != head.ledger:
            v.blame(
                name,
                0,
                f"the stored ledger balance differs from the facts: {_differences(ledger, head.ledger)}",
            )
        difference = (
            abs(state.open_balance - ledger.receivable)
            + abs(state.called - ledger.called)
            + abs(state.charged_off - ledger.charged_off)
        )
        if difference:
            v.blame(name, 0, f"line and ledger disagree by {difference} minor units")
        total += difference
    for key in v.lines:
        v.blame(f"line:{key}", 0, "the line has facts but no stored state")
    return total


def _compare_cases(v: _Verifier, stored: Iterator[CaseHead]) -> None:
    for head in stored:
        name = f"case:{head.state.case_id}"
        known = v.cases.pop(head.state.case_id, None)
        if known is None:
            v.blame(name, 0, "the case has a state but no facts")
            continue
        state, seq, hash_ = known
        if (seq, hash_) != (head.seq, head.hash):
            v.blame(
                name,
                seq,
                f"the stream ends at {seq}, the stored case says {head.seq}: facts are missing or changed",
            )
        if state != head.state:
            v.blame(name, 0, f"the stored state differs from the facts: {_differences(state, head.state)}")
    for key in v.cases:
        v.blame(f"case:{key}", 0, "the case has facts but no stored state")


def _differences(wanted: Any, found: Any) -> str:
    names = [n for n in wanted.__struct_fields__ if getattr(wanted, n) != getattr(found, n)]
    return ", ".join(f"{n} is {getattr(found, n)!r}, facts say {getattr(wanted, n)!r}" for n in names[:3])
