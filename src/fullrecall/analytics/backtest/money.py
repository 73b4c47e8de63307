"""The money of a replay: flows by line and month, each named observed or assumed, that sum to one net
benefit.

Amounts are whole minor units; shares are basis points; every product is rounded half up once, on its line.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
import polars as pl

from fullrecall.analytics.backtest.assumptions import BASIS_POINTS, Parameter, basis_points
from fullrecall.analytics.backtest.observed import Observed
from fullrecall.analytics.backtest.replay import Replayed
from fullrecall.domain.money import to_minor

FLOWS = (
    "loss_avoided_by_freeze",
    "effect_of_recall",
    "interest_given_up",
    "lost_customers",
    "staff",
    "message_costs",
)
_KEY = ["case", "line", "borrower", "cohort", "month"]
SHARES_SQUARED = BASIS_POINTS * BASIS_POINTS
Values = Mapping[str, Decimal]


class Figure(msgspec.Struct, frozen=True):
    """One number of the report. kind: observed (it is on the tape) or assumed (it rests on a parameter)."""

    name: str
    amount: int
    kind: str
    unit: str = "money"  # money, lines, cases, messages


class Money(msgspec.Struct, frozen=True):
    """flows: case, line, borrower, cohort, month and one column per flow, positive for the lender; `net` is
    their sum.
    """

    flows: pl.DataFrame
    figures: tuple[Figure, ...]

    @property
    def net(self) -> int:
        return int(self.flows["net"].sum())

    def figure(self, name: str) -> int:
        return next(f.amount for f in self.figures if f.name == name)


def values_of(parameters: Mapping[str, Parameter], **instead: Decimal) -> dict[str, Decimal]:
    return {name: instead.get(name, p.base) for name, p in parameters.items()}


def count_money(replayed: Replayed, seen: Observed, values: Values, currency: str) -> Money:
    flows = flows_of(replayed, seen, values, currency)
    return Money(flows, (*_observed(replayed, seen), *_assumed(seen, flows, values)))


def flows_of(replayed: Replayed, seen: Observed, values: Values, currency: str) -> pl.DataFrame:
    """Every flow on its line, in its month; sums by line, cohort or month are sums of the same rows."""
    parts = [_monthly_flows(seen, values), _call_flows(seen, values), _cost_flows(replayed, values, currency)]
    frame = pl.concat(parts, how="diagonal").with_columns(pl.col(FLOWS).fill_null(0))
    summed = frame.group_by(_KEY).agg(pl.col(FLOWS).sum()).sort(_KEY)
    return summed.with_columns(pl.sum_horizontal(FLOWS).alias("net"))


def _half_up(top: pl.Expr, bottom: int) -> pl.Expr:
    return (top + bottom // 2) // bottom


def _month(day: pl.Expr) -> pl.Expr:
    return (day.dt.year() * 12 + day.dt.month() - 1).cast(pl.Int32)


def _cohort() -> pl.Expr:
    return _month(pl.col("opened_on")).alias("cohort")


def _chance(seen: Observed) -> pl.Expr:
    """How far a line defaults, in basis points: what it did (observed); where not told, the rate of its
    arrears; where no outcome is told at all, by arrears as assumed below.
    """
    rates = seen.default_rate or ASSUMED_DEFAULT_RATE
    by_arrears = pl.col("arrears").replace_strict(
        {name: round(rate * BASIS_POINTS) for name, rate in rates.items()}, default=0, return_dtype=pl.Int64
    )
    return (
        pl.when(pl.col("defaulted").is_null())
        .then(by_arrears)
        .otherwise(pl.col("defaulted").cast(pl.Int64) * BASIS_POINTS)
    )


# Used only where the tape tells no outcome: a coarse ladder of default rates by arrears, to be replaced by
# the lender's.
ASSUMED_DEFAULT_RATE = {"none": 0.05, "1-29": 0.15, "30-59": 0.30, "60-89": 0.55, "90+": 0.80}


def _monthly_flows(seen: Observed, values: Values) -> pl.DataFrame:
    """What later spending would have cost or earned, and interest that a called balance no longer earns."""
    lost, stops = basis_points(values["loss_given_default"]), basis_points(values["freeze_stops"])
    rate = basis_points(values["interest_rate"])
    chances = seen.lines.select("case", "line", _chance(seen).alias("chance"))
    months = seen.monthly.join(chances, on=["case", "line"], how="left")
    stopped = _half_up(pl.col("spent") * stops, BASIS_POINTS)
    # Spending stays owed to the end of the tape; only what is paid in the end earns.
    earning = _half_up(pl.col("spent_months") * stops, BASIS_POINTS) + pl.col("called_months")
    paid_share = BASIS_POINTS - pl.col("chance")
    interest = _half_up(_half_up(earning * paid_share, BASIS_POINTS) * rate, 12 * BASIS_POINTS)
    risk = _half_up(pl.col("chance") * lost, BASIS_POINTS)
    return months.select(
        "case",
        "line",
        "borrower",
        _cohort(),
        "month",
        _half_up(stopped * risk, BASIS_POINTS).alias("loss_avoided_by_freeze"),
        (-interest).alias("interest_given_up"),
    )


def _call_flows(seen: Observed, values: Values) -> pl.DataFrame:
    """At the call: what calling changed in payment (assumed), and good customers who are lost by it."""
    effect = basis_points(values["effect_of_recall"])
    unpaid = (pl.col("called") - pl.col("cash")).clip(lower_bound=0)
    came = pl.min_horizontal("cash", "called")
    moved = _half_up((unpaid if effect >= 0 else came) * abs(effect), BASIS_POINTS) * (
        1 if effect >= 0 else -1
    )
    leaves, rate = basis_points(values["leaves_after_wrong_recall"]), basis_points(values["interest_rate"])
    months = int(values["worth_months"])
    worth = _half_up(_half_up(pl.col("called") * leaves, BASIS_POINTS) * rate * months, 12 * BASIS_POINTS)
    called = seen.lines.filter(pl.col("called_on").is_not_null())
    return called.select(
        "case",
        "line",
        "borrower",
        _cohort(),
        _month(pl.col("called_on")).alias("month"),
        moved.alias("effect_of_recall"),
        (-pl.when(pl.col("sustained").fill_null(False)).then(worth).otherwise(0)).alias("lost_customers"),
    )


def _cost_flows(replayed: Replayed, values: Values, currency: str) -> pl.DataFrame:
    """Staff and messages, on the line that opened the case, in the month they were needed."""
    hour, message = (
        to_minor(
            values["cost_hour"],
            currency,
        ),
        to_minor(values["cost_message"], currency),
    )
    minutes = {
        "CaseFrozen": values["minutes_freeze"],
        "ApprovalAsked": values["minutes_approval"],
        "CaseAccelerated": values["minutes_call"],
    }
    tenths = pl.lit(0, dtype=pl.Int64)
    for kind, spent in minutes.items():
        tenths = tenths + (pl.col("kind") == kind).cast(pl.Int64) * int(spent * 10)
    work = replayed.events.filter(pl.col("kind").is_in([*minutes, "NoticeArrived"])).with_columns(
        tenths.alias("tenths")
    )
    per_month = (
        work.with_columns(_month(pl.col("day")).alias("month"))
        .group_by("case", "month")
        .agg(
            (-_half_up(pl.col("tenths").sum() * hour, 600)).alias("staff"),
            (-(pl.col("kind") == "NoticeArrived").sum().cast(pl.Int64) * message).alias("message_costs"),
        )
    )
    owners = replayed.cases.select("case", "line", "borrower", _cohort())
    return per_month.join(owners, on="case", how="left").select(*_KEY, "staff", "message_costs")


# --- totals ----------------------------------------------------------------------------------------


def _observed(replayed: Replayed, seen: Observed) -> tuple[Figure, ...]:
    cases, lines = replayed.cases, seen.lines
    called = lines.filter(pl.col("called_on").is_not_null())
    wrong = called.filter(pl.col("sustained").fill_null(False))
    frozen = lines.filter(pl.col("frozen_on").is_not_null())

    def count(name: str) -> int:
        return cases[name].drop_nulls().len()

    counts = (
        ("cases_opened", cases.height, "cases"),
        ("cases_demanded", count("demanded_on"), "cases"),
        ("cases_frozen", count("frozen_on"), "cases"),
        ("cases_called", count("accelerated_on"), "cases"),
        ("cases_cured", count("cured_on"), "cases"),
        ("cases_settled", count("settled_on"), "cases"),
        ("cases_charged_off", count("charged_off_on"), "cases"),
        ("lines_frozen", frozen.height, "lines"),
        ("lines_called", called.height, "lines"),
        ("lines_called_without_follow_up", called["sustained"].null_count(), "lines"),
        ("wrongful_recalls", wrong.height, "lines"),
        ("wrongful_freezes", int(frozen["sustained"].fill_null(False).sum()), "lines"),
        ("called_and_defaulted", int(called["defaulted"].fill_null(False).sum()), "lines"),
        ("messages", int(cases["messages"].sum()), "messages"),
    )
    amounts = (
        ("balance_called", called["called"].sum()),
        ("cash_after_call", called["cash"].sum()),
        ("cleared_of_called", called["cleared"].sum()),
        ("called_from_wrongful", wrong["called"].sum()),
        ("cash_from_wrongful", wrong["cash"].sum()),
        ("spending_after_freeze", lines["spent"].sum()),
        ("spending_by_defaulters", lines.filter(pl.col("defaulted").fill_null(False))["spent"].sum()),
        ("charged_off", lines["charged_off"].sum()),
        ("recovered", lines["recovered"].sum()),
    )
    return (
        *(Figure(name, number, "observed", unit) for name, number, unit in counts),
        *(Figure(name, int(amount or 0), "observed") for name, amount in amounts),
    )


def _assumed(seen: Observed, flows: pl.DataFrame, values: Values) -> tuple[Figure, ...]:
    before, after = expected_loss(seen, values)
    sums: dict[str, Any] = flows.select(pl.col(*FLOWS, "net").sum()).row(0, named=True)
    names = (
        *((name, int(amount)) for name, amount in sums.items()),
        ("expected_loss_before", before),
        ("expected_loss_after", after),
    )
    return tuple(Figure(name, amount, "assumed") for name, amount in names)


def expected_loss(seen: Observed, values: Values) -> tuple[int, int]:
    """PD x LGD x EAD of the lines acted on, at their step. PD by arrears; EAD = balance + part of the unused
    limit, which a freeze takes away; a call moves the loss by the assumed effect.
    """
    lost, draws = basis_points(values["loss_given_default"]), basis_points(values["draw_before_default"])
    effect = basis_points(values["effect_of_recall"])
    rates = {
        name: round(rate * BASIS_POINTS) for name, rate in (seen.default_rate or ASSUMED_DEFAULT_RATE).items()
    }
    chance = pl.col("arrears").replace_strict(rates, default=0, return_dtype=pl.Int64)
    drawn = _half_up(pl.col("unused") * draws, BASIS_POINTS)
    called = pl.col("called_on").is_not_null()
    stays = (
        pl.when(called)
        .then(_half_up(pl.col("exposure") * (BASIS_POINTS - effect), BASIS_POINTS))
        .otherwise("exposure")
    )
    risk = _half_up(chance * lost, BASIS_POINTS)
    frame = seen.lines.select(
        _half_up((pl.col("exposure") + drawn) * risk, BASIS_POINTS).sum().alias("before"),
        _half_up(stays * risk, BASIS_POINTS).sum().alias("after"),
    )
    return int(frame["before"][0] or 0), int(frame["after"][0] or 0)
