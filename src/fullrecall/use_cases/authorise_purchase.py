"""Ask whether a purchase may go through: from stored state only, changing nothing."""

from __future__ import annotations

from fullrecall.domain.line import Authorisation, authorise
from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports import Store


def authorise_purchase(store: Store, line_id: str, amount: int) -> tuple[Authorisation, str]:
    """The answer for `amount` minor units and the line's currency. Raises Mistake for an unknown line."""
    head = store.line(line_id)
    if head is None:
        raise Mistake(f"There is no line {line_id}: check the id.", code="no_such_line")
    return authorise(head.state, amount), head.state.currency


def currency_of(store: Store, line_id: str) -> str:
    head = store.line(line_id)
    if head is None:
        raise Mistake(f"There is no line {line_id}: check the id.", code="no_such_line")
    return head.state.currency
