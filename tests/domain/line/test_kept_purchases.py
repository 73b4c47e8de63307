"""Pay-later lines by hand: holds, statements, the interest-free period, minimum, refunds, conversion."""

from __future__ import annotations

from datetime import date

from kept_lines import HUABEI, US, KeptLine, product
from msgspec.structs import replace

from fullrecall.domain import facts as f
from fullrecall.domain.line import Authorisation, fold, kept_decide
from fullrecall.domain.vocabulary import Refused

BOUGHT, CLOSED, DUE = date(2024, 1, 15), date(2024, 2, 1), date(2024, 2, 10)


def hold(line: KeptLine, name: str, amount: int, on: date = BOUGHT) -> object:
    decided = kept_decide.hold_purchase(line.state, name, amount, line.state.currency, "shop", on)
    return line.record(decided, on) if isinstance(decided, f.Fact) else decided


def test_two_purchases_at_once_never_overspend() -> None:
    line = KeptLine(HUABEI, 1_000_00)
    assert isinstance(hold(line, "a", 600_00), f.PurchaseHeld)
    declined = hold(line, "b", 600_00)
    assert isinstance(declined, Authorisation)
    assert (declined.code, declined.available) == ("LIMIT_EXCEEDED", 400_00)
    # the hold ran until 22 January; on the 23rd its part of the limit is free again
    assert isinstance(hold(line, "c", 1_000_00, date(2024, 1, 22)), Authorisation)
    assert isinstance(hold(line, "d", 1_000_00, date(2024, 1, 23)), f.PurchaseHeld)


def test_a_capture_frees_what_it_does_not_take() -> None:
    line = KeptLine(HUABEI, 1_000_00)
    hold(line, "a", 600_00)
    line.record(kept_decide.capture(line.state, "a", 250_00, "CNY", BOUGHT), BOUGHT)
    assert line.of("principal") == 250_00
    assert isinstance(hold(line, "b", 750_00), f.PurchaseHeld)
    for asked, rule in (("a", "line.no-hold"), ("z", "line.no-hold")):
        refused = kept_decide.capture(line.state, asked, 1, "CNY", BOUGHT)
        assert isinstance(refused, Refused) and refused.rule == rule
    above = kept_decide.capture(line.state, "b", 750_01, "CNY", BOUGHT)
    assert isinstance(above, Refused) and above.rule == "line.capture-above-hold"
    late = kept_decide.capture(line.state, "b", 1, "CNY", date(2024, 1, 23))
    assert isinstance(late, Refused) and late.rule == "line.hold-expired"


def test_holds_made_before_a_freeze_are_honoured() -> None:
    line = KeptLine(HUABEI, 1_000_00)
    hold(line, "a", 600_00)
    line.state = fold(line.state, f.LineFrozen("c", "ARREARS", date(2024, 2, 20)), BOUGHT)
    declined = hold(line, "b", 1_00)
    assert isinstance(declined, Authorisation) and declined.code == "LINE_FROZEN"
    line.record(kept_decide.capture(line.state, "a", 600_00, "CNY", BOUGHT), BOUGHT)
    assert line.of("principal") == 600_00
    line.call(date(2024, 1, 20), date(2024, 2, 4))
    assert line.state.called == 600_00


def test_a_released_hold_is_gone() -> None:
    line = KeptLine(HUABEI, 1_000_00)
    hold(line, "a", 600_00)
    early = kept_decide.release(line.state, "a", BOUGHT, expired=True)
    assert isinstance(early, Refused) and early.until == date(2024, 1, 22)
    line.record(kept_decide.release(line.state, "a", BOUGHT), BOUGHT)
    assert isinstance(hold(line, "b", 1_000_00), f.PurchaseHeld)


def test_interest_free_until_the_due_day() -> None:
    line = KeptLine(HUABEI)
    line.buy(1_000_00, BOUGHT)
    line.buy(500_00, date(2024, 1, 31))
    line.buy(77_00, CLOSED)  # bought on the closing day: next statement
    line.touch(CLOSED)
    assert kept_decide.statement(line.state, CLOSED) == f.StatementIssued(DUE, 1_500_00, 150_00)
    line.pay(1_500_00, DUE)
    line.touch(date(2024, 2, 29))
    assert line.accounts == {"cash": -77_00, "principal": 77_00}


def test_who_pays_the_minimum_is_not_late_but_pays_interest_on_the_rest() -> None:
    line = KeptLine(HUABEI)
    line.buy(1_000_00, BOUGHT)
    line.pay(100_00, DUE)
    line.touch(date(2024, 3, 1))
    # 900.00 x 0.0005 x 20 days (10 February to 1 March 2024) = 9.00
    assert (line.of("interest"), line.of("late"), line.state.days_past_due) == (9_00, 0, 0)
    # next minimum: a tenth of 900.00 and the interest
    assert kept_decide.statement(line.state, date(2024, 3, 1)) == f.StatementIssued(
        date(2024, 3, 10), 909_00, 99_00
    )


def test_without_a_minimum_everything_is_due() -> None:
    line = KeptLine(product("huabei", ('  minimum: {share: "0.10", lowest: "10.00"}\n', "")))
    line.buy(1_000_00, BOUGHT)
    line.touch(date(2024, 2, 20))
    assert line.state.past_due_amount == 1_000_00 + 1_51  # late 1,000.00 x 0.055 / 365 x 10 = 1.5068
    assert line.state.days_past_due == 10


