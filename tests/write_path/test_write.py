"""The one way a change is made: once per key, whole or not at all, and a dry run leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event

from fullrecall.domain import facts as f
from fullrecall.domain.vocabulary import Done, Mistake
from fullrecall.ports import StreamMoved, Transaction
from fullrecall.ports.change import Change
from fullrecall.storage.database import DatabaseTrouble
from fullrecall.use_cases.verify_all import verify_all
from fullrecall.use_cases.watch_positions import watch_positions
from fullrecall.use_cases.work_case import withdraw_case
from fullrecall.write_path import write
from fullrecall.write_path.write import RETRIES, KeyReused, TooManyWriters
from small_house import WATCHED, HeldTape, House, noon
from table_dump import dump

NOW = datetime(2026, 3, 31, 1, 0, tzinfo=UTC)
DAY = date(2026, 3, 31)
OPENED = f.LineOpened("B-1", "TWD", 1, "card", "cn", "observed", "test")


def position(balance: int) -> f.PositionObserved:
    return f.PositionObserved(1_000_000, balance, 0, 0, 0, 0, DAY)


def open_lines(*ids: str, balance: int = 50_000) -> Callable[[Transaction, Change], list[str]]:
    def decide(tx: Transaction, change: Change) -> list[str]:
        for line_id in ids:
            change.open_line(line_id, OPENED, DAY)
            change.line_fact(line_id, position(balance), DAY)
        return list(ids)

    return decide


def test_the_same_key_and_input_gives_the_stored_answer_and_writes_nothing(small: House) -> None:
    first = write(small.store, "k", {"n": 1}, NOW, open_lines("L1", "L2"))
    before = dump(small.store.engine)
    again = write(small.store, "k", {"n": 1}, NOW, open_lines("L3"))
    assert (first.answer, first.repeated) == (["L1", "L2"], False)
    assert (again.answer, again.repeated) == (["L1", "L2"], True)
    assert dump(small.store.engine) == before


def test_the_same_key_with_another_input_is_refused_in_one_sentence(small: House) -> None:
    write(small.store, "k", {"n": 1}, NOW, open_lines("L1"))
    before = dump(small.store.engine)
    with pytest.raises(KeyReused) as refused:
        write(small.store, "k", {"n": 2}, NOW, open_lines("L2"))
    assert refused.value.sentence == (
        "Key 'k' was already used with a different input: use a new key for a new request."
    )
    assert dump(small.store.engine) == before


def test_a_dry_run_answers_and_leaves_every_table_as_it_was(small: House) -> None:
    write(small.store, "k1", 1, NOW, open_lines("L1"))
    before = dump(small.store.engine)
    done = write(small.store, "k2", 2, NOW, open_lines("L2"), dry_run=True)
    assert done.answer == ["L2"]
    assert dump(small.store.engine) == before
    assert not write(small.store, "k2", 2, NOW, open_lines("L2")).repeated  # the key is still free


def test_a_dry_withdrawal_of_a_real_case_leaves_every_table_as_it_was(small: House, tape: HeldTape) -> None:
    month = tape.months[0]
    watch_positions(
        small.store, small.book, WATCHED, tape.rows(month), tape.owners(), key="m", recorded_at=noon(month)
    )
    case_id = next(iter(small.store.all_cases())).state.case_id
    before = dump(small.store.engine)

    def take_back(*, dry_run: bool) -> Any:
        return withdraw_case(
            small.store, small.book, case_id, by="anna", why="a mistake", today=month, at=noon(month),
            key="w", dry_run=dry_run,
        )  # fmt: skip

    assert isinstance(take_back(dry_run=True), Done)
    assert dump(small.store.engine) == before
    assert isinstance(take_back(dry_run=False), Done)
    assert dump(small.store.engine) != before


def test_a_failure_in_the_middle_leaves_nothing(small: House) -> None:
    write(small.store, "k1", 1, NOW, open_lines("L1"))
    before = dump(small.store.engine)

    def fails_late(tx: Transaction, change: Change) -> None:
        open_lines("L2", "L3")(tx, change)
        tx.keep_addresses([("B-1", "sms", "+886900000000")])  # written at once, inside the transaction
        raise Mistake("The third line is wrong.")

    with pytest.raises(Mistake, match="third line"):
        write(small.store, "k2", 2, NOW, fails_late)
    assert dump(small.store.engine) == before


def test_a_refusal_by_the_database_in_the_middle_leaves_nothing(small: House) -> None:
    before = dump(small.store.engine)

    def unbalanced(tx: Transaction, change: Change) -> None:
        open_lines("L1")(tx, change)
        stream, seq, n, debit, credit, _, currency, on = change.postings[0]
        change.postings.append((stream, seq, n + 1, debit, credit, 0, currency, on))

    with pytest.raises(DatabaseTrouble) as refused:  # facts are in already when the posting is refused
        write(small.store, "k", 1, NOW, unbalanced)
    assert "posting_amount_is_positive" in refused.value.sentence
    assert dump(small.store.engine) == before


def test_many_lines_are_written_in_one_transaction(small: House, tape: HeldTape) -> None:
    commits: list[int] = []
    event.listen(small.store.engine, "commit", lambda connection: commits.append(1))
    month = tape.months[0]
    rows = tape.rows(month)
    watch_positions(small.store, small.book, WATCHED, rows, tape.owners(), key="m", recorded_at=noon(month))
    assert len(commits) == 1
    stored = dump(small.store.engine)
    assert len(stored["line"]) == len(stored["tape"]) == len(rows) == 60
    assert len(stored["idempotency"]) == 1
    assert verify_all(small.store).problems == ()


def test_a_writer_that_is_always_overtaken_says_so_in_one_sentence(small: House) -> None:
    tries: list[int] = []

    def overtaken(tx: Transaction, change: Change) -> None:
        tries.append(1)
        open_lines("L1")(tx, change)
        raise StreamMoved("line:L1")

    with pytest.raises(TooManyWriters) as refused:
        write(small.store, "k", 1, NOW, overtaken)
    assert len(tries) == RETRIES
    assert refused.value.sentence.count(".") == 1
    assert small.store.counts()["lines"] == 0
