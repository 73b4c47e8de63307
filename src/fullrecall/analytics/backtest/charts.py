"""The pictures of a back-test: what moves the answer, where the money goes, who swaps, how busy days are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
from markupsafe import Markup

from fullrecall.analytics.backtest.compare import STEPS
from fullrecall.analytics.backtest.money import FLOWS
from fullrecall.analytics.backtest.result import Backtest, Side, Switch
from fullrecall.analytics.backtest.uncertainty import Bar
from fullrecall.analytics.backtest.words import LABELS
from fullrecall.analytics.reports.svg import INK, render
from fullrecall.domain.money import digits_of

WIDTH = 800
GOOD, BAD, CALM, DARK = "#1f7a4d", "#b04a3a", "#7fb0d0", "#2f6f9f"
_KINDS = {
    "demands": "demands 催告",
    "freezes": "freezes 冻结",
    "approvals": "approvals 复核",
    "calls": "calls 提前到期",
}


def major(minor: float, currency: str) -> float:
    # Only for drawing: a picture has pixels, not cents.
    return float(minor / 10 ** digits_of(currency))


def _data(rows: Sequence[dict[str, Any]]) -> alt.Data:
    return alt.Data(values=list(rows))  # type: ignore[no-untyped-call]


def _money_axis(title: str) -> alt.Axis:
    return alt.Axis(title=title, format="~s", tickCount=6)


def tornado(bars: Sequence[Bar], currency: str, key: str, what: str) -> Markup:
    """Widest first; the line stands where all assumptions are at their base."""
    bars = [bar for bar in bars if bar.swing]
    rows: list[dict[str, Any]] = [
        {
            "parameter": bar.parameter.name.replace("_", " "),
            "from": major(end, currency),
            "to": major(bar.at_base, currency),
            "end": f"low {bar.parameter.low}" if end is bar.at_low else f"high {bar.parameter.high}",
            "which": "low end 低值" if side == "low" else "high end 高值",
            "said": str(bar.parameter.low if side == "low" else bar.parameter.high),
            "align": major(end, currency),
        }
        for bar in bars
        for side, end in (("low", bar.at_low), ("high", bar.at_high))
    ]
    order = [bar.parameter.name.replace("_", " ") for bar in bars]
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y(
            "parameter:N", sort=order, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=220)
        )
    )
    drawn = base.mark_bar(height=15).encode(
        x=alt.X("from:Q", axis=_money_axis(f"net benefit 净收益, {currency}"), scale=alt.Scale(padding=24)),
        x2="to:Q",
        color=alt.Color(
            "which:N", title=None, scale=alt.Scale(range=[DARK, CALM]), legend=alt.Legend(orient="bottom")
        ),
    )
    moved = [row for row in rows if row["from"] != row["to"]]
    text = [
        alt.Chart(_data([row for row in moved if (row["from"] >= row["to"]) is right]))
        .mark_text(align="left" if right else "right", dx=5 if right else -5, fontSize=11, color=INK)
        .encode(y=alt.Y("parameter:N", sort=order), x="from:Q", text="said:N")
        for right in (True, False)
    ]
    zero = alt.Chart(_data([{"x": 0}])).mark_rule(color=BAD, strokeDash=[4, 3]).encode(x="x:Q")
    at_base = (
        alt.Chart(_data([{"x": major(bar.at_base, currency)} for bar in bars[:1]]))
        .mark_rule(color=INK, opacity=0.5)
        .encode(x="x:Q")
    )
    chart = (drawn + text[0] + text[1] + zero + at_base).properties(width=WIDTH, height=26 * len(bars))
    told = "Bars: " + "; ".join(
        f"{bar.parameter.name} from {bar.parameter.low} to {bar.parameter.high} moves it from "
        f"{bar.at_low} to {bar.at_high}"
        for bar in bars
    )
    return render(chart, key=key, title=f"{what}: what moves it 敏感性", told=told + " minor units.")


def waterfall(side: Side, currency: str, key: str) -> Markup:
    """From each flow to the net benefit."""
    rows: list[dict[str, Any]] = []
    at = 0.0
    for name in (*FLOWS, "net"):
        amount = major(side.figure(name), currency)
        start = 0.0 if name == "net" else at
        rows.append(
            {
                "flow": " ".join(LABELS[name]),
                "from": start,
                "to": start + amount,
                "said": f"{amount:,.0f}",
                "colour": DARK if name == "net" else GOOD if amount >= 0 else BAD,
                "top": max(start, start + amount),
            }
        )
        at = start + amount
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y(
            "flow:N",
            sort=[r["flow"] for r in rows],
            title=None,
            axis=alt.Axis(domain=False, ticks=False, labelLimit=320),
        )
    )
    bars = base.mark_bar(height=20).encode(
        x=alt.X("from:Q", axis=_money_axis(f"{currency}, assumed 假设"), scale=_room(rows)),
        x2="to:Q",
        color=alt.Color("colour:N", scale=None),
    )
    text = base.mark_text(align="left", dx=6, color=INK, fontSize=12).encode(x="top:Q", text="said:N")
    chart = (bars + text).properties(width=WIDTH, height=34 * len(rows))
    told = "Waterfall: " + "; ".join(f"{r['flow']} {r['said']}" for r in rows) + "."
    return render(chart, key=key, title=f"Net benefit of {side.policy} 净收益构成", told=told)


def _room(rows: Sequence[dict[str, Any]]) -> alt.Scale:
    """Room for the words beside the bars."""
    ends = [0.0, *(float(row[end]) for row in rows for end in ("from", "to"))]
    span = (max(ends) - min(ends)) or 1.0
    return alt.Scale(domain=[min(ends) - 0.02 * span, max(ends) + 0.16 * span], nice=False)


def by_cohort(found: Backtest) -> Markup:
    rows = [
        {
            "cohort": row["cohort"],
            "policy": f"{side.policy} {side.version}",
            "net": major(row["net"], found.tape["currency"]),
        }
        for side in _sides(found)
        for row in side.by_cohort
    ]
    names = [f"{side.policy} {side.version}" for side in _sides(found)]
    chart = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            x=alt.X(
                "cohort:O", title="month in which the case was opened 开立月份", axis=alt.Axis(labelAngle=0)
            ),
            xOffset=alt.XOffset("policy:N", sort=names),
            y=alt.Y("net:Q", axis=_money_axis(f"net benefit 净收益, {found.tape['currency']}")),
            color=alt.Color(
                "policy:N",
                title=None,
                sort=names,
                scale=alt.Scale(domain=names, range=[DARK, "#d9822b"][: len(names)]),
            ),
        )
        .properties(width=WIDTH, height=240)
    )
    told = "; ".join(f"{r['policy']} {r['cohort']}: {r['net']:,.0f}" for r in rows)
    return render(chart, key="cohorts", title="Net benefit by cohort 各批次净收益", told=told)


def swaps(switch: Switch, first: str, second: str) -> Markup:
    """Rows: champion; columns: challenger. The diagonal is left out: there nothing changes."""
    rows = [
        {
            "from": s.champion,
            "to": s.challenger,
            "lines": s.lines,
            "said": f"{s.lines:,}",
            "side": "harder 更严" if STEPS.index(s.challenger) > STEPS.index(s.champion) else "softer 更宽",
        }
        for s in switch.swaps
        if s.champion != s.challenger
    ]
    base = alt.Chart(_data(rows)).encode(
        x=alt.X(
            "to:O",
            sort=list(STEPS),
            title=f"challenger {second} 挑战政策",
            axis=alt.Axis(orient="top", labelAngle=0, domain=False),
        ),
        y=alt.Y("from:O", sort=list(STEPS), title=f"champion {first} 现行政策", axis=alt.Axis(domain=False)),
    )
    cells = base.mark_rect(stroke="#8a94a0", strokeWidth=0.4).encode(
        color=alt.Color(
            "side:N",
            title=None,
            scale=alt.Scale(domain=["harder 更严", "softer 更宽"], range=["#e7b9a9", "#b9d9c6"]),
        )
    )
    text = base.mark_text(fontSize=13, color="#1b2733").encode(text="said:N")
    chart = (cells + text).properties(width=WIDTH, height=230)
    told = "; ".join(f"{r['from']} to {r['to']}: {r['lines']} lines" for r in rows)
    return render(chart, key="swaps", title="Swap set: lines treated otherwise 处理结果不同的额度", told=told)


def queue(side: Side, key: str) -> Markup:
    rows = [
        {"day": day, "kind": _KINDS[kind], "cases": count}
        for kind in _KINDS
        for day, count in side.queue[kind]["by_day"].items()
    ]
    chart = (
        alt.Chart(_data(rows))
        .mark_bar(width=3)
        .encode(
            x=alt.X(
                "day:T",
                title=None,
                axis=alt.Axis(format="%Y-%m", labelAngle=0, tickCount="month", grid=False),
            ),
            y=alt.Y("cases:Q", title="cases a day 每日案件数"),
            color=alt.Color(
                "kind:N",
                title=None,
                sort=list(_KINDS.values()),
                scale=alt.Scale(range=["#d9822b", DARK, "#6b7f92", "#7d1f2b"]),
            ),
        )
        .properties(width=WIDTH, height=220)
    )
    told = "; ".join(
        f"{kind}: at most {side.queue[kind]['busiest']} on {side.queue[kind]['on']}" for kind in _KINDS
    )
    return render(chart, key=key, title=f"Queue under {side.policy} 每日工作量", told=told)


def calibration(side: Side) -> Markup | None:
    if side.score is None or not side.score.bands:
        return None
    rows: list[dict[str, Any]] = [
        {
            "band": f"{b.low}-{b.high}",
            "rate": b.defaulted / b.lines,
            "said": f"{100 * b.defaulted / b.lines:.1f} % of {b.lines:,}",
        }
        for b in side.score.bands
    ]
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y(
            "band:N",
            sort=[r["band"] for r in rows],
            title="score 评分",
            axis=alt.Axis(domain=False, ticks=False),
        ),
        x=alt.X(
            "rate:Q",
            title="defaulted 违约占比",
            axis=alt.Axis(format="%", tickCount=5),
            scale=alt.Scale(domain=[0, 1.2 * max(r["rate"] for r in rows) or 1]),
        ),
    )
    text = base.mark_text(align="left", dx=6, color=INK, fontSize=12).encode(text="said:N")
    chart = (base.mark_bar(height=16, color=DARK) + text).properties(width=WIDTH, height=26 * len(rows))
    told = "; ".join(f"score {r['band']}: {r['said']} defaulted" for r in rows)
    return render(chart, key="calibration", title="Defaults by score 各分段违约率", told=told)


def _sides(found: Backtest) -> list[Side]:
    return [side for side in (found.champion, found.challenger) if side]
