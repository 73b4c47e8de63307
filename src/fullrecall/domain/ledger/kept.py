"""Posting rules of lines kept here: the amounts stand in the fact, the rule says which accounts it may move.

Amounts that do not sum to zero are refused; the others are paired into transfers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fullrecall.domain import facts as f
from fullrecall.domain.ledger import observed
from fullrecall.domain.ledger.accounts import BY_WORD, Account
from fullrecall.domain.ledger.transfer import LedgerBalance, Posting, Transfer

_A = Account
# Who meets whom first: income its receivable, a called account the one it was called from.
_PAIRS = (
    (_A.CHARGED_OFF_CLAIMS, _A.CHARGED_OFF_CONTRA),
    (_A.INTEREST, _A.INTEREST_INCOME),
    (_A.CALLED_INTEREST, _A.INTEREST_INCOME),
    (_A.LATE_INTEREST, _A.LATE_INCOME),
    (_A.CALLED_LATE_INTEREST, _A.LATE_INCOME),
    (_A.FEES, _A.FEE_INCOME),
    (_A.UNEARNED_FEES, _A.FEE_INCOME),
    (_A.FEES, _A.UNEARNED_FEES),
    (_A.CALLED_PRINCIPAL, _A.PRINCIPAL),
    (_A.CALLED_INTEREST, _A.INTEREST),
    (_A.CALLED_FEES, _A.FEES),
    (_A.CALLED_LATE_INTEREST, _A.LATE_INTEREST),
)
_OPEN = (_A.PRINCIPAL, _A.INTEREST, _A.FEES, _A.LATE_INTEREST, _A.BORROWER_MONEY)
_CALLED = (_A.CALLED_PRINCIPAL, _A.CALLED_INTEREST, _A.CALLED_FEES, _A.CALLED_LATE_INTEREST)
# Accounts that only some kinds of fact may move. What re-computes the past may find that goodwill waived a
# claim that was written off after all, which costs nothing more, or the reverse.
_CASH, _GOODWILL = frozenset({_A.CASH}), frozenset({_A.GOODWILL})
_RESERVED = _CASH | _GOODWILL


class Unbalanced(ValueError):
    """A fact whose amounts cannot be posted; recording it is a fault of the program, not of a user."""


def _rule(own: frozenset[Account] = frozenset()) -> Callable[[LedgerBalance, Any], Posting]:
    def rule(before: LedgerBalance, fact: Any) -> Posting:
        return _post(before, type(fact).__name__, fact.posted, own)

    return rule


def _or_observed(own: Callable[[LedgerBalance, Any], Posting], kind: type[f.Fact]) -> Any:
    """A call or charge-off of an observed line carries no amounts of its own."""
    other = observed.RULES[kind]
    return lambda before, fact: other(before, fact) if fact.posted is None else own(before, fact)


def _post(before: LedgerBalance, kind: str, posted: f.Posted, own: frozenset[Account]) -> Posting:
    if not posted:
        return before, ()
    changes = {BY_WORD[word]: amount for word, amount in posted.items() if amount}
    foreign = (_RESERVED - own) & changes.keys()
    if foreign or sum(changes.values()):
        raise Unbalanced(f"{kind} cannot post {posted}")
    after = LedgerBalance(
        before.receivable + sum(changes.get(account, 0) for account in _OPEN),
        before.called + sum(changes.get(account, 0) for account in _CALLED),
        before.charged_off + changes.get(_A.CHARGED_OFF_CLAIMS, 0),
    )
    return after, _transfers(changes)


def _transfers(changes: dict[Account, int]) -> tuple[Transfer, ...]:
    """Changes that sum to zero as transfers: natural pairs first, then the rest in the order of the chart."""
    left = dict(sorted(changes.items()))
    made: list[Transfer] = []
    for one, other in _PAIRS:
        _move(left, made, one, other)
    ups = [account for account, amount in left.items() if amount > 0]
    downs = [account for account, amount in left.items() if amount < 0]
    for up in ups:
        for down in downs:
            _move(left, made, up, down)
    return tuple(made)


def _move(left: dict[Account, int], made: list[Transfer], one: Account, other: Account) -> None:
    a, b = left.get(one, 0), left.get(other, 0)
    if a * b >= 0:
        return
    debit, credit, amount = (one, other, min(a, -b)) if a > 0 else (other, one, min(-a, b))
    left[debit] -= amount
    left[credit] += amount
    made.append(Transfer(debit, credit, amount))


def buckets_of(transfers: list[Transfer] | tuple[Transfer, ...]) -> dict[str, int]:
    """Transfers of one line summed per account word, debit positive, zeros left out."""
    sums: dict[Account, int] = {}
    for debit, credit, amount in transfers:
        sums[debit] = sums.get(debit, 0) + amount
        sums[credit] = sums.get(credit, 0) - amount
    return {word: sums[account] for word, account in BY_WORD.items() if sums.get(account)}


_accrue = _rule()
RULES: dict[type[f.Fact], Callable[[LedgerBalance, Any], Posting]] = {
    f.PurchaseCaptured: _rule(_CASH),
    f.PurchaseRefunded: _rule(_RESERVED),
    f.DrawdownMade: _rule(_CASH),
    f.PaymentReceived: _rule(_RESERVED),
    f.PaymentReversed: _rule(_RESERVED),
    f.AdvancesSettled: _rule(_CASH),
    f.GoodwillGiven: _rule(_GOODWILL),
    f.InstalmentsAgreed: _accrue,
    f.AccrualPosted: _accrue,
    f.BalanceCalled: _or_observed(_accrue, f.BalanceCalled),
    f.CallUnwound: _or_observed(_rule(_GOODWILL), f.CallUnwound),
    f.LineChargedOff: _or_observed(_accrue, f.LineChargedOff),
}
