"""The daily close: twice changes nothing, a missed week is caught up, and it reads by what is due."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import event, text

from fullrecall.domain.vocabulary import Stage
from fullrecall.ports import Outgoing, SendResult
from fullrecall.storage.tables import metadata
from fullrecall.use_cases.close_day import close_day
from fullrecall.use_cases.dispatch_notices import dispatch_notices
from fullrecall.use_cases.observe_payments import observe_payments
from fullrecall.use_cases.verify_all import verify_all
from fullrecall.use_cases.watch_positions import watch_positions
from fullrecall.worker.catch_up import catch_up
from small_house import WATCHED, HeldTape, House, at
from table_dump import differences, dump

DAY = timedelta(days=1)
# What a late close writes differently: when it was written, and what follows from that (the hashes over it,
# and the earliest sending hour of a notice, which is never in the past).
WHEN = ("recorded_at", "hash", "head", "closed_at", "not_before", "was_held")


def watch(house: House, tape: HeldTape, month: date) -> None:
    watch_positions(
        house.store, house.book, WATCHED, tape.rows(month), tape.owners(), key=f"m:{month}",
        recorded_at=at(month, time(6)),
    )  # fmt: skip


def live_through(house: House, tape: HeldTape, months: int) -> date:
    """The first months, day by day, as the main job does. Returns the last day that was closed."""
    day = tape.months[0]
    for month in tape.months[:months]:
        paid: dict[date, list[Any]] = {}
        for p in tape.payments(month):
            paid.setdefault(p.paid_on, []).append((p.line_id, tape.borrower_of(p.line_id), p.amount_minor))
        while day <= month:
            if day == month:
                watch(house, tape, month)
            observe_payments(
                house.store, house.book, paid.get(day, []), day, key=f"p:{day}", recorded_at=at(day, time(8))
            )
            close_day(house.store, house.book, day, recorded_at=at(day, time(9)))
            dispatch_notices(house.store, house.book, house.messenger, now=at(day, time(10)))
            day += DAY
    return day - DAY


def test_closing_a_day_twice_changes_nothing(small: House, tape: HeldTape) -> None:
    last = live_through(small, tape, 3)
    day = last + DAY
    first = close_day(small.store, small.book, day, recorded_at=at(day, time(9)))
    before = dump(small.store.engine)
    second = close_day(small.store, small.book, day, recorded_at=at(day, time(20)))
    assert (first.already_closed, second.already_closed) == (False, True)
    assert differences(before, dump(small.store.engine)) == []
    assert close_day(small.store, small.book, last, recorded_at=at(day, time(20))).already_closed
    assert differences(before, dump(small.store.engine)) == []


def test_a_missed_week_is_caught_up_day_by_day(
    new_database: Callable[[], str], open_house: Callable[..., House], tape: HeldTape
) -> None:
    """One house closes each day in time; another closes all seven on the eighth. Notices wait in both."""
    in_time, late = open_house(new_database(), "in-time"), open_house(new_database(), "late")
    last = date(2005, 7, 24)  # the week ends with the month: records are furnished on its last day
    for house in (in_time, late):
        day = live_through(house, tape, 3)
        while (day := day + DAY) <= last:
            close_day(house.store, house.book, day, recorded_at=at(day, time(9)))
            dispatch_notices(house.store, house.book, house.messenger, now=at(day, time(10)))
    week = [last + DAY * n for n in range(1, 8)]
    visited = [close_day(in_time.store, in_time.book, d, recorded_at=at(d, time(9))).visited for d in week]

    class NoPost:
        def send(self, messages: Sequence[Outgoing]) -> list[SendResult]:
            return [SendResult("temporary", "", "", "the post is closed this week") for _ in messages]

    eighth = week[-1] + DAY
    caught = catch_up(
        late.store, late.book, NoPost(), week[-1], lambda day, hour: at(eighth, hour), lambda *_: None
    )
    assert (caught.days, caught.visited) == (7, sum(visited))
    assert sum(visited) > 0
    # The late house tried its outbox meanwhile: those attempts stand in the delivery and in keys.
    ends = [dump(h.store.engine, (*WHEN, "attempts", "detail")) for h in (in_time, late)]
    for end in ends:
        end["idempotency"] = [row for row in end["idempotency"] if not row[0].startswith("dispatch:")]
    assert differences(*ends) == []
    told = [
        [(f.stream, f.seq, f.kind, f.effective_on, f.body) for f in h.store.all_facts()]
        for h in (in_time, late)
    ]
    assert told[0] == told[1]
    assert verify_all(late.store).problems == ()


def test_with_nothing_due_no_case_is_visited(small: House, tape: HeldTape) -> None:
    day = live_through(small, tape, 1) + DAY
    cases = small.store.counts()["cases"]
    due_on = min(head.next_action_on for head in small.store.all_cases() if head.next_action_on)
    while day < due_on:
        before = dump(small.store.engine, ("closed_day.day",))
        assert close_day(small.store, small.book, day, recorded_at=at(day, time(9))).visited == 0
        after = dump(small.store.engine, ("closed_day.day",))
        assert [name for name in before if before[name] != after[name]] == ["closed_day", "idempotency"]
        day += DAY
    assert cases > 0
    assert close_day(small.store, small.book, day, recorded_at=at(day, time(9))).visited > 0


def test_a_visit_that_moves_nothing_still_sets_the_next_date(small: House, tape: HeldTape) -> None:
    """Else a case with nothing to do is visited every day for ever."""
    day = live_through(small, tape, 3)
    open_cases = [h for h in small.store.all_cases() if h.state.stage is not Stage.CLOSED]
    assert open_cases
    assert all(h.next_action_on is None or h.next_action_on > day for h in open_cases)


COPIED = {
    "line": ("id",),
    "fact": ("stream",),
    "posting": ("stream",),
    "tape": ("line_id",),
    "decision": ("line_id",),
}


def add_idle_lines(house: House, wanted: int) -> None:
    """Copies of one quiet line under other ids: they stand in every table, nothing of them is ever due."""
    cases = {line for head in house.store.all_cases() for line in head.state.line_ids}
    quiet = next(h.state.line_id for h in house.store.all_lines() if h.state.line_id not in cases)
    numbers = (
        f"(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {wanted}) "
        "SELECT i AS number FROM c) AS numbers"
    )
    with house.store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        for table, (key,) in COPIED.items():
            columns = metadata.tables[table].columns.keys()
            owner = "line:" if key == "stream" else ""
            values = [
                f"'{owner}IDLE-' || number"
                if c == key
                else ("'B-IDLE-' || number" if c == "borrower_id" else f'"{c}"')
                for c in columns
            ]
            names = ", ".join(f'"{c}"' for c in columns)
            connection.execute(
                text(
                    f'INSERT INTO "{table}" ({names}) SELECT {", ".join(values)} FROM "{table}", {numbers} '
                    f"WHERE {key} = '{owner}{quiet}'"
                )
            )


def work_of(house: House, work: Callable[[], Any]) -> int:
    """How much the database reads while `work` runs: steps of SQLite's machine, or rows of PostgreSQL."""
    engine = house.store.engine
    engine.dispose()
    if engine.dialect.name == "sqlite":
        steps: list[None] = []

        def count(connection: Any, _: Any) -> None:
            connection.set_progress_handler(lambda: steps.append(None), 10)

        event.listen(engine, "connect", count)
        work()
        event.remove(engine, "connect", count)
        return len(steps)
    rows = "SELECT coalesce(sum(seq_tup_read), 0) + coalesce(sum(idx_tup_fetch), 0) FROM pg_stat_user_tables"
    before = _settled(house, rows)
    work()
    return _settled(house, rows) - before


