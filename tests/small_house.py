"""A small joined house: sixty invented lines over six months, a shipped policy, packs, a mailbox folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from fullrecall.adapters.messages.mailbox import MailboxFolder, StoredMessage
from fullrecall.adapters.messages.post_office import PostOffice
from fullrecall.adapters.messages.render import Renderer
from fullrecall.adapters.simulated_book import mapping_for, write_simulated_book
from fullrecall.adapters.tape_files import open_tape, read_mapping
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Channel
from fullrecall.ports import Messenger
from fullrecall.storage.database import connect
from fullrecall.storage.store import SqlStore
from fullrecall.use_cases.watch_positions import WatchedBook
from fullrecall.wiring.rulebook import build_rulebook, read_policy
from fullrecall.wiring.settings import read_settings
from fullrecall.worker.run_book import BookRun, Tape, _clock_of, run_book
from fullrecall.write_path.rulebook import Rulebook

LAW_AS_OF = date(2026, 11, 23)
WATCHED = WatchedBook("small", "card", "cn")
at = _clock_of("Asia/Shanghai")


class HeldTape:
    """A tape held as plain rows, so that a forked process needs no data-frame threads.

    Every third line and the one after it belong to one borrower.
    """

    def __init__(self, tape: Tape) -> None:
        self.fingerprint = tape.fingerprint
        self.months = tape.months
        self._rows = {month: tape.rows(month) for month in self.months}
        self._payments = {month: list(tape.payments(month)) for month in self.months}
        self._outcomes = tape.outcomes()
        ids = [row.line_id for row in self._rows[self.months[0]]]
        self._owner = {line: f"B-{ids[i - 1] if i % 3 == 1 else line}" for i, line in enumerate(ids)}

    def rows(self, month: date) -> list[TapeRow]:
        return self._rows[month]

    def payments(self, month: date) -> Sequence[Any]:
        return self._payments[month]

    def outcomes(self) -> dict[str, bool] | None:
        return self._outcomes

    def borrower_of(self, line_id: str) -> str:
        return self._owner[line_id]

    def cycle_of(self, line_id: str) -> int:
        return 1

    def owners(self) -> dict[str, tuple[str, int]]:
        return {line: (owner, 1) for line, owner in self._owner.items()}


def small_tape(folder: Path, n_lines: int = 60, months: int = 6, seed: int = 9) -> HeldTape:
    path = write_simulated_book(
        folder / f"simulated-{n_lines}-{months}-{seed}.parquet", n_lines, months, seed
    )
    return HeldTape(open_tape(path, mapping_for(months, read_mapping("simulated"))))


def rulebook(policy: str = "taiwan") -> Rulebook:
    return build_rulebook(read_policy(policy), {}, read_settings(None), LAW_AS_OF)


class House(NamedTuple):
    place: str
    store: SqlStore
    book: Rulebook
    messenger: Messenger
    mailbox: Path

    def run(self, tape: HeldTape, auto_approve: bool = True) -> None:
        """The main job from the first day of the tape to its last."""
        run_book(self.store, self.book, self.messenger, tape, book_run(tape, auto_approve), lambda *_: None)

    def messages(self) -> list[StoredMessage]:
        return [m for channel in Channel for m in MailboxFolder(self.mailbox).messages(channel)]


def book_run(tape: HeldTape, auto_approve: bool = True) -> BookRun:
    note = {"fingerprint": tape.fingerprint, "simulated": True}
    return BookRun(WATCHED, note, date(2005, 10, 31), "Asia/Shanghai", auto_approve)


@cache
def _renderer() -> Renderer:
    return Renderer()


def house(place: str, book: Rulebook, mailbox: Path, **connecting: Any) -> House:
    store = SqlStore(connect(place, **connecting), place)
    messenger = PostOffice(_renderer(), dict.fromkeys(Channel, MailboxFolder(mailbox)))
    return House(place, store, book, messenger, mailbox)


def noon(day: date) -> datetime:
    return at(day, time(12))
