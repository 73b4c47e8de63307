"""The state of a recall case, folded from its facts; borrower-wide, policy and pack pinned at opening."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
from msgspec.structs import replace

from fullrecall.domain import facts as f
from fullrecall.domain.vocabulary import Action, Clock, Protection, Stage

REPORT = "report"  # the command of a refusal to furnish


class NoticeState(msgspec.Struct, frozen=True, array_like=True):
    """One notice of the case: when issued, and per channel when sent, arrived or failed."""

    notice_id: str
    kind: str
    issued_on: date
    channels: tuple[str, ...]
    amount: int
    declares_acceleration: bool
    offers_plan: bool
    announces_report: bool
    pay_by: date | None
    sent: dict[str, date]
    arrived: dict[str, date]
    failed: dict[str, date]

    @property
    def arrived_on(self) -> date | None:
        return min(self.arrived.values()) if self.arrived else None


class Refusal(msgspec.Struct, frozen=True, array_like=True):
    """A step that was refused on a day: by which rule, and until when (None: until something changes)."""

    rule: str
    until: date | None
    on: date


class CaseState(msgspec.Struct, frozen=True, array_like=True):
    """One case as it stands. `action` is the most severe thing a decision asked for so far; amounts in minor
    units."""

    case_id: str
    borrower_id: str
    line_ids: tuple[str, ...]
    currency: str
    stage: Stage
    opened_on: date
    trigger: str
    action: Action
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    policy_id: str
    pack: str
    pack_version: str
    law_as_of: date
    exposure: int
    stage_since: date
    notices: tuple[NoticeState, ...] = ()
    cure_arrived_on: date | None = None
    cure_ends_on: date | None = None
    demanded: int = 0
    paid_since_demand: int = 0
    frozen_on: date | None = None
    review_on: date | None = None
    limits_withdrawn: bool = False
    approval: str = ""  # '', asked, given, denied
    approved_by: str = ""
    called: dict[str, int] = {}
    pay_by: date | None = None
    paid_since_call: int = 0
    plan_instalments: tuple[int, ...] = ()
    interrupts: dict[str, tuple[str, ...]] = {}
    interrupt_until: date | None = None
    protection: Protection | None = None
    refused_command: str = ""
    refused_rule: str = ""
    refused_until: date | None = None
    outcome: str = ""
    recovered: int = 0
    triggers: tuple[str, ...] = ()
    interrupted_on: dict[str, date] = {}
    asked_by: tuple[str, ...] = ()  # people whose decision led here; none of them may approve
    asking: dict[
        str, str
    ] = {}  # line -> action its newest decision asks for; a line that asks nothing is not here
    demand_open: dict[str, int] = {}  # line -> what is still open of the last demand
    interrupts_until: dict[str, date] = {}  # last day of an interrupt that has one
    cure_stopped_on: date | None = None
    refusals: dict[str, Refusal] = {}
    news_on: date | None = None  # the last day something happened that a refused step may now find changed

    @property
    def is_open(self) -> bool:
        return self.stage is not Stage.CLOSED

    def stands_still(self, clock: Clock) -> bool:
        """True while an interrupt or a protection stops this clock."""
        if self.protection is not None and clock in (Clock.CONTACT, Clock.CURE, Clock.ENFORCEMENT):
            return True
        return any(clock in stopped for stopped in self.interrupts.values())

    def knows(self, command: str, rule: str, until: date | None) -> bool:
        """This very refusal is recorded already."""
        known = self.refusals.get(command)
        return known is not None and (known.rule, known.until) == (rule, until)

    def last_notice(self, kind: str) -> NoticeState | None:
        for notice in reversed(self.notices):
            if notice.kind == kind:
                return notice
        return None


def opened(case_id: str, fact: f.CaseOpened, on: date) -> CaseState:
    return CaseState(
        case_id,
        fact.borrower_id,
        fact.line_ids,
        fact.currency,
        Stage.WARNED,
        on,
        fact.trigger,
        Action(fact.action),
        fact.rules,
        fact.reasons,
        fact.policy_id,
        fact.pack,
        fact.pack_version,
        fact.law_as_of,
        fact.exposure,
        on,
        triggers=(fact.trigger,),
        asked_by=(fact.asked_by,) if fact.asked_by else (),
        asking={fact.line_id: fact.action},
    )


def fold(state: CaseState, fact: f.Fact, on: date) -> CaseState:
    """The state after one more fact of the case's stream."""
    rule = _RULES.get(type(fact))
    after = rule(state, fact, on) if rule else state
    return replace(after, news_on=on) if isinstance(fact, _NEWS) else after


