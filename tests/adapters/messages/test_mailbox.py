"""The mailbox folder: what is stored is stored once, survives a crash, and is shared between processes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullrecall.adapters.messages.mailbox import MailboxFolder
from fullrecall.adapters.messages.outgoing import (
    OutgoingMessage,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
)
from fullrecall.adapters.messages.render import Rendered, Renderer
from fullrecall.domain.notices.content import NoticeContent, NoticeKind
from fullrecall.domain.notices.delivery import ArrivalBasis
from fullrecall.domain.notices.proof import content_sha256
from fullrecall.domain.vocabulary import Channel

AT = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)


def message(number: int, text: str = "中文 and English") -> OutgoingMessage:
    rendered = Rendered(
        channel=Channel.SMS,
        language="zh+en",
        subject="",
        text=text,
        html=None,
        sha256=content_sha256("", text, None),
        template_sha256="ab" * 32,
    )
    return OutgoingMessage(
        delivery_id=f"dlv_{number:032x}", channel=Channel.SMS, address="13812345678", rendered=rendered, at=AT
    )


def ids(folder: Path) -> list[str]:
    return [stored.delivery_id for stored in MailboxFolder(folder).messages(Channel.SMS)]


def test_stored_is_arrived(tmp_path: Path) -> None:
    receipt = MailboxFolder(tmp_path).send(message(1))
    assert receipt == Receipt(
        accepted_at=AT,
        gateway_id=f"mailbox:{message(1).delivery_id}",
        arrived=True,
        arrival_basis=ArrivalBasis.STORED_IN_MAILBOX,
    )
    lines = (tmp_path / "sms" / "2026-12-01.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["中文 and English"]


def test_a_second_sight_changes_nothing(tmp_path: Path) -> None:
    box = MailboxFolder(tmp_path)
    box.send_many([message(1), message(2), message(1)])
    before = (tmp_path / "sms" / "2026-12-01.jsonl").read_bytes()
    assert box.send(message(2)).arrived
    # Another day, another process: still the same delivery.
    later = msgspec.structs.replace(message(1), at=datetime(2026, 12, 5, tzinfo=UTC))
    assert MailboxFolder(tmp_path).send(later).arrived
    assert (tmp_path / "sms" / "2026-12-01.jsonl").read_bytes() == before
    assert ids(tmp_path) == [message(1).delivery_id, message(2).delivery_id]


def test_two_writers_see_each_others_messages(tmp_path: Path) -> None:
    one, other = MailboxFolder(tmp_path), MailboxFolder(tmp_path)
    one.send(message(1))
    other.send_many([message(1), message(2)])
    one.send_many([message(2), message(3)])
    assert ids(tmp_path) == [message(number).delivery_id for number in (1, 2, 3)]


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(1, 400))
def test_a_line_torn_by_a_crash_is_cut_off_and_sent_again(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("box")
    MailboxFolder(folder).send_many([message(1), message(2)])
    path = folder / "sms" / "2026-12-01.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - min(cut, len(whole) - 1)])
    MailboxFolder(folder).send_many([message(1), message(2)])
    assert path.read_bytes() == whole


def test_killed_while_writing_it_holds_every_message_once(tmp_path: Path) -> None:
    """A process is killed in the middle of its batches; sending everything again completes the mailbox."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\nfrom test_mailbox import MailboxFolder, message\n"
        "box = MailboxFolder(Path(sys.argv[1]))\nprint('go', flush=True)\n"
        "for start in range(0, 100_000, 50):\n"
        "    box.send_many([message(n) for n in range(start, start + 50)])\n"
    )
    here = str(Path(__file__).parent)
    for lines_before_kill in (1, 400):
        with subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path), here], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            path = tmp_path / "sms" / "2026-12-01.jsonl"
            while not path.exists() or path.read_bytes().count(b"\n") < lines_before_kill:
                assert writer.poll() is None
            writer.kill()
    MailboxFolder(tmp_path).send_many([message(number) for number in range(1_000)])
    found = ids(tmp_path)
    assert len(found) == len(set(found))
    assert {message(number).delivery_id for number in range(1_000)} <= set(found)


def test_an_unwritable_folder_is_a_passing_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    outcomes = MailboxFolder(tmp_path / "file").send_many([message(1), message(2)])
    assert [type(outcome) for outcome in outcomes] == [TemporaryFailure] * 2
    with pytest.raises(TemporaryFailure, match="cannot be written"):
        MailboxFolder(tmp_path / "file").send(message(1))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full to play a full disk")
def test_a_full_disk_is_a_passing_failure_and_nothing_counts_as_seen(tmp_path: Path) -> None:
    box = MailboxFolder(tmp_path)
    (tmp_path / "sms").mkdir()
    (tmp_path / "sms" / "2026-12-01.jsonl").symlink_to("/dev/full")
    assert isinstance(box.send_many([message(1)])[0], TemporaryFailure)
    (tmp_path / "sms" / "2026-12-01.jsonl").unlink()
    assert box.send(message(1)).arrived
    assert ids(tmp_path) == [message(1).delivery_id]


def test_an_address_that_does_not_print_is_refused_alone(tmp_path: Path) -> None:
    odd = [
        msgspec.structs.replace(message(number), address=a) for number, a in ((1, "\ud800"), (2, "x" * 10**6))
    ]
    outcomes = MailboxFolder(tmp_path).send_many([*odd, message(3)])
    assert [type(outcome) for outcome in outcomes] == [PermanentFailure, PermanentFailure, Receipt]
    assert ids(tmp_path) == [message(3).delivery_id]


def test_a_rendered_email_comes_back_as_it_was(
    tmp_path: Path, content: Callable[[NoticeKind], NoticeContent], renderer: Renderer
) -> None:
    rendered = renderer.render(content(NoticeKind.DEMAND), Channel.EMAIL, "张三")
    outgoing = msgspec.structs.replace(
        message(1), channel=Channel.EMAIL, address="zhang.san@mail.example", rendered=rendered
    )
    box = MailboxFolder(tmp_path)
    box.send(outgoing)
    (stored,) = box.messages(Channel.EMAIL)
    assert content_sha256(stored.subject, stored.text, stored.html) == rendered.sha256
    assert "13812345678" not in repr(message(1))
