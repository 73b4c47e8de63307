"""The daily close: visit what is due, take the steps whose day has come, furnish the month's record.
Nothing else.

It asks an index which cases are due and never looks at a line that has nothing to do. A day that was closed
is not
closed again; a missed week is caught up day by day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.calendar import add_months, month_end
from fullrecall.domain.law import Allowed, may
from fullrecall.domain.recall.case import REPORT
from fullrecall.domain.recall.legal_view import legal_view
from fullrecall.domain.record import month_status, monthly
from fullrecall.domain.vocabulary import LawStage, Refused, Stage
from fullrecall.ports import Store, Transaction
from fullrecall.ports.change import CaseHead, Change, LineHead
from fullrecall.write_path import case_work, write
from fullrecall.write_path.rulebook import Rulebook

CHUNK = 500


class Closed(msgspec.Struct, frozen=True):
    """Cases visited, ladder steps taken by name, refusals by rule, record months furnished."""

    visited: int = 0
    steps: int = 0
    furnished: int = 0
    already_closed: bool = False


def close_day(store: Store, book: Rulebook, day: date, *, recorded_at: datetime) -> Closed:
    """Close one day. A case is visited at most once a day; killed in the middle, a second run does the
    rest.
    """
    last = store.last_closed_day()
    if last is not None and day <= last:
        return Closed(already_closed=True)
    after = ""
    while ids := store.due_case_ids(day, after, CHUNK):
        _close_some(store, book, day, ids, recorded_at)
        after = ids[-1]

    def mark(tx: Transaction, change: Change) -> Closed:
        # Summed from what was written, not from what this run did: a run before it may have been killed.
        parts = [msgspec.json.decode(answer, type=Closed) for answer in tx.answers_under(f"close:{day}:")]
        tx.close_day(day, sum(part.visited for part in parts), recorded_at)
        return Closed(
            sum(part.visited for part in parts),
            sum(part.steps for part in parts),
            sum(part.furnished for part in parts),
        )

    done = write(store, f"closed:{day}", day.isoformat(), recorded_at, mark)
    return msgspec.convert(done.answer, Closed)


def _close_some(store: Store, book: Rulebook, day: date, ids: Sequence[str], recorded_at: datetime) -> None:
    def decide(tx: Transaction, change: Change) -> Closed:
        cases = [
            head for head in tx.cases(ids) if head.next_action_on is not None and head.next_action_on <= day
        ]
        borrowers = [head.state.borrower_id for head in cases]
        change.hold_cases(cases)
        change.hold_lines(tx.lines_of_borrowers(borrowers))
        cures = tx.cured_cases_of_borrowers(borrowers, add_months(day, -12))
        steps = furnished = 0
        for case in cases:
            borrower = case.state.borrower_id
            done, reported = _visit(
                change, case, change.lines_of(borrower), book, day, cures.get(borrower, 0)
            )
            steps += done
            furnished += reported
        return Closed(len(cases), steps, furnished)

    digest = sha256("\n".join(ids).encode()).hexdigest()[:24]
    write(store, f"close:{day}:{digest}", list(ids), recorded_at, decide)


def _visit(
    change: Change, case: CaseHead, lines: dict[str, LineHead], book: Rulebook, day: date, prior_cures: int
) -> tuple[int, int]:
    """One step of the ladder at most, then the month's record, then the next date."""
    around = case_work.surround(case, lines, book, day, prior_cures)
    was_open = case.state.stage is not Stage.CLOSED
    moved = case_work.advance(change, case, around, book, day)
    furnished = 0
    if day == month_end(day) and was_open:
        furnished = sum(_furnish(change, case, lines[i], book, day) for i in case.state.line_ids)
    case.next_action_on = None  # the visit is made; plan the next
    case_work.plan_visit(case, lines, book, day)
    return int(moved), furnished


def _furnish(change: Change, case: CaseHead, line: LineHead, book: Rulebook, day: date) -> int:
    """Furnish a line's month to the bureau, if its pack allows it; a refusal is recorded with its rule."""
    state = line.state
    month = f"{day:%Y-%m}"
    if state.reported_month == month:
        return 0
    _, _, adverse = month_status(state, day)
    pack = book.packs[state.pack]
    used = book.of(case.state.policy_id)
    view = legal_view(case.state, state, book.law(0), used.ladder.cure_days, day, adverse=adverse)
    answer = may(pack, LawStage.REPORT, view, book.calendars[pack.id])
    if isinstance(answer, Refused):
        if not case.state.knows(REPORT, answer.rule, answer.until):
            refusal = f.StepRefused(REPORT, answer.rule, answer.why, answer.until, True)
            change.case_fact(case.state.case_id, refusal, day)
        return 0
    assert isinstance(answer, Allowed)  # noqa: S101
    basis = answer.basis[0].rule_id if answer.basis else ""
    change.line_fact(state.line_id, monthly(state, day, basis), day)
    return 1
