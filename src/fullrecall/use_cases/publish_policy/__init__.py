"""From a file to the live policy: proposed with its evidence, published by a second person, never edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from fullrecall.domain.policy import Difference, Policy, diff
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import AlreadyDone, Answer, Done, Mistake, Refused
from fullrecall.ports import Store, StoredDraft, StoredPublication, Transaction
from fullrecall.ports.change import Change
from fullrecall.ports.policies import BackTest, Engine
from fullrecall.use_cases.publish_policy.agreement import Agreement, check_agreement
from fullrecall.use_cases.publish_policy.swap_set import SwapSet, swap_set
from fullrecall.write_path import write
from fullrecall.write_path.shadow import SHADOW_NOTE

SAMPLE_LINES_MAX = 100  # asked of every engine
SWAP_LINES_MAX = 5_000  # decided under both policies; the back-test sees the whole tape
NOT_RUN = "not run"
T = TypeVar("T")


class Report(msgspec.Struct, frozen=True):
    """What was found out before a second person is asked. live_id: the live policy it was compared with,
    '' if none.

    swap: None without a live policy or without lines. book_lines: how many lines there are, of which
    `swap` tells `swap.lines`. back_test: figures, or {'status': 'not run', 'why': ...}.
    """

    policy_id: str
    currency: str
    live_id: str
    book_lines: int
    agreement: Agreement
    swap: SwapSet | None
    back_test: dict[str, Any]
    changes: tuple[Difference, ...] = ()


class Proposed(msgspec.Struct, frozen=True):
    id: str
    name: str
    version: int
    author: str
    report: Report


class Listed(msgspec.Struct, frozen=True):
    """One policy the database knows: proposed, published, or pinned by an import."""

    id: str
    name: str
    version: int
    state: str  # draft, published, live
    author: str
    approved_by: str
    at: datetime
    shadow: bool


def propose(
    store: Store,
    policy: Policy,
    text: str,
    *,
    live: Policy | None,
    by: str,
    at: datetime,
    key: str,
    engines: Sequence[Engine] = (),
    missing: Mapping[str, str] | None = None,
    back_test: BackTest | None = None,
) -> Proposed:
    """Keep a checked policy as a draft, with its evidence. Proposing it again renews the evidence, not
    the author.
    """
    author = by.strip()
    if not author:
        raise Mistake("A policy needs an author: give a name with --by.", code="no_author")
    ids, currency = _lines(store, policy)
    lines = [store.tape_of(line_id) for line_id in _spread(ids, SWAP_LINES_MAX)]
    lines = [line for line in lines if line]
    others = missing or {}
    report = Report(
        policy_id=policy.id,
        currency=currency,
        live_id=live.id if live else "",
        book_lines=len(ids),
        agreement=check_agreement(policy, currency, _spread(lines, SAMPLE_LINES_MAX), engines, others),
        swap=swap_set(policy, live, currency, lines) if live and lines else None,
        back_test=_back_tested(back_test, policy, live, currency, lines),
        changes=diff(live, policy) if live else (),
    )
    told = msgspec.json.encode(report).decode()

    def decide(tx: Transaction, change: Change) -> str:
        first = next((draft.author for draft in tx.drafts() if draft.id == policy.id), author)
        tx.keep_draft(StoredDraft(policy.id, policy.name, policy.version, text, first, told, at))
        return first

    kept = write(store, key, [policy.id, author, told], at, decide)
    return Proposed(policy.id, policy.name, policy.version, str(kept.answer), report)


def _lines(store: Store, policy: Policy) -> tuple[list[str], str]:
    """Lines in the policy's currency, else in that of the first line; CNY for a book without lines."""
    currency = policy.currency or ""
    ids = []
    for head in store.all_lines():
        currency = currency or head.state.currency
        if head.state.currency == currency:
            ids.append(head.state.line_id)
    return ids, currency or "CNY"


