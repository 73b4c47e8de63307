"""Joins the search for thresholds: a policy tried on one half of a tape, the answer judged on the other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import polars as pl

from fullrecall.analytics.backtest.assumptions import Parameter, with_given
from fullrecall.analytics.backtest.assumptions import shipped as shipped_assumptions
from fullrecall.analytics.backtest.compare import deepest_step
from fullrecall.analytics.backtest.fairness import fairness
from fullrecall.analytics.backtest.replay import Tick
from fullrecall.analytics.backtest.result import Played, play, switch_of
from fullrecall.analytics.backtest.search import Limits, Trial, best_of, climb, half_of, single_rules
from fullrecall.analytics.backtest.tape_view import TapeView, tape_rows
from fullrecall.analytics.backtest.uncertainty import Interval
from fullrecall.domain.money import show
from fullrecall.domain.policy import format_policy, parse_policy
from fullrecall.domain.tape import Column
from fullrecall.domain.vocabulary import Mistake
from fullrecall.wiring.backtest import (
    Asked,
    Law,
    columns_of,
    engine_of,
    law_of,
    open_named,
    prepare,
    replay_policy,
    shipped_law,
    view_of,
)
from fullrecall.wiring.rulebook import read_policy
from fullrecall.wiring.settings import read_settings

FOUND_NAME = "found"


class Judged(msgspec.Struct, frozen=True):
    """One policy on both halves. broken: limits it breaks on the held-out half."""

    name: str
    training: Trial
    held_out: Trial
    broken: list[str]


class Search(msgspec.Struct, frozen=True):
    """found: the best within the limits on the training half; against: its held-out net less champion's,
    baseline's.
    """

    found: Judged
    champion: Judged
    baseline: Judged
    against_champion: Interval
    against_baseline: Interval
    tried: int
    borrowers: tuple[int, int]
    currency: str
    limits: Limits
    parameters: tuple[Parameter, ...]


class _Bench(NamedTuple):
    """Where a policy is tried."""

    asked: Asked
    law: Law
    columns: Mapping[str, Column]
    parameters: Mapping[str, Parameter]


def search_policy(asked: Asked, limits: Limits, tick: Tick) -> Search:
    """Raises Mistake when nothing tried keeps within the limits, with the nearest."""
    tape = open_named(asked.tape, asked.mapping, asked.lines)
    whole = view_of(tape, asked.lines)
    bench = _Bench(
        asked,
        law_of(read_settings(asked.lender), asked.law_as_of or shipped_law(asked.pack)),
        columns_of(tape),
        with_given(shipped_assumptions(whole.currency), asked.given),
    )
    learn, judge = (_half(whole, half) for half in (0, 1))
    _, text = read_policy(asked.policy, bench.columns)
    attempt = partial(_tried, bench, learn, whole)
    best, tried = climb(text, FOUND_NAME, limits, attempt, tick)
    if broken := limits.broken_by(best):
        nearest = "; ".join(broken)
        raise Mistake(f"None of {tried} policies keeps within the limits; the nearest has {nearest}.")
    single = best_of([attempt(other, {"days": days}) for days, other in single_rules(text)], limits)
    trials = {"found": best, "champion": attempt(text, {}), "baseline": single}
    played = {name: _played(bench, judge, trial.text) for name, trial in trials.items()}
    judged = {
        name: _judged(name, trial, judge, whole, played[name], limits) for name, trial in trials.items()
    }
    return Search(
        found=judged["found"],
        champion=judged["champion"],
        baseline=judged["baseline"],
        against_champion=_difference(judge, played["champion"], played["found"], bench.parameters),
        against_baseline=_difference(judge, played["baseline"], played["found"], bench.parameters),
        tried=tried,
        borrowers=(len(learn.borrower_ids), len(judge.borrower_ids)),
        currency=whole.currency,
        limits=limits,
        parameters=tuple(bench.parameters.values()),
    )


def _judged(
    name: str, trial: Trial, judge: TapeView, whole: TapeView, played: Played, limits: Limits
) -> Judged:
    held = _trial(trial.text, trial.chosen, judge, whole, played)
    return Judged(name, trial, held, limits.broken_by(held))


def _half(view: TapeView, half: int) -> TapeView:
    mine = [borrower for borrower in view.borrower_ids if half_of(borrower) == half]
    if not mine:
        raise Mistake("The tape has too few borrowers to learn on one half and judge on the other.")
    kept = view.rows.filter(pl.col("borrower_id").is_in(mine)).drop("line", "borrower", "slot", "month")
    rows, lines, borrowers, owner, slot = tape_rows(kept)
    return msgspec.structs.replace(
        view, rows=rows, line_ids=lines, borrower_ids=borrowers, owner=owner, slot=slot
    )


def _played(bench: _Bench, view: TapeView, text: str) -> Played:
    policy = parse_policy(text, bench.columns, source="policy tried")
    one = prepare((policy, text), bench.law, bench.asked.pack, bench.columns)
    evaluate = engine_of(bench.asked.engine, bench.asked.database)
    rows, replayed = replay_policy(view, one, lambda *_: None, evaluate)
    return play(view, rows, replayed, bench.parameters)


def _tried(bench: _Bench, view: TapeView, whole: TapeView, text: str, chosen: Mapping[str, int]) -> Trial:
    return _trial(text, chosen, view, whole, _played(bench, view, text))


def _trial(text: str, chosen: Mapping[str, int], view: TapeView, whole: TapeView, played: Played) -> Trial:
    """Figures that limits speak of; a busy day of a half is scaled to the whole book."""
    messages = played.replayed.events.filter(pl.col("kind") == "NoticeArrived").group_by("day").len()
    busiest: Any = messages["len"].max() or 0
    figure = played.money.figure
    followed = figure("lines_called") - figure("lines_called_without_follow_up")
    groups = fairness(played.rows, deepest_step(view, played.replayed))
    judged = [g.ratio for g in groups if g.looked_at and g.ratio is not None]
    scale = len(whole.borrower_ids) / len(view.borrower_ids)
    return Trial(
        text,
        played.money.net,
        round(busiest * scale),
        figure("wrongful_recalls") / followed if followed else 0.0,
        max(judged, default=1.0),
        figure("lines_called"),
        dict(chosen),
    )


def _difference(
    view: TapeView, other: Played, found: Played, parameters: Mapping[str, Parameter]
) -> Interval:
    switch = switch_of(view, other, found, parameters, "")
    return next(interval for interval in switch.difference if interval.name == "net")


def sentences(found: Search) -> list[str]:
    """What was found, and how far to believe it."""
    chosen = ", ".join(f"{name} {value}" for name, value in found.found.training.chosen.items())
    told = [f"{found.tried} policies were tried on {found.borrowers[0]:,} borrowers; best: {chosen}."]
    told.append(_held_out(found, "the policy given", found.against_champion))
    told.append(_held_out(found, "the best single rule", found.against_baseline))
    if found.found.broken:
        told.append(f"On the held-out half it breaks a limit: {'; '.join(found.found.broken)}.")
    told.append("The best of many tries looks better where it was chosen: believe the held-out figures.")
    return told


def _held_out(found: Search, other: str, gap: Interval) -> str:
    amounts = [show(round(value), found.currency) for value in (gap.estimate, gap.low, gap.high)]
    said = "more" if gap.low > 0 else "less" if gap.high < 0 else "no clear difference"
    return (
        f"On the {found.borrowers[1]:,} held-out borrowers against {other}: {amounts[0]} "
        f"(95 %: {amounts[1]} to {amounts[2]}): {said}."
    )


HEAD = ["policy", "net, training", "net, held out", "messages, busiest day", "wrongful", "groups", "called"]


def rows_of(found: Search) -> tuple[list[str], list[list[str]]]:
    named = (("found", found.found), ("as given", found.champion), ("single rule", found.baseline))
    return HEAD, [_row(name, one, found.currency) for name, one in named]


def _row(name: str, one: Judged, currency: str) -> list[str]:
    held = one.held_out
    return [
        name,
        show(one.training.net, currency),
        show(held.net, currency),
        f"{held.notices_day:,}",
        f"{100 * held.wrongful_share:.1f} %",
        f"{held.group_ratio:.2f}",
        f"{held.lines_called:,}",
    ]


def write_found(found: Search, path: Path) -> None:
    try:
        path.write_text(format_policy(found.found.training.text), encoding="utf-8")
    except OSError as trouble:
        raise Mistake(f"The policy cannot be written to {path}: {trouble.strerror}.") from None


__all__ = ["Judged", "Limits", "Search", "rows_of", "search_policy", "sentences", "write_found"]
