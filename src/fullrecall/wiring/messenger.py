"""Joins the renderer and the senders of each channel to one messenger that never raises for a failing receiver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from fullrecall.adapters.messages.gateways import AppriseSender, GatewaySettings
from fullrecall.adapters.messages.mailbox import MailboxFolder
from fullrecall.adapters.messages.outgoing import Outcome, OutgoingMessage, Receipt, Sender, TemporaryFailure
from fullrecall.adapters.messages.render import Renderer
from fullrecall.adapters.messages.smtp import SmtpSender, SmtpSettings, Tls
from fullrecall.domain.notices.content import NoticeContent
from fullrecall.domain.vocabulary import Channel, Mistake
from fullrecall.ports import Outgoing, SendResult
from fullrecall.wiring.settings import LenderSettings

_content = msgspec.json.Decoder(NoticeContent)
PASSWORD_VARIABLE = "FULLRECALL_SMTP_PASSWORD"  # noqa: S105 - the name of the variable, not a password


class JoinedMessenger:
    """See ports.Messenger. A notice that cannot be rendered fails for good, with the reason."""

    def __init__(self, renderer: Renderer, senders: Mapping[Channel, Sender]) -> None:
        self._renderer = renderer
        self._senders = senders

    def send(self, messages: Sequence[Outgoing]) -> list[SendResult]:
        results: dict[str, SendResult] = {}
        waiting: dict[Channel, list[OutgoingMessage]] = {}
        for message in sorted(messages, key=lambda m: m.content):  # one notice's channels render from one view
            channel = Channel(message.channel)
            try:
                rendered = self._renderer.render(_content.decode(message.content), channel)
            except Mistake as mistake:
                results[message.delivery_id] = SendResult("failed", "", "", mistake.sentence)
                continue
            waiting.setdefault(channel, []).append(
                OutgoingMessage(
                    delivery_id=message.delivery_id,
                    channel=channel,
                    address=message.address,
                    rendered=rendered,
                    at=message.at,
                )
            )
        for channel, batch in waiting.items():
            for sent, outcome in zip(batch, self._senders[channel].send_many(batch), strict=True):
                results[sent.delivery_id] = _result(sent, outcome)
        return [results[message.delivery_id] for message in messages]


def _result(message: OutgoingMessage, outcome: Outcome) -> SendResult:
    if isinstance(outcome, Receipt):
        state = "arrived" if outcome.arrived else "sent"
        return SendResult(
            state, outcome.gateway_id, message.rendered.sha256, outcome.detail, str(outcome.arrival_basis or "")
        )
    return SendResult("temporary" if isinstance(outcome, TemporaryFailure) else "failed", "", "", outcome.why)


def build_messenger(
    settings: LenderSettings, mailbox: Path, environment: Mapping[str, str], templates: Path | None = None
) -> JoinedMessenger:
    """Channels as the settings say: `mailbox` (default), `smtp` for e-mail, or an Apprise URL for SMS and push."""
    folder = MailboxFolder(mailbox)
    senders: dict[Channel, Sender] = {}
    for channel in Channel:
        wanted = settings.channels.get(channel.value, "mailbox")
        if wanted == "mailbox":
            senders[channel] = folder
        elif wanted == "smtp":
            senders[channel] = SmtpSender(_smtp(settings, environment))
        else:
            senders[channel] = AppriseSender(GatewaySettings(channel.value, _from_environment(wanted, environment)))
    return JoinedMessenger(Renderer(templates), senders)


def _from_environment(url: str, environment: Mapping[str, str]) -> str:
    """`env:NAME` takes the gateway's address, which holds its secret, from the environment."""
    if not url.startswith("env:"):
        return url
    value = environment.get(url[4:])
    if not value:
        raise Mistake(f"The gateway address {url[4:]} is not set in the environment: set it, or use mailbox.")
    return value


def _smtp(settings: LenderSettings, environment: Mapping[str, str]) -> SmtpSettings:
    given = dict(settings.smtp)
    try:
        tls = Tls(given.pop("tls", "starttls"))
        return SmtpSettings(tls=tls, password=environment.get(PASSWORD_VARIABLE, ""), **given)
    except (TypeError, ValueError) as trouble:
        raise Mistake(f"The smtp settings are wrong: {trouble}.") from None
