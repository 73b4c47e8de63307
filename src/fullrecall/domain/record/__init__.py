"""The credit record of a line, read from the line and its case."""

from fullrecall.domain.record.month import STATUS_ZH, month_status, monthly

__all__ = ["STATUS_ZH", "month_status", "monthly"]
