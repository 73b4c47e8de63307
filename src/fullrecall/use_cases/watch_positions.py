"""Watch a batch of observed positions: record them, decide on each as it arrives, open or join cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.calendar import add_months
from fullrecall.domain.money import AMOUNT_MAX
from fullrecall.domain.policy import Decision
from fullrecall.domain.recall import alerts, ladder
from fullrecall.domain.recall.transitions import Command
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Action, Mistake, Trigger
from fullrecall.ports import Store, Transaction
from fullrecall.ports.change import CaseHead, Change, LineHead
from fullrecall.write_path import case_work, write
from fullrecall.write_path.rulebook import PolicyInUse, Rulebook

HISTORY_MONTHS = 24
_json = msgspec.json.Encoder().encode


class WatchedBook(msgspec.Struct, frozen=True):
    """What a tape says once for all its lines."""

    source: str
    product: str
    pack: str
    origin: str = "observed"
    governing_state: str = ""
    cross_default_flagged: bool = False


class Watched(msgspec.Struct, frozen=True):
    """positions recorded, alerts by trigger, cases opened and joined."""

    positions: int = 0
    alerts: dict[str, int] = {}
    opened: int = 0
    joined: int = 0
    cured: int = 0


def watch_positions(
    store: Store,
    book: Rulebook,
    tape: WatchedBook,
    rows: Sequence[TapeRow],
    owners: dict[str, tuple[str, int]],
    *,
    key: str,
    recorded_at: datetime,
) -> tuple[Watched, bool]:
    """Record rows of one or more lines in order of date. owners: line id -> (borrower id, billing cycle).

    Returns what happened and whether the same key had been written before. Raises Mistake when a row is not later
    than what is known of its line.
    """
    work = _Work(book, tape, owners)
    done = write(store, key, _json([rows, sorted(owners.items())]), recorded_at, lambda tx, ch: work.decide(tx, ch, rows))
    return msgspec.convert(done.answer, Watched), done.repeated


class _Work:
    """One batch on its way; holds what every row needs."""

    def __init__(self, book: Rulebook, tape: WatchedBook, owners: dict[str, tuple[str, int]]) -> None:
        self.book = book
        self.used: PolicyInUse = book.live
        self.tape = tape
        self.owners = owners

    def decide(self, tx: Transaction, change: Change, rows: Sequence[TapeRow]) -> Watched:
        self.alerts: dict[str, int] = {}
        self.opened = self.joined = self.cured = 0
        borrowers = [self.owners[row.line_id][0] for row in rows]
        change.hold_lines(tx.lines_of_borrowers(borrowers))
        change.hold_cases(tx.open_cases_of_borrowers(borrowers))
        self.case_of = {head.state.borrower_id: head for head in change.cases.values() if head.state.is_open}
        self.lines_of = change.lines_of
        ids = [row.line_id for row in rows if row.line_id in change.lines]
        oldest = min((row.as_of for row in rows), default=None)
        history = tx.history(ids, add_months(oldest, -HISTORY_MONTHS)) if oldest and ids else {}
        for row in rows:
            self._one(change, row, history.setdefault(row.line_id, []))
        return Watched(len(rows), self.alerts, self.opened, self.joined, self.cured)

    def _one(self, change: Change, row: TapeRow, history: list[TapeRow]) -> None:
        head = self._line(change, row)
        last = head.state.as_of
        if last is not None and row.as_of <= last:
            raise Mistake(
                f"Line {row.line_id}: the position of {row.as_of} is not later than the last one known, {last}; "
                "months must come in order.",
                code="months_out_of_order",
            )
        limit, balance = row.credit_limit or 0, row.balance or 0
        change.line_fact(
            row.line_id,
            f.PositionObserved(
                limit, balance, row.amount_due or 0, row.amount_paid or 0, row.past_due_amount or 0,
                row.days_past_due or 0, row.known_at,
            ),
            row.as_of,
        )  # fmt: skip
        full = self._full_row(row, head)
        decision = self.used.evaluators[row.currency].decide(full, history)
        self._keep(change, full, decision)
        history.append(full if decision.score is None else _scored(full, decision))
        case = self.case_of.get(head.state.borrower_id)
        if case is not None or alerts.is_alert(decision.action):
            self._react(change, head, case, decision, row.as_of)

    def _line(self, change: Change, row: TapeRow) -> LineHead:
        head = change.lines.get(row.line_id)
        if head is None:
            borrower_id, cycle = self.owners[row.line_id]
            t = self.tape
            opened = f.LineOpened(
                borrower_id, row.currency, cycle, t.product, t.pack, t.origin, t.source, t.governing_state,
                t.cross_default_flagged,
            )  # fmt: skip
            head = change.open_line(row.line_id, opened, row.as_of)
        elif head.state.currency != row.currency:
            raise Mistake(
                f"Line {row.line_id} is in {head.state.currency}, the row of {row.as_of} in {row.currency}: "
                "a line keeps its currency.",
                code="currency_mismatch",
            )
        return head

    def _full_row(self, row: TapeRow, head: LineHead) -> TapeRow:
        """The row as the policy reads it, with what only the live system knows."""
        state = head.state
        siblings = self.lines_of(state.borrower_id)
        own = state.exposure
        total = own if len(siblings) == 1 else sum(
            h.state.exposure for h in siblings.values() if h.state.currency == row.currency
        )  # fmt: skip
        if total > AMOUNT_MAX:
            raise Mistake(f"Borrower {state.borrower_id}: exposure {total} is beyond {AMOUNT_MAX} minor units.")
        return TapeRow(
            row.line_id, row.as_of, row.known_at, row.currency, row.credit_limit, row.balance, row.amount_due,
            row.amount_paid, row.past_due_amount, row.days_past_due, own, total, row.score, row.score_model,
            state.proven_severe_violations, state.positions, state.manual_action or None, row.extra,
        )  # fmt: skip

    def _keep(self, change: Change, row: TapeRow, d: Decision) -> None:
        score, model = (row.score, row.score_model) if d.score is None else (d.score, d.score_model)
        change.tape_rows.append(
            (
                row.line_id, row.as_of, row.known_at, 0, row.currency, row.credit_limit, row.balance, row.amount_due,
                row.amount_paid, row.past_due_amount, row.days_past_due, row.exposure, row.borrower_exposure, score,
                model, row.proven_severe_violations, row.months_on_book, row.manual_action,
                _json(row.extra).decode() if row.extra else None,
            )
        )  # fmt: skip
        quiet = not d.fired and not d.unknown
        change.decisions.append(
            (
                row.line_id, row.as_of, row.known_at, 0, d.policy_id, d.action.value, d.trigger and str(d.trigger),
                "[]" if quiet else _json(d.fired).decode(), "[]" if quiet else _json(d.reasons).decode(),
                "[]" if quiet else _json(d.unknown).decode(),
            )
        )  # fmt: skip

    def _react(
        self, change: Change, head: LineHead, case: CaseHead | None, decision: Decision, on: date
    ) -> None:
        borrower = head.state.borrower_id
        lines = self.lines_of(borrower)
        alert = alerts.is_alert(decision.action)
        if case is not None and case.state.stage in alerts.FINISHED and alert:
            change.case_fact(case.state.case_id, f.CaseClosed(case.state.outcome), on)
            case.next_action_on, case = None, None
        if case is None:
            case = self._open(change, head, decision, on)
        elif alert and alerts.joins(case.state, decision.action, decision.trigger or Trigger.ARREARS, head.state.line_id):
            trigger = decision.trigger or Trigger.ARREARS
            change.case_fact(
                case.state.case_id,
                f.TriggerJoined(head.state.line_id, str(trigger), str(decision.action), decision.fired, decision.reasons),
                on,
            )
            self.joined += 1
            self.alerts[str(trigger)] = self.alerts.get(str(trigger), 0) + 1
        else:
            self._look_again(change, case, decision, on)
        self.case_of[borrower] = case
        case_work.plan_visit(case, lines, self.book, on)

    def _look_again(self, change: Change, case: CaseHead, decision: Decision, on: date) -> None:
        """No news for the ladder, but the position may have settled or cured what was asked."""
        lines = self.lines_of(case.state.borrower_id)
        case_work.settle_payments(change, case, lines, self.book, on)
        quiet = decision.action is Action.NONE
        around = case_work.surround(case, lines, self.book, on)
        if quiet and case.state.stage in ladder.BY_COMMAND[Command.CURE].sources and ladder.is_paid_up(case.state, around.lines):
            outcome = ladder.take(case.state, around, Command.CURE, on)
            case_work.record(change, case, outcome, self.book, on)
        if case.state.outcome == "cured":
            self.cured += 1

    def _open(self, change: Change, head: LineHead, d: Decision, on: date) -> CaseHead:
        state = head.state
        trigger = d.trigger or Trigger.DECISION
        siblings = self.lines_of(state.borrower_id)
        scope = tuple(sorted(siblings)) if self.used.borrower_wide else (state.line_id,)
        case_id = alerts.case_id_of(state.borrower_id, state.line_id, on, d.policy_id)
        fact = alerts.opening(
            state,
            trigger=trigger,
            action=d.action,
            rules=d.fired,
            reasons=d.reasons,
            policy_id=d.policy_id,
            pack_version=self.book.packs[state.pack].version,
            law_as_of=self.book.law_as_of,
            scope_lines=scope,
            exposure=sum(h.state.exposure for h in siblings.values() if h.state.currency == state.currency),
        )
        case = change.open_case(case_id, fact, on)
        around = case_work.surround(case, siblings, self.book, on)
        case_work.record(
            change, case, ladder.Outcome(answer=ladder.Done(), case_facts=(ladder.warning(case.state, around),)), self.book, on
        )
        self.opened += 1
        self.alerts[str(trigger)] = self.alerts.get(str(trigger), 0) + 1
        return case


def _scored(row: TapeRow, d: Decision) -> TapeRow:
    return msgspec.structs.replace(row, score=d.score, score_model=d.score_model)


