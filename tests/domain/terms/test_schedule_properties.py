"""What must hold of every schedule, whatever the terms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from fullrecall.domain.calendar import DayCount
from fullrecall.domain.money import Rounding
from fullrecall.domain.terms.documents import schedule_answer, terms_from
from fullrecall.domain.terms.loan import LoanTerms, Method, PeriodUnit
from fullrecall.domain.terms.periods import periods_of
from fullrecall.domain.terms.schedule import schedule_of

PERIODS = st.one_of(
    st.tuples(st.integers(1, 24), st.just(PeriodUnit.MONTH)),
    st.tuples(st.integers(1, 53), st.just(PeriodUnit.WEEK)),
    st.tuples(st.integers(1, 366), st.just(PeriodUnit.DAY)),
)


@st.composite
def any_terms(draw: st.DrawFn) -> LoanTerms:
    every, unit = draw(PERIODS)
    disbursed_on = draw(st.dates(date(1999, 1, 1), date(2060, 1, 1)))
    gap = draw(st.one_of(st.none(), st.integers(1, 500)))
    return LoanTerms(
        currency=draw(st.sampled_from(("CNY", "JPY", "KWD"))),
        principal=draw(st.one_of(st.integers(1, 200), st.integers(1, 10**13))),
        rate_numerator=draw(st.one_of(st.just(0), st.integers(0, 100_000))),
        rate_denominator=10_000,
        instalments=draw(st.one_of(st.integers(1, 48), st.integers(49, 300))),
        every=every,
        unit=unit,
        disbursed_on=disbursed_on,
        method=draw(st.sampled_from(Method)),
        day_count=draw(st.sampled_from(DayCount)),
        rounding=draw(st.sampled_from(Rounding)),
        instalment_rounding=draw(st.sampled_from(Rounding)),
        instalment_unit=draw(st.sampled_from((1, 1, 1, 5, 100))),
        first_due_on=gap and date.fromordinal(disbursed_on.toordinal() + gap),
    )


@settings(max_examples=400, deadline=None)
@given(any_terms())
def test_not_a_cent_is_made_or_lost(terms: LoanTerms) -> None:
    schedule = schedule_of(terms)
    assert len(schedule.rows) == terms.instalments
    assert sum(row.principal for row in schedule.rows) == terms.principal
    balance, due = terms.principal, terms.disbursed_on
    for row in schedule.rows:
        assert row.principal >= 0 and row.interest >= 0
        assert row.total == row.principal + row.interest
        assert row.balance == balance - row.principal >= 0
        assert row.due_on > due
        balance, due = row.balance, row.due_on
    assert balance == 0
    assert schedule.total_interest == sum(row.interest for row in schedule.rows)


@settings(max_examples=300, deadline=None)
@given(any_terms())
def test_interest_is_within_one_rounding_a_row_of_the_exact(terms: LoanTerms) -> None:
    if terms.method is Method.FLAT:
        return
    periods, schedule = periods_of(terms), schedule_of(terms)
    balance, exact = terms.principal, 0
    for share, row in zip(periods.shares, schedule.rows, strict=True):
        exact += balance * terms.rate_per_year * share / periods.denominator
        balance = row.balance
    assert abs(schedule.total_interest - exact) < terms.instalments


@settings(max_examples=200, deadline=None)
@given(any_terms())
def test_level_instalments_are_level_until_the_money_is_repaid(terms: LoanTerms) -> None:
    if terms.method is not Method.ANNUITY:
        return
    schedule = schedule_of(terms)
    assert schedule.instalment % terms.instalment_unit == 0 or terms.instalments == 1
    for row in schedule.rows[:-1]:
        assert row.total == schedule.instalment or row.balance == 0


@settings(max_examples=100, deadline=None)
@given(any_terms())
def test_a_written_schedule_reads_back_to_the_same_figures(terms: LoanTerms) -> None:
    answer = schedule_answer("x", terms, schedule_of(terms))
    again = terms_from(
        {
            "currency": terms.currency,
            "principal": str(sum(Decimal(row["principal"]) for row in answer["rows"])),
            "rate_per_year": str(terms.rate_numerator / 10_000),
            "instalments": terms.instalments,
            "every": f"{terms.every} {terms.unit}s",
            "disbursed_on": terms.disbursed_on.isoformat(),
            "first_due_on": terms.first_due_on and terms.first_due_on.isoformat(),
            "method": str(terms.method),
            "day_count": str(terms.day_count),
            "rounding": str(terms.rounding),
            "instalment_rounding": str(terms.instalment_rounding),
        }
    )
    assert (again.principal, again.rate_per_year) == (terms.principal, terms.rate_per_year)
