"""The post office: what use cases hand over is rendered, sent on its channel, and answered in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from fullrecall.adapters.messages.mailbox import MailboxFolder
from fullrecall.adapters.messages.post_office import PostOffice
from fullrecall.adapters.messages.render import Renderer
from fullrecall.adapters.messages.smtp import SmtpSender, SmtpSettings, Tls
from fullrecall.domain.notices.content import NoticeContent, NoticeKind
from fullrecall.domain.notices.delivery import delivery_id_of
from fullrecall.domain.notices.proof import content_sha256
from fullrecall.domain.vocabulary import Channel
from fullrecall.ports import Messenger, Outgoing

AT = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
Build = Callable[[NoticeKind], NoticeContent]


def outgoing(content: NoticeContent, channel: Channel) -> Outgoing:
    delivery_id = delivery_id_of(content.notice_id, channel)
    return Outgoing(delivery_id, channel.value, "13812345678", msgspec.json.encode(content), AT)


def test_one_notice_on_three_channels(tmp_path: Path, content: Build, renderer: Renderer) -> None:
    box = MailboxFolder(tmp_path)
    office: Messenger = PostOffice(renderer, dict.fromkeys(Channel, box))
    demand = content(NoticeKind.DEMAND)
    results = office.send([outgoing(demand, channel) for channel in Channel])
    for channel, result in zip(Channel, results, strict=True):
        (stored,) = box.messages(channel)
        assert (result.state, result.arrival_basis) == ("arrived", "stored_in_mailbox")
        assert result.receipt == f"mailbox:{delivery_id_of('ntc-7f3a', channel)}"
        assert result.content_sha256 == content_sha256(stored.subject, stored.text, stored.html)


def test_each_failure_is_a_result_in_its_place(tmp_path: Path, content: Build, renderer: Renderer) -> None:
    nobody_listens = SmtpSettings("127.0.0.1", "a@lender.example", port=1, tls=Tls.NONE)
    senders = {Channel.SMS: MailboxFolder(tmp_path), Channel.EMAIL: SmtpSender(nobody_listens)}
    demand = content(NoticeKind.DEMAND)
    mute = msgspec.structs.replace(demand, declared=())
    mail = outgoing(demand, Channel.EMAIL)
    results = PostOffice(renderer, senders).send(
        [
            mail._replace(address="zhang.san@mail.example"),
            mail,
            outgoing(mute, Channel.SMS),
            outgoing(demand, Channel.PUSH),
            outgoing(demand, Channel.SMS),
        ]
    )
    # Server down; not an e-mail address; incomplete notice; no sender for push; stored.
    assert [result.state for result in results] == ["temporary", "failed", "temporary", "failed", "arrived"]
    assert "declared" in results[2].detail
    assert results[3].detail == "no sender is set up for push"
    assert all("zhang.san" not in result.detail and "13812345678" not in result.detail for result in results)
