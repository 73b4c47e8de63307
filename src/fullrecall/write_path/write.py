"""Every write goes through `write`: idempotent by key and input hash, one transaction, a dry run is the
same path
rolled back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports import Store, StreamMoved, Transaction
from fullrecall.ports.change import Change

RETRIES = 5


class KeyReused(Mistake):
    """The same idempotency key came with another input."""


class TooManyWriters(Mistake):
    """Other writers were first each time."""


class Written(msgspec.Struct, frozen=True):
    """answer: what the decision returned (JSON values); repeated: True when the key had been written
    before.
    """

    answer: Any
    repeated: bool = False


def write(
    store: Store,
    key: str,
    input_: Any,
    recorded_at: datetime,
    decide: Callable[[Transaction, Change], Any],
    *,
    dry_run: bool = False,
) -> Written:
    """Run `decide` once for `key`.

    `decide` loads what it needs through the transaction, records facts on the change and returns a
    JSON-able answer.
    Raises KeyReused when the key was used with another input; retries when another writer moved a stream
    first.
    """
    input_hash = sha256(input_ if isinstance(input_, bytes) else msgspec.json.encode(input_)).digest()
    for attempt in range(RETRIES):
        try:
            return _once(store, key, input_hash, recorded_at, decide, dry_run)
        except StreamMoved:
            if attempt == RETRIES - 1:
                raise TooManyWriters(
                    f"Other writers were first {RETRIES} times in a row at {key!r}: nothing was written, "
                    "run this again.",
                    code="too_many_writers",
                ) from None
    raise AssertionError("unreachable")


def _once(
    store: Store,
    key: str,
    input_hash: bytes,
    recorded_at: datetime,
    decide: Callable[[Transaction, Change], Any],
    dry_run: bool,
) -> Written:
    with store.transaction() as tx:
        seen = tx.answer_of(key)
        if seen is not None:
            if seen.input_hash != input_hash:
                raise KeyReused(
                    f"Key {key!r} was already used with a different input: use a new key for a new request.",
                    code="key_reused",
                )
            return Written(msgspec.json.decode(seen.answer), repeated=True)
        change = Change(recorded_at)
        answer = msgspec.to_builtins(decide(tx, change))
        tx.append(change)
        tx.keep_answer(key, input_hash, msgspec.json.encode(answer), recorded_at)
        if dry_run:
            tx.roll_back()
    return Written(answer)
