"""The pictures of a model card: was the stated chance true, and how far good and bad lie apart."""

from __future__ import annotations

import altair as alt
import numpy as np
from markupsafe import Markup

from fullrecall.analytics.reports.svg import INK, render
from fullrecall.analytics.training.train import Trained

WIDTH, HEIGHT = 860, 300
_STATED, _GOOD, _BAD = "#7a8590", "#2f6f9f", "#c0504d"


def calibration_picture(trained: Trained) -> Markup:
    """Share of defaults by score band, held out: points with 95 % intervals, the stated chance dashed."""
    rows = [
        {
            "band": f"{band.lowest}-{band.highest}", "stated": band.stated, "observed": band.observed,
            "low": band.low, "high": band.high,
        }
        for band in trained.report.calibration
    ]  # fmt: skip
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("band:N", sort=None, title="score 评分", axis=alt.Axis(labelAngle=0))
    )
    percent = alt.Axis(format=".0%")
    stated = base.mark_line(color=_STATED, strokeDash=[5, 4], point=False).encode(
        y=alt.Y("stated:Q", title="default 违约率", axis=percent)
    )
    spread = base.mark_rule(color=INK, opacity=0.6).encode(y=alt.Y("low:Q", axis=percent), y2="high:Q")
    seen = base.mark_point(color=_GOOD, filled=True, size=70, opacity=1).encode(
        y=alt.Y("observed:Q", axis=percent)
    )
    chart = alt.LayerChart(layer=[stated, spread, seen]).properties(width=WIDTH, height=HEIGHT)
    told = "; ".join(f"{r['band']}: stated {r['stated']:.1%}, observed {r['observed']:.1%}" for r in rows)
    return render(chart, key="calibration", title="Calibration on held-out lines", told=told)


def scores_picture(trained: Trained) -> Markup:
    """Shares of good and of bad held-out lines by score, in steps of 25 points."""
    score, bad = trained.score[trained.in_test], trained.bad[trained.in_test]
    scale = trained.card.scale
    edges = np.arange(scale.lowest, scale.highest + 25, 25)
    rows, ends = [], [scale.lowest, scale.highest]
    for word, which in (("paid 正常", bad == 0), ("defaulted 违约", bad == 1)):
        counts = np.histogram(score[which], edges)[0]
        rows += [
            {"score": int(edge), "share": float(count / max(counts.sum(), 1)), "outcome": word}
            for edge, count in zip(edges[:-1], counts, strict=True)
        ]
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_area(interpolate="monotone", opacity=0.45, line=True)
        .encode(
            x=alt.X(
                "score:Q", title="score 评分", scale=alt.Scale(domain=ends, nice=False)
            ),
            y=alt.Y("share:Q", title="share 占比", stack=None, axis=alt.Axis(format=".0%")),
            color=alt.Color(
                "outcome:N", title=None, sort=None,
                scale=alt.Scale(domain=["paid 正常", "defaulted 违约"], range=[_GOOD, _BAD]),
            ),
        )
        .properties(width=WIDTH, height=HEIGHT)
    )  # fmt: skip
    gap = float(score[bad == 0].mean() - score[bad == 1].mean())
    told = f"Lines that paid score {gap:.0f} points more on average than lines that defaulted."
    return render(chart, key="scores", title="Scores of good and bad held-out lines", told=told)
