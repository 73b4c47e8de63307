"""What is said once for a whole book: of its lines, and of how it is followed."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec


class WatchedBook(msgspec.Struct, frozen=True):
    """What a tape says once for all its lines."""

    source: str
    product: str
    pack: str
    origin: str = "observed"
    governing_state: str = ""
    cross_default_flagged: bool = False


class BookRun(msgspec.Struct, frozen=True):
    """What the run needs besides the tape. timezone: where the days of the book are."""

    watched: WatchedBook
    note: dict[str, Any]
    outcome_on: date | None
    timezone: str
    auto_approve: bool
