"""How large the values of a tree can become: every engine must hold each product and sum in a signed 64-bit
integer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from fullrecall.domain.money import AMOUNT_MAX
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.tree import Expr, Unit

INTEGER_MAX = 2**63 - 1
_DAYS_MAX = (date.max - date.min).days


def fits_in_64_bits(expr: Expr, features: Mapping[str, tuple[int, int]]) -> bool:
    """Whether no value, no cross-multiplied comparison and no sum of the tree can leave 64 bits. features:
    their bounds.
    """
    for node in t.walk(expr):
        if isinstance(node, (t.Compare, t.Between)):
            value, *others = t.children(node)
            if any(not _comparison_fits(value, other, features) for other in others):
                return False
        elif max(bound(node, features)) > INTEGER_MAX:
            return False
    return True


def _comparison_fits(left: Expr, right: Expr, features: Mapping[str, tuple[int, int]]) -> bool:
    (top, bottom), (other_top, other_bottom) = bound(left, features), bound(right, features)
    return top * other_bottom <= INTEGER_MAX and other_top * bottom <= INTEGER_MAX


def bound(expr: Expr, features: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Largest magnitude of numerator and denominator (1 for whole values)."""
    match expr:
        case t.ColumnRef():
            return AMOUNT_MAX, 1
        case t.FeatureRef(name=name):
            return features[name]
        case t.Number():
            return _number_bound(expr)
        case t.Ratio(numerator=a, denominator=b):
            return bound(a, features)[0], max(bound(b, features)[0], 1)
        case t.Window():
            return _window_bound(expr, features)
        case t.DaysBetween():
            return _DAYS_MAX, 1
        case t.Case() | t.Coalesce():
            return _widest(expr, features), 1
        case t.Lag(value=v):
            return bound(v, features)
        case _:
            return _arithmetic_bound(expr, features), 1


def _arithmetic_bound(expr: Expr, features: Mapping[str, tuple[int, int]]) -> int:
    if isinstance(expr, (t.Add, t.Subtract)):
        return bound(expr.left, features)[0] + bound(expr.right, features)[0]
    if isinstance(expr, t.Times):
        return abs(expr.factor) * bound(expr.value, features)[0]
    return bound(expr.value, features)[0] if isinstance(expr, t.Negate) else 1


def _window_bound(window: t.Window, features: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    largest = bound(window.value, features)[0]
    match window.kind:
        case t.WindowKind.COUNT:
            return window.months, 1
        case t.WindowKind.SUM:
            return largest * window.months, 1
        case t.WindowKind.AVG:
            return largest * window.months, window.months
        case _:
            return largest, 1


def _widest(expr: t.Case | t.Coalesce, features: Mapping[str, tuple[int, int]]) -> int:
    if isinstance(expr, t.Coalesce):
        values = list(expr.parts)
    else:
        values = [when.value for when in expr.whens] + (
            [expr.otherwise] if expr.otherwise is not None else []
        )
    return max((bound(value, features)[0] for value in values), default=1)


def _number_bound(number: t.Number) -> tuple[int, int]:
    """A money literal is at most AMOUNT_MAX minor units once priced; a ratio literal keeps its reduced
    fraction.
    """
    if number.unit is Unit.MONEY:
        return min(abs(number.ten_thousandths), AMOUNT_MAX), 1
    top, bottom = t.reduced(number.ten_thousandths)
    return abs(top), bottom
