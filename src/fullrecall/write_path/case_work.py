"""Work on a case inside one change: surround it, record an outcome of the ladder, put its notices into the
outbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.line import LineState, on_day
from fullrecall.domain.notices.compose import compose
from fullrecall.domain.notices.delivery import delivery_id_of
from fullrecall.domain.notices.governor import when_may_send
from fullrecall.domain.policy import Payment
from fullrecall.domain.recall import ladder
from fullrecall.domain.recall.ladder import Outcome, Surroundings
from fullrecall.domain.recall.transitions import Command
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Channel, Done, Refused
from fullrecall.ports import StoredDelivery
from fullrecall.ports.change import CaseHead, Change, LineHead
from fullrecall.write_path.rulebook import Rulebook

_encode = msgspec.json.Encoder().encode


def states(lines: Mapping[str, LineHead], today: date) -> dict[str, LineState]:
    """The lines as they stand today; a line kept here brings its interest and arrears forward."""
    return {line_id: on_day(head.state, today) for line_id, head in lines.items()}


def surround(
    case: CaseHead, lines: Mapping[str, LineHead], book: Rulebook, today: date, prior_cures: int = 0
) -> Surroundings:
    """What a step of this case is decided on. `lines`: all lines of the borrower."""
    state = case.state
    used = book.of(state.policy_id)
    today_lines = states(lines, today)
    exposure = sum(line.exposure for line in today_lines.values() if line.currency == state.currency)
    approval = used.evaluators[state.currency].approval_needed(
        _approval_row(state.currency, state.case_id, exposure, today)
    )
    return Surroundings(today_lines, book.law(prior_cures), used.ladder, approval, exposure)


def _approval_row(currency: str, case_id: str, exposure: int, today: date) -> TapeRow:
    return TapeRow(case_id, today, today, currency, exposure=exposure, borrower_exposure=exposure)


def record(change: Change, case: CaseHead, outcome: Outcome, book: Rulebook, on: date) -> None:
    """Record an outcome: facts of the case, facts of its lines, then its notices, said from the state they
    lead to.
    """
    case_id = case.state.case_id
    for fact in outcome.case_facts:
        change.case_fact(case_id, fact, on)
    for line_id, line_fact in outcome.line_facts:
        change.line_fact(line_id, line_fact, on)
    for fact in outcome.case_facts:
        if isinstance(fact, f.NoticeIssued):
            queue(change, case, fact, outcome.basis, book, on)


def queue(
    change: Change, case: CaseHead, fact: f.NoticeIssued, basis: tuple[f.Basis, ...], book: Rulebook, on: date
) -> None:
    """What the notice says, and one delivery per channel, not before the borrower's contact hours."""
    used = book.of(case.state.policy_id)
    lines = {i: change.lines[i].state for i in case.state.line_ids}
    content = compose(
        fact, case.state, lines, book.profile, used.reasons, basis, on, used.ladder.plan_instalments,
        _payment(change, case),
    )  # fmt: skip
    change.notices.append((fact.notice_id, case.state.case_id, fact.notice, on, _encode(content)))
    rules = book.contact[case.state.pack]
    for channel in fact.channels:
        not_before = when_may_send(rules, Channel(channel), change.recorded_at, ()).astimezone(UTC)
        delivery = StoredDelivery(
            id=delivery_id_of(fact.notice_id, Channel(channel)),
            notice_id=fact.notice_id,
            case_id=case.state.case_id,
            borrower_id=case.state.borrower_id,
            channel=channel,
            state="queued",
            not_before=not_before,
            attempts=0,
            was_held=not_before > change.recorded_at,
            sent_at=None,
            arrived_at=None,
            content_sha256=None,
            receipt=None,
            detail=None,
        )
        change.deliveries[delivery.id] = delivery


def _payment(change: Change, case: CaseHead) -> tuple[str, Payment] | None:
    """What paying would have done to the decision of the one line that asks; for several no single sum is
    right.
    """
    asking = [line_id for line_id in case.state.asking if line_id in case.state.line_ids]
    text = change.averting.get(asking[0]) if len(asking) == 1 else None
    return (asking[0], msgspec.json.decode(text, type=Payment)) if text else None


def advance(change: Change, case: CaseHead, around: Surroundings, book: Rulebook, today: date) -> bool:
    """Take the step that is due today, if any. Returns True when the ladder moved."""
    command = ladder.due_step(case.state, around, today)
    if command is None:
        return False
    outcome = ladder.take(case.state, around, command, today)
    record(change, case, outcome, book, today)
    return isinstance(outcome.answer, Done)


def settle_payments(
    change: Change, case: CaseHead, lines: Mapping[str, LineHead], book: Rulebook, on: date
) -> None:
    """After money or a position moved: a cure, a settlement or a recovery happens at once, not at the next
    close.
    """
    around = surround(case, lines, book, on)
    command = ladder.due_step(case.state, around, on)
    if command in (Command.CURE, Command.SETTLE):
        outcome = ladder.take(case.state, around, command, on)
        if not isinstance(outcome.answer, Refused):
            record(change, case, outcome, book, on)


def plan_visit(case: CaseHead, lines: Mapping[str, LineHead], book: Rulebook, today: date) -> None:
    """When the case wants to be visited next; written even where the visit itself recorded nothing."""
    if case.next_action_on is not None and case.next_action_on <= today and case.state.is_open:
        return  # today's visit is still to come: the month's record must not be lost to tomorrow's step
    planned = ladder.next_action_on(case.state, surround(case, lines, book, today), today)
    if planned != case.next_action_on:
        case.next_action_on = planned
        case.changed = True


def local_day(book: Rulebook, case: CaseHead, now: datetime) -> date:
    """The calendar day at the borrower's place: law counts days there, not in UTC."""
    return now.astimezone(ZoneInfo(book.contact[case.state.pack].timezone)).date()


def note_arrival(
    change: Change, case: CaseHead, book: Rulebook, notice_id: str, channel: str, basis: str, on: date
) -> None:
    """Record an arrival; the first arrival of a demand starts the cure clock."""
    change.case_fact(case.state.case_id, f.NoticeArrived(notice_id, channel, basis), on)
    demand = case.state.last_notice("demand")
    if case.state.cure_arrived_on is not None or demand is None or demand.notice_id != notice_id:
        return
    lines = change.lines_of(case.state.borrower_id)
    started = ladder.start_cure(case.state, surround(case, lines, book, on), notice_id, on)
    if started is not None:
        change.case_fact(case.state.case_id, started, on)
        plan_visit(case, lines, book, on)
