"""Joins the summary of a book to the report that shows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fullrecall.ports import Store
from fullrecall.ports.summary import Summary
from fullrecall.use_cases.summarise import summarise
from fullrecall.use_cases.verify_all import Verified


def summary_of(store: Store, verified: Verified, elapsed: Callable[[], float], case: str | None) -> Summary:
    return summarise(store, verified=verified, seconds=round(elapsed(), 1), worked_case=case)


def write_report(summary: Summary, path: Path) -> None:
    from fullrecall.analytics.reports.book_report import write_book_report  # pictures load slowly: only here

    write_book_report(summary, path)


def terminal(summary: Summary) -> list[tuple[str, str]]:
    from fullrecall.analytics.reports.book_report import terminal_summary

    return terminal_summary(summary)
