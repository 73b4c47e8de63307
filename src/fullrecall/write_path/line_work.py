"""Work on a line kept here inside one change: load it, record what was decided, tell its open case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.line import Authorisation, LineState, on_day
from fullrecall.domain.line.authorise import available
from fullrecall.domain.line.kept_decide import kept_of
from fullrecall.domain.vocabulary import Mistake, Refused, Stage
from fullrecall.ports import Store, Transaction
from fullrecall.ports.change import CaseHead, Change, LineHead
from fullrecall.write_path import case_work
from fullrecall.write_path.rulebook import Rulebook
from fullrecall.write_path.write import Written, write

Decided = f.Fact | Refused | Authorisation


class LineAnswer(msgspec.Struct, frozen=True):
    """What was recorded, or why not; then the line as it stands. Minor units.

    posted: account -> change, debit positive. rule: empty when recorded.
    """

    line_id: str
    currency: str
    fact: str
    posted: dict[str, int]
    balance: int
    past_due_amount: int
    days_past_due: int
    available: int
    rule: str = ""
    why: str = ""
    repeated: bool = False


def load(tx: Transaction, change: Change, line_id: str) -> LineHead:
    """The line, held for change. Raises Mistake for one that does not exist or is kept elsewhere."""
    found = tx.lines([line_id])
    if not found:
        raise Mistake(f"There is no line {line_id[:60]}: check the id.", code="no_such_line")
    kept_of(found[0].state)
    change.hold_lines(found)
    return found[0]


def answer(change: Change, head: LineHead, decided: Decided, on: date) -> LineAnswer:
    """Record what was decided on a held line, and say how the line stands then."""
    rule = why = ""
    kind, posted = "", dict[str, int]()
    if isinstance(decided, f.Fact):
        change.line_fact(head.state.line_id, decided, on)
        recorded = change.facts[-1].fact
        kind, posted = type(recorded).__name__, getattr(recorded, "posted", None) or {}
    elif isinstance(decided, Refused):
        rule, why = decided.rule, decided.why
    else:
        rule, why = decided.code, decided.why
    state = on_day(head.state, on)
    return LineAnswer(
        state.line_id, state.currency, kind, posted, state.balance, state.past_due_amount,
        state.days_past_due, available(state), rule, why,
    )  # fmt: skip


def change_line(
    store: Store,
    line_id: str,
    key: str,
    input_: Any,
    on: date,
    at: datetime,
    decide: Callable[[LineState], Decided],
    *,
    dry_run: bool = False,
) -> LineAnswer:
    """One decision on one line, written once for its key."""

    def work(tx: Transaction, change: Change) -> LineAnswer:
        head = load(tx, change, line_id)
        return answer(change, head, decide(head.state), on)

    return read(write(store, key, [line_id, on, input_], at, work, dry_run=dry_run))


def read(done: Written) -> LineAnswer:
    found = msgspec.convert(done.answer, LineAnswer)
    return msgspec.structs.replace(found, repeated=done.repeated)


def move_money(
    store: Store,
    book: Rulebook,
    line_id: str,
    key: str,
    input_: Any,
    on: date,
    at: datetime,
    decide: Callable[[LineState], tuple[Decided, int]],
) -> LineAnswer:
    """As change_line, for money that an open case of the borrower must hear of.

    decide: the fact, and how much came in (negative: went back).
    """

    def work(tx: Transaction, change: Change) -> LineAnswer:
        head = load(tx, change, line_id)
        borrower = head.state.borrower_id
        change.hold_lines(tx.lines_of_borrowers([borrower]))
        head = change.lines[line_id]
        cases = tx.open_cases_of_borrowers([borrower])
        change.hold_cases(cases)
        written_off = head.state.charged_off
        decided, amount = decide(head.state)
        told = answer(change, head, decided, on)
        day = head.state.as_of or on
        for case in cases:
            if told.fact and line_id in case.state.line_ids:
                _tell(change, case, book, line_id, amount, min(amount, written_off), day)
        return told

    return read(write(store, key, [line_id, on, input_], at, work))


def _tell(
    change: Change, case: CaseHead, book: Rulebook, line_id: str, amount: int, recovered: int, on: date
) -> None:
    """A case hears of the money on the day the line is at, whatever its value date, and is asked again."""
    change.case_fact(case.state.case_id, f.CasePaymentSeen(line_id, amount), on)
    if case.state.stage in (Stage.CHARGED_OFF, Stage.RECOVERING) and recovered > 0:
        change.case_fact(case.state.case_id, f.RecoverySeen(line_id, recovered), on)
    lines = change.lines_of(case.state.borrower_id)
    case_work.settle_payments(change, case, lines, book, on)
    case_work.plan_visit(case, lines, book, on)
