"""Cure periods: the longest of what the law, the policy and the notice itself give the borrower."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from fullrecall.domain.calendar import BusinessCalendar, add_months, deadline
from fullrecall.domain.law.finding import Ask, Finding, Pass, Stop, reaches
from fullrecall.domain.law.pack import UNSPECIFIED, Pack, Param, Rule
from fullrecall.domain.law.view import Basis, LegalView, NoticeKind, NoticeSeen
from fullrecall.domain.vocabulary import LawStage, Trigger

_DAYS_PER = {"days": 1, "weeks": 7}
_MONTHS_PER = {"months": 1, "years": 12}

# The contents a rule may require of a notice (its parameter notice_must), as the sentences a refusal uses.
CONTENT = {
    "durable": "comes on a durable medium",
    "declares_acceleration": "declares that the whole balance will be demanded",
    "names_amount": "names the amount to pay",
    "offers_talks": "offers a talk on an amicable solution",
}


def add_period(start: date, count: int, unit: str) -> date:
    """Last day of a period that starts the day after `start`; the unit is days, weeks, months or years."""
    if unit in _DAYS_PER:
        return start + timedelta(days=count * _DAYS_PER[unit])
    return add_months(start, count * _MONTHS_PER[unit])


def rolling_calendar(pack: Pack, law_as_of: date, calendar: BusinessCalendar) -> BusinessCalendar | None:
    """The calendar when a rule in force rolls a closed last day on, else None."""
    rolls = any("roll" in rule.params for rule in pack.in_force(law_as_of))
    return calendar if rolls else None


def cure_run(rule: Rule, ask: Ask) -> Finding:
    """A demand has arrived and the cure period after it has run out."""
    must = rule.words("notice_must")
    demands = tuple(notice for notice in ask.view.arrived("demand") if _of_this_default(notice, ask.view))
    fitting = tuple(notice for notice in demands if all(getattr(notice, word) for word in must))
    if not fitting:
        return Stop(_no_demand(ask.view, demands, must), _arrives_later(ask.view, ("demand",)))
    return cure_after(rule, ask, fitting[0], waived="")


def _of_this_default(notice: NoticeSeen, view: LegalView) -> bool:
    """A demand sent before the oldest unpaid instalment fell due was for arrears since paid."""
    began = view.in_default_since
    arrears_here = view.ground is Trigger.ARREARS and not view.cross_default
    return not arrears_here or began is None or notice.sent_on > began


def cure_after(rule: Rule, ask: Ask, notice: NoticeSeen, *, waived: str) -> Finding:
    """Whether the period that starts with this notice has run out; `waived` says why the law's own part falls
    away."""
    if notice.arrived_on is None:
        return Stop("The notice has not arrived.")
    law = _law_days(rule, ask.view)
    if isinstance(law, Stop) and not waived:
        return law
    last, note = _last_day(rule, ask, notice.arrived_on, waived=waived)
    for later in ask.view.arrived("demand"):
        if later.cure_ends_on is not None and later.cure_ends_on > last:
            last, note = later.cure_ends_on, f"{note}; the notice itself gives until {later.cure_ends_on}"
    if last == notice.arrived_on:
        return Pass(f"{note}; no cure period applies, effective on arrival {last}", last)
    first = last + timedelta(days=1)
    if ask.view.on <= last:
        return Stop(f"The cure period runs until {last}: {note}.", first)
    return Pass(f"{note}; last day to cure {last}, lawful from {first}", first)


def _law_days(rule: Rule, view: LegalView) -> tuple[int, str] | Stop:
    """The law's period of a rule as count and unit, with the lender's number where the law names none."""
    param: Param | None = rule.params.get("cure")
    if param is None:
        return 0, "days"
    if param.value == UNSPECIFIED:
        if view.lender_reasonable_days is None:
            return Stop("The law names no number of days: the lender must set one (lender_reasonable_days).")
        return view.lender_reasonable_days, "days"
    return int(str(param.value)), param.unit


def _last_day(rule: Rule, ask: Ask, arrived_on: date, *, waived: str) -> tuple[date, str]:
    view = ask.view
    calendar = rolling_calendar(ask.pack, view.law_as_of, ask.calendar)
    law = _law_days(rule, view)
    count, unit = (0, "days") if waived or isinstance(law, Stop) else law
    set_by = "lender" if rule.text("cure") == UNSPECIFIED else "law"
    law_note = f"law {waived}" if waived else f"{set_by} {count} {unit}"
    plain = add_period(arrived_on, count, unit)
    law_last = calendar.roll_forward(plain) if calendar and count else plain
    policy_last = deadline(arrived_on, view.policy_cure_days, calendar if view.policy_cure_days else None)
    rolled = "" if law_last == plain else f" rolled on to {law_last}"
    policy_note = f"policy {view.policy_cure_days} days -> {policy_last}"
    note = f"arrived {arrived_on}, {law_note} -> {plain}{rolled}, {policy_note}"
    return max(law_last, policy_last), f"{note}, the longer counts"


def _no_demand(view: LegalView, demands: tuple[NoticeSeen, ...], must: tuple[str, ...]) -> str:
    if not demands:
        return f"No demand for these arrears has arrived by {view.on}: the cure period starts on arrival."
    lacking = [word for word in must if not any(getattr(notice, word) for notice in demands)] or list(must)
    return f"No demand that has arrived {' and '.join(CONTENT.get(word, word) for word in lacking)}."


def _arrives_later(view: LegalView, kinds: tuple[NoticeKind, ...]) -> date | None:
    dates = [notice.arrived_on for notice in view.notices if notice.kind in kinds and notice.arrived_on]
    return min((day for day in dates if day > view.on), default=None)


def cure_ends(
    pack: Pack, arrived_on: date, policy_days: int, calendar: BusinessCalendar, view: LegalView
) -> tuple[date, Basis]:
    """Last day to cure after a notice that arrived, and the rule it rests on (`house.policy-cure` if the law
    has none).

    Where the law says only "reasonable" and the lender set nothing, the policy's days count here; the gate
    still refuses to accelerate.
    """
    asked = Ask(pack, LawStage.ACCELERATE, with_policy_days(view, policy_days), calendar)
    best: tuple[date, Basis] | None = None
    for rule in pack.in_force(view.law_as_of):
        if "cure" not in rule.params or LawStage.ACCELERATE not in rule.checks or not reaches(rule, view):
            continue
        last, note = _last_day(rule, asked, arrived_on, waived="")
        if best is None or last > best[0]:
            best = last, Basis(rule.id, rule.citation, note)
    if best is not None:
        return best
    last = deadline(arrived_on, policy_days, rolling_calendar(pack, view.law_as_of, calendar))
    return last, Basis(
        "house.policy-cure", "lender's policy", f"arrived {arrived_on}, policy {policy_days} days -> {last}"
    )


def with_policy_days(view: LegalView, policy_days: int) -> LegalView:
    """The same view under another cure period of the policy."""
    return msgspec.structs.replace(view, policy_cure_days=policy_days)