def _spread(items: Sequence[T], most: int) -> list[T]:
    """At most so many, evenly over all."""
    if len(items) <= most:
        return list(items)
    return [items[index * len(items) // most] for index in range(most)]


def _back_tested(
    run: BackTest | None, policy: Policy, live: Policy | None, currency: str, lines: Sequence[list[TapeRow]]
) -> dict[str, Any]:
    if run is None:
        return {
            "status": NOT_RUN,
            "why": "no back-test is wired here: run `fullrecall backtest`",
        }
    if not lines:
        return {"status": NOT_RUN, "why": "the book has no rows yet"}
    return {"status": "run", **run(policy, live, currency, lines)}


def publish(store: Store, policy_id: str, *, by: str, at: datetime, key: str) -> Answer:
    """Make a draft the live policy. Refused to its author, and where its evidence does not hold.

    Running cases stay on the version they were opened under. policy_id: the id, or its beginning.
    """
    approver = by.strip()
    if not approver:
        raise Mistake("Publishing needs a person: give a name with --by.", code="no_approver")

    def decide(tx: Transaction, change: Change) -> Answer:
        draft = find_draft(tx.drafts(), policy_id)
        published = tx.publications()
        if any(one.id == draft.id for one in published):
            return AlreadyDone(f"{draft.name} {draft.version} is published and never edited")
        refused = _refusal(draft, published, approver)
        if refused is not None:
            return refused
        number = len(published) + 1
        tx.keep_publication(
            StoredPublication(
                draft.id, number, draft.name, draft.version, draft.author, approver, draft.report, at
            )
        )
        tx.pin_policy(draft.id, draft.name, draft.version, draft.text, at)
        if store.note(SHADOW_NOTE) == draft.id:  # it would only agree with itself from now on
            tx.keep_note(SHADOW_NOTE, "")
        return Done(("PolicyPublished",))

    done = write(store, key, ["publish", policy_id, approver], at, decide)
    return msgspec.convert(done.answer, Done | AlreadyDone | Refused)


def _refusal(draft: StoredDraft, published: Sequence[StoredPublication], by: str) -> Refused | None:
    if by.casefold() == draft.author.casefold():
        return Refused("policy.four-eyes", f"{by} proposed it; another person must publish it")
    report = msgspec.json.decode(draft.report, type=Report)
    if not report.agreement.ok:
        engines = ", ".join(e.name for e in report.agreement.engines if e.ran and not e.agrees)
        return Refused("policy.engines-disagree", f"{engines} decided otherwise than Python on the sample")
    live = published[-1].id if published else ""
    if live and report.live_id != live:
        return Refused("policy.evidence-is-stale", "another policy went live since; propose it again")
    versions = [one.version for one in published if one.name == draft.name]
    if versions and draft.version <= max(versions):
        why = f"version {max(versions)} of {draft.name} is published; give this one a higher version"
        return Refused("policy.version-taken", why)
    return None


def find_draft(drafts: Sequence[StoredDraft], policy_id: str) -> StoredDraft:
    """By id or its beginning. Raises Mistake where that names none or several."""
    wanted = policy_id if policy_id.startswith("sha256:") else f"sha256:{policy_id}"
    found = [draft for draft in drafts if draft.id.startswith(wanted)]
    if len(found) == 1 and len(wanted) > len("sha256:"):
        return found[0]
    what = "several drafts begin" if len(found) > 1 else "no draft begins"
    raise Mistake(f"With {policy_id!r} {what}: `fullrecall policy list` shows the ids.", code="no_such_draft")


def list_policies(store: Store, shadow_id: str) -> list[Listed]:
    """Newest first: what is live, what was published before, what waits for a second person."""
    published = store.publications()
    live = published[-1].id if published else ""
    shown = [
        Listed(
            p.id, p.name, p.version, "live" if p.id == live else "published", p.author, p.approved_by,
            p.published_at, p.id == shadow_id,
        )
        for p in reversed(published)
    ]  # fmt: skip
    known = {p.id for p in published}
    drafts = [
        Listed(d.id, d.name, d.version, "draft", d.author, "", d.drafted_at, d.id == shadow_id)
        for d in store.drafts()
        if d.id not in known
    ]
    return [*reversed(drafts), *shown]
