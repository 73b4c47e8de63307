"""The one table of the ladder: who may go from where to where, by which gate and clock, recording what,
noticing whom.

Code, documentation and the diagram are all made from `TRANSITIONS`; nothing else knows the order of the
stages.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from fullrecall.domain.vocabulary import Clock, LawStage, Stage


class Command(StrEnum):
    OPEN = "open"
    DEMAND = "demand"
    DEMAND_AGAIN = "demand_again"
    FREEZE = "freeze"
    REVIEW = "review"
    RUN_OFF = "run_off"
    WITHDRAW_LIMITS = "withdraw_limits"
    ACCELERATE = "accelerate"
    CLEAR = "clear"
    SETTLE = "settle"
    CHARGE_OFF = "charge_off"
    RECOVER = "recover"
    CURE = "cure"
    WITHDRAW = "withdraw"
    RESUME = "resume"
    CLOSE = "close"


class Transition(msgspec.Struct, frozen=True):
    """One row. `to` None: the stage stays. `law`: the gate asked. `four_eyes`: approval may be demanded by
    the policy."""

    command: Command
    sources: tuple[Stage, ...]
    to: Stage | None
    law: LawStage | None
    clock: Clock | None
    facts: tuple[str, ...]
    notices: tuple[str, ...]
    zh: str
    means: str
    four_eyes: bool = False


_S, _C, _L, _K = Stage, Command, LawStage, Clock
_ON_THE_LADDER = (_S.WARNED, _S.NOTIFIED, _S.FROZEN, _S.RUN_OFF)
_CALLED = (_S.ACCELERATED, _S.CLEARING)
_WRITTEN_OFF = (_S.CHARGED_OFF, _S.RECOVERING)
FINISHED = frozenset({_S.CLOSED})

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        _C.OPEN, (), _S.WARNED, _L.WARN, None, ("CaseOpened", "NoticeIssued"), ("warn",), "预警",
        "a rule of the policy fired; the borrower is told early",
    ),
    Transition(
        _C.DEMAND, (_S.WARNED,), _S.NOTIFIED, _L.NOTICE, _K.CURE, ("NoticeIssued",), ("demand",), "催告通知",
        "formal demand: pay by a date, and what follows if not; the cure period runs from arrival",
    ),
    Transition(
        _C.DEMAND_AGAIN, (_S.NOTIFIED, _S.FROZEN, _S.RUN_OFF), None, _L.NOTICE, _K.CURE, ("NoticeIssued",),
        ("demand",), "再次催告",
        "a demand that reached nobody is made again; after a freeze that came first, the balance is demanded",
    ),
    Transition(
        _C.FREEZE, (_S.WARNED, _S.NOTIFIED), _S.FROZEN, _L.FREEZE, _K.ENFORCEMENT,
        ("CaseFrozen", "LineFrozen", "NoticeIssued"), ("freeze",), "冻结",
        "no new purchase or drawdown, with a review date; existing schedule unchanged",
    ),
    Transition(
        _C.RUN_OFF, (_S.FROZEN,), _S.RUN_OFF, None, _K.ENFORCEMENT, ("RunOffBegan", "NoticeIssued"),
        ("plan_offer",), "缩退",
        "stays frozen, the schedule continues, a plan is offered; often the right outcome",
    ),
    Transition(
        _C.REVIEW, (_S.WARNED, _S.RUN_OFF), None, None, None, ("FreezeReviewed",), (), "复核",
        "a freeze or warning does not last by itself: it is reviewed on its date",
    ),
    Transition(
        _C.WITHDRAW_LIMITS, (_S.FROZEN, _S.RUN_OFF), None, _L.FREEZE, _K.ENFORCEMENT,
        ("LimitsWithdrawn", "LimitWithdrawn"), (), "收回额度",
        "the unused limit of the borrower's lines is withdrawn; no balance falls due by this",
    ),
    Transition(
        _C.ACCELERATE, (_S.FROZEN, _S.RUN_OFF), _S.ACCELERATED, _L.ACCELERATE, _K.ENFORCEMENT,
        ("CaseAccelerated", "BalanceCalled", "NoticeIssued"), ("acceleration",), "全额回收",
        "everything owed falls due on a date, line by line as each line's own gate allows", True,
    ),
    Transition(
        _C.CLEAR, (_S.ACCELERATED,), _S.CLEARING, _L.COLLECT, _K.ENFORCEMENT,
        ("ClearingBegan", "NoticeIssued"), ("clearing_reminder",), "清偿",
        "one settlement of what was called; a plan is always offered beside it",
    ),
    Transition(
        _C.SETTLE, _CALLED, _S.SETTLED, None, None, ("CaseSettled", "LineUnfrozen", "NoticeIssued"),
        ("settled",), "结清",
        "the called balance is paid; a line frozen beside it that is not past due is free again",
    ),
    Transition(
        _C.CHARGE_OFF, (*_ON_THE_LADDER, *_CALLED, *_WRITTEN_OFF), _S.CHARGED_OFF, None, _K.ACCOUNTING,
        ("CaseChargedOff", "LineChargedOff"), (), "核销",
        "reached from any stage by its own clock, line by line; the claim stays",
    ),
    Transition(
        _C.RECOVER, _WRITTEN_OFF, _S.RECOVERING, None, None, ("RecoverySeen",), (), "核销后回收",
        "money came after the charge-off",
    ),
    Transition(
        _C.CURE, _ON_THE_LADDER, _S.CURED, None, None,
        ("CaseCured", "LineUnfrozen", "LimitRestored", "NoticeIssued"), ("reinstated",), "补救完成",
        "the ground is gone: contract and money as if nothing had happened",
    ),
    Transition(
        _C.WITHDRAW, (*_ON_THE_LADDER, *_CALLED), _S.WITHDRAWN, None, None,
        ("CaseWithdrawn", "LineUnfrozen", "LimitRestored", "CallUnwound", "RiskDecisionMade", "NoticeIssued"),
        ("withdrawn",), "撤回",
        "the lender takes it back; freeze, limit, call and its own decision are undone",
    ),
    Transition(
        _C.RESUME, (*_ON_THE_LADDER, *_CALLED, *_WRITTEN_OFF), None, None, None,
        ("InterruptEnded", "CureExtended"), (), "恢复计时",
        "an interrupt ends, by a person or on its last day; a cure period gets back the days it lost",
    ),
    Transition(
        _C.CLOSE, (_S.SETTLED, _S.CURED, _S.WITHDRAWN, *_WRITTEN_OFF), _S.CLOSED, None, None,
        ("CaseClosed",), (), "结案", "nothing is left to do",
    ),
)  # fmt: skip

BY_COMMAND: dict[Command, Transition] = {row.command: row for row in TRANSITIONS}


def mermaid() -> str:
    """The ladder as a Mermaid state diagram, one arrow per source of each row."""
    lines = ["stateDiagram-v2", "    direction LR"]
    for row in TRANSITIONS:
        for source in row.sources or ("[*]",):
            target = row.to or source
            gate = f" [{row.law}]" if row.law else ""
            lines.append(f"    {source} --> {target}: {row.command} {row.zh}{gate}")
    return "\n".join([*lines, "    closed --> [*]"])


def table() -> str:
    """The ladder as a Markdown table."""
    head = "| command | 中文 | from | to | law gate | clock | facts | notice | means |\n" + "|---" * 9 + "|"
    rows = [
        f"| `{r.command}` | {r.zh} | {', '.join(r.sources) or '(watching)'} | {r.to or '(stays)'} |"
        f" {r.law or '-'}"
        f"{' + approval' if r.four_eyes else ''} | {r.clock or '-'} | {', '.join(r.facts)} |"
        f" {', '.join(r.notices) or '-'} | {r.means} |"
        for r in TRANSITIONS
    ]
    return "\n".join([head, *rows])
