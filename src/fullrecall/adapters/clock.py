"""The only place that reads the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This instant in UTC."""
    return datetime.now(UTC)


def today(timezone: str) -> date:
    return now().astimezone(ZoneInfo(timezone)).date()
