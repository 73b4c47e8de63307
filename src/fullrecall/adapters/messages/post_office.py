"""The messenger that use cases hand notices to: renders each and gives it to the sender of its channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from fullrecall.adapters.messages.outgoing import (
    Outcome,
    OutgoingMessage,
    PermanentFailure,
    Receipt,
    Sender,
)
from fullrecall.adapters.messages.render import Rendered, Renderer
from fullrecall.domain.notices.content import NoticeContent
from fullrecall.domain.vocabulary import Channel, Mistake
from fullrecall.ports import Outgoing, SendResult

_decode = msgspec.json.Decoder(NoticeContent).decode


class PostOffice:
    """Implements ports.Messenger: one result per message, in order; a failing receiver is a result."""

    def __init__(self, renderer: Renderer, senders: Mapping[Channel, Sender]) -> None:
        self._renderer = renderer
        self._senders = senders

    def send(self, messages: Sequence[Outgoing]) -> list[SendResult]:
        results: list[SendResult | None] = [None] * len(messages)
        batches: dict[Channel, list[tuple[int, OutgoingMessage]]] = {}
        known: dict[
            bytes, NoticeContent
        ] = {}  # a notice goes out on several channels: decoded and checked once
        for index, message in enumerate(messages):
            channel = Channel(message.channel)
            if channel not in self._senders:
                results[index] = SendResult("failed", "", "", f"no sender is set up for {channel}")
                continue
            content = known.get(message.content) or known.setdefault(
                message.content, _decode(message.content)
            )
            try:
                rendered = self._renderer.render(content, channel)
            except Mistake as mistake:
                # Ours to put right, not the borrower's: it stays in the outbox and is tried again.
                results[index] = SendResult("temporary", "", "", mistake.sentence)
                continue
            batches.setdefault(channel, []).append((index, _outgoing(message, channel, rendered)))
        for channel, batch in batches.items():
            outcomes = self._senders[channel].send_many([message for _, message in batch])
            for (index, sent), outcome in zip(batch, outcomes, strict=True):
                results[index] = _result(sent, outcome)
        return [result for result in results if result is not None]


def _outgoing(message: Outgoing, channel: Channel, rendered: Rendered) -> OutgoingMessage:
    return OutgoingMessage(
        delivery_id=message.delivery_id,
        channel=channel,
        address=message.address,
        rendered=rendered,
        at=message.at,
    )


def _result(message: OutgoingMessage, outcome: Outcome) -> SendResult:
    sha256 = message.rendered.sha256
    if isinstance(outcome, Receipt):
        state = "arrived" if outcome.arrived else "sent"
        return SendResult(state, outcome.gateway_id, sha256, outcome.detail, str(outcome.arrival_basis or ""))
    return SendResult(
        "failed" if isinstance(outcome, PermanentFailure) else "temporary", "", sha256, outcome.why
    )
