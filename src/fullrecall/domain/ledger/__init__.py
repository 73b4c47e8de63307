"""Double entry under every money fact: a chart of accounts, and one posting rule per fact."""

from fullrecall.domain.ledger.accounts import ACCOUNTS, BY_WORD, Account
from fullrecall.domain.ledger.kept import buckets_of
from fullrecall.domain.ledger.posting import post
from fullrecall.domain.ledger.transfer import LedgerBalance, Transfer

__all__ = ["ACCOUNTS", "BY_WORD", "Account", "LedgerBalance", "Transfer", "buckets_of", "post"]
