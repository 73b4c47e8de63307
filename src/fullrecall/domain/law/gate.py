"""The gate: may a stage be taken on a day, and if not, which rule forbids it until when."""

from __future__ import annotations

from datetime import date

from fullrecall.domain.calendar import BusinessCalendar
from fullrecall.domain.law.checks import CHECKS, GROUND_CHECKS
from fullrecall.domain.law.finding import Ask, Pass, Stop, reaches
from fullrecall.domain.law.house import HOUSE_RULES, facts, person
from fullrecall.domain.law.pack import Pack, PackMistake, Rule
from fullrecall.domain.law.view import Allowed, Basis, LegalView
from fullrecall.domain.vocabulary import LawStage, Refused

GATED = (LawStage.FREEZE, LawStage.ACCELERATE, LawStage.REPORT)


def may(pack: Pack, stage: LawStage, view: LegalView, calendar: BusinessCalendar) -> Allowed | Refused:
    """Allowed with the rules it rests on, or Refused with the rule that forbids it longest.

    Among several refusals one without a date wins over one with a date, a later date over an earlier one, and
    a rule of the pack over a rule of the house; `why` tells the others too. Raises PackMistake for another
    pack's calendar.
    """
    if calendar.name != pack.calendar:
        raise PackMistake(
            f"Pack {pack.id} counts days by {pack.calendar}, not {calendar.name}: pass that calendar."
        )
    ask = Ask(pack, stage, view, calendar)
    forbidden = person(ask)
    if forbidden is not None:
        return forbidden
    rules = tuple(
        rule for rule in pack.in_force(view.law_as_of) if stage in rule.checks and reaches(rule, view)
    )
    passed: list[tuple[Rule, Pass]] = []
    stopped: list[tuple[str, Stop]] = []
    if view.protection is None or stage is not LawStage.FREEZE:
        for rule in rules:
            finding = CHECKS[rule.checks[stage]](rule, ask)
            if isinstance(finding, Pass):
                passed.append((rule, finding))
            else:
                stopped.append((rule.id, finding))
        stopped.extend(_missing(ask, rules))
    stopped.extend(facts(ask))
    return _refusal(stopped) if stopped else _allowed(ask, passed)


def _missing(ask: Ask, rules: tuple[Rule, ...]) -> list[tuple[str, Stop]]:
    """A gate no rule speaks for, or an acceleration without any accepted ground, stays shut."""
    if ask.stage in GATED and not rules:
        view = ask.view
        why = (
            f"Pack {ask.pack.id} has no rule in force on {view.law_as_of} for {ask.stage} on {view.footing}."
        )
        return [("house.no-rule-in-force", Stop(why))]
    if ask.stage is LawStage.ACCELERATE and not any(
        rule.checks[ask.stage] in GROUND_CHECKS for rule in rules
    ):
        if any("states" in rule.params for rule in rules) and not ask.view.governing_state:
            return []  # the rule that asks for the governing state says it better
        return [
            (
                "house.no-ground",
                Stop(f"Pack {ask.pack.id} accepts no ground {ask.view.footing} for acceleration."),
            )
        ]
    return []


def _refusal(stopped: list[tuple[str, Stop]]) -> Refused:
    def weight(item: tuple[str, Stop]) -> date:
        return item[1].until or date.max

    rule_id, worst = max(
        stopped, key=weight
    )  # the first of equals: rules of the pack come before the house's
    others = [f"{other}: {stop.why}" for other, stop in stopped if other != rule_id]
    why = worst.why + (f" Also {' '.join(others)}" if others else "")
    return Refused(rule_id, why, worst.until)


def _allowed(ask: Ask, passed: list[tuple[Rule, Pass]]) -> Allowed:
    basis = tuple(Basis(rule.id, rule.citation, finding.note) for rule, finding in passed)
    if not basis:
        note = (
            "frozen to protect the borrower"
            if ask.view.protection
            else f"no rule of the pack bars {ask.stage}"
        )
        basis = (
            Basis(
                "house.protected-person" if ask.view.protection else "house.interrupted", "house rule", note
            ),
        )
    dates = [finding.earliest for _, finding in passed if finding.earliest is not None]
    duties = tuple(finding.duty for _, finding in passed if finding.duty is not None)
    return Allowed(basis, max(dates, default=ask.view.on), duties)


__all__ = ["GATED", "HOUSE_RULES", "may"]
