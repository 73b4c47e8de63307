"""E-mail by SMTP: one connection per batch, a Message-ID that is the same for the same delivery for ever."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from enum import StrEnum
from pathlib import Path

from fullrecall.adapters.messages.outgoing import (
    Outcome,
    OutgoingMessage,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    objection_to,
    receipt_of,
)
from fullrecall.adapters.messages.view import one_line
from fullrecall.domain.notices.address import scrubbed
from fullrecall.domain.notices.delivery import ArrivalBasis
from fullrecall.domain.vocabulary import Channel, Mistake

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ERRORS = (OSError, smtplib.SMTPException)


class Tls(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True)
class SmtpSettings:
    """acceptance_is_arrival: only where the server is the mailbox the contract names as the borrower's; a
    relay that took a message has not delivered it (CN Civil Code Art. 137: entry into the designated system).
    """

    host: str
    sender: str
    port: int = 25
    sender_name: str = ""
    tls: Tls = Tls.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    timeout_seconds: float = 20.0
    acceptance_is_arrival: bool = False

    def __post_init__(self) -> None:
        if objection_to(self.sender, Channel.EMAIL):
            raise Mistake("The sender's address must be exactly one e-mail address.", code="smtp_sender")
        if self.user and self.tls is Tls.NONE and self.host not in _LOOPBACK:
            raise Mistake(
                f"The password for {self.host[:80]} would travel in clear: set tls to starttls or implicit.",
                code="smtp_password_in_clear",
            )


class SmtpSender:
    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def send(self, message: OutgoingMessage) -> Receipt:
        return receipt_of(self.send_many([message])[0])

    def send_many(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """When no connection can be made, the rest of the batch fails for now without a try each."""
        outcomes: list[Outcome] = []
        server: smtplib.SMTP | None = None
        down: TemporaryFailure | None = None
        for message in messages:
            if refusal := objection_to(message.address, Channel.EMAIL):
                outcomes.append(refusal)
                continue
            if server is None and down is None:
                server, down = self._connect()
            if server is None:
                outcomes.append(down or TemporaryFailure("the mail server is down"))
                continue
            outcome = self._hand_over(server, message)
            outcomes.append(outcome)
            if server.sock is None:  # the server hung up: the next message needs a new connection
                server = None
        if server is not None:
            with suppress(*_ERRORS):
                server.quit()
        return outcomes

    def _connect(self) -> tuple[smtplib.SMTP | None, TemporaryFailure | None]:
        """Whatever goes wrong before a message is offered is not the message's fault: never permanent."""
        settings = self._settings
        server: smtplib.SMTP | None = None
        try:
            context = ssl.create_default_context(cafile=settings.ca_file)
            if settings.tls is Tls.IMPLICIT:
                server = smtplib.SMTP_SSL(
                    settings.host, settings.port, timeout=settings.timeout_seconds, context=context
                )
            else:
                server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
            if settings.tls is Tls.STARTTLS:
                server.starttls(context=context)
            if settings.user:
                server.login(settings.user, settings.password)
        except _ERRORS as error:
            if server is not None:
                server.close()
            return None, TemporaryFailure(self._why(f"the mail server {settings.host}", error))
        return server, None

    def _hand_over(self, server: smtplib.SMTP, message: OutgoingMessage) -> Outcome:
        mail = self.compose(message)
        try:
            server.send_message(mail, from_addr=self._settings.sender, to_addrs=[message.address])
        except smtplib.SMTPRecipientsRefused as refused:
            code, answer = refused.recipients.get(message.address, (450, b""))
            return self._refusal(code, answer)
        except smtplib.SMTPResponseException as refused:
            return self._refusal(refused.smtp_code, refused.smtp_error)
        except _ERRORS as error:
            server.close()
            return TemporaryFailure(self._why("the connection to the mail server broke", error))
        arrives = self._settings.acceptance_is_arrival
        return Receipt(
            accepted_at=message.at,
            gateway_id=str(mail["Message-ID"]),
            arrived=arrives,
            arrival_basis=ArrivalBasis.GATEWAY_RECEIPT if arrives else None,
        )

    def compose(self, message: OutgoingMessage) -> EmailMessage:
        """The mail. Texts go as base64, so that no relay changes a character of what the proof has hashed."""
        mail = EmailMessage(policy=SMTP)
        domain = self._settings.sender.rpartition("@")[2]
        mail["Message-ID"] = f"<{message.delivery_id}@{domain}>"
        mail["Date"] = format_datetime(message.at)
        mail["From"] = formataddr((one_line(self._settings.sender_name), self._settings.sender))
        mail["To"] = message.address
        mail["Subject"] = one_line(message.rendered.subject)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.rendered.text, cte="base64")
        if message.rendered.html is not None:
            mail.add_alternative(message.rendered.html, subtype="html", cte="base64")
        return mail

    def _refusal(self, code: int, answer: bytes | str) -> Outcome:
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        why = scrubbed(f"{code} {text}", self._settings.password)
        return (PermanentFailure if 500 <= code < 600 else TemporaryFailure)(
            f"the mail server answered {why}"
        )

    def _why(self, what: str, error: Exception) -> str:
        return f"{what}: {scrubbed(f'{type(error).__name__} {error}', self._settings.password)}"
