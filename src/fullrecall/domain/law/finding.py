"""The question a gate puts to each rule and the two answers a check can give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec

from fullrecall.domain.calendar import BusinessCalendar
from fullrecall.domain.law.pack import Pack, Rule
from fullrecall.domain.law.view import Duty, LegalView
from fullrecall.domain.vocabulary import LawStage


class Ask(msgspec.Struct, frozen=True):
    """One question: may this stage be taken for this view under this pack?"""

    pack: Pack
    stage: LawStage
    view: LegalView
    calendar: BusinessCalendar


class Pass(msgspec.Struct, frozen=True):
    """The rule is met. earliest: first lawful day, None when the rule sets no clock."""

    note: str
    earliest: date | None = None
    duty: Duty | None = None


class Stop(msgspec.Struct, frozen=True):
    """The rule forbids the step now; until: first day it may be asked again, None if none is known."""

    why: str
    until: date | None = None


Finding = Pass | Stop
Check = Callable[[Rule, Ask], Finding]


def reaches(rule: Rule, view: LegalView) -> bool:
    """Whether a rule's scope covers the line and the ground. Rules for other kinds of lender never reach a
    gate."""
    scope = rule.scope
    state = view.governing_state or ""
    return (
        not scope.lenders
        and (not scope.grounds or view.footing in scope.grounds)
        and (not scope.kinds or view.kind in scope.kinds)
        and (not scope.states or state in scope.states)
        and (not scope.states_except or (state != "" and state not in scope.states_except))
        and scope.home_secured in (None, view.home_secured)
        and scope.third_party_collector in (None, view.third_party_collector)
    )