def test_a_missed_minimum_costs_one_late_fee_after_its_grace() -> None:
    line = KeptLine(US)
    line.buy(600_00, date(2024, 1, 6))
    line.buy(400_00, date(2024, 1, 7))
    line.touch(date(2024, 3, 2))  # due 28 February, three days of grace: 2 March is still in time
    assert (line.state.days_past_due, line.of("fees")) == (0, 0)
    line.touch(date(2024, 3, 3))
    assert (line.state.days_past_due, line.of("fees"), line.state.past_due_amount) == (4, 8_00, 58_00)


def test_refunds_before_and_after_the_statement_and_after_payment() -> None:
    line = KeptLine(HUABEI)
    bought = line.buy(1_000_00, BOUGHT)
    line.refund(bought, 100_00, date(2024, 1, 20))
    line.touch(CLOSED)
    assert line.state.balance == 900_00
    line.refund(bought, 200_00, date(2024, 2, 5))
    line.pay(700_00, DUE)
    assert line.state.balance == 0
    line.refund(bought, 700_00, date(2024, 2, 20))
    assert line.accounts == {"borrower_money": -700_00, "cash": 700_00}


def test_conversion_bills_an_instalment_and_a_part_of_the_fee_each_month() -> None:
    line = KeptLine(HUABEI)
    bought = line.buy(1_200_00, BOUGHT)
    line.convert([bought], 3, date(2024, 1, 20))
    assert kept_decide.hold_purchase(line.state, "x", 1_00, "CNY", "s", BOUGHT.replace(day=20))
    for month, left in ((2, 800_00), (3, 400_00), (4, 0)):
        line.touch(date(2024, month, 1))
        # 400.00 and a third of 2.5 % of 1,200.00
        assert (line.state.amount_due, line.of("fees")) == (410_00, 10_00)
        line.pay(410_00, date(2024, month, 10))
        assert line.of("principal") == left
    assert line.accounts == {"cash": 30_00, "fee_income": -30_00}


def test_a_billed_statement_can_be_converted_until_it_is_past_due() -> None:
    line = KeptLine(HUABEI)
    bought = line.buy(1_200_00, BOUGHT)
    line.convert([bought], 6, date(2024, 2, 5))
    line.touch(date(2024, 2, 20))
    assert (line.state.past_due_amount, line.state.amount_due, line.of("principal")) == (0, 0, 1_200_00)
    late = KeptLine(HUABEI)
    bought = late.buy(1_200_00, BOUGHT)
    refused = kept_decide.convert(late.state, "i", [bought], 6, date(2024, 2, 20))
    assert isinstance(refused, Refused) and refused.rule == "line.past-due"


def test_an_up_front_fee_is_earned_with_its_instalments_and_given_back_when_called() -> None:
    line = KeptLine(US)
    bought = line.buy(300_00, date(2024, 1, 6))
    line.convert([bought], 3, date(2024, 1, 10))
    assert (line.of("fees"), line.of("unearned_fees")) == (6_00, -6_00)  # 2 % of 300.00
    line.touch(date(2024, 2, 5))
    assert (line.of("unearned_fees"), line.of("fee_income"), line.state.amount_due) == (-4_00, -2_00, 106_00)
    line.call(date(2024, 2, 10), date(2024, 2, 25))
    assert (line.state.called, line.of("called_fees"), line.of("unearned_fees")) == (302_00, 2_00, 0)
    line.unwind(date(2024, 2, 12))
    assert (line.of("fees"), line.of("unearned_fees")) == (6_00, -4_00)


def test_a_paid_up_front_fee_comes_back_as_the_borrowers_money() -> None:
    line = KeptLine(US)
    bought = line.buy(300_00, date(2024, 1, 6))
    line.convert([bought], 3, date(2024, 1, 10))
    line.pay(106_00, date(2024, 2, 28))
    on = date(2024, 3, 1)
    quote = kept_decide.quote(line.state, "q", (), on)
    assert isinstance(quote, f.PayoffQuoted)
    assert (quote.principal, quote.fees_rebated, quote.totals[0]) == (200_00, 4_00, 196_00)
    line.record(quote, on)
    line.record(kept_decide.pay_off(line.state, "p", "q", 196_00, "USD", "manual", on), on)
    assert line.accounts == {"cash": 2_00, "fee_income": -2_00}


def test_a_product_may_keep_its_fees() -> None:
    keeps = product("us-line", ("refund_unearned", "keep"))
    line = KeptLine(replace(keeps))
    bought = line.buy(300_00, date(2024, 1, 6))
    line.convert([bought], 3, date(2024, 1, 10))
    line.call(date(2024, 1, 20), date(2024, 2, 25))
    assert (line.state.called, line.of("fee_income")) == (306_00, -6_00)


def test_a_partly_paid_purchase_is_converted_without_its_old_minimum() -> None:
    line = KeptLine(US)
    bought = line.buy(2_55, date(2024, 1, 1))
    line.pay(2_45, date(2024, 1, 1))
    line.convert([bought], 3, date(2024, 1, 9))  # the statement of 5 January took the 2.45; 0.10 is left
    line.touch(date(2024, 2, 6))
    # 0.04 + 0.03 + 0.03 of principal; of the fee of two tenths of a cent nothing
    assert (line.of("principal"), line.state.amount_due, line.state.past_due_amount) == (10, 4, 0)
