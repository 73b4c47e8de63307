"""The operations as Polars expressions; whole numbers are Int64, logic is three-valued as Polars has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import and_, eq, ge, gt, le, lt, ne, or_

import polars as pl

from fullrecall.analytics.engines.algebra import Kind
from fullrecall.domain.policy.tree import Op

DTYPES: dict[Kind, pl.DataType] = {
    Kind.WHOLE: pl.Int64(), Kind.TEXT: pl.String(), Kind.DATE: pl.Date(), Kind.BOOL: pl.Boolean()
}  # fmt: skip
_COMPARE = {Op.EQ: eq, Op.NE: ne, Op.LT: lt, Op.LE: le, Op.GT: gt, Op.GE: ge}


class PolarsAlgebra:
    """See Algebra."""

    def column(self, name: str) -> pl.Expr:
        return pl.col(name)

    def whole(self, value: int) -> pl.Expr:
        return pl.lit(value, dtype=pl.Int64)

    def text(self, value: str) -> pl.Expr:
        return pl.lit(value)

    def day(self, value: date) -> pl.Expr:
        return pl.lit(value)

    def truth(self, value: bool) -> pl.Expr:
        return pl.lit(value)

    def null(self, kind: Kind) -> pl.Expr:
        return pl.lit(None, dtype=DTYPES[kind])

    def compare(self, op: Op, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        compared: pl.Expr = _COMPARE[op](left, right)
        return compared

    def every(self, parts: Sequence[pl.Expr]) -> pl.Expr:
        return reduce(and_, parts)

    def some(self, parts: Sequence[pl.Expr]) -> pl.Expr:
        return reduce(or_, parts)

    def no(self, part: pl.Expr) -> pl.Expr:
        return ~part

    def plus(self, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        return left + right

    def minus(self, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        return left - right

    def times(self, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        return left * right

    def one_of(self, value: pl.Expr, options: Sequence[pl.Expr]) -> pl.Expr:
        return self.some([value == option for option in options])

    def is_null(self, value: pl.Expr) -> pl.Expr:
        return value.is_null()

    def same(self, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        return left.eq_missing(right)

    def pick(self, whens: Sequence[tuple[pl.Expr, pl.Expr]], otherwise: pl.Expr | None) -> pl.Expr:
        (condition, value), *more = whens
        chain = pl.when(condition).then(value)
        for condition, value in more:
            chain = chain.when(condition).then(value)  # type: ignore[assignment]
        return chain if otherwise is None else chain.otherwise(otherwise)

    def first(self, parts: Sequence[pl.Expr]) -> pl.Expr:
        return pl.coalesce(parts)

    def days(self, start: pl.Expr, end: pl.Expr) -> pl.Expr:
        return (end - start).dt.total_days()

    def largest(self, parts: Sequence[pl.Expr]) -> pl.Expr:
        return pl.max_horizontal(parts)

    def smallest(self, parts: Sequence[pl.Expr]) -> pl.Expr:
        return pl.min_horizontal(parts)

    def total(self, parts: Sequence[pl.Expr]) -> pl.Expr:
        return pl.sum_horizontal(parts)

    def known(self, parts: Sequence[pl.Expr]) -> pl.Expr:
        return pl.sum_horizontal([part.is_not_null().cast(pl.Int64) for part in parts])

    def holding(self, parts: Sequence[pl.Expr]) -> pl.Expr:
        return pl.sum_horizontal([part.cast(pl.Int64) for part in parts])

    def joined_bits(self, parts: Sequence[pl.Expr]) -> pl.Expr:
        return reduce(or_, [part.fill_null(0) for part in parts])
