"""A decision as it was kept: found by its id, with the policy's text, the row it was taken on and what
was known then.

An id is `LINE:DATE`, or `LINE:DATE:N` for the N-th decision of that line and day (from 0, in the order of
knowledge).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from fullrecall.domain.policy import Decision, Unknown
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Action, Mistake, Trigger
from fullrecall.ports import Store, StoredDecision
from fullrecall.write_path.rulebook import PolicyInUse, Rulebook

_json = msgspec.json.Encoder(order="deterministic").encode


class KeptDecision(msgspec.Struct, frozen=True):
    """known_then: rows of the line that were known when it was taken; later: those that came after."""

    id: str
    stored: StoredDecision
    used: PolicyInUse
    row: TapeRow
    known_then: tuple[TapeRow, ...]
    later: tuple[TapeRow, ...]

    @property
    def decision(self) -> Decision:
        """The stored answer. What was not kept (an older schema) is empty."""
        s = self.stored
        return Decision(
            s.policy_id,
            Action(s.action),
            Trigger(s.trigger) if s.trigger else None,
            tuple(_list(s.fired)),
            tuple(_list(s.reasons)),
            msgspec.json.decode(s.unknown, type=tuple[Unknown, ...]),
            tuple(_list(s.insufficient)),
            self.row.score,
            self.row.score_model,
        )

    def answer(self, decision: Decision) -> dict[str, bytes]:
        """A decision field by field, as bytes, so that two are the same or a field differs by name."""
        fields = {name: getattr(decision, name) for name in Decision.__struct_fields__}
        return {name: _json(value) for name, value in fields.items()}


def _list(text: str | None) -> list[str]:
    return msgspec.json.decode(text, type=list[str]) if text else []


def find_decision(store: Store, book: Rulebook, decision_id: str) -> KeptDecision:
    """Raises Mistake for an id that names no decision, or whose policy or row is gone."""
    line_id, day, n = _parts(decision_id)
    same_day = [d for d in store.decisions_of(line_id) if d.as_of == day]
    same_day.sort(key=lambda d: (d.known_at, d.n))
    if n >= len(same_day):
        raise _no_such(store, decision_id, line_id, day, len(same_day))
    stored = same_day[n]
    rows = numbered(store.tape_of(line_id))
    place = (stored.as_of, stored.known_at, stored.n)
    row = rows.get(place)
    if row is None:
        raise Mistake(
            f"The row of decision {decision_id} is not in this database: restore it from a backup.",
            code="row_missing",
        )
    before = {key: r for key, r in rows.items() if _was_known(key, place)}
    after = [r for key, r in rows.items() if key not in before and key != place]
    canonical = f"{line_id}:{day}" + (f":{n}" if n else "")
    used = book.of(stored.policy_id)
    return KeptDecision(canonical, stored, used, row, tuple(before.values()), tuple(after))


def _was_known(key: tuple[date, date, int], place: tuple[date, date, int]) -> bool:
    """Known no later than the row at hand, and about no later day."""
    return key != place and key[1] <= place[1] and (key[0], key[2]) <= (place[0], place[2])


def numbered(rows: Sequence[TapeRow]) -> dict[tuple[date, date, int], TapeRow]:
    """Rows by (as_of, known_at, n): `n` tells rows of one day and knowledge apart, in the order they were
    written.
    """
    found: dict[tuple[date, date, int], TapeRow] = {}
    for row in rows:
        n = 0
        while (row.as_of, row.known_at, n) in found:
            n += 1
        found[row.as_of, row.known_at, n] = row
    return found


def _parts(decision_id: str) -> tuple[str, date, int]:
    head, _, tail = decision_id.rpartition(":")
    n = 0
    if tail.isascii() and tail.isdigit() and len(tail) <= 4:
        n, (head, _, tail) = int(tail), head.rpartition(":")
    try:
        day = date.fromisoformat(tail)
    except ValueError:
        head = ""
    if not head:
        raise Mistake(
            f"{decision_id!r} is no decision: write LINE:DATE or LINE:DATE:N, such as L1:2026-01-31.",
            code="decision_id",
        )
    return head, day, n


def _no_such(store: Store, decision_id: str, line_id: str, day: date, count: int) -> Mistake:
    if count:
        return Mistake(
            f"There is no decision {decision_id}: line {line_id} has {count} on {day}, numbered from 0.",
            code="no_such_decision",
        )
    days = sorted({d.as_of for d in store.decisions_of(line_id)}, key=lambda d: abs((d - day).days))
    near = f"the nearest is {line_id}:{days[0]}" if days else f"line {line_id} has none"
    return Mistake(f"There is no decision {decision_id}: {near}.", code="no_such_decision")


def as_dict(row: TapeRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in TapeRow.__struct_fields__}
