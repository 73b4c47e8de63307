"""The default gateway: a folder that keeps every message, one JSON line each, in <channel>/<date>.jsonl.

A line is kept once per delivery id, so a message handed over again after a crash changes nothing. Writers of
several processes take turns through a lock file; a line torn by a crash is cut off by the next writer.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from fullrecall.adapters.messages.outgoing import (
    Outcome,
    OutgoingMessage,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    receipt_of,
)
from fullrecall.domain.notices.delivery import ArrivalBasis
from fullrecall.domain.vocabulary import Channel

# The id comes first in a line, so that opening a large mailbox reads ids without decoding messages.
_ID = re.compile(rb'^\{"delivery_id":"([^"\\]{1,200})"', re.MULTILINE)
_READ_BYTES = 1 << 24
_encode = msgspec.json.Encoder().encode


class StoredMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the mailbox."""

    delivery_id: str
    channel: Channel
    address: str
    at: datetime
    sha256: str
    template_sha256: str
    language: str
    text: str
    subject: str = ""
    html: str | None = None


class MailboxFolder:
    """Stores messages durably: when send_many returns, they are on the disk, and stored is arrived."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[Channel, set[bytes]] = {channel: set() for channel in Channel}
        self._read: dict[Path, int] = {}  # how far each file is known

    def send(self, message: OutgoingMessage) -> Receipt:
        return receipt_of(self.send_many([message])[0])

    def send_many(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """One fsync per file for the whole batch; a full or unwritable disk fails the batch for now."""
        storable = [message for message in messages if _is_storable(message.address)]
        try:
            if storable:
                with self._alone():
                    for channel in {message.channel for message in storable}:
                        self._catch_up(channel)
                    self._store(storable)
        except OSError as error:
            why = f"the mailbox folder cannot be written: {error.strerror or type(error).__name__}"
            return [TemporaryFailure(why) for _ in messages]
        refused = PermanentFailure("the address is longer than 512 characters or does not print")
        return [_receipt(message) if _is_storable(message.address) else refused for message in messages]

    def messages(self, channel: Channel) -> Iterator[StoredMessage]:
        """Every whole message of a channel, oldest file first."""
        for path in self._files(channel):
            with path.open("rb") as file:
                for line in file:
                    if line.endswith(b"\n"):
                        yield msgspec.json.decode(line, type=StoredMessage)

    def _store(self, messages: Sequence[OutgoingMessage]) -> None:
        by_file: dict[Path, list[bytes]] = {}
        fresh: list[tuple[Channel, bytes]] = []
        for message in messages:
            key = message.delivery_id.encode("utf-8", "surrogatepass")
            if key in self._seen[message.channel]:
                continue
            self._seen[message.channel].add(key)
            fresh.append((message.channel, key))
            path = self._folder / message.channel.value / f"{message.at.date().isoformat()}.jsonl"
            by_file.setdefault(path, []).append(_encode(_stored(message)))
        try:
            for path, lines in by_file.items():
                self._append(path, b"\n".join(lines) + b"\n")
        except BaseException:
            # What was not stored has not been seen; what was stored is found again in its file.
            for channel, key in fresh:
                self._seen[channel].discard(key)
            for path in by_file:
                self._read.pop(path, None)
            raise

    def _append(self, path: Path, data: bytes) -> None:
        new = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab", buffering=0) as file:
            start = file.seek(0, os.SEEK_END)
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(start)
                raise
        if new:
            for folder in (path.parent, self._folder):
                _fsync_folder(folder)
        self._read[path] = start + len(data)

    def _catch_up(self, channel: Channel) -> None:
        """Learn what stands in the files by now, and cut off a line that a crash left unfinished."""
        for path in self._files(channel):
            known, size = self._read.get(path, 0), path.stat().st_size
            if size != known:
                self._read[path] = self._learn(path, known if known < size else 0, self._seen[channel])

    def _learn(self, path: Path, start: int, seen: set[bytes]) -> int:
        with path.open("r+b") as file:
            file.seek(start)
            tail = b""
            while chunk := file.read(_READ_BYTES):
                whole, newline, tail = (tail + chunk).rpartition(b"\n")
                if newline:
                    seen.update(_ID.findall(whole))
            end = file.tell() - len(tail)
            if tail:
                file.truncate(end)
                os.fsync(file.fileno())
            return end

    def _files(self, channel: Channel) -> list[Path]:
        return sorted((self._folder / channel.value).glob("*.jsonl"))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / ".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _is_storable(address: str) -> bool:
    return len(address) <= 512 and address.isprintable()


def _receipt(message: OutgoingMessage) -> Receipt:
    return Receipt(
        accepted_at=message.at,
        gateway_id=f"mailbox:{message.delivery_id}",
        arrived=True,
        arrival_basis=ArrivalBasis.STORED_IN_MAILBOX,
    )


def _stored(message: OutgoingMessage) -> StoredMessage:
    rendered = message.rendered
    return StoredMessage(
        delivery_id=message.delivery_id,
        channel=message.channel,
        address=message.address,
        at=message.at,
        sha256=rendered.sha256,
        template_sha256=rendered.template_sha256,
        language=rendered.language,
        text=rendered.text,
        subject=rendered.subject,
        html=rendered.html,
    )


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
