"""A tape as the back-test reads it: one table by month and line, lines and borrowers numbered, decisions
beside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import msgspec
import polars as pl

from fullrecall.domain.calendar import month_index
from fullrecall.domain.policy import Policy
from fullrecall.domain.vocabulary import Mistake

Evaluate = Callable[[Policy, str, pl.DataFrame], pl.DataFrame]
NEEDED = ("line_id", "borrower_id", "as_of", "known_at", "balance")
_ZERO = ("credit_limit", "balance", "past_due_amount", "days_past_due", "proven_severe_violations")


class TapeView(msgspec.Struct, frozen=True):
    """rows: one per line and month, by month and line, with `line`, `borrower`, `slot`, `month` as numbers.

    line_ids, borrower_ids: what the numbers stand for; months: the day each month is imported; payment_day:
    the day of the month on which the payments of a month are taken to have come, None when the tape tells no
    payments.
    """

    rows: pl.DataFrame
    line_ids: list[str]
    borrower_ids: list[str]
    owner: list[int]
    slot: list[int]
    months: list[date]
    payment_day: int | None
    currency: str
    label: Mapping[str, str]
    simulated: bool
    fingerprint: str
    outcome_on: date | None
    assumptions: tuple[Mapping[str, str], ...] = ()
    source: str = ""
    licence: str = ""

    @property
    def last_day(self) -> date:
        return self.months[-1]


def tape_rows(positions: pl.DataFrame) -> tuple[pl.DataFrame, list[str], list[str], list[int], list[int]]:
    """The rows with their numbers; refuses a tape that cannot be replayed, in one sentence."""
    for name in NEEDED:
        if name not in positions.columns:
            raise Mistake(
                f"The tape has no column {name}, which a back-test needs: map it, and run again.",
                code="tape_column",
            )
    if not positions.height:
        raise Mistake("The tape has no rows: there is nothing to back-test.", code="tape_empty")
    rows = positions.with_columns(
        (pl.col("as_of").dt.year() * 12 + pl.col("as_of").dt.month() - 1).cast(pl.Int32).alias("month")
    )
    missing = [name for name in _ZERO if name not in rows.columns]
    rows = rows.with_columns(pl.lit(0, dtype=pl.Int64).alias(name) for name in missing)
    if "manual_action" not in rows.columns:
        rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias("manual_action"))
    owners = rows.unique("line_id", keep="first").select("line_id", "borrower_id").sort("line_id")
    borrower_ids = owners["borrower_id"].unique().sort().to_list()
    owners = owners.with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("line"),
        (pl.col("borrower_id").rank("dense").cast(pl.Int64) - 1).alias("borrower"),
    ).with_columns((pl.col("line").rank("ordinal").over("borrower") - 1).cast(pl.Int64).alias("slot"))
    numbered = rows.join(owners.drop("borrower_id"), on="line_id", how="left").sort("month", "line")
    return (
        numbered,
        owners["line_id"].to_list(),
        borrower_ids,
        owners["borrower"].to_list(),
        owners["slot"].to_list(),
    )


def months_of(rows: pl.DataFrame) -> list[date]:
    """The day each month is known whole: the latest date among its rows, as the main job imports it."""
    return rows.group_by("month").agg(pl.col("as_of").max()).sort("month")["as_of"].to_list()


def decided(view: TapeView, policy: Policy, evaluate: Evaluate) -> pl.DataFrame:
    """The rows of the view with `action`, `trigger`, `fired`, `score` as the policy decided on each."""
    answers = evaluate(policy, view.currency, view.rows)
    wanted = [
        "line_id",
        "as_of",
        "known_at",
        "action",
        "trigger",
        "fired",
        "score",
        "unknown",
        "insufficient",
    ]
    told = answers.select(name for name in wanted if name in answers.columns)
    rows = view.rows.drop([name for name in ("score",) if name in view.rows.columns])
    return rows.join(
        told, on=["line_id", "as_of", "known_at"], how="left", maintain_order="left"
    ).with_columns(
        pl.col("action").cast(pl.String).fill_null("none"), pl.col("trigger").cast(pl.String).fill_null("")
    )


def is_month(day: date, months: list[date]) -> bool:
    return month_index(day) in {month_index(m) for m in months}
