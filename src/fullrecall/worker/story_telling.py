"""How a story is told: each fact as what happened and why, with the law, the proof and the person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.facts import Basis, RecordedFact
from fullrecall.domain.money import show
from fullrecall.domain.record.month import STATUS_ZH


class Told(msgspec.Struct, frozen=True):
    """what: the step; why: rule, law with its citation, proof, who; fact and where: the record behind it."""

    what: str
    why: tuple[str, ...]
    fact: str
    where: str


def tell(recorded: RecordedFact, currency: str) -> Told | None:
    """None for a fact that only carries another one, such as a single arrival."""
    teller = _TELLERS.get(recorded.kind)
    if teller is None:
        return None
    where = recorded.stream.partition(":")[2]
    what, why = teller(recorded.fact, lambda minor: show(minor, currency), where)
    return Told(what, tuple(part for part in why if part), recorded.kind, f"{recorded.stream}#{recorded.seq}")


def by_law(basis: Sequence[Basis]) -> tuple[str, ...]:
    return tuple(f"law {b.rule} ({b.citation})" + (f": {b.note}" if b.note else "") for b in basis)


Money = Callable[[int], str]
Teller = Callable[[Any, Money, str], tuple[str, Sequence[str]]]


def _opened(x: f.LineOpened, m: Money, line: str) -> tuple[str, Sequence[str]]:
    clause = "with" if x.cross_default_flagged else "without"
    return f"Line {line} is opened 开立额度", (
        f"product {x.product}, {clause} a flagged cross-default clause",
    )


def _notice(x: f.NoticeIssued, m: Money, _: str) -> tuple[str, Sequence[str]]:
    asked = f", {m(x.amount)}" if x.amount else ""
    by = f" by {x.pay_by}" if x.pay_by else ""
    said = [
        f"by {', '.join(x.channels)}, in {', '.join(x.languages)}",
        "says that the balance will be called otherwise" if x.declares_acceleration else "",
        "offers a plan" if x.offers_plan else "",
        "announces the credit record" if x.announces_report else "",
    ]
    return f"Notice 通知 {x.notice}{asked}{by}", ("; ".join(part for part in said if part),)


def _called(x: f.CaseAccelerated, m: Money, _: str) -> tuple[str, Sequence[str]]:
    lines = ", ".join(f"{line} {m(amount)}" for line, amount in x.called.items())
    return f"Balance called 全额回收: {lines}, payable by {x.pay_by}", by_law(x.basis)


def _record(x: f.RecordReported, m: Money, line: str) -> tuple[str, Sequence[str]]:
    adverse = f"adverse, {x.days} days, {m(x.amount_past_due)} past due" if x.adverse else "not adverse"
    head = f"Credit record 征信 of {line} for {x.month}: {x.status} {STATUS_ZH.get(x.status, '')}".rstrip()
    return f"{head} ({adverse})", ((f"allowed by {x.basis}",) if x.basis else ())


def _refused(x: f.StepRefused, m: Money, _: str) -> tuple[str, Sequence[str]]:
    until = f"; may be asked again from {x.until}" if x.until else ""
    return f"Refused 拒绝: {x.command}", (f"{'law ' if x.by_law else ''}{x.rule}: {x.why}{until}",)


def _dated(x: f.PaymentReceived, m: Money, line: str) -> tuple[str, Sequence[str]]:
    return f"Paid 还款 {m(x.amount)} on {line}", (f"{x.method}, {x.payment_id}", _used(x.posted, m))


_EARNED = {"interest": "interest_income", "late": "late_income", "fees": "fee_income"}


def _used(posted: f.Posted, m: Money) -> str:
    """What a payment was used for: the entry also holds what was earned since last night, taken out here."""
    parts = []
    for word in ("fees", "late", "interest", "principal"):
        moved = posted.get(word, 0) + posted.get(f"called_{word}", 0)
        if word in _EARNED:
            moved += posted.get(_EARNED[word], 0)
        if moved < 0:
            parts.append(f"{word} {m(-moved)}")
    if posted.get("claims", 0) < 0:
        parts.append(f"written-off claim {m(-posted['claims'])}")
    if posted.get("borrower_money", 0) < 0:
        parts.append(f"kept as the borrower's money {m(-posted['borrower_money'])}")
    return "goes to " + ", ".join(parts) if parts else ""


def _simple(what: Callable[[Any, Money, str], str], *why: Callable[[Any], str]) -> Teller:
    return lambda x, m, where: (what(x, m, where), tuple(part(x) for part in why))


def _by(x: Any) -> str:
    return f"by {x.by}: {x.why}"


_TELLERS: dict[str, Teller] = {
    "LineOpened": _opened,
    "LimitSet": _simple(
        lambda x, m, w: f"Limit of {w} is {m(x.credit_limit)}", lambda x: f"by {x.by}: {x.reason}"
    ),
    "PurchaseCaptured": _simple(lambda x, m, w: f"Bought 消费 {m(x.amount)} on {w} ({x.advance_id})"),
    "PurchaseRefunded": _simple(lambda x, m, w: f"Refunded 退款 {m(x.amount)} of {x.advance_id} on {w}"),
    "InstalmentsAgreed": _simple(
        lambda x, m, w: (
            f"{', '.join(x.purchases)} on {w}: {m(x.amount)} in {x.instalments} instalments, fee {m(x.fee)}"
        )
    ),
    "DrawdownMade": _simple(
        lambda x, m, w: f"Drawn 借款 {m(x.amount)} on {w} ({x.advance_id})",
        lambda x: f"{x.method} in {x.instalments} instalments",
    ),
    "StatementIssued": _simple(
        lambda x, m, w: f"Statement 账单 of {w}: {m(x.amount)}, at least {m(x.minimum)} by {x.due_on}"
    ),
    "PaymentReceived": _dated,
    "PaymentReversed": _simple(
        lambda x, m, w: f"Payment {x.payment_id} of {m(x.amount)} on {w} is taken back", lambda x: x.why
    ),
    "GoodwillGiven": _simple(lambda x, m, w: f"Waived 减免 {m(x.amount)} on {w}", _by),
    "PayoffQuoted": _simple(
        lambda x, m, w: f"Payoff quote {x.quote_id} on {w}: {m(x.totals[0])} today",
        lambda x: f"valid {len(x.totals) - 1} days; per diem {x.per_diem} minor units",
    ),
    "AdvancesSettled": _simple(
        lambda x, m, w: f"Settled early 提前结清 on {w}: {m(x.amount)}", lambda x: f"under quote {x.quote_id}"
    ),
    "LineClosed": _simple(lambda x, m, w: f"Line {w} is closed", lambda x: x.why),
    "ViolationReported": _simple(
        lambda x, m, w: f"Violation {x.violation_id} on {w}",
        lambda x: f"proven by {x.evidence}: {x.description}",
    ),
    "RiskDecisionMade": _simple(lambda x, m, w: f"Risk department decides: {x.action} {w}", _by),
    "LineFrozen": _simple(
        lambda x, m, w: f"Line {w} is frozen 冻结", lambda x: f"ground {x.ground}; review on {x.review_on}"
    ),
    "LineUnfrozen": _simple(lambda x, m, w: f"Line {w} is free again 解冻", lambda x: x.why),
    "LimitWithdrawn": _simple(
        lambda x, m, w: f"Unused limit of {w} is withdrawn 收回额度 (was {m(x.limit_before)})"
    ),
    "LimitRestored": _simple(lambda x, m, w: f"Limit of {w} is restored to {m(x.limit)}"),
    "BalanceCalled": _simple(
        lambda x, m, w: f"Everything owed on {w} falls due: {m(x.amount)} by {x.pay_by}"
    ),
    "CallUnwound": _simple(
        lambda x, m, w: f"The call of {w} is undone as if never made: {m(x.amount)} still called"
    ),
    "LineChargedOff": _simple(
        lambda x, m, w: f"Line {w} is written off 核销: {m(x.called + x.open)}", lambda x: "the claim stays"
    ),
    "RecordReported": _record,
    "CaseOpened": _simple(
        lambda x, m, w: f"Case opened 立案 over {', '.join(x.line_ids)}: {x.trigger} on {x.line_id}",
        lambda x: f"policy rule {', '.join(x.rules)} ({', '.join(x.reasons)}) asks to {x.action}",
        lambda x: f"law pack {x.pack} {x.pack_version}, law as of {x.law_as_of}",
    ),
    "TriggerJoined": _simple(
        lambda x, m, w: f"The case is asked more of: {x.action} for {x.line_id}",
        lambda x: f"policy rule {', '.join(x.rules)} ({', '.join(x.reasons)})",
    ),
    "TriggerLapsed": _simple(lambda x, m, w: f"The policy asks nothing more of {x.line_id}"),
    "NoticeIssued": _notice,
    "NoticeFailed": _simple(lambda x, m, w: f"A notice could not be sent by {x.channel}", lambda x: x.why),
    "CureStarted": lambda x, m, w: (
        f"Cure 补救期 runs until {x.ends_on}: {m(x.amount)} paid by then ends the matter",
        (f"the demand arrived on {x.arrived_on}", *by_law(x.basis)),
    ),
    "CureExtended": _simple(lambda x, m, w: f"The cure runs until {x.ends_on}", _by),
    "StepRefused": _refused,
    "ApprovalAsked": _simple(
        lambda x, m, w: f"A second person is asked to approve: {x.step}, exposure {m(x.exposure)}",
        lambda x: "policy: approval",
    ),
    "ApprovalGiven": _simple(lambda x, m, w: f"{x.by} approves: {x.step}"),
    "ApprovalDenied": _simple(lambda x, m, w: f"{x.by} denies: {x.step}", lambda x: x.why),
    "CaseFrozen": lambda x, m, w: (f"Freeze 冻结 decided, review on {x.review_on}", by_law(x.basis)),
    "RunOffBegan": _simple(
        lambda x, m, w: f"Run-off 缩退: the schedule goes on, review on {x.review_on}",
        lambda x: f"a plan in {', '.join(map(str, x.plan_instalments))} instalments is offered",
    ),
    "FreezeReviewed": _simple(lambda x, m, w: f"Reviewed, again on {x.review_on}", lambda x: x.outcome),
    "LimitsWithdrawn": lambda x, m, w: (
        f"Limits withdrawn 收回额度: {', '.join(x.line_ids)}",
        by_law(x.basis),
    ),
    "CaseAccelerated": _called,
    "ClearingBegan": _simple(
        lambda x, m, w: f"Clearing 清偿 of {m(x.amount)} by {x.pay_by}",
        lambda x: f"or a plan in {', '.join(map(str, x.plan_instalments))} instalments",
    ),
    "CaseCured": _simple(
        lambda x, m, w: f"Cured 补救完成, {m(x.paid)} paid since the demand", lambda x: x.why
    ),
    "CaseWithdrawn": _simple(lambda x, m, w: "The case is taken back 撤回", _by),
    "CaseSettled": _simple(lambda x, m, w: f"Settled 结清: what was called, {m(x.paid)}, is paid"),
    "CaseChargedOff": _simple(
        lambda x, m, w: f"Written off 核销: {m(x.amount)}", lambda x: f"{x.days_past_due} days past due"
    ),
    "RecoverySeen": _simple(lambda x, m, w: f"Recovered 核销后回收: {m(x.amount)} on {x.line_id}"),
    "CaseClosed": _simple(lambda x, m, w: f"Case closed 结案: {x.outcome}"),
    "InterruptBegan": _simple(
        lambda x, m, w: f"Clocks stop: {x.interrupt}" + (f" until {x.until}" if x.until else ""),
        lambda x: f"{', '.join(x.stops)} stand still",
        _by,
    ),
    "InterruptEnded": _simple(lambda x, m, w: f"Clocks go on: {x.interrupt} ended", _by),
    "BorrowerProtected": _simple(
        lambda x, m, w: f"The borrower is protected 受保护: {x.protection}",
        lambda x: f"by {x.by}: {x.evidence}",
    ),
}
