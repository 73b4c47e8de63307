"""SMS and app push through any gateway that Apprise knows, by a URL with {address} and {delivery_id} in it.

For a gateway of one's own, json://gateway.example/sms?:to={address}&:delivery_id={delivery_id} posts the
message as JSON with these two keys, so that the receiver can drop what it has seen.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import apprise

from fullrecall.adapters.messages.outgoing import (
    Outcome,
    OutgoingMessage,
    Receipt,
    TemporaryFailure,
    objection_to,
    receipt_of,
)
from fullrecall.domain.notices.address import scrubbed
from fullrecall.domain.notices.delivery import ArrivalBasis
from fullrecall.domain.vocabulary import Mistake


@dataclass(frozen=True)
class GatewaySettings:
    """url holds the gateway's credentials: it never stands in a log, an error or a repr.

    acceptance_is_arrival: only where the gateway answers once the phone has the message, not when queued.
    """

    name: str
    url: str = field(repr=False)
    acceptance_is_arrival: bool = False

    def __post_init__(self) -> None:
        if "{address}" not in self.url:
            raise Mistake(
                f"The URL of gateway {self.name[:40]!r} lacks {{address}}: say where the recipient goes.",
                code="gateway_without_address",
            )
        known = apprise.Apprise.instantiate(_filled(self.url, "8613800000000", "dlv_0")) is not None
        if not known:
            raise Mistake(
                f"Apprise cannot read the URL of gateway {self.name[:40]!r}: check its scheme and parts.",
                code="gateway_url",
            )


class AppriseSender:
    """Apprise tells only whether a gateway took a message, so a refusal is always taken for a passing one."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings

    def send(self, message: OutgoingMessage) -> Receipt:
        return receipt_of(self.send_many([message])[0])

    def send_many(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        return [
            objection_to(message.address, message.channel) or self._hand_over(message) for message in messages
        ]

    def _hand_over(self, message: OutgoingMessage) -> Outcome:
        settings = self._settings
        url = _filled(settings.url, message.address, message.delivery_id)
        gateway = apprise.Apprise.instantiate(url)
        if gateway is None:
            return TemporaryFailure(f"the gateway {settings.name} could not be set up for this address")
        result = apprise.Apprise([gateway]).notify(
            body=message.rendered.text,
            title=message.rendered.subject,
            body_format=apprise.NotifyFormat.TEXT,
        )
        if not result:
            words = [entry.message for entry in result.logs()] or ["no answer"]
            why = scrubbed(words[-1], url, message.address)
            return TemporaryFailure(f"the gateway {settings.name} did not take the message: {why}")
        return Receipt(
            accepted_at=message.at,
            gateway_id=f"{settings.name}:{message.delivery_id}",
            arrived=settings.acceptance_is_arrival,
            arrival_basis=ArrivalBasis.GATEWAY_RECEIPT if settings.acceptance_is_arrival else None,
        )


def _filled(url: str, address: str, delivery_id: str) -> str:
    return url.replace("{address}", quote(address, safe="")).replace(
        "{delivery_id}", quote(delivery_id, safe="")
    )


# Apprise writes URLs and payloads, that is addresses and keys, to its log: it ends here.
logging.getLogger("apprise").propagate = False
