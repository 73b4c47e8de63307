"""Which column of a tape stands for which column of the policy, and what a tape must be to be evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from fullrecall.analytics.engines.algebra import Kind
from fullrecall.analytics.engines.lower import kind_of
from fullrecall.analytics.engines.polars_algebra import DTYPES
from fullrecall.domain.money import AMOUNT_MAX
from fullrecall.domain.policy.document import Policy
from fullrecall.domain.policy.tree import Unit
from fullrecall.domain.tape import COLUMNS
from fullrecall.domain.vocabulary import Mistake

IDENTITY = ("line_id", "as_of", "known_at")


def check_currency(policy: Policy, currency: str) -> None:
    if policy.currency not in (None, currency):
        raise Mistake(
            f"Policy {policy.name} is in {policy.currency}, not in {currency}: write one for {currency}.",
            code="policy_currency",
        )


def sources(wanted: Iterable[str], present: Iterable[str]) -> dict[str, str | None]:
    """Policy column -> column of the tape; None (always NULL) for one of tape.COLUMNS it does not fill."""
    there = set(present)
    missing = [name for name in IDENTITY if name not in there]
    if missing:
        raise Mistake(
            f"The tape has no column {missing[0]}: read it through a mapping first.", code="tape_column"
        )
    found: dict[str, str | None] = {}
    for name in wanted:
        extra = f"extra.{name}"
        found[name] = extra if extra in there else name if name in there else None
        if found[name] is None and name not in COLUMNS:
            raise Mistake(
                f"The tape has no column {name}, which the policy reads: add it to the mapping as `extra`.",
                code="tape_column",
            )
    return found


def wrong_type(column: str, holds: object, unit: Unit) -> Mistake:
    needed = {
        Kind.WHOLE: "whole numbers (amounts in minor units)", Kind.TEXT: "text", Kind.DATE: "dates",
        Kind.BOOL: "true or false (1 or 0)",
    }[kind_of(unit)]  # fmt: skip
    return Mistake(
        f"Column {column} of the tape holds {holds}; {needed} are needed: correct the tape.",
        code="tape_column",
    )


def too_large(line_id: str, as_of: object, column: str) -> Mistake:
    return Mistake(
        f"Line {line_id}, {as_of}, column {column}: the value is beyond {AMOUNT_MAX}. Correct the tape.",
        code="row_refused",
    )


def wrong_currency(line_id: str, as_of: object, holds: object, currency: str) -> Mistake:
    return Mistake(
        f"Line {line_id}, {as_of}: the row is in {holds}, the policy is used for {currency}.",
        code="row_refused",
    )


def typed(source: str | None, dtype: pl.DataType | None, unit: Unit) -> pl.Expr:
    """A column of a frame in the type its unit has inside the engines; another type is refused."""
    kind = kind_of(unit)
    if source is None or dtype is None or dtype == pl.Null:
        return pl.lit(None, dtype=DTYPES[kind])
    column = pl.col(source)
    match kind:
        case Kind.WHOLE if dtype.is_integer():
            return column.cast(pl.Int64)
        case Kind.TEXT if dtype in (pl.String, pl.Categorical, pl.Enum):
            return column.cast(pl.String)
        case Kind.DATE if dtype == pl.Date:
            return column
        case Kind.DATE if dtype == pl.String:
            return column.str.to_date("%Y-%m-%d")
        case Kind.BOOL if dtype == pl.Boolean:
            return column
        case Kind.BOOL if dtype.is_integer():
            return column.replace_strict([0, 1], [False, True], return_dtype=pl.Boolean)
    raise wrong_type(source, str(dtype), unit)


def base_frame(frame: pl.DataFrame, tape: Mapping[str, tuple[str, Unit]], currency: str) -> pl.DataFrame:
    """Key and policy columns of a tape, typed and checked, ordered by line, date and knowledge.

    Rows of one line, date and day of knowledge keep their order: `n` of the tape, or the order they stand in.
    """
    where = sources(tape, frame.columns)
    _check_currency_column(frame, currency)
    columns = [
        typed(where[name], frame.schema.get(where[name] or ""), unit).alias(inside)
        for name, (inside, unit) in tape.items()
    ]
    order = [pl.col("n").cast(pl.Int64)] if "n" in frame.columns else []
    try:
        base = frame.select(*IDENTITY, *order, *columns)
    except pl.exceptions.PolarsError as error:
        raise Mistake(
            f"The tape cannot be read as the policy needs it: {str(error).splitlines()[0]}."
        ) from None
    if any(base[name].null_count() for name in IDENTITY):
        raise Mistake(
            "A row of the tape has no line_id, as_of or known_at: correct the tape.", code="row_refused"
        )
    _check_sizes(base, tape)
    return _ordered(base)


def _ordered(base: pl.DataFrame) -> pl.DataFrame:
    if "n" in base.columns:
        return base.sort(*IDENTITY, "n")
    base = base.sort(*IDENTITY, maintain_order=True)
    again = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in IDENTITY).fill_null(False)
    repeats = base.select(again.alias("again"))["again"]
    if not repeats.any():
        return base.with_columns(pl.lit(0, dtype=pl.Int64).alias("n"))
    return base.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).over(*IDENTITY).alias("n"))


def _check_currency_column(frame: pl.DataFrame, currency: str) -> None:
    if "currency" not in frame.columns:
        return
    other = frame.filter(pl.col("currency").ne_missing(pl.lit(currency)))
    if other.height:
        first = other.row(0, named=True)
        raise wrong_currency(first["line_id"], first["as_of"], first["currency"], currency)


def _check_sizes(base: pl.DataFrame, tape: Mapping[str, tuple[str, Unit]]) -> None:
    for name, (inside, unit) in tape.items():
        if kind_of(unit) is not Kind.WHOLE:
            continue
        low, high = base[inside].min(), base[inside].max()
        if low is not None and (low < -AMOUNT_MAX or high > AMOUNT_MAX):  # type: ignore[operator]
            row = base.filter((pl.col(inside) < -AMOUNT_MAX) | (pl.col(inside) > AMOUNT_MAX)).row(
                0, named=True
            )
            raise too_large(row["line_id"], row["as_of"], name)
