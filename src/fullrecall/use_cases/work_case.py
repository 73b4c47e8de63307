"""What a person does to a case: approve, deny, withdraw, extend, interrupt, protect; and a gateway's word
of arrival.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.law import Interrupt, stops
from fullrecall.domain.recall import ladder
from fullrecall.domain.recall.ladder import Outcome, Surroundings
from fullrecall.domain.vocabulary import AlreadyDone, Answer, Done, Mistake, Protection, Refused, Stage
from fullrecall.ports import Store, Transaction
from fullrecall.ports.change import CaseHead, Change
from fullrecall.write_path import case_work, write
from fullrecall.write_path.rulebook import Rulebook

Decide = Callable[[CaseHead, Surroundings], Outcome]


def _work(
    store: Store,
    book: Rulebook,
    case_id: str,
    key: str,
    input_: object,
    today: date,
    at: datetime,
    decide: Decide,
    *,
    dry_run: bool = False,
) -> Answer:
    def change_case(tx: Transaction, change: Change) -> Answer:
        cases = tx.cases([case_id])
        if not cases:
            raise Mistake(
                f"There is no case {case_id}: `fullrecall case list` shows the ids.", code="no_such_case"
            )
        case = cases[0]
        change.hold_cases(cases)
        lines = {head.state.line_id: head for head in tx.lines_of_borrowers([case.state.borrower_id])}
        change.hold_lines(lines.values())
        outcome = decide(case, case_work.surround(case, lines, book, today))
        case_work.record(change, case, outcome, book, today)
        if case.changed:
            case_work.plan_visit(case, lines, book, today)
        return outcome.answer

    done = write(store, key, input_, at, change_case, dry_run=dry_run)
    return msgspec.convert(done.answer, Done | AlreadyDone | Refused)


def approve_case(
    store: Store, book: Rulebook, case_id: str, *, by: str, today: date, at: datetime, key: str
) -> Answer:
    """Approve the step that waits. The person who asked for it can never be the one who approves it."""

    def decide(case: CaseHead, around: Surroundings) -> Outcome:
        s = case.state
        if s.approval == "given":
            return Outcome(AlreadyDone(f"approved by {s.approved_by}"))
        if s.approval != "asked":
            return Outcome(Refused("ladder.nothing-waits", f"case {case_id} waits for no approval"))
        if by in s.asked_by:
            return Outcome(
                Refused("policy.four-eyes", f"{by} asked for this; another person must approve it")
            )
        return Outcome(Done(("ApprovalGiven",)), (f.ApprovalGiven("accelerate", by),))

    return _work(store, book, case_id, key, ["approve", case_id, by], today, at, decide)


def deny_case(
    store: Store, book: Rulebook, case_id: str, *, by: str, why: str, today: date, at: datetime, key: str
) -> Answer:
    """Refuse the step that waits: the case goes on as run-off."""

    def decide(case: CaseHead, around: Surroundings) -> Outcome:
        if case.state.approval == "denied":
            return Outcome(AlreadyDone(f"denied by {case.state.approved_by}"))
        if case.state.approval != "asked":
            return Outcome(Refused("ladder.nothing-waits", f"case {case_id} waits for no approval"))
        return Outcome(Done(("ApprovalDenied",)), (f.ApprovalDenied("accelerate", by, why),))

    return _work(store, book, case_id, key, ["deny", case_id, by, why], today, at, decide)


def withdraw_case(
    store: Store,
    book: Rulebook,
    case_id: str,
    *,
    by: str,
    why: str,
    today: date,
    at: datetime,
    key: str,
    dry_run: bool = False,
) -> Answer:
    """Take a case back; freeze, limits and calls are undone. `dry_run` shows the answer and keeps nothing."""

    def decide(case: CaseHead, around: Surroundings) -> Outcome:
        return ladder.withdraw(case.state, around, by, why)

    return _work(
        store, book, case_id, key, ["withdraw", case_id, by, why], today, at, decide, dry_run=dry_run
    )


def extend_cure(
    store: Store,
    book: Rulebook,
    case_id: str,
    *,
    until: date,
    by: str,
    why: str,
    today: date,
    at: datetime,
    key: str,
) -> Answer:
    def decide(case: CaseHead, around: Surroundings) -> Outcome:
        ends = case.state.cure_ends_on
        if case.state.stage is not Stage.NOTIFIED or ends is None:
            return Outcome(Refused("ladder.no-cure-runs", f"no cure period runs in case {case_id}"))
        if until <= ends:
            return Outcome(Refused("ladder.cure-never-shortens", f"the cure period already ends on {ends}"))
        return Outcome(Done(("CureExtended",)), (f.CureExtended(until, by, why),))

    return _work(store, book, case_id, key, ["extend", case_id, until, by, why], today, at, decide)


def interrupt_case(
    store: Store,
    book: Rulebook,
    case_id: str,
    *,
    interrupt: str,
    by: str,
    why: str,
    until: date | None,
    today: date,
    at: datetime,
    key: str,
) -> Answer:
    """dispute, hardship, breathing_space, complaint or suspension: the clocks its pack names stand still."""

    def decide(case: CaseHead, around: Surroundings) -> Outcome:
        if interrupt in case.state.interrupts:
            return Outcome(AlreadyDone(f"{interrupt} is already recorded"))
        clocks = tuple(sorted(stops(book.packs[case.state.pack], Interrupt(interrupt))))
        return Outcome(Done(("InterruptBegan",)), (f.InterruptBegan(interrupt, clocks, by, why, until),))

    return _work(
        store, book, case_id, key, ["interrupt", case_id, interrupt, by, why, until], today, at, decide
    )


def resume_case(
    store: Store,
    book: Rulebook,
    case_id: str,
    *,
    interrupt: str,
    by: str,
    why: str,
    today: date,
    at: datetime,
    key: str,
) -> Answer:
    """An interrupt ends; a cure period that stood still is given back the days it lost."""

    def decide(case: CaseHead, around: Surroundings) -> Outcome:
        return ladder.resume(case.state, (interrupt,), by=by, why=why, today=today)

    return _work(store, book, case_id, key, ["resume", case_id, interrupt, by, why], today, at, decide)


def protect_borrower(
    store: Store,
    book: Rulebook,
    case_id: str,
    *,
    protection: str,
    evidence: str,
    by: str,
    today: date,
    at: datetime,
    key: str,
) -> Answer:
    """deceased, identity_theft, minor or insolvent: demands, calls and furnishing stop."""

    def decide(case: CaseHead, around: Surroundings) -> Outcome:
        if case.state.protection == Protection(protection):
            return Outcome(AlreadyDone(f"protected as {protection}"))
        return Outcome(Done(("BorrowerProtected",)), (f.BorrowerProtected(protection, evidence, by),))

    return _work(store, book, case_id, key, ["protect", case_id, protection, evidence, by], today, at, decide)
