"""What the law's gate is told about a case: the bridge between our notices and lines and the packs' words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from fullrecall.domain.calendar import BusinessCalendar
from fullrecall.domain.law import LegalView, NoticeSeen, Pack
from fullrecall.domain.line import LineState
from fullrecall.domain.recall.case import CaseState, NoticeState
from fullrecall.domain.vocabulary import Channel, Trigger

# Kinds of ours that a gate may count, in the packs' words. Others inform and start nothing.
_LAW_KINDS = {
    "warn": "warn",
    "demand": "demand",
    "freeze": "freeze",
    "acceleration": "acceleration",
    "report_prior": "report",
}
DURABLE_CHANNELS = frozenset({Channel.EMAIL})  # a bare SMS or push may not be a durable medium (BGB s.126b)
DAYS_PER_INSTALMENT = 30


class LenderTerms(msgspec.Struct, frozen=True):
    """What only the lender can say: its contract clauses and the numbers the law leaves open.

    reasonable_days: the lender's answer where the law says only "reasonable"; None lets the gate refuse.
    """

    reasonable_days: int | None = None
    acceleration_clause_flagged: bool = False
    withdrawal_clause_flagged: bool = False
    consent_to_report: bool = False
    contract_kind: str = "loan"
    contract_term_years: Decimal | None = None


class LegalSurroundings(msgspec.Struct, frozen=True):
    """Packs by id with the calendars they name, the day whose law counts, and the lender's terms."""

    packs: Mapping[str, Pack]
    calendars: Mapping[str, BusinessCalendar]
    law_as_of: date
    lender: LenderTerms
    prior_cures_12m: int = 0


def notices_seen(case: CaseState) -> tuple[NoticeSeen, ...]:
    """One entry per channel of each notice that a gate may count."""
    return tuple(
        _seen(notice, channel, sent_on)
        for notice in case.notices
        if notice.kind in _LAW_KINDS
        for channel, sent_on in sorted(notice.sent.items())
    )


def _seen(notice: NoticeState, channel: str, sent_on: date) -> NoticeSeen:
    return NoticeSeen(
        kind=_LAW_KINDS[notice.kind],  # type: ignore[arg-type]
        sent_on=sent_on,
        arrived_on=notice.arrived.get(channel),
        channel=channel,
        durable=channel in DURABLE_CHANNELS,
        declares_acceleration=notice.declares_acceleration,
        names_amount=notice.amount > 0,
        offers_talks=notice.offers_plan,
        announces_report=notice.announces_report,
        cure_ends_on=notice.pay_by if notice.kind == "demand" else None,
    )


def legal_view(
    case: CaseState,
    line: LineState,
    law: LegalSurroundings,
    cure_days: int,
    on: date,
    *,
    adverse: bool = False,
) -> LegalView:
    """The view of one line of the case on a day. Days past due are as last observed, never extrapolated.

    adverse: the entry that would be furnished is adverse; then a called balance that was not paid by its
    date, or a claim charged off, is overdue as well as what the contract says is.
    """
    ground, own = _ground(case, line)
    through_another = not own and len(case.line_ids) > 1 and line.line_id not in case.asking
    due_by_call = max(line.called if line.accelerated_days(on) else 0, line.charged_off) if adverse else 0
    return LegalView(
        on=on,
        law_as_of=law.law_as_of,
        ground=ground,
        kind=law.lender.contract_kind,  # type: ignore[arg-type]
        cross_default=through_another,
        contract_term_years=law.lender.contract_term_years,
        governing_state=line.governing_state or None,
        acceleration_clause_flagged=law.lender.acceleration_clause_flagged,
        withdrawal_clause_flagged=law.lender.withdrawal_clause_flagged,
        cross_default_flagged=line.cross_default_flagged,
        days_past_due=line.bureau_days(on) if adverse else line.days_past_due,
        in_default_since=_default_began(line, adverse),
        instalments_missed_consecutive=line.days_past_due // DAYS_PER_INSTALMENT,
        past_due_minor=max(line.past_due_amount, due_by_call, 0),
        nominal_minor=max(line.credit_limit, line.balance, 0),
        notices=notices_seen(case),
        policy_cure_days=cure_days,
        lender_reasonable_days=law.lender.reasonable_days,
        violation_severe_proven=line.proven_severe_violations > 0,
        deterioration_proven=False,
        prior_cures_12m=law.prior_cures_12m,
        disputed="dispute" in case.interrupts,
        hardship="hardship" in case.interrupts,
        complaint_open="complaint" in case.interrupts,
        suspended="suspension" in case.interrupts,
        protection=case.protection,
        breathing_space_until=case.interrupts_until.get("breathing_space"),
        human_reviewed=case.approval == "given",
        explained=any(notice.arrived for notice in case.notices),
        plan_offered=any(notice.offers_plan and notice.arrived for notice in case.notices),
        adverse=adverse,
        consent_to_report=law.lender.consent_to_report,
    )


def _default_began(line: LineState, adverse: bool) -> date | None:
    """Since when what stands now is overdue: by contract, or for a report since the called balance had to be
    paid."""
    if line.in_default_since is None and adverse:
        return line.call_due_on
    return line.in_default_since


def _ground(case: CaseState, line: LineState) -> tuple[Trigger, bool]:
    """The line's strongest ground and whether it is its own: arrears first, then a proven violation, a
    decision."""
    for trigger, own in (
        (Trigger.ARREARS, line.past_due_amount > 0),
        (Trigger.VIOLATION, line.proven_severe_violations > 0),
        (Trigger.DECISION, bool(line.manual_action)),
        (Trigger.SCORE, line.line_id in case.asking),
    ):
        if own and trigger in case.triggers:
            return trigger, True
    for trigger in (Trigger.ARREARS, Trigger.VIOLATION, Trigger.DECISION, Trigger.SCORE):
        if trigger in case.triggers:
            return trigger, False
    return Trigger(case.trigger), False
