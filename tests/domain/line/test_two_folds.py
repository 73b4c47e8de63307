"""Ledger and line fold the same facts independently; after every fact the two answers are the same."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fullrecall.domain import facts as f
from fullrecall.domain.ledger import LedgerBalance, post
from fullrecall.domain.line import LineState, fold, opened

LIMIT = 100_000
FIRST = date(2026, 1, 31)
OPENING = f.LineOpened("b", "CNY", 1, "card", "cn", "observed", "t")

# What happens: a later position (balances beyond the limit and below zero), money, and what a case does to a
# line.
EVENTS = st.one_of(
    st.tuples(st.just("position"), st.integers(-50_000, 3 * LIMIT)),
    st.tuples(st.just("payment"), st.integers(1, 2 * LIMIT)),
    st.tuples(st.sampled_from(("call", "unwind", "charge_off", "freeze", "withdraw")), st.just(0)),
)


def fact_of(event: str, amount: int, line: LineState, on: date) -> f.Fact:
    """The fact the house would record; what does not apply becomes a fact without money."""
    if event == "position":
        return f.PositionObserved(LIMIT, amount, 0, 0, max(amount, 0) // 10, 30 if amount > 0 else 0, on)
    if event == "payment":
        return f.PaymentObserved(amount)
    if event == "call" and not line.called and line.open_balance > 0:
        return f.BalanceCalled("c", line.open_balance, on + timedelta(days=15))
    if event == "unwind" and line.called_on:
        return f.CallUnwound("c", line.called)
    if event == "charge_off" and line.balance > line.charged_off:
        return f.LineChargedOff("c", line.called, max(line.open_balance, 0))
    if event == "withdraw":
        return f.LimitWithdrawn("c", line.credit_limit)
    return f.LineFrozen("c", "ARREARS", on)


def buckets(line: LineState) -> tuple[int, int, int]:
    return line.open_balance, line.called, line.charged_off


@given(st.lists(EVENTS, min_size=1, max_size=25))
def test_the_two_folds_agree_after_every_fact(events: list[tuple[str, int]]) -> None:
    line, ledger = opened("l", OPENING), LedgerBalance()
    book: Counter[int] = Counter()
    for number, (event, amount) in enumerate(events):
        on = FIRST + timedelta(days=number)
        fact = fact_of(event, amount, line, on)
        line = fold(line, fact, on)
        ledger, transfers = post(ledger, fact)
        assert buckets(line) == (ledger.receivable, ledger.called, ledger.charged_off), (event, amount)
        for transfer in transfers:
            assert transfer.amount > 0 and transfer.debit != transfer.credit
            book[transfer.debit] += transfer.amount
            book[transfer.credit] -= transfer.amount
        assert sum(book.values()) == 0, "the trial balance"
        # what the postings say of the line's accounts is what the ledger holds of it
        held = ledger.receivable + ledger.called + ledger.charged_off
        assert -book[1900] == held == line.balance
        assert line.called >= 0 and line.charged_off >= 0
        assert not (line.called + line.charged_off) or line.balance > 0


@given(st.lists(EVENTS, max_size=12), st.booleans())
def test_a_recall_taken_back_leaves_money_and_limit_as_they_were(
    events: list[tuple[str, int]], frozen_too: bool
) -> None:
    line, ledger = opened("l", OPENING), LedgerBalance()
    for number, (event, amount) in enumerate(e for e in events if e[0] in ("position", "payment")):
        on = FIRST + timedelta(days=number)
        fact = fact_of(event, amount, line, on)
        line, (ledger, _) = fold(line, fact, on), post(ledger, fact)
    before, before_ledger, on = line, ledger, FIRST + timedelta(days=60)
    there: list[f.Fact] = [f.LineFrozen("c", "ARREARS", on)] if frozen_too else []
    there += [f.LimitWithdrawn("c", line.credit_limit)]
    there += [f.BalanceCalled("c", line.open_balance, on)] if line.open_balance > 0 else []
    for fact in there:
        line, (ledger, _) = fold(line, fact, on), post(ledger, fact)
    back: list[f.Fact] = [f.CallUnwound("c", line.called)] if line.called_on else []
    back += [f.LimitRestored("c", line.credit_limit), f.LineUnfrozen("c", "withdrawn")]
    for fact in back:
        line, (ledger, _) = fold(line, fact, on), post(ledger, fact)
    assert line == before and ledger == before_ledger
