"""Close a kept line for good, once nothing is owed on it, held on it, or left of the borrower's money."""

from __future__ import annotations

from datetime import date, datetime

from fullrecall.domain.line import kept_decide
from fullrecall.ports import Store
from fullrecall.write_path.line_work import LineAnswer, change_line


def close_line(store: Store, line_id: str, why: str, *, on: date, key: str, at: datetime) -> LineAnswer:
    """`rule` says what stands in the way: line.not-settled or line.holds-run."""
    return change_line(
        store, line_id, key, ["close", why], on, at, lambda line: kept_decide.close(line, why, on)
    )
