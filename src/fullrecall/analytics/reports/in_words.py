"""Tells a run in words and a few numbers: for the first screen of the report and for the terminal."""

from __future__ import annotations

from functools import partial

import msgspec

from fullrecall.analytics.reports import charts
from fullrecall.domain.money import show
from fullrecall.domain.notices.content import Bilingual
from fullrecall.ports.summary import Summary


class Figure(msgspec.Struct, frozen=True):
    """One big number with what it counts."""

    number: str
    words: Bilingual
    beside: str


def percent(part: float | None, of: float | None = None) -> str:
    """A share with one decimal; a dash where there is nothing to divide by."""
    if part is None or of == 0:
        return "–"
    return f"{100 * part / (1 if of is None else of):.1f} %"


def big_figures(summary: Summary) -> list[Figure]:
    """The five numbers of the first screen."""
    s, cur = summary, summary.book.currency
    recalled = s.outcome_detail[0]
    return [
        Figure(
            f"{s.lines:,}", Bilingual("监测额度", "lines watched"), f"{s.positions:,} positions 笔月度余额"
        ),
        Figure(
            f"{s.cases.opened:,}",
            Bilingual("立案", "cases opened"),
            f"{s.notices.arrived:,} messages arrived 条消息送达",
        ),
        Figure(
            f"{s.recalled_lines:,}",
            Bilingual("全额回收额度", "lines called in"),
            show(s.recalled_exposure, cur),
        ),
        Figure(
            percent(s.cleared_amount, s.recalled_exposure),
            Bilingual("已清偿占提前到期", "of the called balance cleared"),
            show(s.cleared_amount, cur),
        ),
        Figure(
            percent(recalled.default_rate),
            Bilingual("被回收额度的违约率", "of the called lines defaulted"),
            f"all lines 全部额度 {percent(s.outcome.base_default_rate)}",
        ),
    ]


def story(summary: Summary) -> Bilingual:
    """What happened, in words."""
    s, cur = summary, summary.book.currency
    came = {step.step: step.cases for step in s.funnel}
    called, cleared = show(s.recalled_exposure, cur), show(s.cleared_amount, cur)
    first, last = s.book.first_day, s.book.last_day
    en = (
        f"From {first} to {last}, {s.lines:,} lines were watched. {came['warned']:,} cases began with "
        f"a warning; {came['noticed']:,} came to a formal demand; {came['cured']:,} were cured and ended "
        f"as if nothing had happened; {came['frozen']:,} were frozen, and {came['run_off']:,} ran off on "
        f"their old schedule. The balance was called in {came['accelerated']:,} cases: {called}, "
        f"of which payments cleared {cleared}. "
        + (f"A rule of law refused a step {s.refused_by_law:,} times." if s.refused_by_law else "")
    )
    zh = (
        f"{first} 至 {last} 共监测 {s.lines:,} 条额度：预警立案 {came['warned']:,} 件，"
        f"催告 {came['noticed']:,} 件，补救完成 {came['cured']:,} 件（如同未曾发生），"
        f"冻结 {came['frozen']:,} 件，按原计划缩退 {came['run_off']:,} 件，"
        f"全额回收 {came['accelerated']:,} 件，提前到期 {called}，其中还款清偿 {cleared}。"
        + (f"法律规则拒绝步骤 {s.refused_by_law:,} 次。" if s.refused_by_law else "")
    )
    return Bilingual(zh, en)


def _messages(s: Summary) -> str:
    return f"{s.notices.sent:,} sent, {s.notices.arrived:,} arrived, {s.notices.held:,} held"


def terminal_summary(summary: Summary) -> list[tuple[str, str]]:
    """(label in both languages, value), in the order to print."""
    s, money = summary, partial(show, currency=summary.book.currency)
    mark = f" [{charts.SIMULATED}]" if s.book.simulated else ""
    stages = ", ".join(f"{charts.stage_label(stage)} {n:,}" for stage, n in s.cases.by_stage.items() if n)
    triggers = ", ".join(f"{trigger} {n:,}" for trigger, n in s.alerts.by_trigger.items())
    rows = [
        ("账簿 book", s.book.label.en + mark),
        ("额度 / 观察记录 lines / positions", f"{s.lines:,} / {s.positions:,}"),
        ("预警 alerts", triggers or "0"),
        ("案件 cases opened", f"{s.cases.opened:,}"),
        ("阶段 at the end", stages or "–"),
        ("消息 messages", _messages(s)),
        ("法律拒绝 refused by law", f"{s.refused_by_law:,}"),
        ("提前到期 called", f"{money(s.recalled_exposure)} on {s.recalled_lines:,} lines"),
        ("已清偿 cleared", f"{money(s.cleared_amount)} ({percent(s.cleared_amount, s.recalled_exposure)})"),
        ("其后消费 later spending", money(s.later_spending)),
    ]
    if s.outcome.base_default_rate is not None:
        recalled = s.outcome_detail[0]
        rows.append(
            (
                "实际违约 really defaulted",
                f"{percent(recalled.default_rate)} of called lines, "
                f"{percent(s.outcome.base_default_rate)} of all",
            )
        )
    if s.score_check is not None and s.score_check.auc is not None:
        rows.append(("评分 score AUC", f"{s.score_check.auc:.3f} ({s.score_check.model or 'given score'})"))
    rows += [
        (
            "账务 ledger",
            f"trial balance {s.ledger.trial_balance}, line minus ledger {s.ledger.line_minus_ledger}",
        ),
        (
            "核验 verified",
            f"{s.verify.streams:,} streams, {s.verify.facts:,} facts, {s.verify.problems:,} problems",
        ),
        ("用时 seconds", f"{s.seconds:.1f}"),
    ]
    return rows
