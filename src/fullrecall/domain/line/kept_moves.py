"""What each movement does to a derived line, and the derivation from a log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from fullrecall.domain.line.kept_interest import LoanInterest, drawdown_terms
from fullrecall.domain.line.kept_parts import Advance, Row
from fullrecall.domain.line.kept_run import Run
from fullrecall.domain.line.kept_state import KeptState, Move, Movement
from fullrecall.domain.money import split
from fullrecall.domain.terms.product import EarlyFees, FeeCharged


def derive(state: KeptState, until: date, log: Sequence[Movement] | None = None) -> Run:
    """The line at the end of a day: every movement of the log up to it, at its place."""
    run = Run(state.product, state.opened_on)
    for movement in state.log if log is None else log:
        if movement.on > until:
            break
        run.to(movement.on)
        apply(run, movement)
    run.to(until)
    return run


def apply(run: Run, movement: Movement) -> None:
    _MOVES[movement.move](run, movement)


def _draw(run: Run, m: Movement) -> None:
    terms = drawdown_terms(run.product, m.amount, m.method, m.instalments, m.on, m.pay_by)
    advance = Advance(m.id, "drawdown", m.on, m.amount)
    advance.loan = LoanInterest(terms)
    _add(run, advance, m)


def _capture(run: Run, m: Movement) -> None:
    _add(run, Advance(m.id, "purchase", m.on, m.amount), m)


def _add(run: Run, advance: Advance, m: Movement) -> None:
    advance.shares = m.shares
    run.add(advance)
    run.cash -= m.amount


def _convert(run: Run, m: Movement) -> None:
    """Principal of purchases becomes a plan billed with coming statements; their interest stays theirs."""
    taken = 0
    bought = [run.advances[id_] for id_ in m.targets if id_ in run.advances]
    for purchase in bought:
        taken += take_principal(run, purchase)
    plan = Advance(m.id, "plan", m.on, taken)
    parts = [1] * m.instalments
    plan.parts, plan.fee_parts = split(taken, parts), split(m.fee, parts)
    if run.product.fee_charged is FeeCharged.UP_FRONT:
        plan.fees_up_front = True
        plan.fees_unbilled = plan.fees_unearned = m.fee
    for purchase in bought:
        purchase.converted_to = plan
    run.add(plan)


def take_principal(run: Run, advance: Advance) -> int:
    """Takes all principal off an advance and its instalments."""
    taken, advance.unbilled = advance.unbilled, 0
    for row in _rows(run, advance):
        taken += row.principal
        row.billed -= row.principal
        row.principal = 0
        row.minimum = None if row.minimum is None else min(row.minimum, row.billed)
    return taken


def _refund(run: Run, m: Movement) -> None:
    """What is not billed yet goes first, then the newest bill; what was paid is the borrower's money."""
    run.cash += m.amount
    advance = run.advances.get(m.targets[0])
    left = m.amount
    if advance is not None:
        advance.refunded += m.amount
        left = _reduce(run, advance.converted_to or advance, left)
    run.money += left
    run.use_money()


def _reduce(run: Run, advance: Advance, amount: int) -> int:
    part = min(amount, advance.unbilled)
    advance.unbilled -= part
    if advance.parts:  # the last instalments of a plan go first
        _shorten(advance.parts, part)
    left = amount - part
    advance.repaid += part
    for row in sorted(_rows(run, advance), key=lambda row: row.age, reverse=True):
        part = min(left, row.principal)
        row.principal -= part
        advance.repaid += part
        run.recovered += part if advance.written else 0
        left -= part
    return left


def _shorten(parts: list[int], amount: int) -> None:
    for index in range(len(parts) - 1, -1, -1):
        part = min(amount, parts[index])
        parts[index] -= part
        amount -= part


def _pay(run: Run, m: Movement) -> None:
    run.cash += m.amount
    run.money += m.amount
    run.use_money()


def _goodwill(run: Run, m: Movement) -> None:
    before = run.recovered
    left = run.allocate(m.amount, _owed(run))
    waived_claims, run.recovered = (
        run.recovered - before,
        before,
    )  # waiving what was written off costs nothing more
    run.goodwill += m.amount - waived_claims
    run.money += left


def _settle(run: Run, m: Movement) -> None:
    """Everything on the advances falls due today; the payment is theirs first."""
    for id_ in m.targets:
        if id_ in run.advances:
            end_advance(run, run.advances[id_], m.on)
    run.cash += m.amount
    run.money = run.allocate(m.amount + run.money, [row for row in _owed(run) if row.advance.id in m.targets])
    run.use_money()


def end_advance(run: Run, advance: Advance, due_on: date) -> Row | None:
    """Contract interest stops, what is left falls due on a day, fees not earned follow the product's rule."""
    if advance.stopped:
        return None
    if advance.kind == "purchase":
        run.take_carried(advance)
    row = run.bill(advance, due_on, advance.unbilled, 0)
    advance.stopped = True
    advance.parts = []
    _end_fees(run, advance, row)
    if not row.owed:
        run.rows.remove(row)
        return None
    return row


def _end_fees(run: Run, advance: Advance, row: Row) -> None:
    if run.product.early.fees is EarlyFees.KEEP:
        ahead = 0 if advance.fees_up_front else sum(advance.fee_parts)
        advance.fees_earned += ahead + advance.fees_unearned
        row.fees += ahead + advance.fees_unbilled
    else:
        rebate = advance.fees_unearned
        run.fees_rebated += rebate
        row.fees += advance.fees_unbilled
        for charged in (row, *_rows(run, advance)):
            part = min(rebate, charged.fees)
            charged.fees -= part
            rebate -= part
        run.money += rebate  # the fee was paid: what is not earned goes back
    advance.fee_parts = []
    advance.fees_unbilled = advance.fees_unearned = 0


def _call(run: Run, m: Movement) -> None:
    """Everything owed falls due on the day given; interest runs to today and no further."""
    assert m.pay_by is not None  # noqa: S101 - a call always has its day
    for advance in list(run.advances.values()):
        if advance.written or advance.called:
            continue
        row = end_advance(run, advance, m.pay_by)
        advance.called = True
        if row is not None:
            row.by_call = True
    run.use_money()
    run.called_on, run.call_due_on = m.on, m.pay_by
    run.called_at_first = sum(row.owed for row in run.rows if row.advance.called and not row.advance.written)
    run.paid_since_call = 0


def _charge_off(run: Run, m: Movement) -> None:
    for advance in list(run.advances.values()):
        end_advance(run, advance, m.on)
    run.use_money()
    for advance in run.advances.values():
        if not advance.written:
            run.lost += sum(row.owed for row in _rows(run, advance))
            advance.written = True


def _rows(run: Run, advance: Advance) -> list[Row]:
    return [row for row in run.rows if row.advance is advance]


def _owed(run: Run) -> list[Row]:
    return [row for row in run.rows if row.owed]


_MOVES: dict[Move, Callable[[Run, Movement], None]] = {
    Move.DRAW: _draw,
    Move.CAPTURE: _capture,
    Move.CONVERT: _convert,
    Move.REFUND: _refund,
    Move.PAY: _pay,
    Move.GOODWILL: _goodwill,
    Move.SETTLE: _settle,
    Move.CALL: _call,
    Move.CHARGE_OFF: _charge_off,
}
