"""Joins the summary of a book to the report that shows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fullrecall.analytics.reports.book_report import terminal_summary, write_book_report
from fullrecall.ports import Store
from fullrecall.ports.summary import Summary
from fullrecall.use_cases.summarise import summarise
from fullrecall.use_cases.verify_all import Verified


def summary_of(store: Store, verified: Verified, elapsed: Callable[[], float], case: str | None) -> Summary:
    return summarise(store, verified=verified, seconds=round(elapsed(), 1), worked_case=case)


def write_report(summary: Summary, path: Path) -> None:
    write_book_report(summary, path)


def terminal(summary: Summary) -> list[tuple[str, str]]:
    return [(label, value) for label, value in terminal_summary(summary)]
