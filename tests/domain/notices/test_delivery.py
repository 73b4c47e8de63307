"""The life of a delivery, its id, the waits between attempts, and what proves it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullrecall.domain.notices import delivery as deliveries
from fullrecall.domain.notices.address import address_reference, mask, scrubbed
from fullrecall.domain.notices.delivery import ArrivalBasis, DeliveryState, backoff
from fullrecall.domain.notices.proof import content_sha256, doubts, proof
from fullrecall.domain.vocabulary import Channel

NINE = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
HOUR = timedelta(hours=1)


def test_the_id_follows_from_notice_and_channel_alone() -> None:
    expected = hashlib.sha256(b"sms:ntc-1").hexdigest()[:32]
    assert deliveries.delivery_id_of("ntc-1", Channel.SMS) == f"dlv_{expected}"
    ids = {deliveries.delivery_id_of(notice, channel) for notice in ("ntc-1", "ntc-2") for channel in Channel}
    assert len(ids) == 6


def test_waits_double_up_to_six_hours() -> None:
    minutes = [backoff(attempt) // timedelta(minutes=1) for attempt in range(1, 12)]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert sum(minutes) == 20 * 60 + 31
    with pytest.raises(ValueError, match="from 1"):
        backoff(0)


@given(st.integers(1, 10**12))
def test_a_wait_is_never_shorter_than_the_one_before_and_never_beyond_six_hours(attempt: int) -> None:
    assert timedelta(minutes=1) <= backoff(attempt) <= backoff(attempt + 1) <= timedelta(hours=6)


def test_a_delivery_that_waits_is_sent_and_arrives() -> None:
    queued = deliveries.queued("ntc-1", Channel.SMS)
    held = deliveries.held(queued, NINE, "contact hours")
    assert (held.state, held.not_before, held.why) == (DeliveryState.HELD, NINE, "contact hours")
    tried = deliveries.postponed(held, NINE, "gateway is down")
    assert (tried.state, tried.attempts, tried.not_before) == (
        DeliveryState.QUEUED,
        1,
        NINE + timedelta(minutes=1),
    )
    sent = deliveries.sent(tried, NINE + HOUR, "gw-7")
    assert (sent.state, sent.attempts, sent.not_before, sent.why) == (DeliveryState.SENT, 2, None, "")
    arrived = deliveries.arrived(sent, NINE + 2 * HOUR, ArrivalBasis.DELIVERY_REPORT)
    assert (arrived.state, arrived.arrived_at, arrived.is_over) == (
        DeliveryState.ARRIVED,
        NINE + 2 * HOUR,
        True,
    )


def test_a_second_report_changes_nothing() -> None:
    sent = deliveries.sent(deliveries.queued("ntc-1", Channel.SMS), NINE, "gw-7")
    arrived = deliveries.arrived(sent, NINE + HOUR, ArrivalBasis.DELIVERY_REPORT)
    assert deliveries.sent(sent, NINE + HOUR, "gw-8") is sent
    assert deliveries.arrived(arrived, NINE + 9 * HOUR, ArrivalBasis.READ_BY_BORROWER) is arrived
    for later in (
        deliveries.bounced(arrived, "late bounce"),
        deliveries.postponed(arrived, NINE, "late failure"),
    ):
        assert later is arrived
    assert deliveries.held(sent, NINE, "pause") is sent


def test_a_bounce_after_acceptance_fails_the_delivery_without_counting_an_attempt() -> None:
    sent = deliveries.sent(deliveries.queued("ntc-1", Channel.EMAIL), NINE, "gw-7")
    failed = deliveries.bounced(sent, "no such mailbox")
    assert (failed.state, failed.attempts, failed.why) == (DeliveryState.FAILED, 1, "no such mailbox")


def test_it_cannot_arrive_before_it_was_sent() -> None:
    queued = deliveries.queued("ntc-1", Channel.SMS)
    with pytest.raises(ValueError, match="before it is sent"):
        deliveries.arrived(queued, NINE, ArrivalBasis.GATEWAY_RECEIPT)
    # A gateway whose clock runs behind ours does not make it arrive before it was sent.
    sent = deliveries.sent(queued, NINE, "gw-7")
    assert deliveries.arrived(sent, NINE - HOUR, ArrivalBasis.DELIVERY_REPORT).arrived_at == NINE


def test_after_twelve_attempts_it_has_failed() -> None:
    delivery, at = deliveries.queued("ntc-1", Channel.SMS), NINE
    while not delivery.is_over:
        delivery = deliveries.postponed(delivery, at, "gateway is down")
        at = delivery.not_before or at
    assert delivery.attempts == 12
    assert delivery.why == "gateway is down (gave up after 12 attempts)"
    assert at == NINE + timedelta(hours=20, minutes=31)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("13812345678", "138****5678"),
        ("+8613812345678", "+86****5678"),
        ("zhang.san@mail.example", "z****@mail.example"),
        ("12345", "****"),
        ("", "****"),
    ],
)
def test_masking(address: str, shown: str) -> None:
    assert mask(address) == shown


def test_a_gateways_answer_is_scrubbed() -> None:
    answer = "550 <zhang.san@mail.example> unknown;\r\n call 13812345678, key=hunter2-secret"
    shown = scrubbed(answer, "hunter2-secret")
    assert shown == "550 <z****@mail.example> unknown;   call 138****5678, key=****"
    assert len(scrubbed("x" * 10_000_000)) == 200


def _delivered() -> deliveries.Delivery:
    sent = deliveries.sent(deliveries.queued("ntc-1", Channel.EMAIL), NINE, "<dlv@lender.example>")
    return deliveries.arrived(sent, NINE + HOUR, ArrivalBasis.DELIVERY_REPORT)


def test_a_proof_holds_and_does_not_give_the_address_away() -> None:
    claim = proof(
        _delivered(),
        content_hash=content_sha256("Subject", "Text", None),
        template_hash="ab" * 32,
        address="zhang.san@mail.example",
        address_key=b"lender key",
    )
    assert claim.content_sha256 == hashlib.sha256(b"Subject\0Text").hexdigest()
    assert claim.address_reference == address_reference("zhang.san@mail.example", b"lender key")
    assert claim.address_reference != address_reference("zhang.san@mail.example", b"another key")
    assert b"zhang.san" not in msgspec.json.encode(claim)
    assert (claim.sent_at, claim.arrived_at) == (NINE, NINE + HOUR)
    assert doubts(claim, subject="Subject", text="Text", html=None) == ()
    assert doubts(claim, subject="Subject", text="Text.", html=None) == (
        "the message is not the one whose hash the proof holds",
    )
    moved = msgspec.structs.replace(claim, arrived_at=NINE - HOUR, notice_id="ntc-2")
    assert doubts(moved, subject="Subject", text="Text", html=None) == (
        "the delivery does not belong to the notice and channel",
        "it arrived before it was sent",
    )


def test_what_was_not_sent_has_no_proof() -> None:
    with pytest.raises(ValueError, match="nothing to prove"):
        proof(
            deliveries.queued("ntc-1", Channel.SMS),
            content_hash="",
            template_hash="",
            address="13812345678",
            address_key=b"k",
        )
    with pytest.raises(ValueError, match="key"):
        address_reference("13812345678", b"")
