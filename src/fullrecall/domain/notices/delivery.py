"""One notice on one channel: where its delivery stands, and when a failed attempt is repeated."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from fullrecall.domain.vocabulary import Channel

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
ATTEMPTS_MAX = 12  # with the waits above the last attempt is 20 h 31 min after the first


class DeliveryState(StrEnum):
    QUEUED = "queued"
    HELD = "held"
    SENT = "sent"
    ARRIVED = "arrived"
    FAILED = "failed"


class ArrivalBasis(StrEnum):
    """What lets us say that a notice arrived. Clocks start on arrival (CN Civil Code Art. 137; BGB s.130)."""

    STORED_IN_MAILBOX = "stored_in_mailbox"
    GATEWAY_RECEIPT = "gateway_receipt"
    DELIVERY_REPORT = "delivery_report"
    READ_BY_BORROWER = "read_by_borrower"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """not_before is the next instant at which it may be tried; instants are aware."""

    delivery_id: str
    notice_id: str
    channel: Channel
    state: DeliveryState = DeliveryState.QUEUED
    attempts: int = 0
    not_before: datetime | None = None
    why: str = ""
    gateway_id: str = ""
    sent_at: datetime | None = None
    arrived_at: datetime | None = None
    arrival_basis: ArrivalBasis | None = None

    @property
    def is_over(self) -> bool:
        return self.state in (DeliveryState.ARRIVED, DeliveryState.FAILED)


def delivery_id_of(notice_id: str, channel: Channel) -> str:
    """The same for the same notice and channel for ever, so that a gateway's second sight of it is
    harmless.
    """
    digest = hashlib.sha256(f"{channel}:{notice_id}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"dlv_{digest[:32]}"


def queued(notice_id: str, channel: Channel) -> Delivery:
    return Delivery(delivery_id=delivery_id_of(notice_id, channel), notice_id=notice_id, channel=channel)


def held(delivery: Delivery, until: datetime, why: str) -> Delivery:
    """Kept back until `until`: contact hours, a frequency cap, or a pause of all notices."""
    if delivery.state not in (DeliveryState.QUEUED, DeliveryState.HELD):
        return delivery
    return msgspec.structs.replace(delivery, state=DeliveryState.HELD, not_before=until, why=why)


def sent(delivery: Delivery, at: datetime, gateway_id: str) -> Delivery:
    """A gateway took it; a second acceptance of the same delivery changes nothing."""
    if delivery.state is DeliveryState.SENT or delivery.is_over:
        return delivery
    return msgspec.structs.replace(
        delivery,
        state=DeliveryState.SENT,
        attempts=delivery.attempts + 1,
        not_before=None,
        why="",
        gateway_id=gateway_id,
        sent_at=at,
    )


def arrived(delivery: Delivery, at: datetime, basis: ArrivalBasis) -> Delivery:
    """It reached the addressee. The first arrival counts: a later report never moves a clock that has
    started.
    """
    if delivery.state is DeliveryState.ARRIVED:
        return delivery
    if delivery.sent_at is None:
        raise ValueError(f"{delivery.delivery_id} cannot arrive before it is sent")
    return msgspec.structs.replace(
        delivery,
        state=DeliveryState.ARRIVED,
        why="",
        arrived_at=max(at, delivery.sent_at),
        arrival_basis=basis,
    )


def bounced(delivery: Delivery, why: str) -> Delivery:
    """Refused for good, at once or after it was accepted (a bounce). One that arrived stays arrived."""
    if delivery.is_over:
        return delivery
    attempts = delivery.attempts + (delivery.state is not DeliveryState.SENT)
    return msgspec.structs.replace(
        delivery, state=DeliveryState.FAILED, attempts=attempts, not_before=None, why=why
    )


def postponed(delivery: Delivery, at: datetime, why: str) -> Delivery:
    """An attempt at `at` failed for now: queued again after the backoff, or failed when attempts are used
    up.
    """
    if delivery.state is DeliveryState.SENT or delivery.is_over:
        return delivery
    attempts = delivery.attempts + 1
    if attempts >= ATTEMPTS_MAX:
        return bounced(delivery, f"{why} (gave up after {attempts} attempts)")
    return msgspec.structs.replace(
        delivery, state=DeliveryState.QUEUED, attempts=attempts, not_before=at + backoff(attempts), why=why
    )


def backoff(attempt: int) -> timedelta:
    """Wait after the n-th failed attempt (n from 1): 1, 2, 4 ... minutes, never more than six hours."""
    if attempt < 1:
        raise ValueError("attempts are counted from 1")
    doublings = min(
        attempt - 1, 16
    )  # 65,536 minutes are far beyond the longest wait; keeps huge counts cheap
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
