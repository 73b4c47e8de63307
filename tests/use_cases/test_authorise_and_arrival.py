"""A freeze counts for the next authorisation; a word of arrival is recorded once, and never too early."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

import msgspec
import pytest

from fullrecall.domain import facts as f
from fullrecall.domain.vocabulary import AlreadyDone, Done, Mistake, Refused
from fullrecall.ports import Outgoing, SendResult, Transaction
from fullrecall.ports.change import Change
from fullrecall.use_cases.authorise_purchase import authorise_purchase
from fullrecall.use_cases.close_day import close_day
from fullrecall.use_cases.dispatch_notices import dispatch_notices
from fullrecall.use_cases.record_arrival import record_arrival
from fullrecall.use_cases.verify_all import verify_all
from fullrecall.use_cases.watch_positions import watch_positions
from fullrecall.write_path import write
from small_house import WATCHED, HeldTape, House, at, noon
from table_dump import differences, dump

MONTH = date(2005, 4, 30)


class Gateway:
    """Takes every message and says nothing about its arrival."""

    def send(self, messages: Sequence[Outgoing]) -> list[SendResult]:
        return [SendResult("sent", f"gw-{m.delivery_id}", "0" * 64, "") for m in messages]


def watch(house: House, tape: HeldTape, **changes: int) -> str:
    """One line under watch: 80,000.00 of 100,000.00 used. Returns its id."""
    row = msgspec.structs.replace(
        tape.rows(MONTH)[0], credit_limit=10_000_000, balance=8_000_000, past_due_amount=0, days_past_due=0
    )
    row = msgspec.structs.replace(row, line_id="L", **changes)
    watch_positions(
        house.store, house.book, WATCHED, [row], {"L": ("B", 1)}, key="m", recorded_at=at(MONTH, time(6))
    )
    return "L"


def freeze(line_id: str, *, full: bool) -> Callable[[Transaction, Change], None]:
    def decide(tx: Transaction, change: Change) -> None:
        change.hold_lines(tx.lines([line_id]))
        change.line_fact(line_id, f.LineFrozen("c", "ARREARS", MONTH + timedelta(days=30), full), MONTH)

    return decide


@pytest.mark.parametrize(("full", "code"), [(True, "LINE_FROZEN"), (False, "LINE_PARTLY_FROZEN")])
def test_a_frozen_line_is_declined_from_the_next_request(
    small: House, tape: HeldTape, full: bool, code: str
) -> None:
    line = watch(small, tape)
    before, currency = authorise_purchase(small.store, line, 2_000_000)
    assert (before.approved, before.code, currency) == (True, "APPROVED", "TWD")
    assert before.available == 2_000_000  # 100,000.00 - 80,000.00
    write(small.store, "freeze", 1, noon(MONTH), freeze(line, full=full))
    after, _ = authorise_purchase(small.store, line, 100)
    assert (after.approved, after.code) == (False, code)


def test_asking_changes_nothing_and_the_unused_limit_is_the_limit(small: House, tape: HeldTape) -> None:
    line = watch(small, tape)
    before = dump(small.store.engine)
    assert authorise_purchase(small.store, line, 2_000_001)[0].code == "LIMIT_EXCEEDED"
    assert authorise_purchase(small.store, line, 0)[0].code == "AMOUNT_NOT_POSITIVE"
    assert authorise_purchase(small.store, line, 2_000_000)[0].approved
    assert authorise_purchase(small.store, line, 2_000_000)[0].approved  # asking twice holds nothing
    assert differences(before, dump(small.store.engine)) == []


def test_an_unknown_line_is_one_sentence(small: House) -> None:
    with pytest.raises(Mistake) as refused:
        authorise_purchase(small.store, "L-404", 100)
    assert refused.value.sentence == "There is no line L-404: check the id."


def demanded(house: House, tape: HeldTape) -> tuple[str, datetime]:
    """A demand was sent by a gateway that has not said yet that it arrived. Returns its delivery."""
    watch(house, tape, past_due_amount=800_000, days_past_due=60)
    for n in range(1, 15):
        day = MONTH + timedelta(days=n)
        close_day(house.store, house.book, day, recorded_at=at(day, time(9)))
        dispatch_notices(house.store, house.book, Gateway(), now=at(day, time(10)))
        (case,) = house.store.all_cases()
        demand = case.state.last_notice("demand")
        if demand is not None:
            found = [
                d for d in house.store.deliveries_of(case.state.case_id) if d.notice_id == demand.notice_id
            ]
            return found[0].id, at(day, time(10))
    raise AssertionError("no demand was sent")


def test_an_arrival_starts_the_cure_clock_and_a_second_report_is_harmless(
    small: House, tape: HeldTape
) -> None:
    delivery, now = demanded(small, tape)

    def report(basis: str, when: datetime) -> object:
        return record_arrival(
            small.store, small.book, delivery, basis=basis, today=when.date(), arrived_at=when
        )

    assert isinstance(report("delivery_report", now), Done)
    (case,) = small.store.all_cases()
    assert case.state.cure_arrived_on == now.date()
    before = dump(small.store.engine, ("idempotency.key", "idempotency.input_hash", "answer"))
    later = now + timedelta(days=3)
    assert isinstance(report("delivery_report", now), Done)  # the very same word again: the stored answer
    assert isinstance(report("read_by_borrower", later), AlreadyDone)
    after = dump(small.store.engine, ("idempotency.key", "idempotency.input_hash", "answer"))
    assert [name for name in before if before[name] != after[name]] == ["idempotency"]
    assert verify_all(small.store).problems == ()


def test_an_arrival_before_the_sending_is_refused_and_counts_once_it_is_true(
    small: House, tape: HeldTape
) -> None:
    watch(small, tape, past_due_amount=800_000, days_past_due=60)
    (case,) = small.store.all_cases()
    delivery = small.store.deliveries_of(case.state.case_id)[0]
    now = at(MONTH, time(10))
    before = dump(small.store.engine)

    def report() -> object:
        return record_arrival(
            small.store, small.book, delivery.id, basis="delivery_report", today=MONTH, arrived_at=now
        )

    early = report()
    assert isinstance(early, Refused)
    assert early.rule == "notice.not-sent"
    assert differences(before, dump(small.store.engine)) == []
    dispatch_notices(small.store, small.book, Gateway(), now=now)
    assert isinstance(report(), Done)
    stored = small.store.deliveries_of(case.state.case_id)
    assert [d.state for d in stored if d.id == delivery.id] == ["arrived"]


def test_an_arrival_of_an_unknown_delivery_is_one_sentence(small: House) -> None:
    with pytest.raises(Mistake, match="^There is no delivery dlv_404: .*lists them.$"):
        record_arrival(small.store, small.book, "dlv_404", basis="x", today=MONTH, arrived_at=noon(MONTH))
