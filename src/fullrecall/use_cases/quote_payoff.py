"""Tell a borrower what settles advances today and on each day the quote is valid; recorded, so it binds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.line import kept_decide
from fullrecall.domain.vocabulary import Refused
from fullrecall.ports import Store, Transaction
from fullrecall.ports.change import Change
from fullrecall.write_path import line_work, write


class QuoteAnswer(msgspec.Struct, frozen=True):
    """totals: day -> what settles the advances on it, minor units; per_diem: exact interest of a day."""

    quote_id: str
    advance_ids: tuple[str, ...]
    principal: int
    interest: int
    fees: int
    late: int
    fees_rebated: int
    totals: dict[date, int]
    per_diem: str
    rule: str = ""
    why: str = ""

    @property
    def per_diem_exact(self) -> Fraction:
        return Fraction(self.per_diem)


def quote_payoff(
    store: Store, line_id: str, advance_ids: Sequence[str] = (), *, on: date, key: str, at: datetime
) -> QuoteAnswer:
    """Advances by id, or all that are owed. The key is the quote's id."""

    def decide(tx: Transaction, change: Change) -> QuoteAnswer:
        head = line_work.load(tx, change, line_id)
        q = kept_decide.quote(head.state, key, advance_ids, on)
        if isinstance(q, Refused):
            return QuoteAnswer(key, (), 0, 0, 0, 0, 0, {}, "0", q.rule, q.why)
        change.line_fact(line_id, q, on)
        return _told(q, on)

    done = write(store, key, ["quote", line_id, list(advance_ids), on], at, decide)
    return msgspec.convert(done.answer, QuoteAnswer)


def _told(q: f.PayoffQuoted, on: date) -> QuoteAnswer:
    totals = {on + timedelta(days=day): total for day, total in enumerate(q.totals)}
    return QuoteAnswer(
        q.quote_id, q.advance_ids, q.principal, q.interest, q.fees, q.late, q.fees_rebated, totals, q.per_diem
    )
