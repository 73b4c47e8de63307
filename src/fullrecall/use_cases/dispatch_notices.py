"""Send what waits in the outbox: within contact hours and caps, with retries, at least once under one
delivery id.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.notices.delivery import ATTEMPTS_MAX, backoff
from fullrecall.domain.notices.governor import when_may_send
from fullrecall.domain.vocabulary import Channel, Clock
from fullrecall.ports import Messenger, Outgoing, SendResult, Store, StoredDelivery, Transaction
from fullrecall.ports.change import CaseHead, Change
from fullrecall.write_path import case_work, write
from fullrecall.write_path.rulebook import Rulebook

CHUNK = 1000
CAP_WINDOW = timedelta(days=8)


class Dispatched(msgspec.Struct, frozen=True):
    sent: int = 0
    arrived: int = 0
    held: int = 0
    postponed: int = 0
    failed: int = 0


def dispatch_notices(
    store: Store,
    book: Rulebook,
    messenger: Messenger,
    *,
    now: datetime,
    addresses: dict[str, str] | None = None,
) -> Dispatched:
    """Send everything due at `now`. addresses: channel -> fallback pattern for borrowers without a kept
    contact.

    A message handed over just before a crash is handed over again under the same delivery id.
    """
    total = Dispatched()
    while True:
        batch, plan, outgoing = _prepare(store, book, now, addresses or {})
        if not batch:
            return total
        results = dict(zip((o.delivery_id for o in outgoing), messenger.send(outgoing), strict=True))
        part = _keep(store, book, batch, plan, results, now)
        total = Dispatched(
            *(
                a + b
                for a, b in zip(msgspec.structs.astuple(total), msgspec.structs.astuple(part), strict=True)
            )
        )


def _prepare(
    store: Store, book: Rulebook, now: datetime, fallback: dict[str, str]
) -> tuple[list[StoredDelivery], dict[str, datetime], list[Outgoing]]:
    """What is due, when each may really go, and the messages that may go now. Reads only."""
    with store.transaction() as tx:
        batch = tx.due_deliveries(now, CHUNK)
        borrowers = [d.borrower_id for d in batch]
        cases = {head.state.case_id: head for head in tx.cases([d.case_id for d in batch])}
        recent = tx.contacts_since(borrowers, now - CAP_WINDOW)
        contents = tx.notices([d.notice_id for d in batch])
        addresses = tx.addresses(borrowers)
        tx.roll_back()
    plan: dict[str, datetime] = {}
    outgoing: list[Outgoing] = []
    for d in batch:
        case = cases[d.case_id]
        if case.state.stands_still(Clock.CONTACT):
            plan[d.id] = now + timedelta(days=1)
            continue
        already = recent.setdefault(d.borrower_id, [])
        when = when_may_send(book.contact[case.state.pack], Channel(d.channel), now, already)
        plan[d.id] = when
        if when <= now:
            already.append((d.channel, now))
            address = addresses.get((d.borrower_id, d.channel)) or fallback.get(d.channel, "").format(
                d.borrower_id
            )
            outgoing.append(Outgoing(d.id, d.channel, address, contents[d.notice_id].content, now))
    return batch, plan, outgoing


def _keep(
    store: Store,
    book: Rulebook,
    batch: Sequence[StoredDelivery],
    plan: dict[str, datetime],
    results: dict[str, SendResult],
    now: datetime,
) -> Dispatched:
    def decide(tx: Transaction, change: Change) -> Dispatched:
        cases = tx.cases([d.case_id for d in batch])
        change.hold_cases(cases)
        demands = [c.state.borrower_id for c in cases if c.state.demanded and c.state.cure_arrived_on is None]
        change.hold_lines(tx.lines_of_borrowers(demands))  # only the arrival of a demand starts a clock
        counts = {"sent": 0, "arrived": 0, "held": 0, "postponed": 0, "failed": 0}
        stored = tx.deliveries([d.id for d in batch])
        for d in batch:
            if stored[d.id] != d:  # another worker was first; the receiver saw the same delivery id twice
                continue
            result = results.get(d.id)
            if result is None:
                change.deliveries[d.id] = d._replace(not_before=plan[d.id], was_held=True)
                counts["held"] += 1
                continue
            case = change.cases[d.case_id]
            change.deliveries[d.id] = _after(change, case, d, result, book, now, counts)
        return Dispatched(**counts)

    ids = [(d.id, d.attempts, d.not_before.isoformat()) for d in batch]
    key = f"dispatch:{now.isoformat()}:{sha256(msgspec.json.encode(ids)).hexdigest()[:24]}"
    done = write(store, key, [ids, sorted(results.items())], now, decide)
    return msgspec.convert(done.answer, Dispatched)


def _after(
    change: Change,
    case: CaseHead,
    d: StoredDelivery,
    result: SendResult,
    book: Rulebook,
    now: datetime,
    counts: dict[str, int],
) -> StoredDelivery:
    """The delivery after an attempt, with the facts that prove it."""
    today = case_work.local_day(book, case, now)
    attempts = d.attempts + 1
    if result.state == "temporary" and attempts < ATTEMPTS_MAX:
        counts["postponed"] += 1
        return d._replace(attempts=attempts, not_before=now + backoff(attempts), detail=result.detail)
    if result.state in ("temporary", "failed"):
        counts["failed"] += 1
        change.case_fact(d.case_id, f.NoticeFailed(d.notice_id, d.channel, result.detail), today)
        return d._replace(attempts=attempts, state="failed", detail=result.detail)
    counts["sent"] += 1
    change.case_fact(
        d.case_id, f.NoticeSent(d.notice_id, d.channel, result.content_sha256, result.receipt), today
    )
    after = d._replace(
        attempts=attempts,
        state="sent",
        sent_at=now,
        content_sha256=result.content_sha256,
        receipt=result.receipt,
    )
    if result.state != "arrived":
        return after
    counts["arrived"] += 1
    case_work.note_arrival(change, case, book, d.notice_id, d.channel, result.arrival_basis, today)
    return after._replace(state="arrived", arrived_at=now)
