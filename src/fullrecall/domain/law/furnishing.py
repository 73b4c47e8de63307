"""Checks before an entry goes to a credit bureau: consent, prior notice, reminders, disputes."""

from __future__ import annotations

from datetime import date, timedelta

from fullrecall.domain.law.cure import add_period
from fullrecall.domain.law.finding import Ask, Finding, Pass, Stop
from fullrecall.domain.law.pack import Rule
from fullrecall.domain.law.view import Duty, LegalView, NoticeSeen

_NOT_ADVERSE = "the entry is not adverse"


def consent(rule: Rule, ask: Ask) -> Finding:
    if ask.view.consent_to_report:
        return Pass("written consent is on file")
    return Stop("There is no written consent to furnish credit information.")


def told_before(rule: Rule, ask: Ask) -> Finding:
    """Adverse information only on a later day than the prior notice arrived."""
    if not ask.view.adverse:
        return Pass(_NOT_ADVERSE)
    told = _announcements(ask.view)
    if not told:
        return Stop("No prior notice of the adverse entry has arrived.")
    arrived = told[0]
    first = arrived + timedelta(days=1)
    if ask.view.on < first:
        return Stop(f"The prior notice arrived only on {arrived}: furnish on a later day.", first)
    return Pass(f"prior notice arrived {arrived}, may be furnished from {first}", first)


def two_reminders(rule: Rule, ask: Ask) -> Finding:
    """Enough reminders after the due date, the first old enough, reporting announced, no dispute."""
    view = ask.view
    if not view.adverse:
        return Pass(_NOT_ADVERSE)
    if view.disputed:
        return Stop("The claim is disputed.")
    reminders = [day for notice in _reminders(view) if (day := notice.arrived_on)]
    needed = int(rule.number("min_written_reminders") or 0)
    if len(reminders) < needed:
        return Stop(
            f"{len(reminders)} written reminders have arrived since the due date; {needed} are needed."
        )
    told = [day for day in _announcements(view) if day >= reminders[0]]
    if not told:
        return Stop(
            "The borrower was not told, with or after the first reminder, that arrears may be reported."
        )
    param = rule.params["min_since_first"]
    last = add_period(reminders[0], int(str(param.value)), param.unit)
    first = max(last, reminders[needed - 1], told[0]) + timedelta(days=1)
    dates = ", ".join(map(str, reminders[:needed]))
    note = f"reminders {dates}; first + {param.value} {param.unit} = {last}; told {told[0]}"
    if view.on < first:
        return Stop(f"Too early: {note}.", first)
    return Pass(f"{note}; may be furnished from {first}", first)


def tell_within(rule: Rule, ask: Ask) -> Finding:
    """One notice before or within some days after furnishing: never a bar, but a duty with a date."""
    view = ask.view
    if not view.adverse:
        return Pass(_NOT_ADVERSE)
    told = _announcements(view)
    if told:
        return Pass(f"told on {told[0]}")
    days = int(rule.number("latest") or 0)
    by = add_period(view.on, days, "days")
    return Pass(
        f"notice owed: {view.on} + {days} days = {by}",
        duty=Duty(rule.id, "tell the borrower of the entry", by),
    )


def collector_waited(rule: Rule, ask: Ask) -> Finding:
    """A collector writes first and waits for a message that comes back undelivered."""
    sent = [notice.sent_on for notice in ask.view.notices if notice.sent_on <= ask.view.on]
    if not sent:
        return Stop("The collector has neither written to nor spoken with the borrower.")
    days = int(rule.number("wait") or 0)
    last = add_period(min(sent), days, "days")
    first = last + timedelta(days=1)
    note = f"written {min(sent)} + {days} days = {last}"
    if ask.view.on < first:
        return Stop(f"Too early: {note}.", first)
    return Pass(f"{note}; may be furnished from {first}", first)


def annotate_dispute(rule: Rule, ask: Ask) -> Finding:
    if not ask.view.disputed:
        return Pass("not disputed")
    return Pass(
        "disputed: furnished with that mark", duty=Duty(rule.id, "mark the entry as disputed", ask.view.on)
    )


def _announcements(view: LegalView) -> tuple[date, ...]:
    """Days on which a notice that announces reporting arrived, earliest first."""
    told = [
        notice.arrived_on
        for notice in view.notices
        if (notice.kind == "report" or notice.announces_report)
        and notice.has_arrived(view.on)
        and notice.arrived_on
    ]
    return tuple(sorted(told))


def _reminders(view: LegalView) -> tuple[NoticeSeen, ...]:
    """Written reminders after the due date, one per day of sending: two channels of one notice are one."""
    began = view.default_began
    by_day: dict[date, NoticeSeen] = {}
    for notice in view.arrived("warn", "demand"):
        if notice.durable and began is not None and notice.sent_on > began:
            by_day.setdefault(notice.sent_on, notice)
    return tuple(by_day.values())
