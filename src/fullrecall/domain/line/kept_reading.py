"""Readings of a derived line: its accounts, what is due, what is called, what a payoff costs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction

import msgspec

from fullrecall.domain.calendar import year_fraction
from fullrecall.domain.line.kept_moves import derive, end_advance
from fullrecall.domain.line.kept_parts import Advance
from fullrecall.domain.line.kept_run import Run
from fullrecall.domain.line.kept_state import KeptState, Move


def accounts_of(run: Run) -> dict[str, int]:
    """Every account of the line by its ledger word, debit positive, zeros left out. They sum to zero."""
    sums: dict[str, int] = {}

    def add(word: str, amount: int) -> None:
        sums[word] = sums.get(word, 0) + amount

    for advance in run.advances.values():
        if not advance.written:
            head = "called_" if advance.called else ""
            add(head + "principal", advance.unbilled)
            add(head + "interest", run.accrued(advance))
            add(head + "fees", advance.fees_unbilled)
        add("unearned_fees", -advance.fees_unearned)
        add("interest_income", -advance.interest_billed - run.accrued(advance))
        add("fee_income", -advance.fees_earned)
        add("late_income", -advance.late_earned)
    for row in run.rows:
        add("late_income", -row.late_total)
        if row.advance.written:
            add("claims", row.owed)
            add("claims_contra", -row.owed)
            continue
        head = "called_" if row.advance.called else ""
        for word in ("principal", "interest", "fees", "late"):
            add(head + word, getattr(row, word))
    for word, amount in (
        ("cash", run.cash),
        ("borrower_money", -run.money),
        ("fee_income", -run.late_fees),
        ("goodwill", run.goodwill),
        ("recoveries", -run.recovered),
        ("charge_off_loss", run.lost),
    ):
        add(word, amount)
    return {word: sums[word] for word in sorted(sums) if sums[word]}


def difference(after: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    """What a fact posts: accounts after less accounts before, zeros left out."""
    changes = {word: after.get(word, 0) - before.get(word, 0) for word in {*after, *before}}
    return {word: changes[word] for word in sorted(changes) if changes[word]}


class Figures(msgspec.Struct, frozen=True):
    """A line on a day, in the words of LineState. Minor units."""

    balance: int
    amount_due: int
    amount_paid: int
    past_due_amount: int
    days_past_due: int
    called: int
    called_on: date | None
    call_due_on: date | None
    called_at_first: int
    paid_since_call: int
    charged_off: int
    in_default_since: date | None


def figures_of(run: Run, state: KeptState) -> Figures:
    accounts = accounts_of(run)
    called = sum(accounts.get("called_" + word, 0) for word in ("principal", "interest", "fees", "late"))
    claims = accounts.get("claims", 0)
    open_ = sum(accounts.get(word, 0) for word in ("principal", "interest", "fees", "late", "borrower_money"))
    past_due = run.past_due_rows
    paid_from = run.day.replace(day=1)
    return Figures(
        balance=open_ + called + claims,
        amount_due=_next_due(run),
        amount_paid=sum(
            m.amount for m in state.log if m.move in (Move.PAY, Move.SETTLE) and paid_from <= m.on <= run.day
        ),
        past_due_amount=sum(row.due for row in past_due),
        days_past_due=run.days_past_due,
        called=called,
        called_on=run.called_on,
        call_due_on=run.call_due_on,
        called_at_first=run.called_at_first,
        paid_since_call=run.paid_since_call,
        charged_off=claims,
        in_default_since=min((row.due_on for row in past_due), default=None),
    )


def _next_due(run: Run) -> int:
    """What must be paid on the next due day: billed instalments, or the drawdowns' next ones to come."""
    billed = [row for row in run.rows if row.due_on >= run.day and row.due]
    coming = [
        (advance.loan.bound(advance.index), advance)
        for advance in run.advances.values()
        if advance.loan and run.bears(advance)
    ]
    days = [row.due_on for row in billed] + [day for day, _ in coming]
    if not days:
        return 0
    day = min(days)
    due = sum(row.due for row in billed if row.due_on == day) + sum(
        _instalment(run, advance, day) for when, advance in coming if when == day
    )
    return max(due - run.money, 0)


def _instalment(run: Run, advance: Advance, day: date) -> int:
    assert advance.loan is not None  # noqa: S101 - only drawdowns come here
    principals = advance.loan.principals
    part = principals[advance.index] if advance.index < len(principals) else 0
    interest = advance.exact + advance.loan.between(advance.index, run.outstanding(advance), run.day, day)
    return min(part, advance.unbilled) + run.rounded(interest)


class Payoff(msgspec.Struct, frozen=True):
    """What settles advances on a day; the borrower's money on the line is taken off `total`."""

    principal: int
    interest: int
    fees: int
    late: int
    fees_rebated: int
    total: int
    per_diem: Fraction


def payoff(state: KeptState, advance_ids: Iterable[str], on: date) -> Payoff:
    """The payoff of advances at the end of a day, all else left as it is."""
    run = derive(state, on)
    wanted = [run.advances[id_] for id_ in advance_ids]
    per_diem = sum((_per_diem(run, advance) for advance in wanted), Fraction(0))
    money, run.money, rebated = run.money, 0, run.fees_rebated
    for advance in wanted:
        end_advance(run, advance, on)
    rows = [row for row in run.rows if row.advance in wanted]
    principal, interest, fees, late = (
        sum(getattr(row, word) for row in rows) for word in ("principal", "interest", "fees", "late")
    )
    total = max(principal + interest + fees + late - money - run.money, 0)
    return Payoff(principal, interest, fees, late, run.fees_rebated - rebated, total, per_diem)


def _per_diem(run: Run, advance: Advance) -> Fraction:
    """Contract and late interest of the next day, exact."""
    tomorrow = run.day + timedelta(days=1)
    late = run.product.late
    rate = late.after_call_per_year if advance.stopped else late.extra_per_year
    rows = [row for row in run.rows if row.advance is advance and not advance.written]
    overdue = sum(row.principal_due for row in rows if row.late_from <= run.day)
    exact = overdue * Fraction(rate) * year_fraction(run.day, tomorrow, late.day_count)
    if advance.stopped:
        return exact
    if advance.loan:
        return exact + advance.loan.between(advance.index, run.outstanding(advance), run.day, tomorrow)
    carried = sum(row.principal for row in rows if row.due_on <= run.day) if advance.kind == "purchase" else 0
    interest = run.product.interest
    return exact + carried * Fraction(interest.rate_per_year) * year_fraction(
        run.day, tomorrow, interest.day_count
    )
