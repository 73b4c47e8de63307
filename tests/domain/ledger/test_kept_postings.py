"""Posting rules of kept lines: natural pairs, balances per line, and what no fact may post."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullrecall.domain import facts as f
from fullrecall.domain.ledger import ACCOUNTS, BY_WORD, Account, LedgerBalance, Transfer, buckets_of, post
from fullrecall.domain.ledger.kept import Unbalanced

A = Account
EMPTY = LedgerBalance()


def test_every_account_has_a_word_and_two_names() -> None:
    assert set(ACCOUNTS) == set(Account)
    assert set(BY_WORD.values()) == set(Account) - {A.RECEIVABLE, A.CALLED_RECEIVABLE, A.OTHER_CORE_CONTROL}


def test_a_payment_posts_what_it_pays_and_what_was_earned_until_then() -> None:
    fact = f.PaymentReceived(
        "p",
        100_00,
        "debit",
        {"cash": 100_00, "interest": -5_00, "interest_income": -9_88, "principal": -85_12},
    )
    after, transfers = post(LedgerBalance(1_205_00), fact)
    assert set(transfers) == {
        Transfer(A.CASH, A.PRINCIPAL, 85_12),
        Transfer(A.CASH, A.INTEREST, 5_00),
        Transfer(A.CASH, A.INTEREST_INCOME, 9_88),
    }
    assert after == LedgerBalance(1_205_00 - 90_12)


def test_a_call_moves_each_bucket_to_its_called_account() -> None:
    fact = f.BalanceCalled(
        "c", 120_00, date(2024, 3, 1),
        {
            "principal": -100_00, "called_principal": 100_00, "interest": -15_00, "interest_income": -5_00,
            "called_interest": 20_00,
        },
    )  # fmt: skip
    after, transfers = post(LedgerBalance(115_00), fact)
    assert set(transfers) == {
        Transfer(A.CALLED_PRINCIPAL, A.PRINCIPAL, 100_00),
        Transfer(A.CALLED_INTEREST, A.INTEREST, 15_00),
        Transfer(A.CALLED_INTEREST, A.INTEREST_INCOME, 5_00),
    }
    assert after == LedgerBalance(0, 120_00)


def test_a_call_of_a_watched_line_posts_as_before() -> None:
    after, transfers = post(LedgerBalance(120_00), f.BalanceCalled("c", 120_00, date(2024, 3, 1)))
    assert transfers == (Transfer(A.CALLED_RECEIVABLE, A.RECEIVABLE, 120_00),)
    assert after == LedgerBalance(0, 120_00)


@pytest.mark.parametrize(
    "fact",
    [
        f.PaymentReceived("p", 1, "m", {"cash": 100, "principal": -99}),
        f.AccrualPosted("m", {"cash": 100, "interest": -100}),
        f.DrawdownMade("d", 1, "flat", 3, {"goodwill": 100, "late": -100}),
    ],
    ids=["not balanced", "an accrual that moves cash", "a drawdown that gives goodwill"],
)
def test_what_no_fact_may_post(fact: f.Fact) -> None:
    with pytest.raises(Unbalanced):
        post(EMPTY, fact)


WORDS = sorted(set(BY_WORD) - {"goodwill"})


@given(st.dictionaries(st.sampled_from(WORDS), st.integers(-(10**9), 10**9), max_size=12))
def test_transfers_say_exactly_what_the_fact_says(changes: dict[str, int]) -> None:
    posted = {**changes, "cash": changes.get("cash", 0) - sum(changes.values())}
    _, transfers = post(EMPTY, f.PaymentReceived("p", 1, "m", posted))
    assert buckets_of(transfers) == {word: posted[word] for word in BY_WORD if posted.get(word)}
    assert all(t.amount > 0 and t.debit is not t.credit for t in transfers)
