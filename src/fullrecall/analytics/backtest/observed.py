"""What the tape really shows about lines that a replay froze or called: cash, spending, cures, outcomes. No
assumption.

The tape's outcomes came under the lender's own treatment and without our recall; everything here is what
happened then.
"""

from __future__ import annotations

import msgspec
import polars as pl

from fullrecall.analytics.backtest.replay import Replayed
from fullrecall.analytics.backtest.tape_view import TapeView

SUSTAINED_MONTHS = (
    3  # rows in a row with nothing past due, up to the end of the tape, that make a cure sustained
)
ARREARS = (("none", 0), ("1-29", 1), ("30-59", 30), ("60-89", 60), ("90+", 90))


class Observed(msgspec.Struct, frozen=True):
    """lines: one row per case and line that was frozen or called. monthly: what happened to it, month by
    month.

    default_rate: share of defaults by arrears of a row (observed), empty when the tape tells no outcome.
    """

    lines: pl.DataFrame
    monthly: pl.DataFrame
    default_rate: dict[str, float]
    pays_told: bool
    outcome_told: bool


def observe(view: TapeView, replayed: Replayed) -> Observed:
    """Join what the ladder would have done with what really happened afterwards."""
    rows = _rows(view)
    lines = _steps(replayed).join(
        replayed.cases.select("case", "borrower", "opened_on"), on="case", how="left"
    )
    lines = _with_state_at_step(lines, rows)
    lines = _with_ending(lines, rows)
    monthly = _monthly(lines, rows)
    sums = monthly.group_by("case", "line").agg(
        pl.col("cash").sum(),
        pl.col("spent").sum(),
        pl.col("spent_months").sum(),
        pl.col("called_months").sum(),
    )
    lines = lines.join(sums, on=["case", "line"], how="left").with_columns(
        pl.col("cash", "spent", "spent_months", "called_months").fill_null(0)
    )
    told = "outcome" in rows.columns and rows["outcome"].null_count() < rows.height
    return Observed(
        lines.sort("case", "line"),
        monthly,
        _default_rates(rows) if told else {},
        "payment" in view.rows.columns,
        told,
    )


def _rows(view: TapeView) -> pl.DataFrame:
    """Rows with the position before them and what was spent in between: the rise of the balance, payments
    added back.
    """
    wanted = ["line", "month", "as_of", "balance", "credit_limit", "past_due_amount", "days_past_due"]
    wanted += [name for name in ("payment", "outcome") if name in view.rows.columns]
    rows = view.rows.select(wanted).sort("line", "month")
    paid = pl.col("payment").fill_null(0) if "payment" in wanted else pl.lit(0, dtype=pl.Int64)
    before = pl.col("balance").shift(1).over("line")
    return rows.with_columns(
        paid.alias("paid"),
        (
            pl.col("as_of") if view.payment_day is None else pl.col("as_of").dt.replace(day=view.payment_day)
        ).alias("paid_on"),
        pl.col("as_of").shift(1).over("line").alias("before_on"),
        (pl.col("balance") - before + paid).clip(lower_bound=0).fill_null(0).alias("spending"),
        (pl.len().over("line") - pl.int_range(pl.len()).over("line")).cast(pl.Int64).alias("rows_left"),
        ((pl.col("past_due_amount").fill_null(0) <= 0) & (pl.col("days_past_due").fill_null(0) == 0)).alias(
            "sound"
        ),
    )


def _steps(replayed: Replayed) -> pl.DataFrame:
    """Per case and line: when it was frozen and let go, when its limit was withdrawn, when and how much was
    called.
    """
    kind = pl.col("kind")

    def day(name: str) -> pl.Expr:
        return pl.col("day").filter(kind == name).first()

    def amount(name: str) -> pl.Expr:
        return pl.col("amount").filter(kind == name).sum()

    kinds = [
        "LineFrozen",
        "LineUnfrozen",
        "LimitWithdrawn",
        "BalanceCalled",
        "LineChargedOff",
        "Cleared",
        "Recovered",
    ]
    steps = (
        replayed.events.filter((pl.col("line") >= 0) & kind.is_in(kinds))
        .group_by("case", "line")
        .agg(
            day("LineFrozen").alias("frozen_on"),
            pl.col("day").filter(kind == "LineUnfrozen").last().alias("free_on"),
            day("BalanceCalled").alias("called_on"),
            amount("BalanceCalled").alias("called"),
            amount("Cleared").alias("cleared"),
            amount("LineChargedOff").alias("charged_off"),
            amount("Recovered").alias("recovered"),
        )
    )
    acted = steps.filter(pl.col("frozen_on").is_not_null() | pl.col("called_on").is_not_null())
    return acted.with_columns(pl.min_horizontal("frozen_on", "called_on").alias("step_on"))


