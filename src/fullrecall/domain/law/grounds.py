"""Checks of the ground: does the law accept the reason, and is it proven."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from fullrecall.domain.calendar import add_months
from fullrecall.domain.law.cure import add_period, cure_after, cure_run
from fullrecall.domain.law.finding import Ask, Finding, Pass, Stop
from fullrecall.domain.law.pack import Rule
from fullrecall.domain.law.view import LegalView
from fullrecall.domain.vocabulary import Trigger


def violation_proven(rule: Rule, ask: Ask) -> Finding:
    if ask.view.violation_severe_proven:
        return Pass("severe breach of the terms of use, proven")
    return Stop("The breach of the terms of use is not proven, or not severe.")


def proven_then_cure(rule: Rule, ask: Ask) -> Finding:
    """A proven violation or deterioration, then the period the rule or the policy gives (it may be none)."""
    view = ask.view
    proven = view.violation_severe_proven if view.ground is Trigger.VIOLATION else view.deterioration_proven
    if not proven:
        return Stop("The ground is not proven: keep the evidence of the breach or deterioration first.")
    if rule.number("cure") == 0 and view.policy_cure_days == 0:
        told = view.arrived("demand", "acceleration")
        if not told:
            return Stop("No demand or declaration has arrived.")
        return cure_after(rule, ask, told[0], waived="")
    return cure_run(rule, ask)


def overdue_then_cure(rule: Rule, ask: Ask) -> Finding:
    if ask.view.past_due_minor <= 0:
        return Stop("Nothing is overdue on this line.")
    return cure_run(rule, ask)


def share_then_cure(rule: Rule, ask: Ask) -> Finding:
    """Arrears reach a share of the price, then a demand and its period."""
    short = arrears_short_of(ask.view, rule.number("share_of_nominal") or Decimal(100))
    return Stop(short) if short else cure_run(rule, ask)


def missed_share_and_deadline(rule: Rule, ask: Ask) -> Finding:
    """Consecutive missed instalments and a share of the nominal by term, then a deadline that threatened the
    whole."""
    view = ask.view
    needed = rule.number("consecutive_instalments") or Decimal(1)
    if view.instalments_missed_consecutive < needed:
        return Stop(
            f"{view.instalments_missed_consecutive} consecutive instalments are missed; {needed} are needed."
        )
    short = arrears_short_of(view, share_by_term(rule, view))
    return Stop(short) if short else cure_run(rule, ask)


def share_by_term(rule: Rule, view: LegalView) -> Decimal:
    """Percent of the nominal that must be in arrears; an open-ended term takes the higher share."""
    base = rule.number("share_of_nominal") or Decimal(100)
    long_over, long_share = rule.number("long_term_over"), rule.number("share_of_nominal_long")
    term = view.contract_term_years
    if term is not None and long_over is not None and long_share is not None and term > long_over:
        return long_share
    return base


def arrears_short_of(view: LegalView, percent: Decimal) -> str:
    """Empty when arrears reach the percentage of the nominal, compared by cross-multiplication; else the
    sentence."""
    if view.nominal_minor <= 0:
        return (
            "The nominal amount of the contract is not known, so the share in arrears cannot be worked out."
        )
    if Decimal(view.past_due_minor) * 100 >= percent * view.nominal_minor:
        return ""
    return (
        f"Arrears of {view.past_due_minor} are below {percent} % of {view.nominal_minor} "
        f"= {percent * view.nominal_minor / 100} (minor units)."
    )


def open_ended_notice(rule: Rule, ask: Ask) -> Finding:
    """Ending without a breach: only an open-ended line, and only after notice of the rule's length."""
    if ask.view.contract_term_years is not None:
        return Stop("A fixed term was agreed: the lender has no ordinary right to end it.")
    given = [notice for notice in ask.view.arrived("acceleration", "demand") if notice.durable]
    if not given:
        return Stop("No notice of termination has arrived on a durable medium.")
    return cure_after(rule, ask, given[0], waived="")


def more_than_a_score(rule: Rule, ask: Ask) -> Finding:
    if ask.view.deterioration_proven:
        return Pass("rests on a proven deterioration, not on the score or a defective assessment alone")
    return Stop("A lower score alone is no ground to end the contract.")


def ground_listed(rule: Rule, ask: Ask) -> Finding:
    """The ground is one the rule lists; violations must be proven."""
    listed = rule.words("triggers")
    if ask.view.footing not in listed:
        return Stop(f"The ground {ask.view.footing} is none of {', '.join(listed)}.")
    if ask.view.ground is Trigger.VIOLATION and not ask.view.violation_severe_proven:
        return violation_proven(rule, ask)
    return Pass(f"ground {ask.view.footing} is listed")


