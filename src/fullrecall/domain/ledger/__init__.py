"""Double entry under every money fact: a chart of accounts, and one posting rule per fact."""

from fullrecall.domain.ledger.accounts import ACCOUNTS, Account
from fullrecall.domain.ledger.posting import LedgerBalance, Transfer, post

__all__ = ["ACCOUNTS", "Account", "LedgerBalance", "Transfer", "post"]