def _with_state_at_step(lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The last position known when the line was first frozen or called."""
    known = rows.select("line", "as_of", "balance", "credit_limit", "days_past_due").sort("as_of")
    at = lines.sort("step_on").join_asof(
        known, left_on="step_on", right_on="as_of", by="line", strategy="backward", check_sortedness=False
    )
    return at.with_columns(
        pl.col("balance").clip(lower_bound=0).alias("exposure"),
        (pl.col("credit_limit") - pl.col("balance")).clip(lower_bound=0).fill_null(0).alias("unused"),
        _arrears(pl.col("days_past_due").fill_null(0)).alias("arrears"),
    ).drop("balance", "credit_limit", "days_past_due", "as_of")


def _with_ending(lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows seen after the step; whether the line stayed sound to the end; what became of it."""
    after = rows.join(lines.select("case", "line", "step_on", "called_on"), on="line").filter(
        pl.col("as_of") > pl.coalesce("called_on", "step_on")
    )
    # Sound from some row on and to the end: every row behind it is sound as well.
    ends_sound = pl.col("sound").cast(pl.Int8).reverse().cum_prod().sum()
    seen = (
        after.sort("line", "month")
        .group_by("case", "line", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("follow_up"), ends_sound.cast(pl.Int64).alias("sound_at_end"))
    )
    outcome = (
        rows.group_by("line").agg(pl.col("outcome").last())
        if "outcome" in rows.columns
        else rows.select("line").unique().with_columns(pl.lit(None, dtype=pl.Int64).alias("outcome"))
    )
    joined = lines.join(seen, on=["case", "line"], how="left").join(outcome, on="line", how="left")
    defaulted = pl.col("outcome").cast(pl.Int64) == 1
    return (
        joined.with_columns(pl.col("follow_up", "sound_at_end").fill_null(0), defaulted.alias("defaulted"))
        .with_columns(
            pl.when(pl.col("follow_up") < SUSTAINED_MONTHS)
            .then(None)
            .otherwise((pl.col("sound_at_end") >= SUSTAINED_MONTHS) & ~pl.col("defaulted").fill_null(False))
            .alias("sustained")
        )
        .drop("outcome")
    )


def _monthly(lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Month by month: cash after a call; spending in months that lie wholly inside a freeze; balance still
    called.

    Spending in the month in which the freeze falls is left out: the tape does not tell its days.
    """
    joined = rows.join(
        lines.select("case", "line", "borrower", "opened_on", "frozen_on", "free_on", "called_on", "called"),
        on="line",
    )
    frozen = (pl.col("before_on") >= pl.col("frozen_on")) & (
        pl.col("free_on").is_null() | (pl.col("as_of") <= pl.col("free_on"))
    )
    after_call = (pl.col("as_of") > pl.col("called_on")).fill_null(False)
    spent = pl.when(frozen.fill_null(False)).then("spending").otherwise(0)
    months = joined.with_columns(
        pl.when((pl.col("paid_on") > pl.col("called_on")).fill_null(False))
        .then("paid")
        .otherwise(0)
        .alias("cash"),
        spent.alias("spent"),
        (spent * pl.col("rows_left")).alias("spent_months"),
        pl.when(after_call)
        .then(pl.min_horizontal(pl.col("balance").clip(lower_bound=0), "called"))
        .otherwise(0)
        .alias("called_months"),
    )
    keep = [
        "case",
        "line",
        "borrower",
        "opened_on",
        "month",
        "as_of",
        "cash",
        "spent",
        "spent_months",
        "called_months",
    ]
    return months.filter(pl.any_horizontal(pl.col("cash", "spent", "called_months") != 0)).select(keep)


def _arrears(days: pl.Expr) -> pl.Expr:
    told = pl.lit(ARREARS[0][0])
    for name, lowest in ARREARS[1:]:
        told = pl.when(days >= lowest).then(pl.lit(name)).otherwise(told)
    return told


def _default_rates(rows: pl.DataFrame) -> dict[str, float]:
    """Of the rows of each arrears bucket, the share of lines that defaulted in the end."""
    told = rows.filter(pl.col("outcome").is_not_null()).group_by(
        _arrears(pl.col("days_past_due").fill_null(0)).alias("a")
    )
    return dict(sorted(told.agg((pl.col("outcome") == 1).mean()).iter_rows()))
