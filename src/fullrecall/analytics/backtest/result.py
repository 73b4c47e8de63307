"""The whole back-test as one value: what the report shows and what `--json` writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import polars as pl

from fullrecall.analytics.backtest.assumptions import Parameter
from fullrecall.analytics.backtest.compare import Comparison, Swap, Why, compare, deepest_step
from fullrecall.analytics.backtest.fairness import Group, fairness
from fullrecall.analytics.backtest.flags import flags
from fullrecall.analytics.backtest.money import FLOWS, Figure, Money, count_money, flows_of, values_of
from fullrecall.analytics.backtest.observed import Observed, observe
from fullrecall.analytics.backtest.replay import Replayed
from fullrecall.analytics.backtest.score_quality import ScoreQuality, score_quality
from fullrecall.analytics.backtest.tape_view import TapeView
from fullrecall.analytics.backtest.uncertainty import Bar, Interval, bootstrap, tornado

FLIPS_SHOWN = 200
_QUEUE = {
    "demands": ("NoticeIssued", "demand"),
    "freezes": ("CaseFrozen", None),
    "approvals": ("ApprovalAsked", None),
    "calls": ("CaseAccelerated", None),
    "messages": ("NoticeArrived", None),
}
COUNTED = ("net", "called", "lines_called", "wrongful", "spent", "cash")
RATIOS = {"wrongful_share": ("wrongful", "lines_called"), "net_per_line_called": ("net", "lines_called")}


class Side(msgspec.Struct, frozen=True):
    """One policy on the tape. by_cohort, by_month: net benefit and its flows; queue: busiest and mean day by
    kind of work; fired: rows on which each rule fired; groups: who was called; score: None where the policy
    has no score.
    """

    policy: str
    version: int
    policy_id: str
    figures: tuple[Figure, ...]
    intervals: tuple[Interval, ...]
    by_cohort: tuple[dict[str, Any], ...]
    by_month: tuple[dict[str, Any], ...]
    queue: dict[str, dict[str, Any]]
    fired: dict[str, int]
    tornado: tuple[Bar, ...]
    groups: tuple[Group, ...]
    score: ScoreQuality | None
    flags: tuple[str, ...]
    shapes_walked: int

    def figure(self, name: str) -> int:
        return next(f.amount for f in self.figures if f.name == name)

    def interval(self, name: str) -> Interval | None:
        return next((i for i in self.intervals if i.name == name), None)


class Switch(msgspec.Struct, frozen=True):
    """Champion against challenger: challenger less champion."""

    swaps: tuple[Swap, ...]
    reasons: tuple[Why, ...]
    flips: tuple[dict[str, Any], ...]
    flips_count: int
    difference: tuple[Interval, ...]
    tornado: tuple[Bar, ...]


class Backtest(msgspec.Struct, frozen=True):
    tape: dict[str, Any]
    champion: Side
    challenger: Side | None
    switch: Switch | None
    parameters: tuple[Parameter, ...]
    law: dict[str, str]
    engine: str
    assumptions: tuple[Mapping[str, str], ...]


class Played(msgspec.Struct, frozen=True):
    """One policy replayed, with what was observed and what it came to."""

    rows: pl.DataFrame
    replayed: Replayed
    seen: Observed
    money: Money


def play(
    view: TapeView, rows: pl.DataFrame, replayed: Replayed, parameters: Mapping[str, Parameter]
) -> Played:
    seen = observe(view, replayed)
    return Played(rows, replayed, seen, count_money(replayed, seen, values_of(parameters), view.currency))


def side_of(
    view: TapeView,
    played: Played,
    parameters: Mapping[str, Parameter],
    policy: tuple[str, int, str],
    rules: list[str],
) -> Side:
    """Everything there is to say about one policy."""
    name, version, policy_id = policy
    per_borrower = _per_borrower(played)
    fired = played.rows["fired"].explode().drop_nulls().value_counts()
    counts = dict(fired.iter_rows())
    counted = {rule: int(counts.get(rule, 0)) for rule in rules}

    def net_at(values: Mapping[str, Any]) -> int:
        return int(flows_of(played.replayed, played.seen, values, view.currency)["net"].sum())

    return Side(
        name,
        version,
        policy_id,
        played.money.figures,
        tuple(bootstrap(per_borrower, COUNTED, len(view.borrower_ids), RATIOS)),
        _sums(played.money.flows, "cohort"),
        _sums(played.money.flows, "month"),
        _queue(played.replayed),
        counted,
        tuple(tornado(parameters, net_at)),
        tuple(fairness(played.rows, deepest_step(view, played.replayed))),
        score_quality(played.rows),
        flags(view, played.rows, played.seen, played.money, counted),
        played.replayed.shapes_walked,
    )


def switch_of(
    view: TapeView,
    champion: Played,
    challenger: Played,
    parameters: Mapping[str, Parameter],
    ladder_differs: str,
) -> Switch:
    found: Comparison = compare(
        view, (champion.rows, challenger.rows), (champion.replayed, challenger.replayed), ladder_differs
    )
    a, b = _per_borrower(champion), _per_borrower(challenger)
    joined = b.join(a, on="borrower", how="full", suffix="_a", coalesce=True).fill_null(0)
    difference = joined.select("borrower", *(pl.col(n) - pl.col(f"{n}_a") for n in COUNTED))

    def net_at(values: Mapping[str, Any]) -> int:
        ends = [
            int(flows_of(p.replayed, p.seen, values, view.currency)["net"].sum())
            for p in (champion, challenger)
        ]
        return ends[1] - ends[0]

    return Switch(
        found.swaps,
        found.reasons,
        tuple(found.flips.head(FLIPS_SHOWN).drop("line").iter_rows(named=True)),
        found.flips.height,
        tuple(bootstrap(difference, COUNTED, len(view.borrower_ids))),
        tuple(tornado(parameters, net_at)),
    )


def _per_borrower(played: Played) -> pl.DataFrame:
    lines = played.seen.lines
    of_lines = lines.group_by("borrower").agg(
        pl.col("called").sum(),
        pl.col("called_on").is_not_null().sum().cast(pl.Int64).alias("lines_called"),
        (pl.col("sustained").fill_null(False) & pl.col("called_on").is_not_null())
        .sum()
        .cast(pl.Int64)
        .alias("wrongful"),
        pl.col("spent").sum(),
        pl.col("cash").sum(),
    )
    net = played.money.flows.group_by("borrower").agg(pl.col("net").sum())
    return net.join(of_lines, on="borrower", how="full", coalesce=True).fill_null(0).sort("borrower")


def _sums(flows: pl.DataFrame, by: str) -> tuple[dict[str, Any], ...]:
    summed = flows.group_by(by).agg(pl.col(*FLOWS, "net").sum()).sort(by)
    return tuple({**row, by: month_name(row[by])} for row in summed.iter_rows(named=True))


def month_name(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"


def _queue(replayed: Replayed) -> dict[str, dict[str, Any]]:
    """Per kind of work: cases or messages on the busiest day, which day that was, and the mean over days that
    had any.
    """
    told = {}
    for name, (kind, detail) in _QUEUE.items():
        work = replayed.events.filter(pl.col("kind") == kind)
        work = work.filter(pl.col("detail") == detail) if detail else work
        days = work.group_by("day").len().sort("len", "day", descending=[True, False])
        most: tuple[date, int] | None = days.row(0) if days.height else None
        told[name] = {
            "total": work.height,
            "busiest": most[1] if most else 0,
            "on": most[0] if most else None,
            "days": days.height,
            "by_day": {str(day): n for day, n in days.sort("day").iter_rows()},
        }
    return told
