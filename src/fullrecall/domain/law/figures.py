"""Figures other rooms ask a pack for: contact hours, retention, allocation order, the cost cap."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

import msgspec

from fullrecall.domain.calendar import add_months, month_end
from fullrecall.domain.law.pack import Kind, Pack, PackMistake, Rule
from fullrecall.domain.vocabulary import LawStage


class ContactCap(msgspec.Struct, frozen=True):
    """At most `limit` contacts by a medium (`call`, or a channel) per window.

    window: calendar_day or rolling_7_days; counts: answered or attempted; each: debtor, number or debt;
    cooldown_days: days of rest after a conversation, whose own day is the first, 0 if none.
    """

    medium: str
    limit: int
    window: str
    counts: str
    each: str
    cooldown_days: int
    rule_id: str


class ContactRules(msgspec.Struct, frozen=True):
    """When a borrower may be contacted, in `timezone` (`consumer_local` = the borrower's own zone).

    allowed_from is included, allowed_to is not. legal: False = the pack's law sets no hours; a default of the
    product.
    """

    allowed_from: time
    allowed_to: time
    caps: tuple[ContactCap, ...]
    timezone: str
    legal: bool
    rule_id: str

    def is_open(self, local_time: time) -> bool:
        return self.allowed_from <= local_time < self.allowed_to

    def max_per_day(self, medium: str) -> int | None:
        """The smallest number of attempts per calendar day, None where the law caps none for this medium."""
        return min(
            (c.limit for c in self.caps if c.medium == medium and c.window == "calendar_day"), default=None
        )


class Allocation(msgspec.Struct, frozen=True):
    """In which order a payment is used up; `excess` is set where only what exceeds the minimum due has an
    order."""

    order: tuple[str, ...]
    excess: str
    contract_may_override: bool
    rule_id: str


class Retention(msgspec.Struct, frozen=True):
    """How long an adverse entry stays: `years` from `starts`, moved on by `offset_days`."""

    years: int
    starts: str
    offset_days: int
    rule_id: str

    def expires_on(self, started_on: date) -> date:
        """First day the entry may no longer be shown; re-dating an event never moves `started_on`."""
        return add_months(started_on + timedelta(days=self.offset_days), 12 * self.years)


def contact_window(pack: Pack, law_as_of: date | None = None) -> ContactRules:
    """Contact hours and caps; without `law_as_of` all rules of the pack count. Raises PackMistake if there
    are no hours."""
    rules = pack.rules if law_as_of is None else pack.in_force(law_as_of)
    caps = tuple(_cap(rule) for rule in rules if "max_contacts" in rule.params)
    for rule in rules:
        if rule.kind is Kind.WINDOW and {"allowed_from", "allowed_to"} <= rule.params.keys():
            start, end = _clock(rule.text("allowed_from"), pack), _clock(rule.text("allowed_to"), pack)
            return ContactRules(start, end, caps, pack.timezone, True, rule.id)
    if not {"contact_from", "contact_to"} <= pack.defaults.keys():
        raise PackMistake(
            f"Pack {pack.id} {pack.version} sets no contact hours: add defaults contact_from, contact_to."
        )
    start = _clock(str(pack.defaults["contact_from"].value), pack)
    end = _clock(str(pack.defaults["contact_to"].value), pack)
    return ContactRules(start, end, caps, pack.timezone, False, "house.contact-hours")


def _cap(rule: Rule) -> ContactCap:
    return ContactCap(
        medium=rule.text("medium"),
        limit=int(rule.number("max_contacts") or 0),
        window=rule.params["max_contacts"].unit.removeprefix("per_"),
        counts=rule.text("counts"),
        each=rule.text("each"),
        cooldown_days=int(rule.number("cooldown_after_conversation") or 0),
        rule_id=rule.id,
    )


def _clock(text: str, pack: Pack) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise PackMistake(
            f"Pack {pack.id} gives the contact hour {text[:20]!r}: write HH:MM in quotes."
        ) from None


def report_retention(pack: Pack) -> Retention | None:
    """How long the bureau keeps an adverse entry, None where the pack holds no rule."""
    for rule in pack.rules:
        years = rule.number("retention") if rule.topic == "credit_reporting" else None
        if years is not None:
            offset = int(rule.number("clock_start_offset") or 0)
            return Retention(int(years), rule.params["retention"].starts, offset, rule.id)
    return None


def allocation_order(pack: Pack) -> Allocation:
    """Order of use of a payment in collection. Raises PackMistake if the pack names none."""
    for rule in pack.rules:
        if rule.topic == "allocation" and ("order" in rule.params or "order_excess" in rule.params):
            free = rule.text("contract_may_override") == "True"
            return Allocation(rule.words("order"), rule.text("order_excess"), free, rule.id)
    raise PackMistake(
        f"Pack {pack.id} {pack.version} names no allocation order: add a rule of topic allocation."
    )


def cap_all_in_rate(pack: Pack, law_as_of: date) -> Decimal | None:
    """Highest lawful all-in cost a year as a rate (0.24 = 24 %), None where no general cap is in force.

    Caps for particular lenders or borrowers (scope `lenders`) are not general and are left out.
    """
    caps = [
        percent / 100
        for rule in pack.in_force(law_as_of)
        if not rule.scope.lenders and (percent := rule.number("annual_cap")) is not None
    ]
    return min(caps, default=None)


def furnish_after_arrival(pack: Pack) -> bool:
    """Whether adverse information may be furnished only after the notice announcing it has arrived."""
    return any(rule.checks.get(LawStage.REPORT) in ("told_before", "two_reminders") for rule in pack.rules)


def first_delinquency(missed_on: date, *later: date) -> date:
    """Date of first delinquency: acceleration, sale or part-payment later on never re-ages it (15 U.S.C.
    1681s-2(a)(5))."""
    return min((missed_on, *later))


def repair_hidden_from(pack: Pack, amount: Decimal, overdue_on: date, repaid_on: date) -> date | None:
    """First (or latest) day a repaid overdue entry is no longer shown under a one-off credit repair; None if
    it stays.

    amount: the single overdue amount in major units of the pack's currency.
    """
    for rule in pack.rules:
        if "max_single_amount" not in rule.params:
            continue
        limit = rule.number("max_single_amount") or Decimal(0)
        day = {name: date.fromisoformat(rule.text(name)) for name in _REPAIR_DAYS}
        if (
            amount > limit
            or not day["window_from"] <= overdue_on <= day["window_to"]
            or repaid_on > day["repaid_by"]
        ):
            return None
        if repaid_on <= day["early_repaid_by"]:
            return day["hidden_from"]
        return month_end(add_months(repaid_on, 1))
    return None


_REPAIR_DAYS = ("window_from", "window_to", "repaid_by", "early_repaid_by", "hidden_from")
