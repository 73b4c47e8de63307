"""The typed tree of a policy expression: every name, type and unit is settled, nothing says how it is
executed.

Python, Polars, DuckDB, PostgreSQL and Spark are compiled from these nodes. Meaning, for all of them:

* every value may be NULL; comparison, arithmetic and functions of NULL are NULL; and/or/not are three-valued;
* a *whole* value is an integer; a *fraction* (`Ratio`, and `Window` of kind avg) is a numerator and a
positive denominator that is only ever compared, by cross-multiplication, so nothing is rounded or divided;
* every product and sum fits in 64 bits (checked when the tree is made, see bounds.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from math import gcd

import msgspec

SCALE = 10_000  # literals carry four decimals


class Unit(StrEnum):
    """What a value measures. Two values meet only if their units are the same."""

    MONEY = "money"
    DAYS = "days"
    COUNT = "count"
    SCORE = "score"
    DATE = "date"
    TEXT = "text"
    BOOL = "bool"
    RATIO = "ratio"
    NUMBER = "number"  # a literal that has not met a unit yet; never left in a finished tree


class Op(StrEnum):
    EQ = "="
    NE = "<>"
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class WindowKind(StrEnum):
    MAX = "max_over"
    MIN = "min_over"
    SUM = "sum_over"
    AVG = "avg_over"
    COUNT = "count_over"


class _Node(msgspec.Struct, frozen=True, tag=True, cache_hash=True):
    pass


class ColumnRef(_Node, frozen=True):
    """A tape column of the row at hand."""

    name: str
    unit: Unit


class FeatureRef(_Node, frozen=True):
    """A feature of the policy, by name; its tree stands in Policy.features."""

    name: str
    unit: Unit
    fraction: bool = False


class AsOf(_Node, frozen=True):
    """The date of the row at hand."""


class Number(_Node, frozen=True):
    """A literal in ten-thousandths of its unit; money in major units (100.00 is 1_000_000) until a currency
    prices it.
    """

    ten_thousandths: int
    unit: Unit


class Text(_Node, frozen=True):
    value: str


class Day(_Node, frozen=True):
    value: date


class Truth(_Node, frozen=True):
    value: bool


class Compare(_Node, frozen=True):
    op: Op
    left: Expr
    right: Expr


class Between(_Node, frozen=True):
    """low <= value and value <= high, three-valued."""

    value: Expr
    low: Expr
    high: Expr


class In(_Node, frozen=True):
    """value equals one of the literals; NULL when value is NULL."""

    value: Expr
    options: tuple[Expr, ...]


class IsNull(_Node, frozen=True):
    value: Expr


class Not(_Node, frozen=True):
    value: Expr


class And(_Node, frozen=True):
    parts: tuple[Expr, ...]


class Or(_Node, frozen=True):
    parts: tuple[Expr, ...]


class Add(_Node, frozen=True):
    left: Expr
    right: Expr


class Subtract(_Node, frozen=True):
    left: Expr
    right: Expr


class Times(_Node, frozen=True):
    """A value times a whole-number literal."""

    factor: int
    value: Expr


class Negate(_Node, frozen=True):
    value: Expr


class When(msgspec.Struct, frozen=True, cache_hash=True):
    condition: Expr
    value: Expr


class Case(_Node, frozen=True):
    """The value of the first condition that is TRUE, else `otherwise`, else NULL."""

    whens: tuple[When, ...]
    otherwise: Expr | None
    unit: Unit


class Coalesce(_Node, frozen=True):
    """The first part that is not NULL."""

    parts: tuple[Expr, ...]
    unit: Unit


class Ratio(_Node, frozen=True):
    """numerator / denominator, NULL unless the denominator is positive."""

    numerator: Expr
    denominator: Expr


class DaysBetween(_Node, frozen=True):
    """end - start in days; negative when end is earlier."""

    start: Expr
    end: Expr


class Lag(_Node, frozen=True):
    """`value` on the last row known of the calendar month `months` before; NULL if there is no such row."""

    value: Expr
    months: int


class Window(_Node, frozen=True):
    """`value` over this month and the `months` - 1 before, NULLs skipped, NULL if nothing is left.

    One row a month: this row, and the last row known of each earlier month. count_over counts the rows where
    the condition is TRUE among those where it is not NULL.
    """

    kind: WindowKind
    value: Expr
    months: int


Expr = (
    ColumnRef | FeatureRef | AsOf | Number | Text | Day | Truth | Compare | Between | In | IsNull | Not | And
    | Or | Add | Subtract | Times | Negate | Case | Coalesce | Ratio | DaysBetween | Lag | Window
)  # fmt: skip

_FIXED_UNIT: dict[type, Unit] = {
    AsOf: Unit.DATE, Day: Unit.DATE, Text: Unit.TEXT, Ratio: Unit.RATIO, DaysBetween: Unit.DAYS,
    Truth: Unit.BOOL, Compare: Unit.BOOL, Between: Unit.BOOL, In: Unit.BOOL, IsNull: Unit.BOOL,
    Not: Unit.BOOL, And: Unit.BOOL, Or: Unit.BOOL,
}  # fmt: skip


def reduced(ten_thousandths: int) -> tuple[int, int]:
    """A literal as the smallest numerator and denominator: 9000 -> (9, 10)."""
    shared = gcd(ten_thousandths, SCALE)
    return ten_thousandths // shared, SCALE // shared


def unit_of(expr: Expr) -> Unit:
    """The unit a tree measures."""
    while True:
        if isinstance(expr, (ColumnRef, FeatureRef, Number, Case, Coalesce)):
            return expr.unit
        if isinstance(expr, Window) and expr.kind is WindowKind.COUNT:
            return Unit.COUNT
        if isinstance(expr, (Add, Subtract)):
            expr = expr.left
        elif isinstance(expr, (Times, Negate, Lag, Window)):
            expr = expr.value
        else:
            return _FIXED_UNIT[type(expr)]


def is_fraction(expr: Expr) -> bool:
    """True for a value that is a numerator over a denominator: it can be compared and tested for NULL,
    nothing else.
    """
    if isinstance(expr, Lag):
        return is_fraction(expr.value)
    if isinstance(expr, FeatureRef):
        return expr.fraction
    return isinstance(expr, Ratio) or (isinstance(expr, Window) and expr.kind is WindowKind.AVG)


def children(expr: Expr) -> tuple[Expr, ...]:
    match expr:
        case Compare(left=a, right=b) | Add(left=a, right=b) | Subtract(left=a, right=b):
            return (a, b)
        case Between(value=v, low=a, high=b):
            return (v, a, b)
        case In(value=v, options=options):
            return (v, *options)
        case (
            IsNull(value=v) | Not(value=v) | Times(value=v) | Negate(value=v) | Lag(value=v) | Window(value=v)
        ):
            return (v,)
        case And(parts=parts) | Or(parts=parts) | Coalesce(parts=parts):
            return parts
        case Ratio(numerator=a, denominator=b) | DaysBetween(start=a, end=b):
            return (a, b)
        case Case(whens=whens, otherwise=otherwise):
            pairs = tuple(part for when in whens for part in (when.condition, when.value))
            return pairs if otherwise is None else (*pairs, otherwise)
        case _:
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """Every node of the tree, parents first, features not opened."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def walk_open(exprs: Iterable[Expr], features: Mapping[str, Expr]) -> Iterator[Expr]:
    """Every node of the trees and of the features they use; each feature is opened once, however often it is
    used.
    """
    opened: set[str] = set()
    stack = list(exprs)[::-1]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))
        if isinstance(node, FeatureRef) and node.name not in opened:
            opened.add(node.name)
            stack.append(features[node.name])
