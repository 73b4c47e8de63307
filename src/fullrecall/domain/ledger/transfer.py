"""A transfer, and the balances the ledger keeps of one line."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from fullrecall.domain.ledger.accounts import Account


class Transfer(NamedTuple):
    """`amount` > 0 minor units: debit goes up, credit goes down."""

    debit: Account
    credit: Account
    amount: int


class LedgerBalance(msgspec.Struct, frozen=True):
    """The ledger's own balances of one line, minor units; receivable < 0 is the borrower's money."""

    receivable: int = 0
    called: int = 0
    charged_off: int = 0


Posting = tuple[LedgerBalance, tuple[Transfer, ...]]
