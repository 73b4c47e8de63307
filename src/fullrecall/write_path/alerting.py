"""From a row of the tape to a decision, and from a decision to a case: opened, joined, cured, or left
alone.
"""

from __future__ import annotations

from datetime import date

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.money import AMOUNT_MAX
from fullrecall.domain.policy import Decision, averting_payment
from fullrecall.domain.recall import alerts, ladder
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Done, Mistake, Trigger
from fullrecall.ports.change import CaseHead, Change, LineHead
from fullrecall.write_path import case_work
from fullrecall.write_path.rulebook import Rulebook
from fullrecall.write_path.shadow import shadow_difference

_json = msgspec.json.Encoder().encode


class Alerting:
    """Works inside one change that holds the lines and open cases of every borrower it will see."""

    def __init__(self, change: Change, book: Rulebook, asked_by: str = "") -> None:
        self.change = change
        self.book = book
        self.used = book.live
        self.asked_by = asked_by
        self.alerts: dict[str, int] = {}
        self.opened = self.joined = self.cured = 0
        self._case_of = {head.state.borrower_id: head for head in change.cases.values() if head.state.is_open}

    def decide(self, row: TapeRow, history: list[TapeRow], n: int) -> Decision:
        """Decide on a full row and keep row and decision; `n` tells rows of one line and day apart."""
        decision = self.used.evaluators[row.currency].decide(row, history)
        self._keep(row, decision, n)
        if self.book.shadow is not None:
            other = shadow_difference(self.book.shadow, decision, row, history, n)
            if other is not None:
                self.change.shadow_differences.append(other)
        self._seen = (row, history)
        return decision

    def _keep_averting(self, line_id: str, decision: Decision) -> None:
        """Beside the decision that opened or joined a case, and at hand for the notice that follows from
        it.
        """
        row, history = self._seen
        asking = tuple(r for r in decision.fired if alerts.is_alert(self.used.policy.rule(r).action))
        found = averting_payment(self.used.evaluators[row.currency].decide, asking, row, history)
        text = _json(found).decode()
        self.change.decisions[-1] = (*self.change.decisions[-1][:-1], text)
        self.change.averting[line_id] = text

    def full_row(self, row: TapeRow, head: LineHead) -> TapeRow:
        """The row as the policy reads it, with what only the live system knows."""
        state = head.state
        siblings = self.change.lines_of(state.borrower_id)
        own = state.exposure
        total = own if len(siblings) == 1 else sum(
            h.state.exposure for h in siblings.values() if h.state.currency == row.currency
        )  # fmt: skip
        if total > AMOUNT_MAX:
            raise Mistake(
                f"Borrower {state.borrower_id}: exposure {total} is beyond {AMOUNT_MAX} minor units."
            )
        return TapeRow(
            row.line_id, row.as_of, row.known_at, row.currency, row.credit_limit, row.balance, row.amount_due,
            row.amount_paid, row.past_due_amount, row.days_past_due, own, total, row.score, row.score_model,
            state.proven_severe_violations, state.positions, state.manual_action or None, row.extra,
        )  # fmt: skip

    def _keep(self, row: TapeRow, d: Decision, n: int) -> None:
        score, model = (row.score, row.score_model) if d.score is None else (d.score, d.score_model)
        self.change.tape_rows.append(
            (
                row.line_id,
                row.as_of,
                row.known_at,
                n,
                row.currency,
                row.credit_limit,
                row.balance,
                row.amount_due,
                row.amount_paid,
                row.past_due_amount,
                row.days_past_due,
                row.exposure,
                row.borrower_exposure,
                score,
                model,
                row.proven_severe_violations,
                row.months_on_book,
                row.manual_action,
                _json(row.extra).decode() if row.extra else None,
            )
        )
        quiet = not d.fired and not d.unknown
        self.change.decisions.append(
            (
                row.line_id,
                row.as_of,
                row.known_at,
                n,
                d.policy_id,
                d.action.value,
                d.trigger and str(d.trigger),
                "[]" if quiet else _json(d.fired).decode(),
                "[]" if quiet else _json(d.reasons).decode(),
                "[]" if quiet else _json(d.unknown).decode(),
                _json(d.insufficient).decode() if d.insufficient else None,
                None,
            )
        )

    def react(self, head: LineHead, decision: Decision, on: date) -> None:
        """What the decision does to the borrower's case; nothing, mostly."""
        change = self.change
        borrower = head.state.borrower_id
        case = self._case_of.get(borrower)
        if case is None and not alerts.is_alert(decision.action):
            return
        lines = self.change.lines_of(borrower)
        alert = alerts.is_alert(decision.action)
        if case is not None and case.state.stage in alerts.FINISHED and alert:
            change.case_fact(case.state.case_id, f.CaseClosed(case.state.outcome), on)
            case.next_action_on, case = None, None
        if case is None:
            self._keep_averting(head.state.line_id, decision)
            case = self._open(head, decision, on)
        elif alert and alerts.joins(
            case.state, decision.action, decision.trigger or Trigger.ARREARS, head.state.line_id
        ):
            trigger = decision.trigger or Trigger.ARREARS
            self._keep_averting(head.state.line_id, decision)
            change.case_fact(
                case.state.case_id,
                f.TriggerJoined(
                    head.state.line_id, str(trigger), str(decision.action), decision.fired, decision.reasons,
                    self.asked_by if trigger is Trigger.DECISION else "",
                ),
                on,
            )  # fmt: skip
            self.joined += 1
            self.alerts[str(trigger)] = self.alerts.get(str(trigger), 0) + 1
        else:
            self._look_again(case, decision, head.state.line_id, on)
        self._case_of[borrower] = case
        case_work.plan_visit(case, lines, self.book, on)

    def _look_again(self, case: CaseHead, decision: Decision, line_id: str, on: date) -> None:
        """No news for the ladder, but the position may have settled or cured what was asked."""
        if alerts.lapses(case.state, decision.action, line_id):
            self.change.case_fact(case.state.case_id, f.TriggerLapsed(line_id), on)
        lines = self.change.lines_of(case.state.borrower_id)
        case_work.settle_payments(self.change, case, lines, self.book, on)
        if case.state.outcome == "cured":
            self.cured += 1

    def _open(self, head: LineHead, d: Decision, on: date) -> CaseHead:
        state = head.state
        trigger = d.trigger or Trigger.DECISION
        siblings = self.change.lines_of(state.borrower_id)
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
            asked_by=self.asked_by if trigger is Trigger.DECISION else "",
        )
        case = self.change.open_case(case_id, fact, on)
        around = case_work.surround(case, siblings, self.book, on)
        warned = ladder.Outcome(Done(), (ladder.warning(case.state, around),))
        case_work.record(self.change, case, warned, self.book, on)
        self.opened += 1
        self.alerts[str(trigger)] = self.alerts.get(str(trigger), 0) + 1
        return case


def scored(row: TapeRow, decision: Decision) -> TapeRow:
    """The row with the score the policy's scorecard gave it."""
    return msgspec.structs.replace(row, score=decision.score, score_model=decision.score_model)
