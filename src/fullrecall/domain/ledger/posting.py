"""One posting rule per money fact. A posting is a transfer, one amount from a credit to a debit account, so a
set that does not balance cannot be written down. The ledger keeps its own balances and never reads the line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fullrecall.domain import facts as f
from fullrecall.domain.ledger import kept, observed
from fullrecall.domain.ledger.transfer import LedgerBalance, Posting

_RULES: dict[type[f.Fact], Callable[[LedgerBalance, Any], Posting]] = {**observed.RULES, **kept.RULES}


def post(before: LedgerBalance, fact: f.Fact) -> Posting:
    """Balances after a fact, and the transfers that lead there. A fact without money posts nothing."""
    rule = _RULES.get(type(fact))
    return rule(before, fact) if rule else (before, ())
