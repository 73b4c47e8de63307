"""Cash-loan lines by hand: 14.6 % a year is exactly 0.0004 a day, so every figure can be done on paper."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from kept_lines import EU, JIEBEI, KeptLine, product

from fullrecall.domain import facts as f
from fullrecall.domain.line import kept_decide, on_day
from fullrecall.domain.line.kept_interest import drawdown_terms
from fullrecall.domain.settlement.payoff import Payment, payoff_on
from fullrecall.domain.terms.schedule import schedule_of
from fullrecall.domain.vocabulary import Mistake, Refused

DRAWN = date(2024, 1, 10)
FEB, MARCH, APRIL = date(2024, 2, 10), date(2024, 3, 10), date(2024, 4, 10)


def thirds() -> tuple[KeptLine, str]:
    """1,200.00 in three equal parts of principal, drawn on 10 January 2024."""
    line = KeptLine(JIEBEI, 2_000_00)
    return line, line.draw(1_200_00, DRAWN, "equal_principal", 3)


def test_interest_is_earned_to_the_day_and_due_on_the_due_day() -> None:
    line, _ = thirds()
    # 31 January: 21 days x 1,200.00 x 0.0004 = 10.08
    assert line.touch(date(2024, 1, 31)).posted == {"interest": 10_08, "interest_income": -10_08}
    assert (line.state.past_due_amount, line.state.amount_due) == (0, 414_88)
    line.touch(FEB)
    # 31 days x 0.48 = 14.88, with 400.00 of principal; on the due day itself nothing is late
    assert (line.state.amount_due, line.state.past_due_amount, line.state.days_past_due) == (414_88, 0, 0)


def test_paid_on_time_the_schedule_is_what_happens() -> None:
    line, _ = thirds()
    for day, total in ((FEB, 414_88), (MARCH, 409_28), (APRIL, 404_96)):  # 800 x 29 days, 400 x 31 days
        line.pay(total, day)
        assert line.state.past_due_amount == line.of("borrower_money") == 0
    assert line.accounts == {"cash": 29_12, "interest_income": -29_12}
    assert line.state.balance == 0


def test_a_missed_instalment_bears_late_interest_on_its_principal_only() -> None:
    line, _ = thirds()
    on = date(2024, 3, 1)  # 20 days late
    line.touch(on)
    # 20 x 0.48 interest runs on; 400.00 x 0.0002 x 20 = 1.60 late; due 400.00 + 14.88 + 1.60
    assert line.accounts == {
        "cash": -1_200_00, "interest": 24_48, "interest_income": -24_48, "late": 1_60, "late_income": -1_60,
        "principal": 1_200_00,
    }  # fmt: skip
    s = line.state
    assert (s.past_due_amount, s.days_past_due, s.in_default_since) == (416_48, 20, FEB)


def test_a_partial_payment_goes_by_the_product_order() -> None:
    line, _ = thirds()
    fact = line.record(
        kept_decide.receive(line.state, "p", 100_00, "CNY", "debit", date(2024, 3, 1)), date(2024, 3, 1)
    )
    # late 1.60, the interest due 14.88, then principal 83.52; the 9.60 of the running period is not due yet
    assert fact.posted == {
        "cash": 100_00, "interest": 24_48 - 14_88, "interest_income": -24_48, "late_income": -1_60,
        "principal": -83_52,
    }  # fmt: skip


def test_long_overdue_principal_comes_first() -> None:
    line, _ = thirds()
    line.touch(date(2024, 5, 10))  # 90 days after 10 February
    assert line.state.days_past_due == 90
    line.pay(400_00, date(2024, 5, 10))
    assert line.of("principal") == 800_00


def test_an_over_payment_is_the_borrowers_and_pays_the_next_instalment() -> None:
    line, _ = thirds()
    line.pay(500_00, FEB)
    assert line.of("borrower_money") == -85_12  # 500.00 - 414.88
    assert line.state.amount_due == 324_16  # 409.28 - 85.12
    line.touch(MARCH)
    assert (line.of("borrower_money"), line.state.past_due_amount) == (0, 0)
    assert line.state.amount_due == 324_16
    line.touch(MARCH + timedelta(days=1))
    assert (line.state.past_due_amount, line.state.days_past_due) == (324_16 + 6, 1)  # 324.16 x 0.0002 = 0.06


OFFERS = [
    (terms, method) for terms in (JIEBEI, EU) for method in (terms.advances.methods if terms.advances else ())
]


@pytest.mark.parametrize(("terms", "method"), OFFERS, ids=[f"{t.name}-{m}" for t, m in OFFERS])
@pytest.mark.parametrize("missed", [False, True], ids=["paid", "missed"])
def test_a_second_calculation_agrees(terms, method, missed) -> None:  # type: ignore[no-untyped-def]
    """settlement.payoff_on walks the same terms by another road; without late interest the two must meet."""
    line = KeptLine(terms)
    advance = line.draw(9_876_54, date(2024, 1, 31), method, 12)
    loan = drawdown_terms(terms, 9_876_54, method, 12, date(2024, 1, 31), None)
    payments = []
    for row in schedule_of(loan).rows[: 0 if missed else 5]:
        line.pay(row.total, row.due_on)
        payments.append(Payment(row.due_on, row.total))
    for on in (date(2024, 7, 1), date(2024, 7, 15), date(2024, 12, 31)):
        asked = kept_decide.quote(line.state, "q", (advance,), on)
        want = payoff_on(loan, on, payments)
        assert isinstance(asked, f.PayoffQuoted)
        assert (asked.principal, asked.interest) == (want.principal, want.interest)
        if terms is EU:
            assert Fraction(asked.per_diem) == want.per_diem


def test_a_due_day_31_is_cut_in_february_and_comes_back() -> None:
    line = KeptLine(JIEBEI)
    line.draw(300_00, date(2024, 1, 31), "equal_principal", 3)
    for day, left in ((date(2024, 2, 29), 200_00), (date(2024, 3, 31), 100_00), (date(2024, 4, 30), 0)):
        line.touch(day)
        line.pay(line.state.amount_due, day)
        assert line.of("principal") == left


# --- ending early ------------------------------------------------------------------------------------------


def test_a_quote_is_paid_and_the_advance_is_over() -> None:
    line, advance = thirds()
    line.pay(414_88, FEB)
    on = date(2024, 2, 20)
    quote = line.record(kept_decide.quote(line.state, "q", (), on), on)
    # 800.00 and ten days x 0.32; each day more 0.32
    assert (quote.principal, quote.interest, quote.totals[0]) == (800_00, 3_20, 803_20)
    assert quote.totals == tuple(803_20 + 32 * day for day in range(8))
    assert Fraction(quote.per_diem) == 32
    paid = line.record(
        kept_decide.pay_off(line.state, "p", "q", 804_16, "CNY", "manual", on + timedelta(days=3)),
        on + timedelta(days=3),
    )
    assert isinstance(paid, f.AdvancesSettled) and paid.advance_ids == (advance,)
    assert line.state.balance == 0
    line.touch(date(2025, 1, 1))
    assert line.accounts == {"cash": 19_04, "interest_income": -19_04}  # 14.88 + 13 x 0.32 and nothing after


@pytest.mark.parametrize(
    ("amount", "days"), [(803_19, 0), (805_44 + 32, 8)], ids=["a cent short", "a day late"]
)
def test_short_or_late_a_quote_is_an_ordinary_payment(amount: int, days: int) -> None:
    line, _ = thirds()
    line.pay(414_88, FEB)
    on = date(2024, 2, 20)
    line.record(kept_decide.quote(line.state, "q", (), on), on)
    on += timedelta(days=days)
    paid = line.record(kept_decide.pay_off(line.state, "p", "q", amount, "CNY", "manual", on), on)
    assert isinstance(paid, f.PaymentReceived)
    assert (line.of("principal"), line.of("borrower_money")) == (800_00, -amount)  # kept for the next due day


def test_a_quote_that_is_paid_can_bounce() -> None:
    line, _ = thirds()
    on = date(2024, 2, 1)
    line.record(kept_decide.quote(line.state, "q", (), on), on)
    line.record(kept_decide.pay_off(line.state, "p", "q", 1_210_56, "CNY", "debit", on), on)  # 22 x 0.48
    assert line.state.balance == 0
    line.reverse("p", date(2024, 2, 5))
    assert line.state.balance == 1_200_00 + 26 * 48
    line.touch(FEB)
    assert line.state.amount_due == 414_88  # the schedule stands as before


def test_a_quote_for_a_past_day_or_nothing_owed() -> None:
    line, _ = thirds()
    line.touch(FEB)
    with pytest.raises(Mistake, match="is before 2024-02-10"):
        kept_decide.quote(line.state, "q", (), date(2024, 2, 9))
    assert kept_decide.quote(KeptLine(JIEBEI).state, "q", (), FEB).rule == "line.nothing-owed"  # type: ignore[union-attr]


# --- recall ------------------------------------------------------------------------------------------------


def test_a_call_takes_interest_to_its_day_and_no_further() -> None:
    line, _ = thirds()
    called = line.call(date(2024, 3, 5), date(2024, 3, 20))
    # 14.88 due + 24 days x 0.48 = 26.40; late 24 x 0.08 = 1.92
    assert called.amount == 1_228_32 == line.state.called == line.state.called_at_first
    assert line.of("called_interest") == 26_40 and line.of("called_late") == 1_92
    line.touch(date(2024, 3, 20))
    # only the 400.00 that was late before goes on: 15 days x 0.0006 x 400 = 3.60
    assert line.of("called_interest") == 26_40 and line.of("called_late") == 1_92 + 3_60
    line.touch(date(2024, 4, 1))
    # from the day it had to be paid the rest too: 12 x 0.0006 x 800 = 5.76, and 12 x 0.24 = 2.88
    assert line.of("called_late") == 1_92 + 3_60 + 5_76 + 2_88
    s = line.state
    assert (s.days_past_due, s.accelerated_days(s.as_of), s.bureau_days(s.as_of)) == (
        51,
        12,
        51,
    )  # never re-aged


def test_a_line_that_was_paid_up_is_called_and_is_not_late_by_contract() -> None:
    line, _ = thirds()
    line.call(date(2024, 1, 20), date(2024, 2, 4))
    line.touch(date(2024, 2, 14))
    s = line.state
    assert (s.days_past_due, s.past_due_amount, s.accelerated_days(s.as_of)) == (0, 0, 10)
    assert line.of("called_interest") == 4_80 and line.of("called_late") == 7_20  # 10 x 0.0006 x 1,200


def test_write_off_and_recovery() -> None:
    line, _ = thirds()
    line.call(date(2024, 3, 5), date(2024, 3, 20))
    line.pay(28_32, date(2024, 3, 10))
    line.charge_off(date(2024, 9, 1))
    owed = line.state.charged_off
    assert line.of("charge_off_loss") == owed and line.of("called_principal") == 0
    line.touch(date(2025, 9, 1))
    assert line.state.charged_off == owed  # nothing accrues on what was written off
    line.pay(100_00, date(2025, 9, 1))
    assert (line.of("recoveries"), line.of("claims"), line.of("claims_contra")) == (
        -100_00,
        owed - 100_00,
        100_00 - owed,
    )


def test_goodwill_costs_the_lender() -> None:
    line, _ = thirds()
    on = date(2024, 3, 1)
    line.record(kept_decide.waive(line.state, "g", 1_60, "CNY", "complaint upheld", "zhang", on), on)
    assert (line.of("late"), line.of("goodwill")) == (0, 1_60)
    with pytest.raises(Mistake, match=r"Only 414.88 CNY is billed"):
        kept_decide.waive(line.state, "g2", 414_89, "CNY", "why", "zhang", on)


def test_late_interest_stops_at_its_cap() -> None:
    capped = product("jiebei", ('at_most_share: "1.0"', 'at_most_share: "0.01"'))
    line = KeptLine(capped)
    line.draw(1_200_00, DRAWN, "equal_principal", 3)
    line.touch(date(2026, 1, 1))
    assert line.of("late") == 3 * 4_00  # a hundredth of each 400.00


def test_a_back_dated_payment_takes_late_interest_back() -> None:
    line, _ = thirds()
    line.touch(date(2024, 3, 1))
    fact = line.record(kept_decide.receive(line.state, "p", 414_88, "CNY", "manual", FEB), FEB)
    # paid in time after all: no late interest, and twenty days of interest on 800.00 instead of 1,200.00
    assert fact.posted == {
        "cash": 414_88, "interest": -14_88 - 3_20, "interest_income": 3_20, "late": -1_60,
        "late_income": 1_60, "principal": -400_00,
    }  # fmt: skip
    assert (line.state.as_of, line.state.days_past_due) == (date(2024, 3, 1), 0)
    assert on_day(line.state, MARCH).amount_due == 409_28


def test_a_line_is_closed_when_nothing_is_open() -> None:
    line, _ = thirds()
    refused = kept_decide.close(line.state, "asked", FEB)
    assert isinstance(refused, Refused) and refused.why.startswith("1,214.88 CNY is open")
    line.record(kept_decide.quote(line.state, "q", (), FEB), FEB)
    line.record(kept_decide.pay_off(line.state, "p", "q", 1_214_89, "CNY", "manual", FEB), FEB)
    refused = kept_decide.close(line.state, "asked", FEB)
    assert isinstance(refused, Refused) and refused.why.startswith("-0.01 CNY")  # a cent is the borrower's
    line.reverse("p", FEB)
    line.record(kept_decide.pay_off(line.state, "p2", "q", 1_214_88, "CNY", "manual", FEB), FEB)
    line.record(kept_decide.close(line.state, "asked", FEB), FEB)
    with pytest.raises(Mistake, match="is closed"):
        kept_decide.draw(line.state, "x", 100_00, "CNY", "annuity", 3, FEB)
