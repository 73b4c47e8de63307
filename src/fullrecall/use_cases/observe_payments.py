"""Payments that reached the other core: recorded for lines with an open case, where a day decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.vocabulary import Stage
from fullrecall.ports import Store, Transaction
from fullrecall.ports.change import CaseHead, Change, LineHead
from fullrecall.write_path import case_work, write
from fullrecall.write_path.rulebook import Rulebook


class Paid(msgspec.Struct, frozen=True):
    """payments recorded, their sum in minor units by currency, cases that were cured or settled by them."""

    payments: int = 0
    amounts: dict[str, int] = {}
    ended: int = 0


def observe_payments(
    store: Store,
    book: Rulebook,
    payments: Sequence[tuple[str, str, int]],
    on: date,
    *,
    key: str,
    recorded_at: datetime,
) -> tuple[Paid, bool]:
    """payments: (line id, borrower id, minor units > 0), all on one day. Lines without an open case are
    left to their
    next position, which carries the same money. Returns what happened and whether the key had been written
    before.
    """

    def decide(tx: Transaction, change: Change) -> Paid:
        cases = tx.open_cases_of_borrowers([borrower for _, borrower, _ in payments])
        change.hold_cases(cases)
        case_of = {head.state.borrower_id: head for head in cases}
        change.hold_lines(tx.lines_of_borrowers(sorted(case_of)))
        count, ended, amounts = 0, 0, dict[str, int]()
        for line_id, borrower, amount in payments:
            case = case_of.get(borrower)
            if case is None or line_id not in change.lines_of(borrower):
                continue
            ended += _one(change, case, change.lines_of(borrower), book, line_id, amount, on)
            currency = change.lines[line_id].state.currency
            amounts[currency] = amounts.get(currency, 0) + amount
            count += 1
        return Paid(count, amounts, ended)

    done = write(store, key, [payments, on], recorded_at, decide)
    return msgspec.convert(done.answer, Paid), done.repeated


def _one(
    change: Change,
    case: CaseHead,
    lines: dict[str, LineHead],
    book: Rulebook,
    line_id: str,
    amount: int,
    on: date,
) -> int:
    written_off = lines[line_id].state.charged_off
    change.line_fact(line_id, f.PaymentObserved(amount), on)
    change.case_fact(case.state.case_id, f.CasePaymentSeen(line_id, amount), on)
    if case.state.stage in (Stage.CHARGED_OFF, Stage.RECOVERING) and written_off:
        change.case_fact(case.state.case_id, f.RecoverySeen(line_id, min(amount, written_off)), on)
    before = case.state.stage
    case_work.settle_payments(change, case, lines, book, on)
    case_work.plan_visit(case, lines, book, on)
    return int(case.state.stage is not before and case.state.stage in (Stage.CURED, Stage.SETTLED))
