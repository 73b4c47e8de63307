"""Run a proposed policy beside the live one, and list where it would have decided otherwise."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from fullrecall.domain.vocabulary import AlreadyDone, Answer, Done, Mistake, Refused
from fullrecall.ports import Store, StoredDraft, Transaction
from fullrecall.ports.change import Change
from fullrecall.write_path import write
from fullrecall.write_path.shadow import SHADOW_NOTE


class DifferenceShown(msgspec.Struct, frozen=True):
    """exposure: minor units of `currency` at the time."""

    line_id: str
    as_of: date
    live_action: str
    live_fired: tuple[str, ...]
    shadow_action: str
    shadow_fired: tuple[str, ...]
    exposure: int | None
    currency: str


class ShadowShown(msgspec.Struct, frozen=True):
    """moved: 'warn → freeze' to how often; `cannot`: rows the candidate could not decide on. shown: the
    newest.
    """

    id: str
    name: str
    version: int
    differences: int
    moved: dict[str, int]
    shown: tuple[DifferenceShown, ...]


def shadow_draft(store: Store) -> StoredDraft | None:
    """The draft that runs in shadow, if one does."""
    wanted = store.note(SHADOW_NOTE)
    return next((draft for draft in store.drafts() if draft.id == wanted), None) if wanted else None


def start_shadow(store: Store, policy_id: str, *, at: datetime, key: str) -> Answer:
    """From now on each decision is also taken by this draft; what it says is kept and acted on by nobody."""

    def decide(tx: Transaction, change: Change) -> Answer:
        draft = next((d for d in tx.drafts() if d.id == policy_id), None)
        if draft is None:
            raise Mistake(f"There is no draft {policy_id}: propose the policy first.", code="no_such_draft")
        published = tx.publications()
        if published and published[-1].id == policy_id:
            return Refused("policy.already-live", "it is the live policy, and would only agree with itself")
        tx.keep_note(SHADOW_NOTE, policy_id)
        return Done(("ShadowStarted",))

    return _answer(write(store, key, ["shadow", policy_id], at, decide).answer)


def stop_shadow(store: Store, *, at: datetime, key: str) -> Answer:
    """What was kept stays and can be listed by naming the draft."""
    running = store.note(SHADOW_NOTE)
    if not running:
        return AlreadyDone("no policy runs in shadow")

    def decide(tx: Transaction, change: Change) -> Answer:
        tx.keep_note(SHADOW_NOTE, "")
        return Done(("ShadowStopped",))

    return _answer(write(store, key, ["shadow", ""], at, decide).answer)


def _answer(told: object) -> Answer:
    return msgspec.convert(told, Done | AlreadyDone | Refused)


def shadow_differences(store: Store, draft: StoredDraft, limit: int) -> ShadowShown:
    """Where the candidate would have decided otherwise than the live policy did."""
    found = store.shadow_differences(draft.id)
    moved: dict[str, int] = {}
    for one in found:
        way = f"{one.live_action} → {one.shadow_action}"
        moved[way] = moved.get(way, 0) + 1
    shown = tuple(
        DifferenceShown(
            d.line_id, d.as_of, d.live_action, _rules(d.live_fired), d.shadow_action, _rules(d.shadow_fired),
            d.exposure, d.currency,
        )
        for d in found[::-1][:limit]
    )  # fmt: skip
    return ShadowShown(draft.id, draft.name, draft.version, len(found), moved, shown)


def _rules(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])
