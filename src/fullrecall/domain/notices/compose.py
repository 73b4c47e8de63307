"""From an issued notice, its case and lines to what the notice says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.calendar import add_months
from fullrecall.domain.line import LineState
from fullrecall.domain.money import split
from fullrecall.domain.notices.averting import averting_words
from fullrecall.domain.notices.content import (
    Bilingual,
    Consequence,
    LegalBasis,
    NoticeContent,
    NoticeKind,
    NoticeLine,
    NoticeReason,
    PlanOption,
    totals_of,
)
from fullrecall.domain.policy import Payment
from fullrecall.domain.recall.case import CaseState
from fullrecall.domain.recall.grounds import more_than_money


class LenderProfile(msgspec.Struct, frozen=True):
    """What every notice says about the lender, in both languages."""

    creditor: Bilingual
    product: Bilingual
    contact: Bilingual
    how_to_pay: Bilingual
    how_to_dispute: Bilingual
    how_to_ask_person: Bilingual


_NEXT: dict[str, Bilingual] = {
    "warn": Bilingual(
        "如按时还清逾期金额，本次提醒即告结束，不影响您的额度。",
        "If the past due amount is paid, this matter ends and your line stays as it is.",
    ),
    "demand": Bilingual(
        "如到期仍未还清，您的额度将被冻结；此后我们可能收回未用额度，并要求提前偿还全部余额。您可以提出分期方案。",
        "If it is not paid by that day the line will be frozen; after that the unused limit may be "
        "withdrawn and the "
        "whole balance may fall due. You may propose a plan.",
    ),
    "demand_when_frozen": Bilingual(
        "如到期仍未还清，我们可能收回未用额度，并要求提前偿还全部余额。您可以提出分期方案。",
        "If it is not paid by that day the unused limit may be withdrawn and the whole balance may fall "
        "due. You may "
        "propose a plan.",
    ),
    "warn_nothing_due": Bilingual(
        "您目前没有逾期款项，无需立即付款。若情况好转，本次提醒即告结束，不影响您的额度。",
        "Nothing is past due and nothing has to be paid now. If the reason falls away, this matter ends "
        "and your line "
        "stays as it is.",
    ),
    "freeze": Bilingual(
        "自现在起不能新增消费或支用；原还款计划不变。我们会在复核日再次审查。",
        "New purchases and drawdowns are declined from now on; your repayment schedule is unchanged. We "
        "review this "
        "on the date given.",
    ),
    "plan_offer": Bilingual(
        "额度保持冻结，原计划继续。您可选择以下任一分期方案。",
        "The line stays frozen and the schedule continues. You may take one of the plans below.",
    ),
    "acceleration": Bilingual(
        "请在所列日期前还清，或选择分期方案。在该日期前还清的，不产生不良征信记录。",
        "Please pay by the date given or take one of the plans. What is paid by that date is not adverse "
        "on your record.",
    ),
    "clearing_reminder": Bilingual(
        "请在所列日期前还清，或选择分期方案，或与我们联系。",
        "Please pay by the date given, take one of the plans, or talk to us.",
    ),
    "reinstated": Bilingual(
        "您的额度已恢复，如同此事从未发生。", "Your line is restored as if this had not happened."
    ),
    "withdrawn": Bilingual(
        "我们已撤回本次措施，额度已恢复。", "We have taken this back; your line is restored."
    ),
    "settled": Bilingual("款项已全部结清，谢谢。", "Everything called has been paid. Thank you."),
}  # fmt: skip


def plan_options(
    amount: int, currency: str, counts: tuple[int, ...], first_due_on: date
) -> tuple[PlanOption, ...]:
    """Equal monthly instalments without charge; the cents that do not divide go first (largest instalment
    shown).
    """
    return tuple(
        PlanOption(count, split(amount, [1] * count)[0], amount, currency, first_due_on)
        for count in counts
        if amount >= count
    )


def compose(
    fact: f.NoticeIssued,
    case: CaseState,
    lines: Mapping[str, LineState],
    profile: LenderProfile,
    reasons: Mapping[str, Bilingual],
    basis: tuple[f.Basis, ...],
    issued_on: date,
    plan_counts: tuple[int, ...],
    payment: tuple[str, Payment] | None = None,
) -> NoticeContent:
    """Everything the notice says, from the state right after the step. `reasons`: texts by reason code.

    payment: of the one line that asks, what paying would have done to its decision.
    """
    kind = NoticeKind(fact.notice)
    named = tuple(_line(lines[i], profile, case, kind) for i in case.line_ids if i in lines)
    pay_by = fact.pay_by or case.pay_by
    called = kind in (NoticeKind.ACCELERATION, NoticeKind.CLEARING_REMINDER)
    offered = (
        plan_options(fact.amount, case.currency, plan_counts, add_months(issued_on, 1))
        if fact.offers_plan
        else ()
    )
    worked_out = (payment[1], lines[payment[0]]) if payment else None
    return NoticeContent(
        notice_id=fact.notice_id,
        kind=kind,
        case_id=case.case_id,
        borrower_id=case.borrower_id,
        creditor=profile.creditor,
        lines=named,
        totals=totals_of(named),
        issued_on=issued_on,
        contact=profile.contact,
        reasons=tuple(
            NoticeReason(code, text.zh, text.en) for code in case.reasons if (text := reasons.get(code))
        ),
        pay_by=_pay_by(kind, pay_by, add_months(issued_on, 1)),
        cure_ends_on=pay_by if kind is NoticeKind.DEMAND else None,
        review_on=case.review_on if kind in (NoticeKind.FREEZE, NoticeKind.PLAN_OFFER) else None,
        declared=(Consequence.LIMIT_WITHDRAWN, Consequence.BALANCE_CALLED)
        if kind is NoticeKind.DEMAND
        else (),
        how_to_pay=profile.how_to_pay,
        how_to_dispute=profile.how_to_dispute,
        how_to_ask_person=profile.how_to_ask_person,
        averting=None
        if more_than_money(case, lines)
        else averting_words(kind, fact.amount, case.currency, pay_by, worked_out),
        legal_basis=tuple({b.rule: LegalBasis(b.rule, b.citation) for b in basis}.values()),
        plan_options=offered if called or kind in (NoticeKind.PLAN_OFFER, NoticeKind.DEMAND) else (),
        what_happens_next=_NEXT.get(_next_words(kind, fact.amount, case)),
    )


def _next_words(kind: NoticeKind, amount: int, case: CaseState) -> str:
    """What follows depends on where the case stands: a line that is frozen is not threatened with a
    freeze.
    """
    if kind is NoticeKind.DEMAND and case.frozen_on is not None:
        return "demand_when_frozen"
    if kind is NoticeKind.WARN and amount <= 0:
        return "warn_nothing_due"
    return str(kind)


def _pay_by(kind: NoticeKind, pay_by: date | None, next_month: date) -> date | None:
    if kind is NoticeKind.PLAN_OFFER:
        return next_month
    return (
        pay_by if kind in (NoticeKind.DEMAND, NoticeKind.ACCELERATION, NoticeKind.CLEARING_REMINDER) else None
    )


def _line(line: LineState, profile: LenderProfile, case: CaseState, kind: NoticeKind) -> NoticeLine:
    at_stake = line.exposure if kind is NoticeKind.DEMAND else line.called
    return NoticeLine(
        line.line_id, profile.product, line.currency, line.balance, max(line.past_due_amount, 0), at_stake
    )
