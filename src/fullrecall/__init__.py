"""Fullrecall: watch consumer credit lines and, when it must be, call one in (全额回收)."""

__version__ = "0.1.0"
