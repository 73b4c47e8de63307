"""A policy tree as operations of an algebra, over columns that hold windows and features ready computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic

import msgspec

from fullrecall.analytics.engines.algebra import Algebra, E, Kind
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.pricing import priced
from fullrecall.domain.policy.tree import Expr, Op, Unit

_KINDS = {Unit.TEXT: Kind.TEXT, Unit.DATE: Kind.DATE, Unit.BOOL: Kind.BOOL}


def kind_of(unit: Unit) -> Kind:
    return _KINDS.get(unit, Kind.WHOLE)


class Value(msgspec.Struct, Generic[E]):
    """A value; one that is a fraction has a `bottom`, and is NULL exactly when its `top` is."""

    top: E
    bottom: E | None = None


class Scope(msgspec.Struct, Generic[E]):
    """Where a tree is read: `column` reads a tape column, `known` holds what stands ready, features too."""

    algebra: Algebra[E]
    currency: str
    column: Callable[[str, Unit], E]
    known: Mapping[Expr, Value[E]]


def lower(expr: Expr, scope: Scope[Any]) -> Value[Any]:
    """The tree in the scope; a Lag, Window or FeatureRef that is not known there is a KeyError."""
    found = scope.known.get(expr)
    if found is not None:
        return found
    if isinstance(expr, t.Ratio):
        return _ratio(expr, scope)
    if isinstance(expr, t.Number):
        top, bottom = priced(expr, scope.currency)
        return Value(scope.algebra.whole(top), scope.algebra.whole(bottom) if bottom != 1 else None)
    return Value(_LOWER[type(expr)](expr, scope))


def top_of(expr: Expr, scope: Scope[Any]) -> Any:
    return lower(expr, scope).top


def _ratio(expr: t.Ratio, scope: Scope[Any]) -> Value[Any]:
    a = scope.algebra
    top, bottom = top_of(expr.numerator, scope), top_of(expr.denominator, scope)
    return Value(a.pick([(a.compare(Op.GT, bottom, a.whole(0)), top)], None), bottom)


def _compare(expr: t.Compare, scope: Scope[Any]) -> Any:
    return compared(expr.op, lower(expr.left, scope), lower(expr.right, scope), scope.algebra)


def compared(op: Op, left: Value[Any], right: Value[Any], a: Algebra[Any]) -> Any:
    """Fractions meet by cross-multiplication; denominators are positive."""
    top, other = left.top, right.top
    if right.bottom is not None:
        top = a.times(top, right.bottom)
    if left.bottom is not None:
        other = a.times(other, left.bottom)
    return a.compare(op, top, other)


def _between(expr: t.Between, scope: Scope[Any]) -> Any:
    value, a = lower(expr.value, scope), scope.algebra
    low = compared(Op.GE, value, lower(expr.low, scope), a)
    return a.every([low, compared(Op.LE, value, lower(expr.high, scope), a)])


def _case(expr: t.Case, scope: Scope[Any]) -> Any:
    whens = [(top_of(when.condition, scope), top_of(when.value, scope)) for when in expr.whens]
    otherwise = None if expr.otherwise is None else top_of(expr.otherwise, scope)
    return scope.algebra.pick(whens, otherwise)


def _times(expr: t.Times, scope: Scope[Any]) -> Any:
    return scope.algebra.times(top_of(expr.value, scope), scope.algebra.whole(expr.factor))


_LOWER: dict[type, Callable[[Any, Scope[Any]], Any]] = {
    t.ColumnRef: lambda e, s: s.column(e.name, e.unit),
    t.AsOf: lambda e, s: s.column("as_of", Unit.DATE),
    t.Text: lambda e, s: s.algebra.text(e.value),
    t.Day: lambda e, s: s.algebra.day(e.value),
    t.Truth: lambda e, s: s.algebra.truth(e.value),
    t.Compare: _compare,
    t.Between: _between,
    t.In: lambda e, s: s.algebra.one_of(top_of(e.value, s), [top_of(option, s) for option in e.options]),
    t.IsNull: lambda e, s: s.algebra.is_null(top_of(e.value, s)),
    t.Not: lambda e, s: s.algebra.no(top_of(e.value, s)),
    t.And: lambda e, s: s.algebra.every([top_of(part, s) for part in e.parts]),
    t.Or: lambda e, s: s.algebra.some([top_of(part, s) for part in e.parts]),
    t.Add: lambda e, s: s.algebra.plus(top_of(e.left, s), top_of(e.right, s)),
    t.Subtract: lambda e, s: s.algebra.minus(top_of(e.left, s), top_of(e.right, s)),
    t.Times: _times,
    t.Negate: lambda e, s: s.algebra.minus(s.algebra.whole(0), top_of(e.value, s)),
    t.Case: _case,
    t.Coalesce: lambda e, s: s.algebra.first([top_of(part, s) for part in e.parts]),
    t.DaysBetween: lambda e, s: s.algebra.days(top_of(e.start, s), top_of(e.end, s)),
}
