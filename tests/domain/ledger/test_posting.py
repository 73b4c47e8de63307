"""Posting rules of watched lines, by example: each fact with the transfers it makes and the balances it leads
to.
"""

from __future__ import annotations

from datetime import date

import pytest

from fullrecall.domain import facts as f
from fullrecall.domain.ledger import ACCOUNTS, Account, LedgerBalance, Transfer, post

DAY = date(2026, 3, 31)
REC, CALLED, OFF, CONTROL = (
    Account.RECEIVABLE,
    Account.CALLED_RECEIVABLE,
    Account.CHARGED_OFF_CLAIMS,
    Account.OTHER_CORE_CONTROL,
)


def position(balance: int) -> f.PositionObserved:
    return f.PositionObserved(2_000_000, balance, 0, 0, 0, 0, DAY)


EXAMPLES = [
    # the fact, (receivable, called, charged off) before and after, and the transfers (debit, credit, amount)
    ("first position", position(391_300), (0, 0, 0), (391_300, 0, 0), [(REC, CONTROL, 391_300)]),
    ("it grew by 413.00", position(391_300), (350_000, 0, 0), (391_300, 0, 0), [(REC, CONTROL, 41_300)]),
    ("it fell by 413.00", position(350_000), (391_300, 0, 0), (350_000, 0, 0), [(CONTROL, REC, 41_300)]),
    ("nothing moved", position(350_000), (350_000, 0, 0), (350_000, 0, 0), []),
    # 50.00 of the borrower's own money after owing 100.00: 150.00 come back
    ("credit balance", position(-5_000), (10_000, 0, 0), (-5_000, 0, 0), [(CONTROL, REC, 15_000)]),
    # of 3,913.00 called, 3,000.00 are left and nothing else is owed: 913.00 of the called part are gone
    ("called part falls", position(300_000), (0, 391_300, 0), (0, 300_000, 0), [(CONTROL, CALLED, 91_300)]),
    # 3,913.00 called and 87.00 spent since: the called part stays, the rest is an ordinary balance
    ("spent since", position(400_000), (0, 391_300, 0), (8_700, 391_300, 0), [(REC, CONTROL, 8_700)]),
    # charged off 200.00, called 100.00; only 250.00 are owed: what was written off stays first, 50.00 remain
    # called
    ("both fall", position(25_000), (0, 10_000, 20_000), (0, 5_000, 20_000), [(CONTROL, CALLED, 5_000)]),
    ("all is gone", position(-100), (0, 10_000, 20_000), (-100, 0, 0),
     [(CONTROL, REC, 100), (CONTROL, CALLED, 10_000), (CONTROL, OFF, 20_000)]),
    ("payment", f.PaymentObserved(39_200), (391_300, 0, 0), (352_100, 0, 0), [(CONTROL, REC, 39_200)]),
    # 350.00 paid: 200.00 to the claim that was charged off, 100.00 to the called part, 50.00 to the rest
    ("payment in order", f.PaymentObserved(35_000), (8_000, 10_000, 20_000), (3_000, 0, 0),
     [(CONTROL, REC, 5_000), (CONTROL, CALLED, 10_000), (CONTROL, OFF, 20_000)]),
    ("overpaid", f.PaymentObserved(500), (300, 0, 0), (-200, 0, 0), [(CONTROL, REC, 500)]),
    ("called", f.BalanceCalled("c", 39_130, DAY), (39_130, 0, 0), (0, 39_130, 0), [(CALLED, REC, 39_130)]),
    ("unwound", f.CallUnwound("c", 91_300), (8_700, 91_300, 0), (100_000, 0, 0), [(REC, CALLED, 91_300)]),
    ("unwound when paid", f.CallUnwound("c", 0), (0, 0, 0), (0, 0, 0), []),
    ("charged off", f.LineChargedOff("c", 291_300, 12_000), (12_000, 291_300, 0), (0, 0, 303_300),
     [(OFF, CALLED, 291_300), (OFF, REC, 12_000)]),
    ("no money", f.LineFrozen("c", "ARREARS", DAY), (5, 6, 7), (5, 6, 7), []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "before", "after", "transfers"), [e[1:] for e in EXAMPLES], ids=[e[0] for e in EXAMPLES]
)
def test_a_fact_posts(
    fact: f.Fact,
    before: tuple[int, ...],
    after: tuple[int, ...],
    transfers: list[tuple[Account, Account, int]],
) -> None:
    led, posted = post(LedgerBalance(*before), fact)
    assert (led.receivable, led.called, led.charged_off) == after
    assert sorted(posted) == sorted(Transfer(*t) for t in transfers)


def test_accounts_have_a_name_in_both_languages_and_numbers_that_never_move() -> None:
    assert {int(a) for a in (REC, CALLED, OFF, CONTROL)} == {1100, 1110, 1190, 1900}
    assert all(english and chinese for english, chinese, *_ in ACCOUNTS.values())
    assert set(ACCOUNTS) == set(Account)
