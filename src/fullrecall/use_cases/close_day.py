"""The daily close: visit what is due, take the steps whose day has come, furnish the month's record.
Nothing else.

It asks an index which cases are due and never looks at a line that has nothing to do. A day that was closed
is not closed again; a missed week is caught up day by day. Where the live policy has caps, the whole day is
tried without keeping anything before its first write, and a day that would take too much is refused whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from fullrecall.ports import BreakerAllowed, Store, Transaction
from fullrecall.ports.change import CaseHead, Change, LineHead
from fullrecall.write_path import breaker, case_work, write
from fullrecall.write_path.breaker import Load
from fullrecall.write_path.rulebook import Rulebook

CHUNK = 500
AVERTING_MONTHS = 3  # an older alert says nothing about the arrears of today


class Closed(msgspec.Struct, frozen=True):
    """Cases visited, ladder steps taken by name, refusals by rule, record months furnished."""

    visited: int = 0
    steps: int = 0
    furnished: int = 0
    already_closed: bool = False
    taken: Load = Load()  # lines frozen, withdrawn or called


def close_day(
    store: Store, book: Rulebook, day: date, *, recorded_at: datetime, breaker_allowed_by: str = ""
) -> Closed:
    """Close one day. A case is visited at most once a day; killed in the middle, a second run does the
    rest.

    Raises BreakerTripped, with nothing kept, when the day would take more than the live policy allows in one
    run; `breaker_allowed_by` names the person who lets this day through all the same.
    """
    last = store.last_closed_day()
    if last is not None and day <= last:
        return Closed(already_closed=True)
    if breaker.has_caps(book.live.policy):
        _ask_breaker(store, book, day, recorded_at, breaker_allowed_by)
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
            taken=_sum_taken(parts),
        )

    done = write(store, f"closed:{day}", day.isoformat(), recorded_at, mark)
    return msgspec.convert(done.answer, Closed)


def _sum_taken(parts: Iterable[Closed]) -> Load:
    total = Load()
    for part in parts:
        total = total.plus(part.taken)
    return total


def _ask_breaker(store: Store, book: Rulebook, day: date, recorded_at: datetime, allowed_by: str) -> None:
    """Try the whole day first. What a killed run of the same day already took counts too."""
    prefix = f"close:{day}:"
    load = _sum_taken(msgspec.json.decode(a, type=Closed) for a in store.answers_under(prefix))
    after = ""
    while ids := store.due_case_ids(day, after, CHUNK):
        with store.transaction() as tx:
            load = load.plus(_decide(tx, Change(recorded_at), book, day, ids).taken)
            tx.roll_back()
        after = ids[-1]
    policy = book.live.policy
    why = breaker.exceeds(policy, load)
    if not why or breaker.covered(load, store.breakers_allowed(day)):
        return
    if not allowed_by.strip():
        raise breaker.tripped(policy, day, why)
    exposure = msgspec.json.encode(load.exposure, order="sorted").decode()
    row = BreakerAllowed(day, load.lines, exposure, policy.id, allowed_by.strip(), recorded_at)
    key = f"breaker:{day}:{load.lines}:{exposure}"
    write(store, key, [day, load, policy.id], recorded_at, lambda tx, change: tx.keep_breaker(row))


def _close_some(store: Store, book: Rulebook, day: date, ids: Sequence[str], recorded_at: datetime) -> None:
    digest = sha256("\n".join(ids).encode()).hexdigest()[:24]
    key = f"close:{day}:{digest}"
    write(store, key, list(ids), recorded_at, lambda tx, change: _decide(tx, change, book, day, ids))


def _decide(tx: Transaction, change: Change, book: Rulebook, day: date, ids: Sequence[str]) -> Closed:
    cases = [head for head in tx.cases(ids) if head.next_action_on is not None and head.next_action_on <= day]
    borrowers = [head.state.borrower_id for head in cases]
    change.hold_cases(cases)
    change.hold_lines(tx.lines_of_borrowers(borrowers))
    asking = [line_id for case in cases for line_id in case.state.asking]
    change.averting |= tx.averting_of(asking, add_months(day, -AVERTING_MONTHS))
    cures = tx.cured_cases_of_borrowers(borrowers, add_months(day, -12))
    before = {line_id: head.state for line_id, head in change.lines.items()}
    steps = furnished = 0
    for case in cases:
        borrower = case.state.borrower_id
        done, reported = _visit(change, case, change.lines_of(borrower), book, day, cures.get(borrower, 0))
        steps += done
        furnished += reported
    return Closed(len(cases), steps, furnished, taken=breaker.load_of(change, before))


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
