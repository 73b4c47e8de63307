"""Reports that a person reads: one self-contained HTML file with pictures."""

from fullrecall.analytics.reports.book_report import terminal_summary, write_book_report

__all__ = ["terminal_summary", "write_book_report"]
