"""Builds the messenger: the renderer and a sender for each channel, as the lender's settings say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fullrecall.adapters.messages.mailbox import MailboxFolder
from fullrecall.adapters.messages.outgoing import Sender
from fullrecall.adapters.messages.post_office import PostOffice
from fullrecall.adapters.messages.render import Renderer
from fullrecall.adapters.messages.smtp import SmtpSender, SmtpSettings, Tls
from fullrecall.domain.vocabulary import Channel, Mistake
from fullrecall.wiring.settings import LenderSettings

PASSWORD_VARIABLE = "FULLRECALL_SMTP_PASSWORD"  # noqa: S105 - the name of the variable, not a password


def build_messenger(
    settings: LenderSettings, mailbox: Path, environment: Mapping[str, str], templates: Path | None = None
) -> PostOffice:
    """Channels as the settings say: `mailbox` (default), `smtp` for e-mail, or an Apprise URL for SMS and
    push.
    """
    folder = MailboxFolder(mailbox)
    senders: dict[Channel, Sender] = {}
    for channel in Channel:
        wanted = settings.channels.get(channel.value, "mailbox")
        if wanted == "mailbox":
            senders[channel] = folder
        elif wanted == "smtp":
            senders[channel] = SmtpSender(_smtp(settings, environment))
        else:
            from fullrecall.adapters.messages.gateways import AppriseSender, GatewaySettings  # slow to load

            senders[channel] = AppriseSender(
                GatewaySettings(channel.value, _from_environment(wanted, environment))
            )
    return PostOffice(Renderer(templates), senders)


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