def _union(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return old + tuple(item for item in new if item not in old)


def _joined(s: CaseState, fact: f.TriggerJoined, on: date) -> CaseState:
    asked = Action(fact.action)
    return replace(
        s,
        action=asked if asked.severity > s.action.severity else s.action,
        rules=_union(s.rules, fact.rules),
        reasons=_union(s.reasons, fact.reasons),
        triggers=_union(s.triggers, (fact.trigger,)),
        line_ids=_union(s.line_ids, (fact.line_id,)),
        asked_by=_union(s.asked_by, (fact.asked_by,)) if fact.asked_by else s.asked_by,
        asking={**s.asking, fact.line_id: fact.action},
    )


def _lapsed(s: CaseState, fact: f.TriggerLapsed, on: date) -> CaseState:
    return replace(s, asking={line: action for line, action in s.asking.items() if line != fact.line_id})


def _issued(s: CaseState, fact: f.NoticeIssued, on: date) -> CaseState:
    notice = NoticeState(
        fact.notice_id,
        fact.notice,
        on,
        fact.channels,
        fact.amount,
        fact.declares_acceleration,
        fact.offers_plan,
        fact.announces_report,
        fact.pay_by,
        {},
        {},
        {},
    )
    after = replace(s, notices=(*s.notices, notice))
    if fact.notice != "demand":
        return after
    fresh: dict[str, Any] = {
        "demanded": fact.amount,
        "paid_since_demand": 0,
        "demand_open": fact.line_amounts,
    }
    fresh |= {"cure_arrived_on": None, "cure_ends_on": None}
    if s.stage is Stage.WARNED:  # a demand made after a freeze leaves the stage where it is
        fresh |= {"stage": Stage.NOTIFIED, "stage_since": on}
    return replace(after, **fresh)


def _on_channel(field: str) -> Callable[[CaseState, Any, date], CaseState]:
    def rule(s: CaseState, fact: Any, on: date) -> CaseState:
        notices = tuple(
            replace(n, **{field: {**getattr(n, field), fact.channel: on}})
            if n.notice_id == fact.notice_id
            else n
            for n in s.notices
        )
        return replace(s, notices=notices)

    return rule


def _to(stage: Stage, **changes: Any) -> Callable[[CaseState, Any, date], CaseState]:
    def rule(s: CaseState, fact: Any, on: date) -> CaseState:
        given = {name: value(fact, on) if callable(value) else value for name, value in changes.items()}
        fresh = {"refused_command": "", "refused_rule": "", "refused_until": None}
        return replace(s, stage=stage, stage_since=on, **fresh, **given)

    return rule


def _refused(s: CaseState, fact: f.StepRefused, on: date) -> CaseState:
    refusals = {**s.refusals, fact.command: Refusal(fact.rule, fact.until, on)}
    if fact.command == REPORT:  # furnishing is no step of the ladder and must not hide that one waits
        return replace(s, refusals=refusals)
    return replace(
        s, refusals=refusals, refused_command=fact.command, refused_rule=fact.rule, refused_until=fact.until
    )


def _paid(s: CaseState, fact: f.CasePaymentSeen, on: date) -> CaseState:
    """Money counts for a demand on the lines the demand named (all, if it named none)."""
    still_open = s.demand_open.get(fact.line_id)
    meets = bool(s.demanded) and (still_open is not None or not s.demand_open)
    return replace(
        s,
        paid_since_demand=s.paid_since_demand + (fact.amount if meets else 0),
        demand_open=s.demand_open
        if still_open is None
        else {**s.demand_open, fact.line_id: max(still_open - fact.amount, 0)},
        paid_since_call=s.paid_since_call + (fact.amount if fact.line_id in s.called else 0),
    )


def _interrupt_began(s: CaseState, fact: f.InterruptBegan, on: date) -> CaseState:
    until = s.interrupts_until | ({fact.interrupt: fact.until} if fact.until else {})
    return replace(
        s,
        interrupts={**s.interrupts, fact.interrupt: fact.stops},
        interrupted_on={**s.interrupted_on, fact.interrupt: on},
        interrupts_until=until,
        interrupt_until=max(until.values(), default=None),
        cure_stopped_on=s.cure_stopped_on or (on if Clock.CURE in fact.stops else None),
    )


def _interrupt_ended(s: CaseState, fact: f.InterruptEnded, on: date) -> CaseState:
    left = {name: clocks for name, clocks in s.interrupts.items() if name != fact.interrupt}
    until = {name: day for name, day in s.interrupts_until.items() if name != fact.interrupt}
    after = replace(
        s, interrupts=left, interrupts_until=until, interrupt_until=max(until.values(), default=None)
    )
    return after if after.stands_still(Clock.CURE) else replace(after, cure_stopped_on=None)


def _protected(s: CaseState, fact: f.BorrowerProtected, on: date) -> CaseState:
    return replace(s, protection=Protection(fact.protection), cure_stopped_on=s.cure_stopped_on or on)


def _unprotected(s: CaseState, fact: f.ProtectionLifted, on: date) -> CaseState:
    after = replace(s, protection=None)
    return after if after.stands_still(Clock.CURE) else replace(after, cure_stopped_on=None)


# After one of these a step that was refused without a date may be found lawful.
_NEWS = (
    f.TriggerJoined,
    f.NoticeArrived,
    f.CasePaymentSeen,
    f.ApprovalGiven,
    f.InterruptEnded,
    f.ProtectionLifted,
)

_RULES: dict[type[f.Fact], Callable[[CaseState, Any, date], CaseState]] = {
    f.TriggerJoined: _joined,
    f.TriggerLapsed: _lapsed,
    f.NoticeIssued: _issued,
    f.NoticeSent: _on_channel("sent"),
    f.NoticeArrived: _on_channel("arrived"),
    f.NoticeFailed: _on_channel("failed"),
    f.CureStarted: lambda s, x, on: replace(s, cure_arrived_on=x.arrived_on, cure_ends_on=x.ends_on),
    f.CureExtended: lambda s, x, on: replace(s, cure_ends_on=x.ends_on),
    f.CasePaymentSeen: _paid,
    f.StepRefused: _refused,
    f.ApprovalAsked: lambda s, x, on: replace(s, approval="asked"),
    f.ApprovalGiven: lambda s, x, on: replace(s, approval="given", approved_by=x.by),
    f.ApprovalDenied: lambda s, x, on: replace(s, approval="denied", approved_by=x.by),
    f.CaseFrozen: _to(Stage.FROZEN, frozen_on=lambda x, on: on, review_on=lambda x, on: x.review_on),
    f.RunOffBegan: _to(
        Stage.RUN_OFF, review_on=lambda x, on: x.review_on, plan_instalments=lambda x, on: x.plan_instalments
    ),
    f.FreezeReviewed: lambda s, x, on: replace(s, review_on=x.review_on),
    f.LimitsWithdrawn: lambda s, x, on: replace(s, limits_withdrawn=True),
    f.CaseAccelerated: _to(
        Stage.ACCELERATED, called=lambda x, on: x.called, pay_by=lambda x, on: x.pay_by, paid_since_call=0
    ),
    f.ClearingBegan: _to(Stage.CLEARING, plan_instalments=lambda x, on: x.plan_instalments),
    f.CaseCured: _to(Stage.CURED, outcome="cured"),
    f.CaseWithdrawn: _to(Stage.WITHDRAWN, outcome="withdrawn"),
    f.CaseSettled: _to(Stage.SETTLED, outcome="settled"),
    f.CaseChargedOff: _to(Stage.CHARGED_OFF, outcome="charged_off"),
    f.RecoverySeen: lambda s, x, on: replace(
        s, stage=Stage.RECOVERING, recovered=s.recovered + x.amount,
        stage_since=s.stage_since if s.stage is Stage.RECOVERING else on,
    ),
    f.CaseClosed: _to(Stage.CLOSED, outcome=lambda x, on: x.outcome),
    f.InterruptBegan: _interrupt_began,
    f.InterruptEnded: _interrupt_ended,
    f.BorrowerProtected: _protected,
    f.ProtectionLifted: _unprotected,
}  # fmt: skip
