"""The words every room shares: stages, triggers, actions, channels, roles, and the three answers to a
command.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec


class Stage(StrEnum):
    """Where a recall case stands. The order is the order of the ladder, not a permission to skip."""

    WARNED = "warned"
    NOTIFIED = "notified"
    FROZEN = "frozen"
    RUN_OFF = "run_off"
    ACCELERATED = "accelerated"
    CLEARING = "clearing"
    SETTLED = "settled"
    CHARGED_OFF = "charged_off"
    RECOVERING = "recovering"
    CURED = "cured"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Trigger(StrEnum):
    """What set a case off (F9)."""

    SCORE = "score"
    ARREARS = "arrears"
    VIOLATION = "violation"
    DECISION = "decision"


class Action(StrEnum):
    """What a policy asks for; severity grows in the order written (none < refer < ... < recall)."""

    NONE = "none"
    REFER = "refer"
    WARN = "warn"
    REDUCE_LIMIT = "reduce_limit"
    FREEZE = "freeze"
    RECALL = "recall"

    @property
    def severity(self) -> int:
        return _SEVERITY[self]


_SEVERITY = {action: rank for rank, action in enumerate(Action)}


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"
    PUSH = "push"


class LawStage(StrEnum):
    """The stages as the jurisdiction packs name them."""

    WARN = "warn"
    NOTICE = "notice"
    CURE = "cure"
    FREEZE = "freeze"
    ACCELERATE = "accelerate"
    COLLECT = "collect"
    REPORT = "report"
    DISPUTE = "dispute"


class Clock(StrEnum):
    """Kinds of clock; every interrupt names which of them it stops."""

    CONTACT = "contact"
    CURE = "cure"
    ENFORCEMENT = "enforcement"
    ACCOUNTING = "accounting"
    LIMITATION = "limitation"
    RETENTION = "retention"


class Protection(StrEnum):
    """States of a borrower that stop demand, debit, furnishing and cross-default."""

    DECEASED = "deceased"
    IDENTITY_THEFT = "identity_theft"
    MINOR = "minor"
    INSOLVENT = "insolvent"


class Role(StrEnum):
    VIEWER = "viewer"
    ANALYST = "analyst"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    BORROWER = "borrower"


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The command changed something; `facts` names the kinds recorded."""

    facts: tuple[str, ...] = ()


class AlreadyDone(msgspec.Struct, frozen=True, tag="already_done"):
    """The state asked for already holds; nothing was recorded."""

    why: str = ""


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """A rule forbids the step now.

    rule: id of the law, policy or ladder rule; until: first date it may be asked again, None if no date is
    known.
    """

    rule: str
    why: str
    until: date | None = None


Answer = Done | AlreadyDone | Refused


class Mistake(Exception):
    """A user's mistake, told in one sentence: what is wrong, where, what to do. Interfaces print it; never a
    traceback.
    """

    def __init__(self, sentence: str, *, code: str = "mistake") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
