"""Champion against challenger: who is treated otherwise, how much exposure that is, and why, line by line."""

from __future__ import annotations

import msgspec
import polars as pl

from fullrecall.analytics.backtest.replay import Replayed
from fullrecall.analytics.backtest.tape_view import TapeView

STEPS = ("none", "warned", "demanded", "frozen", "called")  # the deepest step a line's cases ever took


class Swap(msgspec.Struct, frozen=True):
    """Lines that go from one deepest step to another: count, exposure (the larger of the two sides' at their
    step).
    """

    champion: str
    challenger: str
    lines: int
    exposure: int


class Why(msgspec.Struct, frozen=True):
    """One reason of flips: which rules differed first, on which day's rows. harder: the challenger goes
    deeper.
    """

    reason: str
    harder: bool
    lines: int
    exposure: int


def deepest_step(view: TapeView, replayed: Replayed) -> pl.DataFrame:
    """One row per line: `step` (index into STEPS), `frozen`, `called`, and the day of the deepest step."""
    per_line = replayed.events.filter(pl.col("line") >= 0)
    acted = per_line.filter(pl.col("kind").is_in(["LineFrozen", "BalanceCalled"])).with_columns(
        pl.col("kind")
        .replace_strict({"LineFrozen": 3, "BalanceCalled": 4}, return_dtype=pl.Int8)
        .alias("step")
    )
    cases = replayed.cases.select(
        "line",
        pl.when(pl.col("demanded_on").is_not_null()).then(2).otherwise(1).cast(pl.Int8).alias("step"),
        pl.coalesce("demanded_on", "opened_on").alias("day"),
    )
    both = pl.concat([acted.select("line", "step", "day"), cases])
    deepest = both.sort("line", "step", "day", descending=[False, True, False]).unique(
        "line", keep="first", maintain_order=True
    )
    everyone = pl.DataFrame({"line": range(len(view.line_ids))}, schema={"line": pl.Int64})
    return everyone.join(deepest, on="line", how="left").with_columns(
        pl.col("step").fill_null(0),
        (pl.col("step") >= 3).fill_null(False).alias("frozen"),
        (pl.col("step") == 4).fill_null(False).alias("called"),
    )


class Comparison(msgspec.Struct, frozen=True):
    """swaps: counts for the matrix; reasons: most lines first; flips: one row per line that is treated
    otherwise.
    """

    swaps: tuple[Swap, ...]
    reasons: tuple[Why, ...]
    flips: pl.DataFrame


def compare(
    view: TapeView,
    rows: tuple[pl.DataFrame, pl.DataFrame],
    replays: tuple[Replayed, Replayed],
    ladder_differs: str,
) -> Comparison:
    """rows, replays: of champion, then challenger. ladder_differs: what differs besides rules, told where
    rules agree.
    """
    steps = [deepest_step(view, replayed) for replayed in replays]
    both = steps[0].join(steps[1], on="line", suffix="_b")
    both = _with_exposure(both, view)
    swaps = (
        both.group_by("step", "step_b")
        .agg(pl.len().alias("lines"), pl.col("exposure").sum())
        .sort("step", "step_b")
    )
    flips = both.filter(pl.col("step") != pl.col("step_b")).join(
        _first_difference(*rows), on="line", how="left"
    )
    flips = flips.with_columns(
        pl.coalesce("reason", pl.lit(ladder_differs)).alias("reason"),
        (pl.col("step_b") > pl.col("step")).alias("harder"),
    )
    reasons = (
        flips.group_by("reason", "harder")
        .agg(pl.len().alias("lines"), pl.col("exposure").sum())
        .sort("lines", "reason", descending=[True, False])
    )
    told = flips.sort("exposure", descending=True).select(
        pl.col("line")
        .replace_strict(dict(enumerate(view.line_ids)), return_dtype=pl.String)
        .alias("line_id"),
        _name("step", "champion"),
        _name("step_b", "challenger"),
        "exposure",
        "reason",
        "differs_on",
        "line",
    )
    return Comparison(
        tuple(Swap(STEPS[a], STEPS[b], n, int(e or 0)) for a, b, n, e in swaps.iter_rows()),
        tuple(
            Why(r["reason"], r["harder"], r["lines"], int(r["exposure"] or 0))
            for r in reasons.iter_rows(named=True)
        ),
        told,
    )


def _name(column: str, name: str) -> pl.Expr:
    return pl.col(column).replace_strict(dict(enumerate(STEPS)), return_dtype=pl.String).alias(name)


def _with_exposure(both: pl.DataFrame, view: TapeView) -> pl.DataFrame:
    """Exposure when the deeper of the two steps was taken, as last known then."""
    day = pl.when(pl.col("step_b") > pl.col("step")).then("day_b").otherwise(pl.coalesce("day", "day_b"))
    known = view.rows.select("line", "as_of", pl.col("balance").clip(lower_bound=0).alias("exposure")).sort(
        "as_of"
    )
    dated = both.with_columns(day.alias("on")).sort("on", nulls_last=True)
    found = (
        dated.filter(pl.col("on").is_not_null())
        .join_asof(
            known, left_on="on", right_on="as_of", by="line", strategy="backward", check_sortedness=False
        )
        .select("line", "exposure")
    )
    return both.join(found, on="line", how="left").with_columns(pl.col("exposure").fill_null(0))


def _first_difference(champion: pl.DataFrame, challenger: pl.DataFrame) -> pl.DataFrame:
    """Per line the first row on which the two policies ask for another action or trigger, with the rules that
    fired.
    """
    keys = ["line", "month", "as_of"]
    wanted = [*keys, "action", "trigger", "fired"]
    both = champion.select(wanted).join(challenger.select(wanted), on=keys, suffix="_b")
    differ = both.filter(
        (pl.col("action") != pl.col("action_b")) | (pl.col("trigger") != pl.col("trigger_b"))
    )
    first = differ.sort("line", "month").unique("line", keep="first", maintain_order=True)

    def said(fired: str, action: str) -> pl.Expr:
        rules = pl.col(fired).list.join(", ")
        return (
            pl.when(pl.col(action) == "none")
            .then(pl.lit("nothing"))
            .otherwise(pl.format("{} ({})", pl.col(action), rules))
        )

    return first.select(
        "line",
        pl.col("as_of").alias("differs_on"),
        pl.format("champion: {}; challenger: {}", said("fired", "action"), said("fired_b", "action_b")).alias(
            "reason"
        ),
    )
