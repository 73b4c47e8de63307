"""E-mail against a real SMTP server on the loopback: refusals, an hour of outage, encryption, no leaks."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from shutil import which
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from fullrecall.adapters.messages.outgoing import (
    OutgoingMessage,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
)
from fullrecall.adapters.messages.render import Renderer
from fullrecall.adapters.messages.smtp import SmtpSender, SmtpSettings, Tls
from fullrecall.domain.notices import delivery as deliveries
from fullrecall.domain.notices.content import NoticeContent, NoticeKind
from fullrecall.domain.notices.delivery import ArrivalBasis, DeliveryState
from fullrecall.domain.notices.proof import content_sha256
from fullrecall.domain.vocabulary import Channel, Mistake

AT = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
Build = Callable[[NoticeKind], NoticeContent]


class Mailbox:
    """Takes every message, except that it answers as told to the next messages or to a given address."""

    def __init__(self) -> None:
        self.kept: list[EmailMessage] = []
        self.answers: list[str] = []
        self.refused: dict[str, str] = {}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.kept.append(mail)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(box: Mailbox, port: int, **options: Any) -> Iterator[None]:
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def sender_at(port: int, **changes: Any) -> SmtpSender:
    settings = {"host": "127.0.0.1", "sender": "notices@lender.example", "port": port, "tls": Tls.NONE}
    return SmtpSender(
        SmtpSettings(**{**settings, "sender_name": "示例消费金融", "timeout_seconds": 5.0, **changes})
    )


@pytest.fixture
def outgoing(content: Build, renderer: Renderer) -> Callable[..., OutgoingMessage]:
    rendered = renderer.render(content(NoticeKind.DEMAND), Channel.EMAIL, "张三")

    def build(notice_id: str = "ntc-1", address: str = "zhang.san@mail.example") -> OutgoingMessage:
        return OutgoingMessage(
            delivery_id=deliveries.delivery_id_of(notice_id, Channel.EMAIL),
            channel=Channel.EMAIL,
            address=address,
            rendered=rendered,
            at=AT,
        )

    return build


def test_a_mail_arrives_as_it_was_rendered(outgoing: Callable[..., OutgoingMessage]) -> None:
    box, port, message = Mailbox(), free_port(), outgoing()
    with serving(box, port):
        receipt = sender_at(port).send(message)
    (mail,) = box.kept
    assert receipt.gateway_id == mail["Message-ID"] == f"<{message.delivery_id}@lender.example>"
    assert (receipt.accepted_at, receipt.arrived) == (AT, False)
    assert mail["To"] == "zhang.san@mail.example"
    assert mail["From"] == "示例消费金融 <notices@lender.example>"
    assert mail["Date"] == "Tue, 01 Dec 2026 01:00:00 +0000"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    # A line break in mail is CRLF and a text ends with one; apart from that, it is what the proof hashed.
    text = plain.get_content().replace("\r\n", "\n").removesuffix("\n")
    page = html.get_content().replace("\r\n", "\n").removesuffix("\n")
    assert content_sha256(str(mail["Subject"]), text, page) == message.rendered.sha256


def test_acceptance_is_arrival_only_where_the_contract_says_so(
    outgoing: Callable[..., OutgoingMessage],
) -> None:
    box, port = Mailbox(), free_port()
    with serving(box, port):
        receipt = sender_at(port, acceptance_is_arrival=True).send(outgoing())
    assert (receipt.arrived, receipt.arrival_basis) == (True, ArrivalBasis.GATEWAY_RECEIPT)


def test_refused_for_now_then_taken(outgoing: Callable[..., OutgoingMessage]) -> None:
    box, port, message = Mailbox(), free_port(), outgoing()
    box.answers = ["451 4.7.1 greylisted, try later"]
    with serving(box, port):
        with pytest.raises(TemporaryFailure, match="451 4.7.1 greylisted"):
            sender_at(port).send(message)
        sender_at(port).send(message)
    assert len(box.kept) == 1


def test_a_bounce_is_permanent_and_does_not_stop_the_batch(outgoing: Callable[..., OutgoingMessage]) -> None:
    box, port = Mailbox(), free_port()
    box.refused = {
        "gone@mail.example": "550 5.1.1 <gone@mail.example> no such user",
        "full@mail.example": "452 4.2.2 mailbox full",
    }
    batch = [outgoing(f"ntc-{name}", f"{name}@mail.example") for name in ("one", "gone", "full", "two")]
    with serving(box, port):
        outcomes = sender_at(port).send_many(batch)
    assert [type(outcome) for outcome in outcomes] == [Receipt, PermanentFailure, TemporaryFailure, Receipt]
    assert [mail["To"] for mail in box.kept] == ["one@mail.example", "two@mail.example"]
    assert str(outcomes[1]) == "the mail server answered 550 5.1.1 <g****@mail.example> no such user"


def test_a_server_that_hangs_up_costs_one_message_not_the_batch(
    outgoing: Callable[..., OutgoingMessage],
) -> None:
    box, port = Mailbox(), free_port()
    box.answers = ["421 4.3.2 shutting down"]
    with serving(box, port):
        outcomes = sender_at(port).send_many([outgoing("ntc-1"), outgoing("ntc-2")])
    assert [type(outcome) for outcome in outcomes] == [TemporaryFailure, Receipt]


def test_down_for_an_hour_then_delivered_exactly_once(outgoing: Callable[..., OutgoingMessage]) -> None:
    box, port, message = Mailbox(), free_port(), outgoing()
    with serving(box, port):
        pass  # it was up, and is now closed
    sender = sender_at(port)
    back_at = AT + timedelta(hours=1)
    delivery, now, tried = deliveries.queued("ntc-1", Channel.EMAIL), AT, []
    while now < back_at:
        tried.append((now - AT) // timedelta(minutes=1))
        with pytest.raises(TemporaryFailure, match="ConnectionRefusedError"):
            sender.send(message)
        delivery = deliveries.postponed(delivery, now, "the mail server is down")
        assert delivery.not_before is not None
        now = delivery.not_before
    # After 1, 2, 4, 8, 16, 32 more minutes: at 0, 1, 3, 7, 15 and 31; the next try, at 63, is after the hour.
    assert tried == [0, 1, 3, 7, 15, 31]
    assert now - AT == timedelta(minutes=63)
    with serving(box, port):
        receipt = sender.send(message)
    delivery = deliveries.sent(delivery, now, receipt.gateway_id)
    assert (delivery.state, delivery.attempts) == (DeliveryState.SENT, 7)
    assert [mail["Message-ID"] for mail in box.kept] == [f"<{message.delivery_id}@lender.example>"]


def test_sent_again_after_a_crash_it_has_the_same_message_id(
    outgoing: Callable[..., OutgoingMessage],
) -> None:
    box, port = Mailbox(), free_port()
    with serving(box, port):
        for _ in range(2):
            sender_at(port).send(outgoing())
    assert len({mail["Message-ID"] for mail in box.kept}) == 1


@pytest.mark.parametrize(
    "address",
    [
        "zhang@mail.example\r\nBcc: victim@mail.example",
        "zhang@mail.example, victim@mail.example",
        "Zhang <zhang@mail.example>",
        "zhang@mail.example\n",
        '"a b"@mail.example',
        "zhang@",
        "@mail.example",
        "",
        "张三@mail.example",
        "a" * 10_000_000 + "@mail.example",
    ],
    ids=range(10),
)
def test_nothing_but_one_address_reaches_a_header(
    outgoing: Callable[..., OutgoingMessage], address: str
) -> None:
    with pytest.raises(PermanentFailure, match="is not one e-mail address") as refusal:
        sender_at(1).send(outgoing(address=address))
    assert "victim" not in refusal.value.why
    assert len(refusal.value.why) < 200


def test_a_subject_cannot_add_a_header(outgoing: Callable[..., OutgoingMessage]) -> None:
    box, port, message = Mailbox(), free_port(), outgoing()
    evil = msgspec.structs.replace(message.rendered, subject="Hello\r\nBcc: victim@mail.example\r\n\r\nbody")
    with serving(box, port):
        sender_at(port).send(msgspec.structs.replace(message, rendered=evil))
    assert box.kept[0]["Bcc"] is None
    assert box.kept[0]["Subject"] == "Hello  Bcc: victim@mail.example    body"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_secrets_and_addresses_stay_out_of_sight(outgoing: Callable[..., OutgoingMessage]) -> None:
    box, port = Mailbox(), free_port()
    settings = SmtpSettings("127.0.0.1", "notices@lender.example", password="hunter2-long", user="lender")  # noqa: S106
    assert "hunter2" not in repr(settings)
    box.answers = ["554 5.7.1 hunter2-long zhang.san@mail.example 13812345678"]

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == b"hunter2-long"
        return AuthResult(success=good, handled=False)

    with serving(box, port, authenticator=check, auth_require_tls=False, auth_required=True):
        with pytest.raises(PermanentFailure) as refusal:
            sender_at(port, user="lender", password="hunter2-long").send(outgoing())  # noqa: S106
        # A rotated password is our fault, not the message's: it must not fail the notice for good.
        with pytest.raises(TemporaryFailure) as locked_out:
            sender_at(port, user="lender", password="wrong-password").send(outgoing())  # noqa: S106
    assert refusal.value.why == "the mail server answered 554 5.7.1 **** z****@mail.example 138****5678"
    assert refusal.value.__context__ is None
    assert "535" in locked_out.value.why
    assert "wrong-password" not in locked_out.value.why


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (
            {"host": "mail.example", "sender": "a@b.example", "user": "u", "tls": Tls.NONE},
            "smtp_password_in_clear",
        ),
        ({"host": "mail.example", "sender": "a@b.example\r\nBcc: c@d.example"}, "smtp_sender"),
    ],
)
def test_careless_settings_are_refused(settings: dict[str, Any], code: str) -> None:
    with pytest.raises(Mistake) as refusal:
        SmtpSettings(**settings)
    assert refusal.value.code == code


@pytest.mark.skipif(which("openssl") is None, reason="needs the openssl command to make a certificate")
def test_starttls_with_a_trusted_certificate_only(
    tmp_path: Path, outgoing: Callable[..., OutgoingMessage]
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        ["openssl", *make.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    box, port = Mailbox(), free_port()
    with serving(box, port, tls_context=context, require_starttls=True):
        sender_at(port, tls=Tls.STARTTLS, ca_file=certificate).send(outgoing())
        with pytest.raises(TemporaryFailure, match="certificate verify failed"):
            sender_at(port, tls=Tls.STARTTLS).send(outgoing())
    with serving(box, port), pytest.raises(TemporaryFailure, match="STARTTLS"):
        sender_at(port, tls=Tls.STARTTLS).send(outgoing())
    assert len(box.kept) == 1
