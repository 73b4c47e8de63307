"""The state of a line, folded from its facts. It derives every balance itself and never reads a posting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from fullrecall.domain import facts as f
from fullrecall.domain.line import kept_fold
from fullrecall.domain.line.kept_state import KeptState
from fullrecall.domain.vocabulary import Action, Mistake


class LineState(msgspec.Struct, frozen=True, array_like=True):
    """One line as it stands. Amounts in minor units of `currency`.

    balance: everything owed (negative: the borrower's money); called: the part called and unpaid;
    charged_off: the part charged off and unpaid; both lie inside `balance`. credit_limit is the lender's,
    before our own action.
    """

    line_id: str
    borrower_id: str
    currency: str
    cycle: int
    product: str
    pack: str
    origin: str
    governing_state: str = ""
    cross_default_flagged: bool = False
    as_of: date | None = None
    credit_limit: int = 0
    balance: int = 0
    amount_due: int = 0
    amount_paid: int = 0
    past_due_amount: int = 0
    days_past_due: int = 0
    called: int = 0
    called_on: date | None = None
    call_due_on: date | None = None
    called_at_first: int = 0
    paid_since_call: int = 0
    charged_off: int = 0
    frozen: str = ""  # '', 'partial' or 'full'
    review_on: date | None = None
    limit_withdrawn: bool = False
    positions: int = 0
    violations: tuple[tuple[str, bool], ...] = ()  # (id, severe and proven)
    manual_action: str = ""
    reported_month: str = ""
    reported_status: str = ""
    in_default_since: date | None = (
        None  # when the arrears that stand now began; None when nothing is past due
    )
    kept: KeptState | None = None  # what a line kept here remembers; None for an observed one

    @property
    def exposure(self) -> int:
        return max(self.balance, 0)

    @property
    def open_balance(self) -> int:
        """Owed and neither called nor charged off; what was spent after a call is in here."""
        return self.balance - self.called - self.charged_off

    @property
    def proven_severe_violations(self) -> int:
        return sum(1 for _, counts in self.violations if counts)

    def accelerated_days(self, on: date) -> int:
        """Days past due of the called balance on a date: counted since the day after it had to be paid."""
        if not self.called or self.call_due_on is None:
            return 0
        return max((on - self.call_due_on).days, 0)

    def bureau_days(self, on: date) -> int:
        """max(contractual, accelerated): calling a line never re-ages it (DECISIONS, Truths of the trade)."""
        contractual = self.days_past_due
        if contractual and self.as_of:
            contractual += max((on - self.as_of).days, 0)
        return max(contractual, self.accelerated_days(on))


def opened(line_id: str, fact: f.LineOpened) -> LineState:
    return LineState(
        line_id,
        fact.borrower_id,
        fact.currency,
        fact.cycle,
        fact.product,
        fact.pack,
        fact.origin,
        fact.governing_state,
        fact.cross_default_flagged,
    )


def fold(state: LineState, fact: f.Fact, effective_on: date) -> LineState:
    """The state after one more fact. A fact without a rule changes nothing (it is evidence only)."""
    if state.kept is not None:
        if isinstance(fact, (f.PositionObserved, f.PaymentObserved)):
            raise Mistake(
                f"Line {state.line_id} is kept here: nothing is observed of it; record what happened on it.",
                code="line_kept_here",
            )
        if type(fact) in kept_fold.KINDS:
            return _kept(state, state.kept, fact, effective_on)
    rule = _RULES.get(type(fact))
    return rule(state, fact, effective_on) if rule else state


def _kept(state: LineState, kept: KeptState, fact: f.Fact, on: date) -> LineState:
    # A back-dated fact leaves the line's own day where it is; the figures are always those of that day.
    as_of = max(state.as_of or on, on)
    after, figures = kept_fold.fold(kept, as_of, fact, on)
    if figures is None:
        return replace(state, kept=after)
    after_call = (
        isinstance(fact, f.BalanceCalled) and state.manual_action == Action.RECALL
    )  # it is carried out
    asked = "" if after_call else state.manual_action
    return _with_figures(replace(state, kept=after, manual_action=asked), figures, as_of)


def _with_figures(state: LineState, figures: kept_fold.Figures, as_of: date) -> LineState:
    return replace(state, as_of=as_of, **{name: getattr(figures, name) for name in figures.__struct_fields__})


def on_day(state: LineState, day: date) -> LineState:
    """The line as it stands on a day, for deciding: a kept line's interest and arrears are brought
    forward.
    """
    if state.kept is None or state.as_of is None or day <= state.as_of:
        return state
    return _with_figures(state, kept_fold.figures_on(state.kept, day), day)


def completed(state: LineState, fact: f.Fact, on: date) -> tuple[f.Fact, LineState]:
    """A fact with the amounts it posts on a kept line (any other as it is), and the state after it.

    A call, an unwinding and a charge-off are decided by a case that knows no accounts: here they get theirs.
    """
    after = fold(state, fact, on)
    if state.kept is None or after.kept is None or "posted" not in fact.__struct_fields__:
        return fact, after
    posted = kept_fold.difference(after.kept.accounts, state.kept.accounts)
    return replace(fact, posted=posted), after


def _position(state: LineState, fact: f.PositionObserved, on: date) -> LineState:
    owed = fact.balance if fact.balance > 0 else 0
    written = state.charged_off if state.charged_off < owed else owed
    called = state.called if state.called < owed - written else owed - written
    return LineState(
        state.line_id,
        state.borrower_id,
        state.currency,
        state.cycle,
        state.product,
        state.pack,
        state.origin,
        state.governing_state,
        state.cross_default_flagged,
        on,
        fact.credit_limit,
        fact.balance,
        fact.amount_due,
        fact.amount_paid,
        fact.past_due_amount,
        fact.days_past_due,
        called,
        state.called_on,
        state.call_due_on,
        state.called_at_first,
        state.paid_since_call,
        written,
        state.frozen,
        state.review_on,
        state.limit_withdrawn,
        state.positions + 1,
        state.violations,
        state.manual_action,
        state.reported_month,
        state.reported_status,
        _default_began(state, fact, on),
    )


def _default_began(state: LineState, fact: f.PositionObserved, on: date) -> date | None:
    """A demand counts for these arrears only: they began when the oldest amount that was never paid fell
    due.
    """
    if fact.past_due_amount <= 0:
        return None
    return state.in_default_since or on - timedelta(days=fact.days_past_due)


def _payment(state: LineState, fact: f.PaymentObserved, on: date) -> LineState:
    past_due = max(state.past_due_amount - fact.amount, 0)
    return replace(
        state,
        balance=state.balance - fact.amount,
        charged_off=max(state.charged_off - fact.amount, 0),
        called=max(state.called - max(fact.amount - state.charged_off, 0), 0),
        paid_since_call=state.paid_since_call + (fact.amount if state.called_on else 0),
        past_due_amount=past_due,
        days_past_due=state.days_past_due if past_due else 0,
        in_default_since=state.in_default_since if past_due else None,
    )


def _called(state: LineState, fact: f.BalanceCalled, on: date) -> LineState:
    # Re-derived: everything owed and not charged off falls due, whatever amount the fact says.
    called = max(state.balance - state.charged_off, 0)
    return replace(
        state,
        called=called,
        called_on=on,
        call_due_on=fact.pay_by,
        called_at_first=called,
        paid_since_call=0,
        manual_action=""
        if state.manual_action == Action.RECALL
        else state.manual_action,  # it is carried out
    )


def _unwound(state: LineState, fact: f.CallUnwound, on: date) -> LineState:
    return replace(state, called=0, called_on=None, call_due_on=None, called_at_first=0, paid_since_call=0)


def _charged_off(state: LineState, fact: f.LineChargedOff, on: date) -> LineState:
    return replace(state, charged_off=max(state.balance, 0), called=0)


def _violation(state: LineState, fact: f.ViolationReported, on: date) -> LineState:
    others = tuple(v for v in state.violations if v[0] != fact.violation_id)
    return replace(state, violations=(*others, (fact.violation_id, fact.severe and fact.proven)))


def _dismissed(state: LineState, fact: f.ViolationDismissed, on: date) -> LineState:
    return replace(state, violations=tuple(v for v in state.violations if v[0] != fact.violation_id))


_RULES: dict[type[f.Fact], Callable[[LineState, Any, date], LineState]] = {
    f.PositionObserved: _position,
    f.PaymentObserved: _payment,
    f.ViolationReported: _violation,
    f.ViolationDismissed: _dismissed,
    f.RiskDecisionMade: lambda s, fact, on: replace(
        s, manual_action="" if fact.action == Action.NONE else fact.action
    ),
    f.LineFrozen: lambda s, fact, on: replace(
        s, frozen="full" if fact.full else "partial", review_on=fact.review_on
    ),
    f.LineUnfrozen: lambda s, fact, on: replace(s, frozen="", review_on=None),
    f.LimitWithdrawn: lambda s, fact, on: replace(s, limit_withdrawn=True),
    f.LimitRestored: lambda s, fact, on: replace(s, limit_withdrawn=False),
    f.BalanceCalled: _called,
    f.CallUnwound: _unwound,
    f.LineChargedOff: _charged_off,
    f.ContractMade: lambda s, fact, on: replace(s, as_of=on, kept=kept_fold.opened(fact, on)),
    f.LimitSet: lambda s, fact, on: replace(s, credit_limit=fact.credit_limit),
    f.RecordReported: lambda s, fact, on: replace(s, reported_month=fact.month, reported_status=fact.status),
}
