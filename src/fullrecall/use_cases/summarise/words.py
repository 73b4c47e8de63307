"""Says each fact in one Chinese and one English sentence, for people who were not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fullrecall.domain import facts as f
from fullrecall.domain.money import show
from fullrecall.domain.notices.content import Bilingual
from fullrecall.domain.recall.transitions import TRANSITIONS
from fullrecall.domain.record.month import STATUS_ZH
from fullrecall.domain.vocabulary import Stage
from fullrecall.use_cases.summarise.words_kept import KEPT

NOTHING = Bilingual("", "")

STAGE_WORDS: dict[str, Bilingual] = {
    row.to.value: Bilingual(row.zh, row.to.value.replace("_", " ")) for row in reversed(TRANSITIONS) if row.to
} | {
    Stage.NOTIFIED.value: Bilingual("已催告", "notified"),
    Stage.ACCELERATED.value: Bilingual("全额回收", "accelerated"),
}

COMMAND_WORDS: dict[str, Bilingual] = {
    row.command.value: Bilingual(row.zh, row.command.value.replace("_", " ")) for row in TRANSITIONS
} | {"report": Bilingual("报送征信", "report to the credit record")}

NOTICE_WORDS: dict[str, Bilingual] = {
    "warn": Bilingual("预警通知", "early warning"),
    "demand": Bilingual("催告函", "formal demand"),
    "freeze": Bilingual("冻结通知", "notice of freeze"),
    "plan_offer": Bilingual("分期方案", "offer of a plan"),
    "acceleration": Bilingual("提前到期通知", "notice of acceleration"),
    "clearing_reminder": Bilingual("清偿提醒", "clearing reminder"),
    "reinstated": Bilingual("恢复通知", "reinstatement"),
    "withdrawn": Bilingual("撤回通知", "withdrawal of the measure"),
    "settled": Bilingual("结清通知", "settlement"),
}

Say = Callable[[Any, str], tuple[str, str]]

_SAY: dict[type[f.Fact], Say] = KEPT | {
    f.LineOpened: lambda x, c: (
        f"额度纳入监测（来源：{x.source}）",
        f"line came under watch (source: {x.source})",
    ),
    f.PositionObserved: lambda x, c: (
        f"观察到余额 {show(x.balance, c)}，逾期 {x.days_past_due} 天，逾期金额 {show(x.past_due_amount, c)}",
        f"position observed: balance {show(x.balance, c)}, {x.days_past_due} days past due, "
        f"{show(x.past_due_amount, c)} past due",
    ),
    f.PaymentObserved: lambda x, c: (
        f"收到还款 {show(x.amount, c)}",
        f"payment of {show(x.amount, c)} came in",
    ),
    f.ViolationReported: lambda x, c: (
        f"报告违约使用：{x.description}",
        f"breach of terms reported: {x.description}",
    ),
    f.ViolationDismissed: lambda x, c: ("违约使用报告撤销", "report of a breach dismissed"),
    f.RiskDecisionMade: lambda x, c: (
        f"风控部门决定：{x.action}",
        f"decision of the risk department: {x.action}",
    ),
    f.LineFrozen: lambda x, c: (
        f"额度冻结，复核日 {x.review_on}",
        f"line frozen: new purchases declined; review on {x.review_on}",
    ),
    f.LineUnfrozen: lambda x, c: ("额度解冻", "line unfrozen"),
    f.LimitWithdrawn: lambda x, c: (
        f"收回未用额度（原额度 {show(x.limit_before, c)}）",
        f"unused limit withdrawn (limit was {show(x.limit_before, c)})",
    ),
    f.LimitRestored: lambda x, c: (f"恢复额度 {show(x.limit, c)}", f"limit of {show(x.limit, c)} restored"),
    f.BalanceCalled: lambda x, c: (
        f"余额 {show(x.amount, c)} 提前到期，{x.pay_by} 前偿还",
        f"balance of {show(x.amount, c)} called, payable by {x.pay_by}",
    ),
    f.CallUnwound: lambda x, c: (f"提前到期撤销 {show(x.amount, c)}", f"call of {show(x.amount, c)} unwound"),
    f.LineChargedOff: lambda x, c: (
        f"核销 {show(x.called + x.open, c)}，债权保留",
        f"{show(x.called + x.open, c)} charged off; the claim stays",
    ),
    f.RecordReported: lambda x, c: (
        f"报送 {x.month} 征信：{STATUS_ZH.get(x.status, x.status)}"
        f"（{x.days} 天，{'不良' if x.adverse else '非不良'}）",
        f"credit record of {x.month}: status {x.status}, {x.days} days, "
        + ("adverse" if x.adverse else "not adverse"),
    ),
    f.CaseOpened: lambda x, c: (
        f"立案预警，敞口 {show(x.exposure, c)}",
        f"case opened with a warning; exposure {show(x.exposure, c)}",
    ),
    f.TriggerJoined: lambda x, c: (
        f"新的触发并入本案，要求：{x.action}",
        f"a later alert joined the case, asking for: {x.action}",
    ),
    f.NoticeIssued: lambda x, c: (
        f"发出{_notice(x.notice).zh}" + (f"，金额 {show(x.amount, c)}" if x.amount else ""),
        f"{_notice(x.notice).en} issued" + (f", amount {show(x.amount, c)}" if x.amount else ""),
    ),
    f.NoticeSent: lambda x, c: (f"通知经 {x.channel} 发送", f"notice sent by {x.channel}"),
    f.NoticeArrived: lambda x, c: (
        f"通知经 {x.channel} 送达",
        f"notice arrived by {x.channel} ({x.arrival_basis})",
    ),
    f.NoticeFailed: lambda x, c: (f"通知经 {x.channel} 未能送达", f"notice failed by {x.channel}"),
    f.CureStarted: lambda x, c: (
        f"补救期自送达日 {x.arrived_on} 起，至 {x.ends_on}；应还 {show(x.amount, c)}",
        f"cure runs from arrival on {x.arrived_on} to {x.ends_on}; {show(x.amount, c)} would end the matter",
    ),
    f.CureExtended: lambda x, c: (f"补救期延长至 {x.ends_on}", f"cure period extended to {x.ends_on}"),
    f.CasePaymentSeen: lambda x, c: (
        f"本案记录还款 {show(x.amount, c)}",
        f"the case notes the payment of {show(x.amount, c)}",
    ),
    f.StepRefused: lambda x, c: (
        f"“{_command(x.command).zh}”被规则拒绝",
        f"step “{_command(x.command).en}” refused by rule",
    ),
    f.ApprovalAsked: lambda x, c: (
        f"请第二人审批：{_command(x.step).zh}",
        f"second person asked to approve: {_command(x.step).en}",
    ),
    f.ApprovalGiven: lambda x, c: (
        f"{x.by} 批准：{_command(x.step).zh}",
        f"approved by {x.by}: {_command(x.step).en}",
    ),
    f.ApprovalDenied: lambda x, c: (
        f"{x.by} 拒绝：{_command(x.step).zh}",
        f"denied by {x.by}: {_command(x.step).en}",
    ),
    f.CaseFrozen: lambda x, c: (f"冻结，复核日 {x.review_on}", f"frozen; review on {x.review_on}"),
    f.RunOffBegan: lambda x, c: (
        f"缩退：保持冻结，原计划继续，提供 {_list(x.plan_instalments)} 期方案；复核日 {x.review_on}",
        f"run-off: frozen, schedule continues, plans of {_list(x.plan_instalments)} instalments offered; "
        f"review on {x.review_on}",
    ),
    f.FreezeReviewed: lambda x, c: (
        f"复核，下次复核日 {x.review_on}",
        f"reviewed ({x.outcome}); next review on {x.review_on}",
    ),
    f.LimitsWithdrawn: lambda x, c: (
        "收回未用额度；余额不因此到期",
        "unused limits withdrawn; no balance falls due by this",
    ),
    f.CaseAccelerated: lambda x, c: (
        f"全额回收：{show(sum(x.called.values()), c)} 于 {x.pay_by} 前到期",
        f"balance called in full: {show(sum(x.called.values()), c)} due by {x.pay_by}",
    ),
    f.ClearingBegan: lambda x, c: (
        f"开始清偿：{show(x.amount, c)}；同时提供 {_list(x.plan_instalments)} 期方案",
        f"clearing of {show(x.amount, c)} begins; plans of {_list(x.plan_instalments)} instalments offered",
    ),
    f.TriggerLapsed: lambda x, c: (
        f"最新评估对 {x.line_id} 不再要求任何措施",
        f"the newest decision about {x.line_id} asks for nothing any more",
    ),
    f.CaseCured: lambda x, c: (
        f"补救完成，已还 {show(x.paid, c)}",
        f"cured ({x.why}); paid {show(x.paid, c)}",
    ),
    f.CaseWithdrawn: lambda x, c: (f"{x.by} 撤回", f"taken back by {x.by}"),
    f.CaseSettled: lambda x, c: (f"结清，已还 {show(x.paid, c)}", f"settled; paid {show(x.paid, c)}"),
    f.CaseChargedOff: lambda x, c: (
        f"核销 {show(x.amount, c)}（逾期 {x.days_past_due} 天）",
        f"{show(x.amount, c)} charged off at {x.days_past_due} days past due",
    ),
    f.RecoverySeen: lambda x, c: (
        f"核销后回收 {show(x.amount, c)}",
        f"recovery of {show(x.amount, c)} after the charge-off",
    ),
    f.CaseClosed: lambda x, c: (f"结案：{_stage(x.outcome).zh}", f"case closed: {_stage(x.outcome).en}"),
    f.InterruptBegan: lambda x, c: (
        f"中断：{x.interrupt}",
        f"{x.interrupt} began; clocks that stand still: {', '.join(x.stops)}",
    ),
    f.InterruptEnded: lambda x, c: (f"中断结束：{x.interrupt}", f"{x.interrupt} ended"),
    f.BorrowerProtected: lambda x, c: (
        f"借款人受保护：{x.protection}",
        f"borrower protected: {x.protection}",
    ),
    f.ProtectionLifted: lambda x, c: ("保护解除", "protection lifted"),
}


def what_happened(fact: f.Fact, currency: str) -> Bilingual:
    """One sentence per language; every fact type has one."""
    return Bilingual(*_SAY[type(fact)](fact, currency))


def has_words(kind: type[f.Fact]) -> bool:
    return kind in _SAY


def given_why(fact: f.Fact) -> str:
    """The words a fact itself carries as its why, if any."""
    return str(getattr(fact, "why", "") or getattr(fact, "ground", ""))


def _notice(kind: str) -> Bilingual:
    return NOTICE_WORDS.get(kind, Bilingual(kind, kind.replace("_", " ")))


def _command(command: str) -> Bilingual:
    return COMMAND_WORDS.get(command, Bilingual(command, command.replace("_", " ")))


def _stage(stage: str) -> Bilingual:
    return STAGE_WORDS.get(stage, Bilingual(stage, stage.replace("_", " ")))


def _list(counts: tuple[int, ...]) -> str:
    return "/".join(map(str, counts))


FUNNEL: tuple[tuple[str, Bilingual], ...] = (
    ("warned", Bilingual("预警", "warned")),
    ("noticed", Bilingual("催告", "given notice")),
    ("cured", Bilingual("补救完成", "cured")),
    ("frozen", Bilingual("冻结", "frozen")),
    ("run_off", Bilingual("缩退", "run-off")),
    ("limits_withdrawn", Bilingual("收回额度", "limit withdrawn")),
    ("accelerated", Bilingual("全额回收", "accelerated")),
    ("cleared_in_part", Bilingual("部分清偿", "some of it cleared")),
    ("settled", Bilingual("结清", "cleared in full")),
    ("charged_off", Bilingual("核销", "charged off")),
)
