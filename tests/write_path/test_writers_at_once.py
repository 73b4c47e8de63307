"""Several writers at once: the loser loads and decides again, and every effect is there exactly once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.vocabulary import AlreadyDone, Done
from fullrecall.ports import Outgoing, SendResult, Transaction
from fullrecall.ports.change import Change
from fullrecall.use_cases.close_day import close_day
from fullrecall.use_cases.dispatch_notices import dispatch_notices
from fullrecall.use_cases.record_arrival import record_arrival
from fullrecall.use_cases.verify_all import verify_all
from fullrecall.use_cases.watch_positions import watch_positions
from fullrecall.write_path import write
from small_house import WATCHED, HeldTape, House, at

NOW = datetime(2026, 3, 31, 1, 0, tzinfo=UTC)
DAY = date(2026, 3, 31)
OPENED = f.LineOpened("B-1", "TWD", 1, "card", "cn", "observed", "test")


class Meeting:
    """Both writers wait here for each other, once. SQLite lets one in at a time: nobody comes, it goes on."""

    def __init__(self, parties: int = 2) -> None:
        self._barrier = Barrier(parties)

    def wait(self) -> None:
        with suppress(BrokenBarrierError):
            self._barrier.wait(timeout=0.4)
        self._barrier.abort()


def together(*works: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(work) for work in works]]


def pay(amount: int, meeting: Meeting | None = None) -> Callable[[Transaction, Change], int]:
    """A payment on line L, which is opened if nobody did before."""

    def decide(tx: Transaction, change: Change) -> int:
        change.hold_lines(tx.lines(["L"]))
        if meeting:
            meeting.wait()
        if "L" not in change.lines:
            change.open_line("L", OPENED, DAY)
        change.line_fact("L", f.PaymentObserved(amount), DAY)
        return change.lines["L"].seq

    return decide


def test_two_writers_open_the_same_stream_and_both_effects_are_there_once(
    database: str, open_house: Callable[..., House]
) -> None:
    one, two = open_house(database), open_house(database)
    meeting = Meeting()
    answers = together(
        lambda: write(one.store, "a", 100, NOW, pay(100, meeting)).answer,
        lambda: write(two.store, "b", 23, NOW, pay(23, meeting)).answer,
    )
    assert sorted(answers) == [2, 3]  # opening is fact 1; each payment got its own place after it
    head = one.store.line("L")
    assert head is not None
    assert (head.seq, head.state.balance, head.ledger.receivable) == (3, -123, -123)  # 100 + 23 paid in
    assert verify_all(one.store).problems == ()


def test_eight_writers_on_one_stream_lose_nothing(database: str, open_house: Callable[..., House]) -> None:
    def writer(number: int) -> None:
        store = open_house(database).store
        for turn in range(10):
            write(store, f"{number}:{turn}", number, NOW, pay(10**number))

    write(open_house(database).store, "open", 0, NOW, pay(1))
    together(*(lambda n=n: writer(n) for n in range(8)))
    store = open_house(database).store
    head = store.line("L")
    assert head is not None
    assert head.seq == 2 + 80
    assert head.state.balance == -(1 + 10 * 11_111_111)  # ten payments each of 1, 10, ... 10,000,000
    assert verify_all(store).problems == ()


def test_the_same_key_from_two_writers_is_written_once(
    database: str, open_house: Callable[..., House]
) -> None:
    meeting = Meeting()
    stores = [open_house(database).store for _ in range(2)]
    done = together(*(lambda s=s: write(s, "same", 7, NOW, pay(7, meeting)) for s in stores))
    assert sorted(each.repeated for each in done) == [False, True]
    assert {each.answer for each in done} == {2}
    head = stores[0].line("L")
    assert head is not None and head.state.balance == -7


def test_a_deadlock_is_broken_and_the_loser_goes_again(
    database: str, open_house: Callable[..., House]
) -> None:
    stores = [open_house(database).store for _ in range(2)]

    def open_both(tx: Transaction, change: Change) -> None:
        change.open_line("a", OPENED, DAY)
        change.open_line("b", OPENED, DAY)

    write(stores[0], "open", 0, NOW, open_both)
    meeting = Meeting()

    def crosswise(first: str, second: str) -> Callable[[Transaction, Change], None]:
        def decide(tx: Transaction, change: Change) -> None:
            change.hold_lines(tx.lines([first]))
            meeting.wait()
            change.hold_lines(tx.lines([second]))
            change.line_fact(second, f.PaymentObserved(5), DAY)

        return decide

    together(
        lambda: write(stores[0], "ab", 1, NOW, crosswise("a", "b")),
        lambda: write(stores[1], "ba", 2, NOW, crosswise("b", "a")),
    )
    assert [head.state.balance for head in stores[0].all_lines()] == [-5, -5]


def test_two_lines_of_one_borrower_arriving_at_once_share_one_case(
    database: str, open_house: Callable[..., House], tape: HeldTape
) -> None:
    """The borrower is new to both writers, so neither has anything to lock."""
    month = tape.months[0]
    late = [
        msgspec.structs.replace(
            row, line_id=name, past_due_amount=500_000, days_past_due=60, balance=5_000_000
        )
        for name, row in zip(("L-a", "L-b"), tape.rows(month), strict=False)
    ]
    owners = {row.line_id: ("B-new", 1) for row in late}
    meeting = Meeting()

    class Pausing:
        def __init__(self, inner: Any) -> None:
            self._inner = inner

        def decide(self, row: Any, history: Any) -> Any:
            meeting.wait()
            return self._inner.decide(row, history)

        def approval_needed(self, row: Any) -> bool:
            return bool(self._inner.approval_needed(row))

    houses = [open_house(database) for _ in late]
    live = houses[0].book.live
    paused = msgspec.structs.replace(live, evaluators={"TWD": Pausing(live.evaluators["TWD"])})
    book = msgspec.structs.replace(houses[0].book, live=paused)
    done = together(
        *(
            lambda h=h, row=row: watch_positions(
                h.store, book, WATCHED, [row], owners, key=row.line_id, recorded_at=at(month, time(6))
            )[0]
            for h, row in zip(houses, late, strict=True)
        )
    )
    assert sorted((each.opened, each.joined) for each in done) == [(0, 1), (1, 0)]
    (case,) = houses[0].store.all_cases()
    assert set(case.state.line_ids) == {"L-a", "L-b"}
    assert verify_all(houses[0].store).problems == ()


class Slow:
    """A messenger at which two workers meet, both with the same notices in hand."""

    def __init__(self, inner: Any, meeting: Meeting) -> None:
        self._inner, self._meeting = inner, meeting

    def send(self, messages: Sequence[Outgoing]) -> list[SendResult]:
        self._meeting.wait()
        return list(self._inner.send(messages))


def watched(small: House, tape: HeldTape) -> datetime:
    """The first month is stored, its warnings wait in the outbox. Returns an hour at which they may go."""
    month = tape.months[0]
    watch_positions(
        small.store,
        small.book,
        WATCHED,
        tape.rows(month),
        tape.owners(),
        key="m",
        recorded_at=at(month, time(6)),
    )
    return at(month, time(10))


def test_two_workers_with_the_same_notices_send_and_record_each_once(
    database: str, open_house: Callable[..., House], tape: HeldTape
) -> None:
    one, two = open_house(database), open_house(database)
    now = watched(one, tape)
    waiting = one.store.delivery_counts()["queued"]
    meeting = Meeting()
    done = together(
        lambda: dispatch_notices(one.store, one.book, Slow(one.messenger, meeting), now=now),
        lambda: dispatch_notices(
            two.store, two.book, Slow(two.messenger, meeting), now=now + timedelta(seconds=1)
        ),
    )
    assert waiting >= 10
    assert sum(each.sent for each in done) == waiting
    assert len(one.messages()) == waiting
    kinds = [fact.kind for fact in one.store.case_facts()]
    assert kinds.count("NoticeSent") == kinds.count("NoticeArrived") == waiting
    assert verify_all(one.store).problems == ()


def test_two_workers_close_the_same_day_and_every_case_is_visited_once(
    database: str, open_house: Callable[..., House], tape: HeldTape
) -> None:
    one, two = open_house(database), open_house(database)
    month = tape.months[0]
    watched(one, tape)
    due = len(one.store.due_case_ids(date(2005, 5, 31), "", 1000))
    day = month + timedelta(days=31)
    together(*(lambda h=h: close_day(h.store, h.book, day, recorded_at=at(day, time(9))) for h in (one, two)))
    assert due >= 5
    assert one.store.last_closed_day() == day
    with one.store.transaction() as tx:
        (answer,) = tx.answers_under(f"closed:{day}")
    assert msgspec.json.decode(answer)["visited"] == due
    assert verify_all(one.store).problems == ()


def test_two_reports_of_one_arrival_at_once_are_recorded_once(
    database: str, open_house: Callable[..., House], tape: HeldTape
) -> None:
    houses = [open_house(database) for _ in range(2)]
    now = watched(houses[0], tape)

    class Gateway:
        def send(self, messages: Sequence[Outgoing]) -> list[SendResult]:
            return [SendResult("sent", f"gw-{m.delivery_id}", "0" * 64, "") for m in messages]

    dispatch_notices(houses[0].store, houses[0].book, Gateway(), now=now)
    case = next(iter(houses[0].store.all_cases())).state
    delivery = houses[0].store.deliveries_of(case.case_id)[0].id
    answers = together(
        *(
            lambda h=h, basis=basis: record_arrival(
                h.store, h.book, delivery, basis=basis, today=now.date(), arrived_at=now
            )
            for h, basis in zip(houses, ("delivery_report", "read_by_borrower"), strict=True)
        )
    )
    assert sorted(type(a).__name__ for a in answers) == [AlreadyDone.__name__, Done.__name__]
    kinds = [fact.kind for fact in houses[0].store.facts_of(f"case:{case.case_id}")]
    assert kinds.count("NoticeArrived") == 1