def objective_reason(rule: Rule, ask: Ask) -> Finding:
    """A listed ground, a contract that allows it, and reasons given to the borrower."""
    listed = ground_listed(rule, ask)
    if isinstance(listed, Stop):
        return listed
    if not ask.view.withdrawal_clause_flagged:
        return Stop("The contract does not (provably) agree a right to withhold further credit.")
    if not ask.view.explained:
        return Stop("The borrower has not been told the reasons.")
    return Pass(f"{listed.note}; agreed in the contract; reasons given")


def withdrawal_clause(rule: Rule, ask: Ask) -> Finding:
    if ask.view.withdrawal_clause_flagged:
        return Pass("the clause on withdrawing the limit was flagged, with proof")
    return Stop(
        "The clause on withdrawing the limit was not provably flagged, so it is not part of the contract."
    )


def acceleration_clause(rule: Rule, ask: Ask) -> Finding:
    if ask.view.acceleration_clause_flagged:
        return Pass("the acceleration clause was flagged, with proof")
    return Stop("The acceleration clause was not provably flagged, so it is not part of the contract.")


def governing_state(rule: Rule, ask: Ask) -> Finding:
    """The contract names a known state and carries a flagged acceleration clause."""
    view = ask.view
    if view.governing_state is None:
        return Stop(
            "The contract names no governing state, and state law decides when a balance can be called."
        )
    if view.governing_state not in rule.words("states"):
        return Stop(f"{view.governing_state[:20]!r} is not a state: use its two letters, such as CO.")
    clause = acceleration_clause(rule, ask)
    if isinstance(clause, Stop):
        return clause
    if view.ground is Trigger.VIOLATION and not view.violation_severe_proven:
        return violation_proven(rule, ask)
    return Pass(f"governing state {view.governing_state}; {clause.note}")


def right_to_cure(rule: Rule, ask: Ask) -> Finding:
    """In default long enough before the notice was given, then the state's days, unless the right is used up.

    The days count from arrival, never earlier than the giving of notice the statutes name; the last of them
    still belongs to the borrower.
    """
    view = ask.view
    waived = _cure_used_up(rule, view)
    if view.ground is Trigger.VIOLATION and not view.cross_default:
        return cure_run(rule, ask)
    began = view.default_began
    if began is None or view.past_due_minor <= 0:
        return Stop("Nothing is overdue on this line, so there is no default to give notice of.")
    more_than = rule.number("missed_more_than")
    if more_than is not None and view.instalments_missed_consecutive <= more_than:
        return Stop(f"No more than {more_than} full payment is outstanding.")
    not_before = add_period(began, int(rule.number("min_days_in_default") or 0), "days")
    must = rule.words("notice_must")
    demands = [n for n in view.arrived("demand") if all(getattr(n, word) for word in must)]
    timely = [n for n in demands if n.sent_on >= not_before]
    note = f"due {began}, notice not before {not_before}"
    if not timely:
        when = not_before if view.on < not_before else None
        return Stop(
            f"No notice of the right to cure, given on or after {not_before}, has arrived ({note}).", when
        )
    ran = cure_after(rule, ask, timely[0], waived=waived)
    if isinstance(ran, Pass):
        return Pass(f"{note}, given {timely[0].sent_on}, {ran.note}", ran.earliest)
    return Stop(f"{note}, given {timely[0].sent_on}: {ran.why}", ran.until)


def _cure_used_up(rule: Rule, view: LegalView) -> str:
    cures, defaults = rule.number("max_cures"), rule.number("max_prior_defaults")
    if cures is not None and view.prior_cures_12m >= cures:
        return f"gives no further cure after {view.prior_cures_12m}"
    if defaults is not None and view.prior_defaults >= defaults:
        return f"gives no cure after {view.prior_defaults} defaults"
    return ""


def not_lapsed(rule: Rule, ask: Ask) -> Finding:
    """The right is used in time. The one clock here that closes instead of opening."""
    known = ask.view.ground_known_on
    if known is None:
        return Pass("the day the ground became known is not tracked")
    years = int(rule.number("lapse") or 0)
    last = add_months(known, 12 * years)
    if ask.view.on > last:
        return Stop(f"The right lapsed: the ground was known on {known}, {years} year later is {last}.")
    return Pass(
        f"ground known {known}, usable until {last} ({(last - ask.view.on) // timedelta(days=1)} days left)"
    )
