"""Turns a Vega-Lite chart into static, accessible inline SVG in the colours of the page."""

from __future__ import annotations

import re
from html import escape

import altair as alt
import vl_convert
from markupsafe import Markup

# A generic stack: the reader's machine has one of these, and nothing is fetched.
FONTS = "'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', system-ui, sans-serif"
INK, GRID = "currentColor", "#8a94a033"
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*>')
_ID = re.compile(r'(\bid="|url\(#|href="#)([\w-]+)')


def render(chart: alt.Chart | alt.LayerChart, *, key: str, title: str, told: str) -> Markup:
    """The chart as `<svg role="img">`. key: unique on the page; told: the picture in words."""
    styled = (
        chart.configure(
            font=FONTS,
            background="transparent",
            aria=False,
            padding=6,
            autosize={"type": "fit", "contains": "padding"},
        )
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK,
            titleColor=INK,
            domainColor=GRID,
            tickColor=GRID,
            gridColor=GRID,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelLimit=260,
            titlePadding=12,
        )
        .configure_legend(
            labelColor=INK, titleColor=INK, labelFontSize=12, titleFontSize=12, symbolType="square"
        )
        .configure_title(
            color=INK,
            subtitleColor=INK,
            anchor="start",
            fontSize=15,
            subtitleFontSize=12,
            fontWeight=600,
            offset=14,
            subtitlePadding=5,
        )
    )
    drawn = vl_convert.vegalite_to_svg(styled.to_dict())
    size = _SIZE.search(drawn)
    if size is None:
        raise ValueError("the chart was drawn without a size")
    # Ids are per picture in Vega; on one page they would meet.
    body = _ID.sub(lambda m: f"{m[1]}{key}-{m[2]}", drawn[size.end() :])
    head = (
        f'<svg role="img" aria-labelledby="{key}-t {key}-d" viewBox="0 0 {size[1]} {size[2]}" '
        f'style="max-width:{size[1]}px" class="chart">'
        f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(told)}</desc>'
    )
    return Markup(head + body)  # noqa: S704 - title and told are escaped, the rest is drawn by Vega from data
