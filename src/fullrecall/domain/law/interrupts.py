"""Which clocks each interrupt stops; a pack may say otherwise, accounting and retention clocks never stop."""

from __future__ import annotations

from enum import StrEnum

from fullrecall.domain.law.pack import Pack
from fullrecall.domain.law.view import LegalView
from fullrecall.domain.vocabulary import Clock, LawStage, Protection


class Interrupt(StrEnum):
    DISPUTE = "dispute"
    HARDSHIP = "hardship"
    BREATHING_SPACE = "breathing_space"
    DEATH = "death"
    INSOLVENCY = "insolvency"
    COMPLAINT = "complaint"
    SUSPENSION = "suspension"


_ALL_STEPS = (Clock.CONTACT, Clock.CURE, Clock.ENFORCEMENT)

# A dispute or complaint halts what cannot be undone but not the conversation; hardship keeps contact open so
# that the arrangement can be talked about; a moratorium, death, insolvency or a court stops contact too. Days
# past due and provisions (ACCOUNTING), LIMITATION and bureau expiry (RETENTION) run on in every pack so far.
DEFAULT_STOPS: dict[Interrupt, tuple[Clock, ...]] = {
    Interrupt.DISPUTE: (Clock.CURE, Clock.ENFORCEMENT),
    Interrupt.HARDSHIP: (Clock.CURE, Clock.ENFORCEMENT),
    Interrupt.BREATHING_SPACE: _ALL_STEPS,
    Interrupt.DEATH: _ALL_STEPS,
    Interrupt.INSOLVENCY: _ALL_STEPS,
    Interrupt.COMPLAINT: (Clock.ENFORCEMENT,),
    Interrupt.SUSPENSION: _ALL_STEPS,
}

# The clock a stage needs running. A freeze needs none: it stops new harm. A report has rules of its own.
STAGE_NEEDS: dict[LawStage, Clock] = {
    LawStage.WARN: Clock.CONTACT,
    LawStage.NOTICE: Clock.CONTACT,
    LawStage.COLLECT: Clock.CONTACT,
    LawStage.ACCELERATE: Clock.ENFORCEMENT,
}

_OF_PROTECTION = {Protection.DECEASED: Interrupt.DEATH, Protection.INSOLVENT: Interrupt.INSOLVENCY}


def stops(pack: Pack, interrupt: Interrupt) -> frozenset[Clock]:
    """The clocks an interrupt stops under a pack."""
    return frozenset(pack.interrupts.get(interrupt.value, DEFAULT_STOPS[interrupt]))


def active(view: LegalView) -> tuple[Interrupt, ...]:
    """The interrupts that hold on the view's day, most binding first."""
    found: list[Interrupt] = []
    if view.suspended:
        found.append(Interrupt.SUSPENSION)
    if view.protection in _OF_PROTECTION:
        found.append(_OF_PROTECTION[view.protection])
    if view.disputed:
        found.append(Interrupt.DISPUTE)
    if view.hardship:
        found.append(Interrupt.HARDSHIP)
    if view.complaint_open:
        found.append(Interrupt.COMPLAINT)
    if view.breathing_space_until is not None and view.on <= view.breathing_space_until:
        found.append(Interrupt.BREATHING_SPACE)
    return tuple(found)


def stopped_clocks(pack: Pack, view: LegalView) -> frozenset[Clock]:
    """All clocks that stand still on the view's day."""
    return frozenset(clock for interrupt in active(view) for clock in stops(pack, interrupt))
