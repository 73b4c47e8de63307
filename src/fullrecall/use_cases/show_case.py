"""Read one case or a list of them, in words: what happened, on which basis, what was sent and what
arrived.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports import Store
from fullrecall.ports.change import CaseHead, case_stream


class CaseRow(msgspec.Struct, frozen=True):
    """One case of a list. exposure: minor units at opening."""

    case_id: str
    borrower_id: str
    stage: str
    trigger: str
    action: str
    opened_on: date
    next_action_on: date | None
    waits_for_approval: bool
    exposure: int
    currency: str


class FactShown(msgspec.Struct, frozen=True):
    seq: int
    kind: str
    effective_on: date
    recorded_at: datetime
    text: str
    body: dict[str, Any]
    hash: str


class DeliveryShown(msgspec.Struct, frozen=True):
    delivery_id: str
    notice: str
    channel: str
    state: str
    not_before: datetime
    attempts: int
    sent_at: datetime | None
    arrived_at: datetime | None
    content_sha256: str | None


class CaseShown(msgspec.Struct, frozen=True):
    case_id: str
    borrower_id: str
    line_ids: tuple[str, ...]
    stage: str
    next_action_on: date | None
    policy_id: str
    pack: str
    facts: tuple[FactShown, ...]
    deliveries: tuple[DeliveryShown, ...]


def list_cases(store: Store, stage: str | None, waiting: bool, limit: int) -> list[CaseRow]:
    return [_row(head) for head in store.cases_where(stage, waiting, limit)]


def _row(head: CaseHead) -> CaseRow:
    s = head.state
    return CaseRow(
        s.case_id, s.borrower_id, s.stage, s.trigger, s.action, s.opened_on, head.next_action_on,
        s.approval == "asked", s.exposure, s.currency,
    )  # fmt: skip


def show_case(store: Store, case_id: str) -> CaseShown:
    """Raises Mistake for an unknown id."""
    head = store.case(case_id)
    if head is None:
        raise Mistake(
            f"There is no case {case_id}: `fullrecall case list` shows the ids.", code="no_such_case"
        )
    kinds = {notice.id: notice.kind for notice in store.notice_contents(case_id)}
    facts = tuple(
        FactShown(
            r.seq,
            r.kind,
            r.effective_on,
            r.recorded_at,
            in_words(r.fact),
            msgspec.to_builtins(r.fact),
            r.hash.hex(),
        )
        for r in store.facts_of(case_stream(case_id))
    )
    deliveries = tuple(
        DeliveryShown(
            d.id,
            kinds.get(d.notice_id, ""),
            d.channel,
            d.state,
            d.not_before,
            d.attempts,
            d.sent_at,
            d.arrived_at,
            d.content_sha256,
        )
        for d in store.deliveries_of(case_id)
    )
    s = head.state
    return CaseShown(
        s.case_id, s.borrower_id, s.line_ids, s.stage, head.next_action_on, s.policy_id,
        f"{s.pack} {s.pack_version}, law as of {s.law_as_of}", facts, deliveries,
    )  # fmt: skip


def in_words(fact: f.Fact) -> str:
    """A short line for a person: the fields that matter, bases with their citation."""
    parts = []
    for name in fact.__struct_fields__:
        value = getattr(fact, name)
        if name == "basis" and isinstance(value, tuple):
            parts.append("; ".join(f"{b.rule} ({b.citation}): {b.note}" for b in value))
        elif value not in ("", None, (), {}, False):
            parts.append(f"{name} {value if not isinstance(value, tuple) else ', '.join(map(str, value))}")
    return " · ".join(parts)
