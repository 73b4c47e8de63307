"""The pictures of the book report: what each shows, as Vega-Lite charts over plain rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
from markupsafe import Markup

from fullrecall.analytics.reports.svg import INK, render
from fullrecall.domain.money import digits_of
from fullrecall.domain.recall.transitions import TRANSITIONS
from fullrecall.ports.summary import Summary

WIDTH = 940
SIMULATED = "SIMULATED 模拟"
_BARE = alt.Axis(domain=False, ticks=False, labelPadding=8)
_ZH = {row.to.value: row.zh for row in reversed(TRANSITIONS) if row.to}
# Told apart by lightness as well as hue, and readable on a light and on a dark page.
_COLOURS = {
    "warned": "#e3b23c",
    "notified": "#d9822b",
    "frozen": "#2f6f9f",
    "run_off": "#7fb0d0",
    "accelerated": "#7d1f2b",
    "clearing": "#c0504d",
    "settled": "#1f7a4d",
    "charged_off": "#5b3f73",
    "recovering": "#a58bb8",
    "cured": "#6fbf94",
    "withdrawn": "#9aa3ad",
}


def stage_label(stage: str) -> str:
    return f"{_ZH.get(stage, '')} {stage.replace('_', ' ')}".strip()


_FINISHED = ("settled", "cured", "withdrawn")  # closed the day after: they would only flicker


def _chart(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows)))  # type: ignore[no-untyped-call]


def _titled(summary: Summary, zh: str, en: str, *under: str) -> alt.Title:
    mark = [SIMULATED] if summary.book.simulated else []
    return alt.Title("  ·  ".join([f"{en}  {zh}", *mark]), subtitle=list(under))


def _major(minor: int, currency: str) -> float:
    # Only for drawing: a picture has pixels, not cents.
    return float(minor / 10 ** digits_of(currency))


def _stage_scale(stages: Sequence[str]) -> alt.Color:
    known = [stage for stage in _COLOURS if stage in stages]
    return alt.Color(
        "stage:N",
        title=None,
        sort=[stage_label(s) for s in known],
        scale=alt.Scale(domain=[stage_label(s) for s in known], range=[_COLOURS[s] for s in known]),
        legend=alt.Legend(orient="right", rowPadding=4),
    )


def stages_over_time(summary: Summary) -> Markup:
    daily = summary.stages_by_day
    rows = [
        {"day": day.isoformat(), "stage": stage_label(stage), "cases": count, "order": n}
        for n, (stage, counts) in enumerate(daily.cases.items())
        if stage not in _FINISHED
        for day, count in zip(daily.days, counts, strict=True)
    ]
    chart = (
        _chart(rows)
        .mark_area(interpolate="step-after")
        .encode(
            x=alt.X(
                "day:T",
                title=None,
                axis=alt.Axis(format="%Y-%m-%d", labelAngle=0, tickCount="month", grid=False),
            ),
            y=alt.Y("cases:Q", title="cases 案件", stack="zero"),
            color=_stage_scale([stage for stage in daily.cases if stage not in _FINISHED]),
            order=alt.Order("order:Q"),
        )
        .properties(
            width=WIDTH,
            height=340,
            title=_titled(summary, "各阶段案件数（每日收盘）", "Cases by stage, each day at the close"),
        )
    )
    told = "Stacked areas: number of open cases in each stage, day by day."
    return render(chart, key="stages", title="Cases by stage over time 各阶段案件数", told=told)


def exposure_by_stage(summary: Summary) -> Markup:
    cur = summary.book.currency
    rows = [
        {
            "month": f"{p.as_of:%Y-%m}",
            "stage": stage_label(p.stage),
            "exposure": _major(p.exposure, cur),
            "order": list(_COLOURS).index(p.stage),
        }
        for p in summary.portfolio_by_stage
        if p.stage in _COLOURS and p.stage not in _FINISHED
    ]
    chart = (
        _chart(rows)
        .mark_bar(size=56)
        .encode(
            x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("exposure:Q", title=f"exposure 敞口, {cur}", axis=alt.Axis(format="~s")),
            color=_stage_scale([p.stage for p in summary.portfolio_by_stage if p.stage not in _FINISHED]),
            order=alt.Order("order:Q"),
        )
        .properties(
            width=WIDTH,
            height=320,
            title=_titled(summary, "各阶段敞口（月末）", "Exposure in a case, by stage at month end"),
        )
    )
    told = "Stacked bars: exposure of lines with an open case, by stage, at each month end."
    return render(chart, key="exposure", title="Exposure by stage 各阶段敞口", told=told)


def roll_rates(summary: Summary) -> Markup:
    rates = summary.roll_rates
    rows: list[dict[str, Any]] = []
    for since, counts in zip(rates.buckets, rates.pooled, strict=True):
        total = sum(counts)
        for until, count in zip(rates.buckets, counts, strict=True):
            if total and any(row[rates.buckets.index(until)] for row in rates.pooled):
                rows.append(
                    {"since": since, "until": until, "rate": count / total, "said": _cell(count, total)}
                )
    base = _chart(rows).encode(
        x=alt.X(
            "until:O",
            sort=list(rates.buckets),
            title="days past due a month later 一个月后逾期天数",
            axis=alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False, labelPadding=6),
        ),
        y=alt.Y("since:O", sort=list(rates.buckets), title="days past due 逾期天数", axis=_BARE),
    )
    scale = alt.Scale(domain=[0, 1], range=["#eef3f8", "#8fb3d3", "#1d4f7c"])
    cells = base.mark_rect(stroke="#8a94a0", strokeWidth=0.4).encode(
        color=alt.Color("rate:Q", scale=scale, legend=None)
    )
    text = base.mark_text(fontSize=12, lineBreak="\n", lineHeight=15, dy=-7).encode(
        text="said:N",
        color=alt.condition("datum.rate > 0.8", alt.value("#ffffff"), alt.value("#1b2733")),
    )
    chart = (cells + text).properties(
        width=WIDTH,
        height=max(len({row["since"] for row in rows}), 1) * 54 + 100,
        title=_titled(summary, "滚动率（各月合计）", "Roll rates, months pooled"),
    )
    told = "Heat map: of the lines in each arrears bucket, the share in each one a month later, with counts."
    return render(chart, key="roll", title="Roll rates 滚动率", told=told)


def _cell(count: int, total: int) -> str:
    return f"{100 * count / total:.1f} %\n{count:,}" if count else "–\n0"


def funnel(summary: Summary) -> Markup:
    rows = [
        {
            "step": f"{s.words.zh} {s.words.en}",
            "cases": s.cases,
            "said": f"{s.cases:,}",
            "kind": _FUNNEL_KIND[s.step],
        }
        for s in summary.funnel
    ]
    base = _chart(rows).encode(
        y=alt.Y("step:N", sort=[str(row["step"]) for row in rows], title=None, axis=_BARE),
        x=alt.X(
            "cases:Q", title="cases that ever came this far 曾到达该阶段的案件数", axis=alt.Axis(tickCount=5)
        ),
    )
    bars = base.mark_bar(height=20).encode(color=alt.Color("kind:N", scale=None))
    text = base.mark_text(align="left", dx=6, color=INK, fontSize=12).encode(text="said:N")
    chart = (bars + text).properties(
        width=WIDTH, height=len(rows) * 29 + 90, title=_titled(summary, "漏斗", "Funnel: how far cases came")
    )
    told = "Bars: " + ", ".join(f"{s.words.en} {s.cases}" for s in summary.funnel) + "."
    return render(chart, key="funnel", title="Funnel 漏斗", told=told)


_FUNNEL_KIND = {
    "warned": _COLOURS["warned"],
    "noticed": _COLOURS["notified"],
    "cured": _COLOURS["cured"],
    "frozen": _COLOURS["frozen"],
    "run_off": _COLOURS["run_off"],
    "limits_withdrawn": "#6b7f92",
    "accelerated": _COLOURS["accelerated"],
    "cleared_in_part": _COLOURS["clearing"],
    "settled": _COLOURS["settled"],
    "charged_off": _COLOURS["charged_off"],
}
_MOVES = (
    ("called", "提前到期 called", "#7d1f2b"),
    ("cleared", "已清偿 cleared", "#1f7a4d"),
    ("charged_off", "核销 charged off", "#5b3f73"),
)


def called_and_cleared(summary: Summary) -> Markup:
    cur = summary.book.currency
    rows = [
        {"month": row.month, "move": label, "amount": _major(getattr(row, name), cur)}
        for row in summary.called_and_cleared
        for name, label, _ in _MOVES
    ]
    chart = (
        _chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("move:N", sort=[label for _, label, _ in _MOVES]),
            y=alt.Y("amount:Q", title=cur, axis=alt.Axis(format="~s")),
            color=alt.Color(
                "move:N",
                title=None,
                scale=alt.Scale(domain=[m[1] for m in _MOVES], range=[m[2] for m in _MOVES]),
                sort=[m[1] for m in _MOVES],
            ),
        )
        .properties(
            width=WIDTH,
            height=320,
            title=_titled(summary, "提前到期与清偿金额", "Balance called and cleared, by month"),
        )
    )
    told = "Grouped bars: balance called, cleared by payments and charged off in each month."
    return render(chart, key="called", title="Balance called and cleared 提前到期与清偿", told=told)


def recalled_and_defaulted(summary: Summary) -> Markup:
    rows = [
        {
            "group": f"{g.words.zh} {g.words.en}",
            "rate": g.default_rate,
            "said": f"{100 * g.default_rate:.1f} %   ({g.defaulted:,} of {g.defaulted + g.paid:,})",
        }
        for g in summary.outcome_detail
        if g.default_rate is not None
    ]
    base_rate = summary.outcome.base_default_rate or 0.0
    rates = [g.default_rate for g in summary.outcome_detail if g.default_rate is not None]
    base = _chart(rows).encode(
        y=alt.Y("group:N", sort=None, title=None, axis=_BARE),
        x=alt.X(
            "rate:Q",
            title="share of lines that defaulted 违约占比",
            axis=alt.Axis(format="%", tickCount=5),
            # Room on the right, where the figures stand clear of bars and line.
            scale=alt.Scale(domain=[0, 1.5 * max([*rates, base_rate, 0.01])]),
        ),
    )
    bars = base.mark_bar(height=24, color="#2f6f9f")
    text = base.mark_text(align="right", color=INK, fontSize=12).encode(x=alt.value("width"), text="said:N")
    rule = _chart([{"rate": base_rate}]).mark_rule(color="#c0504d", strokeDash=[5, 3], strokeWidth=1.6)
    chart = (bars + rule.encode(x="rate:Q") + text).properties(
        width=WIDTH,
        height=max(len(rows), 1) * 40 + 110,
        title=_titled(
            summary,
            "措施与实际违约",
            "Step taken against what really happened",
            f"dashed: all lines 虚线为全部额度, {100 * base_rate:.1f} %",
        ),
    )
    told = "Bars: share of lines that defaulted, by the deepest step taken; dashed line: all lines."
    return render(chart, key="outcome", title="Recalled against defaulted 回收与违约", told=told)
