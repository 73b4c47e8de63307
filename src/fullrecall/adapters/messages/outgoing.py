"""A rendered message on its way to one address, what a gateway answers, and what every sender can do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from fullrecall.adapters.messages.render import Rendered
from fullrecall.domain.notices.address import mask
from fullrecall.domain.notices.delivery import ArrivalBasis
from fullrecall.domain.vocabulary import Channel

_SHAPES = {
    # One mailbox and nothing else: no display name, list, comment, quoting or white space.
    Channel.EMAIL: re.compile(
        r"[A-Za-z0-9.!#$%&*+/=?^_{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
    ),
    Channel.SMS: re.compile(r"\+?[0-9]{5,20}"),
    Channel.PUSH: re.compile(r"[A-Za-z0-9_.:-]{1,512}"),
}


class OutgoingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """at: the instant of sending as the caller knows it; delivery_id makes a second sight harmless."""

    delivery_id: str
    channel: Channel
    address: str
    rendered: Rendered
    at: datetime

    def __repr__(self) -> str:
        return f"OutgoingMessage({self.delivery_id}, {self.channel}, {mask(self.address)})"


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway took the message. `arrived` only where acceptance is arrival, and then with its basis."""

    accepted_at: datetime
    gateway_id: str
    arrived: bool = False
    arrival_basis: ArrivalBasis | None = None
    detail: str = ""


class SendingFailed(Exception):
    """`why` is one line without addresses or secrets, fit for a log and for the case."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class TemporaryFailure(SendingFailed):
    """Try again after the backoff."""


class PermanentFailure(SendingFailed):
    """Trying again will not help: this message to this address cannot be delivered."""


Outcome = Receipt | TemporaryFailure | PermanentFailure


class Sender(Protocol):
    """send raises a failure; send_many returns failures: one outcome per message, in their order."""

    def send(self, message: OutgoingMessage) -> Receipt: ...

    def send_many(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]: ...


def receipt_of(outcome: Outcome) -> Receipt:
    """The receipt, or the failure raised."""
    if isinstance(outcome, Receipt):
        return outcome
    raise outcome


def objection_to(address: str, channel: Channel) -> PermanentFailure | None:
    """An address that is not exactly one e-mail address, number or token never reaches a header or a URL."""
    if len(address) <= 512 and _SHAPES[channel].fullmatch(address) and ".." not in address:
        return None
    what = {
        Channel.EMAIL: "one e-mail address",
        Channel.SMS: "a phone number",
        Channel.PUSH: "a device token",
    }
    return PermanentFailure(f"the {channel} address {mask(address[:600])!r} is not {what[channel]}")
