"""What must hold of every payoff, whatever was paid and when."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from fullrecall.domain.calendar import DayCount
from fullrecall.domain.money import Rounding, round_to
from fullrecall.domain.settlement.payoff import Payment, payoff_on
from fullrecall.domain.terms.loan import LoanTerms, Method, PeriodUnit, WithinPeriod
from fullrecall.domain.terms.schedule import schedule_of

START = date(2023, 1, 31)


@st.composite
def lives(draw: st.DrawFn) -> tuple[LoanTerms, list[Payment], date]:
    terms = LoanTerms(
        currency="CNY",
        principal=draw(st.integers(1, 10_000_000)),
        rate_numerator=draw(st.integers(0, 6000)),
        rate_denominator=10_000,
        instalments=draw(st.integers(1, 24)),
        every=draw(st.integers(1, 3)),
        unit=draw(st.sampled_from(PeriodUnit)),
        disbursed_on=START + timedelta(days=draw(st.integers(0, 60))),
        method=draw(st.sampled_from(Method)),
        day_count=draw(st.sampled_from(DayCount)),
        rounding=draw(st.sampled_from(Rounding)),
        instalment_rounding=draw(st.sampled_from(Rounding)),
        within_period=draw(st.sampled_from(WithinPeriod)),
    )
    on = terms.disbursed_on + timedelta(days=draw(st.integers(0, 900)))
    days = st.integers(0, (on - terms.disbursed_on).days)
    amounts = st.integers(1, terms.principal // 2 + 2)
    payments = [
        Payment(terms.disbursed_on + timedelta(days=gap), amount)
        for gap, amount in draw(st.lists(st.tuples(days, amounts), max_size=6))
    ]
    return terms, payments, on


@settings(max_examples=300, deadline=None)
@given(lives())
def test_every_cent_paid_went_somewhere_and_no_balance_is_negative(
    life: tuple[LoanTerms, list[Payment], date],
) -> None:
    terms, payments, on = life
    owed = payoff_on(terms, on, payments)
    assert min(owed.principal, owed.interest, owed.fees, owed.overpaid) >= 0
    assert owed.paid == sum(payment.amount for payment in payments)
    repaid = terms.principal - owed.principal
    assert repaid + owed.overpaid <= owed.paid
    assert owed.overpaid == 0 or owed.principal == 0


@settings(max_examples=200, deadline=None)
@given(lives())
def test_paying_the_payoff_settles_for_good(life: tuple[LoanTerms, list[Payment], date]) -> None:
    terms, payments, on = life
    total = payoff_on(terms, on, payments).total
    settled = [*payments, Payment(on, total)] if total else payments
    assert payoff_on(terms, on, settled).total == 0
    if (
        terms.method is not Method.FLAT
    ):  # a flat charge is earned by time, so only settlement on the day ends it
        assert payoff_on(terms, on + timedelta(days=400), settled).total == 0


@settings(max_examples=200, deadline=None)
@given(lives(), st.integers(1, 10**6))
def test_two_parts_on_a_day_equal_one_payment(life: tuple[LoanTerms, list[Payment], date], part: int) -> None:
    terms, payments, on = life
    if not payments:
        return
    first, *rest = payments
    cut = part % first.amount
    parts = [Payment(first.on, cut), Payment(first.on, first.amount - cut)] if cut else [first]
    assert payoff_on(terms, on, [*rest, *parts]) == payoff_on(terms, on, payments)


@settings(max_examples=200, deadline=None)
@given(lives())
def test_paying_every_row_on_its_day_reproduces_the_schedule(
    life: tuple[LoanTerms, list[Payment], date],
) -> None:
    terms, _, _ = life
    rows = schedule_of(terms).rows
    made: list[Payment] = []
    for row in rows:
        if row.total:
            made.append(Payment(row.due_on, row.total))
        owed = payoff_on(terms, row.due_on, made)
        assert owed.principal == row.balance
    assert owed.total == 0
    assert owed.overpaid == 0


@settings(max_examples=200, deadline=None)
@given(lives())
def test_a_day_more_costs_the_per_diem(life: tuple[LoanTerms, list[Payment], date]) -> None:
    terms, payments, on = life
    today = payoff_on(terms, on, payments)
    tomorrow = payoff_on(terms, on + timedelta(days=1), payments)
    assert abs(tomorrow.interest - today.interest - today.per_diem) < 1
    assert today.per_diem >= 0
    assert round_to(today.per_diem, terms.rounding) >= 0


@settings(max_examples=150, deadline=None)
@given(lives())
def test_never_more_interest_than_the_schedule_when_nothing_is_late(
    life: tuple[LoanTerms, list[Payment], date],
) -> None:
    terms, _, on = life
    rows = schedule_of(terms).rows
    made = [Payment(row.due_on, row.total) for row in rows if row.due_on <= on and row.total]
    owed = payoff_on(terms, on, made)
    ahead = sum(row.interest for row in rows if row.due_on > on)
    assert owed.interest <= ahead
