"""Posting rules of lines that another core keeps: its absolute position against one control account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.ledger.accounts import Account
from fullrecall.domain.ledger.transfer import LedgerBalance, Posting, Transfer

_CONTROL = Account.OTHER_CORE_CONTROL
_BUCKETS = (
    ("receivable", Account.RECEIVABLE),
    ("called", Account.CALLED_RECEIVABLE),
    ("charged_off", Account.CHARGED_OFF_CLAIMS),
)


def _against_control(before: LedgerBalance, after: LedgerBalance) -> Posting:
    transfers = []
    for name, account in _BUCKETS:
        change = getattr(after, name) - getattr(before, name)
        if change > 0:
            transfers.append(Transfer(account, _CONTROL, change))
        elif change < 0:
            transfers.append(Transfer(_CONTROL, account, -change))
    return after, tuple(transfers)


def _position(before: LedgerBalance, fact: f.PositionObserved) -> Posting:
    # An absolute position: what was charged off or called stays so up to the balance, the rest is receivable.
    balance = fact.balance
    if not before.called and not before.charged_off:
        change = balance - before.receivable
        if not change:
            return before, ()
        if change > 0:
            return LedgerBalance(balance), (Transfer(Account.RECEIVABLE, _CONTROL, change),)
        return LedgerBalance(balance), (Transfer(_CONTROL, Account.RECEIVABLE, -change),)
    owed = max(balance, 0)
    charged_off = min(before.charged_off, owed)
    called = min(before.called, owed - charged_off)
    return _against_control(before, LedgerBalance(balance - charged_off - called, called, charged_off))


def _payment(before: LedgerBalance, fact: f.PaymentObserved) -> Posting:
    charged_off = min(before.charged_off, fact.amount)
    called = min(before.called, fact.amount - charged_off)
    rest = fact.amount - charged_off - called
    after = LedgerBalance(before.receivable - rest, before.called - called, before.charged_off - charged_off)
    return _against_control(before, after)


def _move(before: LedgerBalance, source: str, target: str, amount: int) -> Posting:
    if not amount:
        return before, ()
    accounts = dict(_BUCKETS)
    after = msgspec.structs.replace(
        before, **{source: getattr(before, source) - amount, target: getattr(before, target) + amount}
    )
    return after, (Transfer(accounts[target], accounts[source], amount),)


def _called(before: LedgerBalance, fact: f.BalanceCalled) -> Posting:
    return _move(before, "receivable", "called", fact.amount)


def _unwound(before: LedgerBalance, fact: f.CallUnwound) -> Posting:
    return _move(before, "called", "receivable", fact.amount)


def _charged_off(before: LedgerBalance, fact: f.LineChargedOff) -> Posting:
    # A watched line's loss is booked by the core that keeps it; here the claim moves to its own account.
    middle, first = _move(before, "called", "charged_off", fact.called)
    after, second = _move(middle, "receivable", "charged_off", fact.open)
    return after, (*first, *second)


RULES: dict[type[f.Fact], Callable[[LedgerBalance, Any], Posting]] = {
    f.PositionObserved: _position,
    f.PaymentObserved: _payment,
    f.BalanceCalled: _called,
    f.CallUnwound: _unwound,
    f.LineChargedOff: _charged_off,
}
