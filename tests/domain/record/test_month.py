"""A month of the credit record: only being overdue is adverse, and calling a line never re-ages it."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from fullrecall.domain import facts as f
from fullrecall.domain.law import Allowed, may
from fullrecall.domain.line import LineState, fold
from fullrecall.domain.recall.legal_view import legal_view
from fullrecall.domain.record import STATUS_ZH, month_status, monthly
from fullrecall.domain.vocabulary import Action, LawStage, Refused

sys.path.insert(0, str(Path(__file__).parents[1] / "recall"))

from case_life import BALANCE, CALENDARS, PACKS, PAST_DUE, Life, a_line, called, current  # noqa: E402

MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 30)


def late(days: int) -> LineState:
    return a_line(as_of=MARCH, days_past_due=days, past_due_amount=PAST_DUE if days else 0)


@pytest.mark.parametrize(
    ("days", "code"),
    [
        (0, "N"), (1, "1"), (30, "1"), (31, "2"), (60, "2"), (61, "3"), (90, "3"), (91, "4"), (120, "4"),
        (121, "5"), (150, "5"), (151, "6"), (180, "6"), (181, "7"), (720, "7"),
    ],
)  # fmt: skip
def test_codes_of_a_month(days: int, code: str) -> None:
    assert month_status(late(days), MARCH) == (code, days, days > 0)
    assert code in STATUS_ZH


def paid_called_line(pay_by: date) -> LineState:
    line = fold(current("l-1"), f.BalanceCalled("c", BALANCE, pay_by), date(2026, 3, 21))
    return fold(line, f.PaymentObserved(BALANCE), pay_by)


def test_a_limit_withdrawn_is_not_adverse() -> None:
    line = fold(current("l-1"), f.LimitWithdrawn("c", 2_000_000), MARCH)
    assert month_status(line, MARCH) == ("N", 0, False)


def test_called_and_not_yet_due_is_not_adverse() -> None:
    line = fold(current("l-1"), f.BalanceCalled("c", BALANCE, date(2026, 4, 5)), date(2026, 3, 21))
    assert month_status(line, MARCH) == ("N", 0, False)
    reported = monthly(line, MARCH, "basis")
    assert (reported.amount_past_due, reported.balance, reported.adverse) == (0, BALANCE, False)


def test_called_and_paid_by_its_date_is_settled_and_not_adverse() -> None:
    assert month_status(paid_called_line(date(2026, 4, 5)), APRIL) == ("C", 0, False)


def test_called_and_unpaid_after_its_date_is_overdue_since_then() -> None:
    line = fold(current("l-1"), f.BalanceCalled("c", BALANCE, date(2026, 4, 5)), date(2026, 3, 21))
    assert month_status(line, APRIL) == ("1", 25, True)  # 30 - 5 = 25 days
    assert monthly(line, APRIL, "b").amount_past_due == BALANCE


def test_calling_never_re_ages() -> None:
    """90 days late on 31 March, called on 1 April, payable by 16 April: on 30 April 120 days by contract, 14
    by call.
    """
    before = late(90)
    line = fold(before, f.BalanceCalled("c", BALANCE, date(2026, 4, 16)), date(2026, 4, 1))
    assert month_status(line, APRIL) == month_status(before, APRIL) == ("4", 120, True)
    assert monthly(line, APRIL, "b").amount_past_due == BALANCE


def test_charged_off_is_bad_debt_however_old() -> None:
    line = fold(late(181), f.LineChargedOff("c", 0, BALANCE), MARCH)
    assert month_status(line, MARCH) == ("B", 181, True)
    later = replace(line, past_due_amount=0, days_past_due=0)
    assert month_status(later, MARCH) == ("B", 0, True)
    assert monthly(later, MARCH, "b").amount_past_due == BALANCE


def test_a_payment_that_ends_the_arrears_ends_the_adverse_months() -> None:
    assert month_status(fold(late(60), f.PaymentObserved(PAST_DUE), date(2026, 4, 2)), APRIL) == (
        "N",
        0,
        False,
    )


# --- may it be furnished? -----------------------------------------------------------------------------------


def furnished(life: Life, line_id: str, on: date) -> Allowed | Refused:
    line = life.lines[line_id]
    _, _, adverse = month_status(line, on)
    view = legal_view(life.case, line, life.around.law, 15, on, adverse=adverse)
    return may(PACKS[line.pack], LawStage.REPORT, view, CALENDARS[line.pack])


def a_called_life(**line: object) -> Life:
    return called(Life(a_line(**line), action=Action.RECALL))


def test_a_called_line_with_nothing_overdue_is_furnished_as_not_adverse() -> None:
    life = a_called_life()
    life.observe(MARCH, BALANCE, 0, 0)
    assert month_status(life.lines["l-1"], MARCH) == ("N", 0, False)
    assert isinstance(furnished(life, "l-1", MARCH), Allowed)


def test_a_called_line_overdue_by_contract_is_adverse_and_needs_its_prior_notice() -> None:
    life = a_called_life()
    assert month_status(life.lines["l-1"], MARCH)[2] is True
    assert isinstance(furnished(life, "l-1", MARCH), Allowed), (
        "the demand that arrived on 2 March announced it"
    )
    untold = Life(a_line())
    answer = furnished(untold, "l-1", MARCH)
    assert isinstance(answer, Refused) and answer.rule == "cn.bureau-prior-notice"


def test_a_called_balance_left_unpaid_is_adverse_though_the_other_core_knows_no_arrears() -> None:
    """The rule that a recall is not adverse must not refuse what is truly overdue by the call."""
    life = a_called_life()
    life.observe(MARCH, BALANCE, 0, 0)
    assert life.case.pay_by == date(2026, 4, 5)
    line = life.lines["l-1"]
    assert month_status(line, APRIL) == ("1", 25, True)
    assert isinstance(furnished(life, "l-1", APRIL), Allowed)


def test_a_protected_person_is_not_furnished() -> None:
    life = a_called_life()
    life.case_fact(f.BorrowerProtected("identity_theft", "report", "officer"), MARCH)
    answer = furnished(life, "l-1", MARCH)
    assert isinstance(answer, Refused) and answer.rule == "house.protected-person"
