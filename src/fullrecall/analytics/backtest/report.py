"""Writes the report of a back-test: one HTML file that opens from disk; the first page answers, then
pictures, then tables.
"""

from __future__ import annotations

from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from fullrecall.analytics.backtest import charts, fairness
from fullrecall.analytics.backtest.observed import SUSTAINED_MONTHS
from fullrecall.analytics.backtest.result import Backtest, Side
from fullrecall.analytics.backtest.words import LABELS, figures_table, flags_of, verdict
from fullrecall.domain.money import show
from fullrecall.domain.vocabulary import Mistake

TEMPLATE = "backtest.html.j2"
BIG = ("lines_called", "balance_called", "wrongful_recalls", "cash_after_call")


def write_backtest_report(found: Backtest, path: Path) -> Path:
    """Write the report, whole or not at all. Raises Mistake when the file cannot be written."""
    html = render_backtest(found)
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(html, encoding="utf-8")
        return part.replace(path)
    except OSError as trouble:
        raise Mistake(f"The report cannot be written to {path}: {trouble.strerror}.") from None


def render_backtest(found: Backtest) -> str:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(_template),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    head, rows = figures_table(found)
    rows = [[" ".join(LABELS[f.name]), *row[1:]] for f, row in zip(found.champion.figures, rows, strict=True)]
    currency = found.tape["currency"]
    return environment.get_template(TEMPLATE).render(
        b=found,
        verdict=verdict(found),
        money=partial(show, currency=currency),
        labels=LABELS,
        sides=[side for side in (found.champion, found.challenger) if side],
        big=_big(found),
        pictures=_pictures(found),
        figures_head=head,
        figures_rows=rows,
        caution=(fairness.CAUTION_EN, fairness.CAUTION_ZH),
        sustained=SUSTAINED_MONTHS,
        flags=flags_of(found),
    )


def _template(name: str) -> str:
    return resources.files("fullrecall").joinpath("templates", "reports", name).read_text("utf-8")


def _big(found: Backtest) -> list[dict[str, str]]:
    """Big figures of the first page: net benefit first, then what is observed."""
    currency = found.tape["currency"]
    shown = [_big_net(found)]
    for name in BIG:
        en, zh = LABELS[name]
        sides = [_told(side, name, currency) for side in (found.champion, found.challenger) if side]
        shown.append(
            {
                "number": sides[-1],
                "en": en,
                "zh": zh,
                "kind": "observed",
                "beside": f"champion: {sides[0]}" if len(sides) > 1 else "",
            }
        )
    return shown


def _big_net(found: Backtest) -> dict[str, str]:
    currency = found.tape["currency"]
    net = (
        next((i for i in found.switch.difference if i.name == "net"), None)
        if found.switch
        else found.champion.interval("net")
    )
    what = ("Net benefit of switching", "切换的净收益") if found.switch else LABELS["net"]
    if net is None:
        return {"number": "-", "en": what[0], "zh": what[1], "kind": "assumed", "beside": ""}
    between = f"95 %: {_short(net.low, currency)} to {_short(net.high, currency)}"
    return {
        "number": _short(net.estimate, currency),
        "en": what[0],
        "zh": what[1],
        "kind": "assumed",
        "beside": between,
    }


def _told(side: Side, name: str, currency: str) -> str:
    figure = next(f for f in side.figures if f.name == name)
    return _short(figure.amount, currency) if figure.unit == "money" else f"{figure.amount:,}"


def _short(minor: float, currency: str) -> str:
    """For a big figure: 6,358,695.88 TWD -> '6.36 m TWD'. The tables have every cent."""
    amount = charts.major(minor, currency)
    for limit, word in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(amount) >= limit:
            return f"{amount / limit:,.2f} {word} {currency}"
    return f"{amount:,.0f} {currency}"


def _pictures(found: Backtest) -> dict[str, Markup]:
    currency = found.tape["currency"]
    drawn: dict[str, Markup] = {}
    main = found.challenger or found.champion
    bars, what = (
        (found.switch.tornado, "Benefit of switching") if found.switch else (main.tornado, "Net benefit")
    )
    if any(bar.swing for bar in bars):
        drawn["tornado"] = charts.tornado(bars, currency, "tornado", what)
    drawn["waterfall"] = charts.waterfall(main, currency, "waterfall")
    if main.by_cohort:
        drawn["cohorts"] = charts.by_cohort(found)
    if found.switch and any(s.champion != s.challenger for s in found.switch.swaps):
        drawn["swaps"] = charts.swaps(found.switch, found.champion.policy, main.policy)
    if any(main.queue[kind]["total"] for kind in ("demands", "freezes", "calls")):
        drawn["queue"] = charts.queue(main, "queue")
    calibration: Any = charts.calibration(main)
    if calibration is not None:
        drawn["calibration"] = calibration
    return drawn
