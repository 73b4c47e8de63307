"""A line is the fold of its facts: positions, arrears, limit, freeze; it decides whether a purchase may go
through.
"""

from fullrecall.domain.line.authorise import Authorisation, authorise
from fullrecall.domain.line.state import LineState, completed, fold, on_day, opened

__all__ = ["Authorisation", "LineState", "authorise", "completed", "fold", "on_day", "opened"]
