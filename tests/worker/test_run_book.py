"""The main job on a small book: the same on both databases; stopped it goes on, done it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fullrecall.use_cases.verify_all import verify_all
from fullrecall.worker.run_book import run_book
from house_databases import Postgres, SqliteFiles
from small_house import HeldTape, House, book_run
from table_dump import differences, dump


def test_both_databases_end_with_the_same_rows_to_the_last_hash(
    postgres: Postgres,
    sqlite_files: SqliteFiles,
    open_house: Callable[..., House],
    tape: HeldTape,
    tmp_path: Path,
) -> None:
    houses = [open_house(sqlite_files.fresh(tmp_path), "one"), open_house(postgres.fresh(), "two")]
    ends = []
    for house in houses:
        house.run(tape)
        ends.append(dump(house.store.engine))
    assert differences(*ends) == []
    assert len(ends[0]["fact"]) > 500
    stages = {head.state.stage.value for head in houses[0].store.all_cases()}
    assert {
        "closed",
        "warned",
        "clearing",
        "recovering",
    } <= stages  # the book leads all the way down the ladder
    assert [(m.delivery_id, m.sha256) for m in houses[0].messages()] == [
        (m.delivery_id, m.sha256) for m in houses[1].messages()
    ]


def test_stopped_by_hand_it_goes_on_and_done_it_changes_nothing(
    new_database: Callable[[], str], open_house: Callable[..., House], tape: HeldTape
) -> None:
    through, stopped = open_house(new_database(), "through"), open_house(new_database(), "stopped")
    through.run(tape)
    wanted = dump(through.store.engine)
    stops = 0

    def run(ticks: int) -> None:
        left = ticks

        def tick(label: str, done: int, total: int) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise KeyboardInterrupt

        run_book(stopped.store, stopped.book, stopped.messenger, tape, book_run(tape), tick)

    for ticks in (1, 2, 40, 7, 1, 25, 60):
        with pytest.raises(KeyboardInterrupt):
            run(ticks)
        stops += 1
    run(10_000)
    assert stops == 7
    assert differences(wanted, dump(stopped.store.engine)) == []
    stopped.run(tape)
    assert differences(wanted, dump(stopped.store.engine)) == []
    assert verify_all(stopped.store).problems == ()
    assert len(stopped.messages()) == len(through.messages()) > 50
