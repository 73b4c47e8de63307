"""Why a value is NULL, as a number of bits: bit 0 for history that is too short, one bit for each column.

The answer domain/policy/python_blame.py gives row by row: a part whose value is known is never blamed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic

import msgspec

from fullrecall.analytics.engines.algebra import E
from fullrecall.analytics.engines.lower import Scope, lower, top_of
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.tree import Expr, Op
from fullrecall.domain.vocabulary import Mistake

HISTORY = 1
COLUMNS_MAX = 60  # so that the bits fit in 64 with their sign


class Bits:
    """The bit of each column a policy reads; bit 0 is history."""

    def __init__(self, columns: Iterable[str]) -> None:
        self.names = tuple(columns)
        if len(self.names) > COLUMNS_MAX:
            raise Mistake(
                f"The policy reads {len(self.names)} columns of the tape; at most {COLUMNS_MAX} can be "
                "explained: split the policy.",
                code="too_many_columns",
            )
        self._bits = {name: 2 << index for index, name in enumerate(self.names)}

    def of(self, column: str) -> int:
        return self._bits[column]

    def read_by(self, exprs: list[Expr], features: Mapping[str, Expr]) -> int:
        """Bits of all columns the trees read, features opened."""
        bits = 0
        for node in t.walk_open(exprs, features):
            if isinstance(node, t.ColumnRef):
                bits |= self._bits[node.name]
        return bits

    def names_in(self, mask: int) -> list[str]:
        return sorted(name for name, bit in self._bits.items() if mask & bit)


class BlameScope(msgspec.Struct, Generic[E]):
    """Where a tree is blamed: `known` holds masks that stand ready (windows, features)."""

    scope: Scope[E]
    features: Mapping[str, Expr]
    bits: Bits
    known: Mapping[Expr, E | None]
    column: Callable[[t.ColumnRef], E | None]


def blame(expr: Expr, to: BlameScope[Any]) -> Any | None:
    """The mask of what makes the tree NULL, 0 where it is not; None if the tree never can be."""
    if expr in to.known:
        return to.known[expr]
    match expr:
        case t.ColumnRef():
            return to.column(expr)
        case t.And() | t.Or() | t.Coalesce() | t.Between():
            return _where_null(expr, _union([blame(child, to) for child in t.children(expr)], to), to)
        case t.Case():
            return _where_null(expr, _branches(expr, 0, to), to)
        case t.IsNull():
            return None
        case t.Ratio(numerator=top, denominator=bottom):
            return _union([blame(top, to), blame(bottom, to), _low(bottom, to)], to)
        case _:
            return _union([blame(child, to) for child in t.children(expr)], to)


def _union(masks: list[Any], to: BlameScope[Any]) -> Any | None:
    some = [mask for mask in masks if mask is not None]
    return to.scope.algebra.joined_bits(some) if some else None


def _where_null(expr: Expr, mask: Any | None, to: BlameScope[Any]) -> Any | None:
    if mask is None:
        return None
    a = to.scope.algebra
    return a.pick([(a.is_null(top_of(expr, to.scope)), mask)], a.whole(0))


def _branches(expr: t.Case, index: int, to: BlameScope[Any]) -> Any | None:
    """The value taken, and conditions before it that were NULL; without one, all the conditions read."""
    a = to.scope.algebra
    if index == len(expr.whens):
        if expr.otherwise is not None:
            return blame(expr.otherwise, to)
        return a.whole(to.bits.read_by([branch.condition for branch in expr.whens], to.features))
    branch = expr.whens[index]
    then, condition = blame(branch.value, to), blame(branch.condition, to)
    otherwise = _union([condition, _branches(expr, index + 1, to)], to)
    zero = a.whole(0)
    taken = top_of(branch.condition, to.scope)
    if then is None and otherwise is None:
        return None
    return a.pick([(taken, zero if then is None else then)], zero if otherwise is None else otherwise)


def _low(bottom: Expr, to: BlameScope[Any]) -> Any:
    a = to.scope.algebra
    low = a.compare(Op.LE, lower(bottom, to.scope).top, a.whole(0))
    return a.pick([(low, a.whole(to.bits.read_by([bottom], to.features)))], a.whole(0))
