"""A policy on Polars: one machine, slices of whole lines; windows are shifts where months are regular."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl

from fullrecall.analytics.engines.plan import HERE, EarlierScores, Level, Past, Plan, Round, plan_of
from fullrecall.analytics.engines.polars_algebra import PolarsAlgebra
from fullrecall.analytics.engines.polars_slices import Paths, slices
from fullrecall.analytics.engines.result import KEY, ROW, Raw, result_of
from fullrecall.analytics.engines.rule_blocks import rule_blocks
from fullrecall.analytics.engines.tape_columns import base_frame, check_currency
from fullrecall.domain.policy.document import Policy

MONTHS, DAYS = (
    2**16,
    2**21,
)  # more than the years 1 to 9999 have, so that place and day of knowledge are one number


def evaluate_polars(
    policy: Policy,
    currency: str,
    tape: pl.DataFrame | Paths,
    *,
    earlier_scores: EarlierScores = EarlierScores.POLICY,
) -> pl.DataFrame:
    """The decision on every row of a tape, see result_of; `tape` is a frame or Parquet files.

    Raises Mistake for a tape that does not fit the policy: a missing column, a wrong type or currency, an
    amount beyond bounds.
    """
    return pl.concat(polars_slices(policy, currency, tape, earlier_scores=earlier_scores))


def polars_slices(
    policy: Policy,
    currency: str,
    tape: pl.DataFrame | Paths,
    *,
    earlier_scores: EarlierScores = EarlierScores.POLICY,
) -> Iterator[pl.DataFrame]:
    """The same answer slice of lines by slice of lines, so that memory does not grow with the tape."""
    check_currency(policy, currency)
    plans = [
        plan_of(policy, currency, PolarsAlgebra(), rules, earlier_scores) for rules in rule_blocks(policy)
    ]
    whole = [tape] if isinstance(tape, pl.DataFrame) else slices(tape, plans[0].tape)
    for part in whole:
        base = _with_months(base_frame(part, plans[0].tape, currency))
        halves = [_half(plans, *half) for half in _halves(base)]
        yield halves[0] if len(halves) == 1 else pl.concat(halves).sort(KEY)


def _with_months(base: pl.DataFrame) -> pl.DataFrame:
    """`month` counts months, `seat` the rows of the line above. A line is `plain` when every row is of
    the next month and was known no earlier: there the row of k months back simply stands k rows above.
    """
    month = pl.col("as_of").dt.year().cast(pl.Int32) * 12 + pl.col("as_of").dt.month()
    first = pl.col("line_id").ne_missing(pl.col("line_id").shift(1))
    follows = (month == month.shift(1) + 1) & (pl.col("known_at") >= pl.col("known_at").shift(1))
    index = pl.int_range(pl.len(), dtype=pl.Int32)
    marked = base.with_columns(
        month.alias("month"),
        (index - pl.when(first).then(index).forward_fill()).alias("seat"),
        (first | follows).alias("plain"),
        pl.lit(1, dtype=pl.Int8).alias(HERE),
    )
    if marked["plain"].all():
        return marked
    odd = marked.filter(~pl.col("plain"))["line_id"].unique()
    return marked.with_columns(~pl.col("line_id").is_in(odd.implode()).alias("plain"))


def _halves(base: pl.DataFrame) -> list[tuple[pl.DataFrame, _Shifts | _Finder]]:
    if base["plain"].all():
        return [(base, _Shifts(base))]
    parts = base.partition_by("plain", as_dict=True, maintain_order=True)
    return [(part, _Shifts(part) if key[0] else _Finder(part)) for key, part in parts.items()]


def _half(plans: list[Plan[pl.Expr]], base: pl.DataFrame, look: _Shifts | _Finder) -> pl.DataFrame:
    return result_of([_raw(plan, base, look) for plan in plans])


def _raw(plan: Plan[pl.Expr], base: pl.DataFrame, look: _Shifts | _Finder) -> Raw:
    full = _round(_round(base, plan.card, look), plan.main, look)
    score, model = plan.score.alias("score"), plan.model.alias("score_model")
    return Raw(plan, full.select(*KEY, *plan.words, score, model, *_held(plan)), _why(plan, full, look))


def _held(plan: Plan[pl.Expr]) -> list[str]:
    return [name for _, _, *columns in plan.features for name in columns if name]


def _round(frame: pl.DataFrame, steps: Round[pl.Expr], look: _Shifts | _Finder) -> pl.DataFrame:
    if not steps.local and not steps.then:
        return frame
    local = _levels(frame, steps.local)
    seen = look.past(local, steps.past) if steps.past.wanted else local
    done = _levels(seen, steps.then)
    return done.select(name for name in done.columns if "@" not in name)


def _levels(frame: pl.DataFrame, levels: list[Level[pl.Expr]]) -> pl.DataFrame:
    lazy = frame.lazy()
    for level in levels:
        lazy = lazy.with_columns(value.alias(name) for name, value in level)
    return lazy.collect()


def _why(plan: Plan[pl.Expr], full: pl.DataFrame, look: _Shifts | _Finder) -> pl.DataFrame:
    """Masks of the rows where a rule is NULL; the rest of the book does not pay for the question."""
    null = pl.any_horizontal(pl.col(f"r{index}").is_null() for index in range(len(plan.rules)))
    rows = full.select(null.arg_true()).to_series()
    masks = [f"m{index}" for index in range(len(plan.rules))]
    if not len(rows):
        return pl.DataFrame(schema={ROW: pl.UInt32, **dict.fromkeys(masks, pl.Int64)})
    local = _levels(full, plan.why.local)
    past = _gathered(local, plan.why.past, lambda back: look.index(back, rows))
    seen = local[rows].with_columns(rows.alias(ROW), *past)
    return _levels(seen, plan.why.then).select(ROW, *masks)


def _gathered(frame: pl.DataFrame, past: Past, index_of: Callable[[int], pl.Series]) -> list[pl.Series]:
    columns = []
    for back in sorted(past.backs):
        index = index_of(back)
        names = [name for name, backs in past.wanted.items() if back in backs]
        columns += [frame[name].gather(index).alias(f"{name}@{back}") for name in names]
    return columns


class _Shifts:
    """Earlier rows of plain lines."""

    def __init__(self, base: pl.DataFrame) -> None:
        self.base = base

    def past(self, frame: pl.DataFrame, past: Past) -> pl.DataFrame:
        return frame.with_columns(
            pl.when(pl.col("seat") >= back).then(pl.col(name).shift(back)).alias(f"{name}@{back}")
            for name, backs in past.wanted.items()
            for back in sorted(backs)
        )

    def index(self, back: int, rows: pl.Series) -> pl.Series:
        """Where the row of `back` months before stands, for some rows."""
        seat = self.base["seat"].gather(rows)
        return pl.select(pl.when(seat >= back).then(rows.cast(pl.Int64) - back)).to_series()


class _Finder:
    """Earlier rows of lines with gaps, several rows a month, or rows learned late: the last row known of a
    month is searched among the rows known when the row at hand was.
    """

    def __init__(self, base: pl.DataFrame) -> None:
        place = pl.col("line_id").rle_id().cast(pl.Int64) * MONTHS + pl.col("month")
        known = pl.col("known_at").cast(pl.Int32).cast(pl.Int64) + 1_000_000  # days, never negative
        keys = base.select(place.alias("place"), known.alias("known"), pl.int_range(pl.len()).alias("index"))
        self.place, self.known = keys["place"], keys["known"]
        by_knowledge = keys.with_columns((pl.col("place") * DAYS + pl.col("known")).alias("key")).sort(
            "key", "index"
        )
        self.keys = by_knowledge["key"]
        # Rows stand by line and date, so the highest index so far is the last row of the month known so far.
        self.best = by_knowledge["index"].cum_max()
        self.places = by_knowledge["place"]

    def past(self, frame: pl.DataFrame, past: Past) -> pl.DataFrame:
        rows = pl.int_range(frame.height, dtype=pl.Int64, eager=True)
        return frame.with_columns(_gathered(frame, past, lambda back: self.index(back, rows)))

    def index(self, back: int, rows: pl.Series) -> pl.Series:
        wanted = self.place.gather(rows) - back
        at = self.keys.search_sorted(wanted * DAYS + self.known.gather(rows), side="right").cast(pl.Int64) - 1
        at = pl.select(pl.when(at >= 0).then(at)).to_series()
        found = self.places.gather(at) == wanted
        return pl.select(pl.when(found).then(self.best.gather(at))).to_series()
