"""What proves a notice to an outsider: what was said, by which template, where to, when it went and when it
arrived.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from fullrecall.domain.notices.address import address_reference, mask
from fullrecall.domain.notices.delivery import ArrivalBasis, Delivery, delivery_id_of
from fullrecall.domain.vocabulary import Channel


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Hashes are SHA-256 in hex; instants are aware; arrived_at is None until arrival is known."""

    notice_id: str
    delivery_id: str
    channel: Channel
    content_sha256: str
    template_sha256: str
    address_masked: str
    address_reference: str
    sent_at: datetime
    gateway_receipt: str
    arrived_at: datetime | None
    arrival_basis: ArrivalBasis | None


def content_sha256(subject: str, text: str, html: str | None) -> str:
    """SHA-256 of subject, plain text and HTML (if any) in UTF-8, joined by NUL, which none of them can
    contain.
    """
    parts = (subject, text) if html is None else (subject, text, html)
    return hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()


def proof(
    delivery: Delivery, *, content_hash: str, template_hash: str, address: str, address_key: bytes
) -> Proof:
    """The proof of a delivery that was sent; content_hash and template_hash come from the rendered notice.

    The address itself does not stand in the proof: it is masked, and referred to by HMAC under the lender's
    key.
    """
    if delivery.sent_at is None:
        raise ValueError(f"{delivery.delivery_id} was not sent: there is nothing to prove")
    return Proof(
        notice_id=delivery.notice_id,
        delivery_id=delivery.delivery_id,
        channel=delivery.channel,
        content_sha256=content_hash,
        template_sha256=template_hash,
        address_masked=mask(address),
        address_reference=address_reference(address, address_key),
        sent_at=delivery.sent_at,
        gateway_receipt=delivery.gateway_id,
        arrived_at=delivery.arrived_at,
        arrival_basis=delivery.arrival_basis,
    )


def doubts(claim: Proof, *, subject: str, text: str, html: str | None) -> tuple[str, ...]:
    """What is wrong with a proof when held against the message it claims to prove; empty when nothing is."""
    found = []
    if content_sha256(subject, text, html) != claim.content_sha256:
        found.append("the message is not the one whose hash the proof holds")
    if delivery_id_of(claim.notice_id, claim.channel) != claim.delivery_id:
        found.append("the delivery does not belong to the notice and channel")
    if claim.arrived_at is not None and claim.arrived_at < claim.sent_at:
        found.append("it arrived before it was sent")
    if (claim.arrived_at is None) != (claim.arrival_basis is None):
        found.append("arrival is claimed without both instant and basis")
    return tuple(found)
