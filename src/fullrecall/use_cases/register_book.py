"""Before the first row of a book: pin the policy, note what the tape says of itself, keep known outcomes
apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from fullrecall.ports import Store, Transaction
from fullrecall.ports.change import Change
from fullrecall.write_path import write
from fullrecall.write_path.rulebook import Rulebook

BOOK_NOTE = "book"


def register_book(
    store: Store,
    book: Rulebook,
    note: dict[str, Any],
    outcomes: Sequence[tuple[str, date, bool]],
    *,
    recorded_at: datetime,
) -> None:
    """note: JSON-able description of the tape (label, source, licence, simulated, assumptions,
    fingerprint).
    """
    policy = book.live.policy

    def decide(tx: Transaction, change: Change) -> None:
        tx.pin_policy(policy.id, policy.name, policy.version, book.live.text, recorded_at)
        tx.keep_note(BOOK_NOTE, msgspec.json.encode(note).decode())
        tx.keep_outcomes(outcomes)

    key = f"book:{note.get('fingerprint', '')}:{policy.id}:{book.law_as_of}"
    write(store, key, [note, len(outcomes)], recorded_at, decide)


def book_note(store: Store) -> dict[str, Any]:
    """What was noted of the book, empty when none was registered."""
    text = store.note(BOOK_NOTE)
    return msgspec.json.decode(text) if text else {}
