"""Rules every pack shares because the trade, not one jurisdiction, sets them (`house.` ids)."""

from __future__ import annotations

from datetime import timedelta

from fullrecall.domain.law.finding import Ask, Stop
from fullrecall.domain.law.interrupts import STAGE_NEEDS, Interrupt, active, stops
from fullrecall.domain.law.view import LegalView
from fullrecall.domain.vocabulary import LawStage, Protection, Refused, Trigger

HOUSE_RULES: dict[str, str] = {
    "house.protected-person": "No demand, call or report against the deceased, defrauded, minor, insolvent.",
    "house.interrupted": "A step waits while an interrupt stops the clock it needs.",
    "house.suspended": "Nothing but a freeze while a court or authority has stopped the case.",
    "house.cross-default": "Another line is called only by its own flagged cross-default clause.",
    "house.nothing-overdue": "A step for arrears needs arrears on its day: a payment in between wins.",
    "house.violation-unproven": "A breach of the terms of use counts when it is severe and proven.",
    "house.recall-is-not-adverse": "Only being overdue is adverse; a called balance is not.",
    "house.no-rule-in-force": "Where no rule of the pack is in force for a gate, the gate stays shut.",
    "house.no-ground": "A balance is called on a ground the pack's law accepts, or not at all.",
    "house.contact-hours": "Contact hours of the product where the law sets none.",
    "house.policy-cure": "The policy's cure period counts where the law gives none.",
}

_DEMANDS = (LawStage.WARN, LawStage.NOTICE, LawStage.COLLECT, LawStage.ACCELERATE, LawStage.REPORT)


def person(ask: Ask) -> Refused | None:
    """What the borrower's own state forbids, before any rule of a pack is read."""
    return _protected(ask) or _interrupted(ask)


def _protected(ask: Ask) -> Refused | None:
    view = ask.view
    if view.protection is None:
        return None
    if ask.stage in _DEMANDS:
        return Refused(
            "house.protected-person", f"The borrower is protected ({view.protection}): no {ask.stage}."
        )
    protects = view.protective_freeze or view.protection is Protection.IDENTITY_THEFT
    if ask.stage is LawStage.FREEZE and not protects:
        return Refused(
            "house.protected-person",
            f"The borrower is protected ({view.protection}): freeze only to protect, not to demand.",
        )
    return None


def _interrupted(ask: Ask) -> Refused | None:
    view, needs = ask.view, STAGE_NEEDS.get(ask.stage)
    if view.suspended and ask.stage is LawStage.REPORT:
        return Refused("house.suspended", "A court or authority has stopped the case.")
    stopping = [interrupt for interrupt in active(view) if needs in stops(ask.pack, interrupt)]
    if not stopping:
        return None
    # Only a breathing space ends on a known day; any other interrupt beside it has no date to ask again.
    space = stopping == [Interrupt.BREATHING_SPACE] and view.breathing_space_until is not None
    until = view.breathing_space_until + timedelta(days=1) if space and view.breathing_space_until else None
    if stopping[0] is Interrupt.SUSPENSION:
        return Refused("house.suspended", "A court or authority has stopped the case.")
    names = ", ".join(interrupt.value.replace("_", " ") for interrupt in stopping)
    return Refused("house.interrupted", f"Stopped by {names}: the {needs} clock stands still.", until)


def facts(ask: Ask) -> tuple[tuple[str, Stop], ...]:
    """What the facts of the line forbid, whatever the pack says."""
    view = ask.view
    if ask.stage is LawStage.REPORT:
        return _adverse(view)
    if ask.stage not in (LawStage.FREEZE, LawStage.ACCELERATE) or view.protection is not None:
        return ()
    found: list[tuple[str, Stop]] = []
    if view.cross_default and not view.cross_default_flagged and ask.stage is LawStage.ACCELERATE:
        found.append(
            ("house.cross-default", Stop("The contract of this line has no flagged cross-default clause."))
        )
    if view.ground is Trigger.ARREARS and not view.cross_default and view.past_due_minor <= 0:
        found.append(("house.nothing-overdue", Stop("Nothing is overdue on this line now.")))
    if view.ground is Trigger.VIOLATION and not view.violation_severe_proven:
        found.append(
            ("house.violation-unproven", Stop("The breach of the terms of use is not proven and severe."))
        )
    return tuple(found)


def _adverse(view: LegalView) -> tuple[tuple[str, Stop], ...]:
    if view.adverse and view.past_due_minor <= 0 and view.days_past_due <= 0:
        why = "Nothing is overdue: a recall that is paid by its date is not an adverse entry."
        return (("house.recall-is-not-adverse", Stop(why)),)
    return ()
