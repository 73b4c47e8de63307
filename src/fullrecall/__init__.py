"""Fullrecall: watch consumer credit lines and, when it must be, call one in (全额回收)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fullrecall.domain.settlement.documents import payoff_document as payoff
    from fullrecall.domain.terms.apr_documents import apr_document as apr
    from fullrecall.domain.terms.documents import schedule_document as schedule

__version__ = "0.1.0"
__all__ = ["__version__", "apr", "payoff", "schedule"]

_CALCULATIONS = {
    "schedule": ("fullrecall.domain.terms.documents", "schedule_document"),
    "payoff": ("fullrecall.domain.settlement.documents", "payoff_document"),
    "apr": ("fullrecall.domain.terms.apr_documents", "apr_document"),
}


def __getattr__(name: str) -> Any:
    """Calculations are loaded when first used, so that importing the package stays instant."""
    if name not in _CALCULATIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, function = _CALCULATIONS[name]
    found = globals()[name] = getattr(import_module(module), function)
    return found
