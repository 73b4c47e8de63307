"""Turn purchases, billed or not, into an instalment plan with its fee."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from fullrecall.domain.line import kept_decide
from fullrecall.ports import Store
from fullrecall.write_path.line_work import LineAnswer, change_line


def convert_purchases(
    store: Store,
    line_id: str,
    purchase_ids: Sequence[str],
    instalments: int,
    *,
    on: date,
    key: str,
    at: datetime,
) -> LineAnswer:
    """The key is the plan's id; its first instalment is on the next statement."""
    return change_line(
        store, line_id, key, ["convert", list(purchase_ids), instalments], on, at,
        lambda line: kept_decide.convert(line, key, tuple(purchase_ids), instalments, on),
    )  # fmt: skip
