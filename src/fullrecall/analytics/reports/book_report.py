"""Writes the report of a run: one HTML file that opens from disk, with static pictures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FunctionLoader, StrictUndefined

from fullrecall.analytics.reports import charts
from fullrecall.analytics.reports.in_words import big_figures, percent, story, terminal_summary
from fullrecall.analytics.reports.worked_rows import rows_of
from fullrecall.domain.money import show
from fullrecall.domain.notices.content import Bilingual
from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports.summary import Summary

__all__ = ["render_report", "terminal_summary", "write_book_report"]
TEMPLATE = "book_report.html.j2"


class Table(msgspec.Struct, frozen=True):
    """The figures behind a picture."""

    caption: Bilingual
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def write_book_report(summary: Summary, path: Path) -> Path:
    """Write the report, whole or not at all. Raises Mistake when the file cannot be written."""
    html = render_report(summary)
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(html, encoding="utf-8")
        return part.replace(path)
    except OSError as trouble:
        raise Mistake(f"The report cannot be written to {path}: {trouble.strerror}.") from None


def render_report(summary: Summary) -> str:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(_template),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    cur = summary.book.currency
    return environment.get_template(TEMPLATE).render(
        s=summary,
        money=partial(show, currency=cur),
        percent=percent,
        story=story(summary),
        figures=big_figures(summary),
        pictures=_pictures(summary),
        tables=_tables(summary),
        case_rows=rows_of(summary.worked_case, cur) if summary.worked_case else [],
        stage=charts.stage_label,
        sound=not (
            summary.verify.problems or summary.ledger.trial_balance or summary.ledger.line_minus_ledger
        ),
    )


def _template(name: str) -> str:
    return resources.files("fullrecall").joinpath("templates", "reports", name).read_text("utf-8")


def _pictures(s: Summary) -> dict[str, Any]:
    """Pictures that have something to show."""
    drawn: dict[str, Any] = {}
    if s.stages_by_day.cases:
        drawn["stages"] = charts.stages_over_time(s)
        drawn["exposure"] = charts.exposure_by_stage(s)
        drawn["funnel"] = charts.funnel(s)
    if any(map(any, s.roll_rates.pooled)):
        drawn["roll"] = charts.roll_rates(s)
    if s.recalled_exposure:
        drawn["called"] = charts.called_and_cleared(s)
    if s.outcome.base_default_rate is not None:
        drawn["outcome"] = charts.recalled_and_defaulted(s)
    return drawn


def _tables(s: Summary) -> dict[str, Table]:
    money = partial(show, currency=s.book.currency)
    rates = s.roll_rates
    return {
        "exposure": Table(
            Bilingual("月末各阶段额度与敞口", "Lines and exposure by stage at month end"),
            ("month end 月末", "stage 阶段", "lines 额度", "exposure 敞口"),
            [
                (p.as_of.isoformat(), charts.stage_label(p.stage), f"{p.lines:,}", money(p.exposure))
                for p in s.portfolio_by_stage
            ],
        ),
        "roll": _rolls(
            Bilingual("滚动计数（各月合计）", "Counts, months pooled"), rates.buckets, rates.pooled
        ),
        "called": Table(
            Bilingual("提前到期余额的变动", "Movements of called balances"),
            (
                "month 月份",
                "called 提前到期",
                "cleared by payments 还款清偿",
                "lower position 余额下降",
                "unwound 撤销",
                "charged off 核销",
                "still called 未清",
                "recovered after charge-off 核销后回收",
            ),
            [
                (
                    m.month,
                    *map(money, (m.called, m.cleared, m.reduced_by_position, m.unwound)),
                    *map(money, (m.charged_off, m.still_called, m.recovered)),
                )
                for m in s.called_and_cleared
            ],
        ),
        "outcome": Table(
            Bilingual("最深措施与实际结果", "Deepest step taken, and what really happened"),
            (
                "step 措施",
                "lines 额度",
                "defaulted 违约",
                "paid 未违约",
                "rate 违约率",
                "no follow-up 无后续观察",
            ),
            [
                (
                    f"{g.words.zh} {g.words.en}",
                    *(f"{n:,}" for n in (g.lines, g.defaulted, g.paid)),
                    percent(g.default_rate),
                    f"{g.without_follow_up:,}",
                )
                for g in s.outcome_detail
            ],
        ),
    } | (
        {
            "roll_apart": _rolls(
                Bilingual(
                    f"{rates.set_apart.since} → {rates.set_apart.until}（单列）",
                    f"{rates.set_apart.since} → {rates.set_apart.until}, set apart",
                ),
                rates.buckets,
                rates.set_apart.counts,
            )
        }
        if rates.set_apart
        else {}
    )


def _rolls(caption: Bilingual, buckets: Sequence[str], counts: Sequence[Sequence[int]]) -> Table:
    return Table(
        caption,
        ("from \\ to 由 \\ 至", *buckets),
        [(bucket, *(f"{n:,}" for n in row)) for bucket, row in zip(buckets, counts, strict=True)],
    )
