"""SMS and push through Apprise against a real HTTP receiver on the loopback."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest

from fullrecall.adapters.messages.gateways import AppriseSender, GatewaySettings
from fullrecall.adapters.messages.outgoing import (
    OutgoingMessage,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
)
from fullrecall.adapters.messages.render import Renderer
from fullrecall.domain.notices.content import NoticeContent, NoticeKind
from fullrecall.domain.notices.delivery import ArrivalBasis, delivery_id_of
from fullrecall.domain.vocabulary import Channel, Mistake

AT = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
Make = Callable[..., OutgoingMessage]


class Receiver(ThreadingHTTPServer):
    """Keeps what is posted; answers the next posts with `answers`, then 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.kept: list[dict[str, Any]] = []
        self.answers: list[int] = []

    def url(self, rest: str = "sms?:to={address}&:delivery_id={delivery_id}") -> str:
        return f"json://lender:gateway-key@127.0.0.1:{self.server_address[1]}/{rest}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.answers.pop(0) if self.server.answers else 200
        if status == 200:
            self.server.kept.append(json.loads(body))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def outgoing(content: Callable[[NoticeKind], NoticeContent], renderer: Renderer) -> Make:
    def build(channel: Channel = Channel.SMS, address: str = "13812345678") -> OutgoingMessage:
        return OutgoingMessage(
            delivery_id=delivery_id_of("ntc-1", channel),
            channel=channel,
            address=address,
            rendered=renderer.render(content(NoticeKind.DEMAND), channel),
            at=AT,
        )

    return build


def test_an_sms_reaches_the_gateway_with_its_key(receiver: Receiver, outgoing: Make) -> None:
    message = outgoing(address="+8613812345678")
    receipt = AppriseSender(GatewaySettings("sms", receiver.url())).send(message)
    (got,) = receiver.kept
    assert got["message"] == message.rendered.text
    assert got["to"] == "+8613812345678"
    assert got["delivery_id"] == message.delivery_id
    assert receipt == Receipt(accepted_at=AT, gateway_id=f"sms:{message.delivery_id}")


def test_a_push_has_title_and_body(receiver: Receiver, outgoing: Make) -> None:
    message = outgoing(Channel.PUSH, "token_AB:12")
    settings = GatewaySettings("push", receiver.url(), acceptance_is_arrival=True)
    receipt = AppriseSender(settings).send(message)
    assert receiver.kept[0]["title"] == message.rendered.subject
    assert receiver.kept[0]["message"] == message.rendered.text
    assert receiver.kept[0]["to"] == "token_AB:12"
    assert (receipt.arrived, receipt.arrival_basis) == (True, ArrivalBasis.GATEWAY_RECEIPT)


def test_a_failing_receiver_is_temporary_and_then_takes_it(receiver: Receiver, outgoing: Make) -> None:
    receiver.answers = [500]
    sender = AppriseSender(GatewaySettings("sms", receiver.url()))
    with pytest.raises(TemporaryFailure, match=r"the gateway sms did not take the message: .*error=500"):
        sender.send(outgoing())
    sender.send(outgoing())
    assert len(receiver.kept) == 1


def test_a_gateway_that_is_down_is_temporary(receiver: Receiver, outgoing: Make) -> None:
    url = receiver.url()
    receiver.server_close()
    with pytest.raises(TemporaryFailure) as down:
        AppriseSender(GatewaySettings("sms", url)).send(outgoing())
    assert "13812345678" not in down.value.why
    assert "gateway-key" not in down.value.why


@pytest.mark.parametrize(
    "address", ["1381234&:to=999999", "138 1234 5678", "138\r\nX: y", "", "../admin", "9" * 600]
)
def test_nothing_but_a_number_reaches_the_url(receiver: Receiver, outgoing: Make, address: str) -> None:
    outcomes = AppriseSender(GatewaySettings("sms", receiver.url())).send_many(
        [outgoing(address=address), outgoing()]
    )
    assert [type(outcome) for outcome in outcomes] == [PermanentFailure, Receipt]
    assert len(receiver.kept) == 1


def test_keys_and_addresses_stay_out_of_logs_and_reprs(receiver: Receiver, outgoing: Make) -> None:
    settings = GatewaySettings("sms", receiver.url())
    assert "gateway-key" not in repr(settings)
    receiver.answers = [500]
    # A program's own log at its most talkative (not caplog, which listens past `propagate`).
    written, root, theirs = io.StringIO(), logging.getLogger(), logging.getLogger("apprise")
    handler, level = logging.StreamHandler(written), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    theirs.setLevel(logging.DEBUG)
    try:
        with pytest.raises(TemporaryFailure) as refusal:
            AppriseSender(settings).send(outgoing())
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        theirs.setLevel(logging.NOTSET)
    assert "127.0.0.1" in written.getvalue()  # the log did listen
    for secret in ("13812345678", "gateway-key"):
        assert secret not in written.getvalue()
        assert secret not in refusal.value.why
        assert secret not in repr(outgoing())


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("json://localhost/sms", "gateway_without_address"),
        ("nonsense://{address}", "gateway_url"),
        ("{address}", "gateway_url"),
    ],
)
def test_a_url_that_cannot_work_is_refused_without_showing_it(url: str, code: str) -> None:
    with pytest.raises(Mistake) as refusal:
        GatewaySettings("sms", url)
    assert refusal.value.code == code
    assert url not in refusal.value.sentence


def test_both_texts_stand_in_one_message(receiver: Receiver, outgoing: Make) -> None:
    AppriseSender(GatewaySettings("sms", receiver.url())).send(outgoing())
    zh, en = receiver.kept[0]["message"].split("\n")
    assert "已到期未还" in zh
    assert "due and unpaid" in en
    assert msgspec.json.encode(receiver.kept[0])
