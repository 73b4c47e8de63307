"""Checks of what the borrower is owed beside time: reasons, a person to decide, a plan."""

from __future__ import annotations

from fullrecall.domain.law.cure import add_period
from fullrecall.domain.law.finding import Ask, Finding, Pass, Stop
from fullrecall.domain.law.pack import Rule
from fullrecall.domain.law.view import Duty
from fullrecall.domain.vocabulary import Trigger


def human_path(rule: Rule, ask: Ask) -> Finding:
    """Who objects to a purely automatic decision gets a person; an explanation is owed on request."""
    view = ask.view
    if view.objected_to_automation and not view.human_reviewed:
        return Stop("The borrower refused a decision by automation alone and no person has decided yet.")
    if view.explained:
        return Pass("reasons given; a person decided" if view.human_reviewed else "reasons given")
    return Pass(
        "a person reviews on request", duty=Duty(rule.id, "explain the decision when the borrower asks")
    )


def reasons_owed(rule: Rule, ask: Ask) -> Finding:
    """Specific reasons within some days after the step, unless this account itself is delinquent now."""
    view = ask.view
    exempt_rule = rule.text("exempt_rule")
    in_force = {known.id for known in ask.pack.in_force(view.law_as_of)}
    if exempt_rule in in_force and view.footing == Trigger.ARREARS and view.past_due_minor > 0:
        return Pass(f"this account is delinquent now, so no reasons notice is owed ({exempt_rule})")
    if view.explained:
        return Pass("specific reasons given")
    days = int(rule.number("notice") or 0)
    by = add_period(view.on, days, "days")
    return Pass(
        f"reasons owed: {view.on} + {days} days = {by}", duty=Duty(rule.id, "give specific reasons", by)
    )


def plan_offered(rule: Rule, ask: Ask) -> Finding:
    if ask.view.plan_offered:
        return Pass("a repayment plan was offered")
    return Stop("No repayment plan was offered: forbearance comes before enforcement.")