def _settled(house: House, query: str) -> int:
    """PostgreSQL adds a session's counts up when it ends: wait until ours have ended."""
    house.store.engine.dispose()
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    for _ in range(500):
        with house.store.engine.connect() as connection:
            if not connection.execute(text(others)).scalar_one():
                return int(connection.execute(text(query)).scalar_one())
        clock.sleep(0.01)
    raise AssertionError("the sessions never ended")


def test_ten_times_as_many_idle_lines_are_not_read(
    new_database: Callable[[], str], open_house: Callable[..., House], tape: HeldTape
) -> None:
    reads = []
    for idle in (1_500, 15_000):
        house = open_house(new_database(), f"idle-{idle}")
        last = live_through(house, tape, 3)
        add_idle_lines(house, idle)
        if house.store.engine.dialect.name == "postgresql":
            with house.store.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
        visited = 0

        def close_a_month() -> None:
            nonlocal visited
            for n in range(1, 32):
                day = last + DAY * n  # noqa: B023
                done = close_day(house.store, house.book, day, recorded_at=at(day, time(9)))  # noqa: B023
                visited += done.visited

        reads.append(work_of(house, close_a_month))
        assert visited >= 10
    few, many = reads
    assert few > 0
    assert many < 1.2 * few, f"{few} reads among 1,500 idle lines, {many} among 15,000"
