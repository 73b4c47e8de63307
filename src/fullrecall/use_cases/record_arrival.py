"""A gateway's or mail server's word that a notice arrived: recorded once, and the clocks that wait for it
start.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from fullrecall.domain.vocabulary import AlreadyDone, Answer, Done, Mistake, Refused
from fullrecall.ports import Store, Transaction
from fullrecall.ports.change import Change
from fullrecall.write_path import case_work, write
from fullrecall.write_path.rulebook import Rulebook


def record_arrival(
    store: Store, book: Rulebook, delivery_id: str, *, basis: str, today: date, arrived_at: datetime
) -> Answer:
    """Record that a delivery arrived at `arrived_at`. A second word about it changes nothing.

    A word that comes before the sending is refused and not kept: the same word counts once it is true.
    """

    def decide(tx: Transaction, change: Change) -> Answer:
        known = tx.deliveries([delivery_id])
        if not known:
            raise Mistake(
                f"There is no delivery {delivery_id}: `fullrecall case show ID` lists them.",
                code="no_such_delivery",
            )
        cases = tx.cases([known[delivery_id].case_id])
        found = tx.deliveries([delivery_id])[delivery_id]  # again, now that the case is locked
        if found.state == "arrived":
            return AlreadyDone(f"arrived at {found.arrived_at}")
        if found.sent_at is None:
            tx.roll_back()
            return Refused("notice.not-sent", f"delivery {delivery_id} was not sent yet")
        change.hold_cases(cases)
        change.hold_lines(tx.lines_of_borrowers([found.borrower_id]))
        case_work.note_arrival(change, cases[0], book, found.notice_id, found.channel, basis, today)
        change.deliveries[found.id] = found._replace(state="arrived", arrived_at=arrived_at)
        return Done(("NoticeArrived",))

    done = write(store, f"arrival:{delivery_id}:{basis}", [delivery_id, basis], arrived_at, decide)
    return msgspec.convert(done.answer, Done | AlreadyDone | Refused)
