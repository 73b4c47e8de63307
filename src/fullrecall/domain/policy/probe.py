"""Values of single trees for a row: features, what a rule read, whether approval is needed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from fullrecall.domain.money import to_major
from fullrecall.domain.policy import pyast as py
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.document import Policy
from fullrecall.domain.policy.python_function import made, opening
from fullrecall.domain.policy.python_values import Plan, Scope, ready_features, three_valued, value_of
from fullrecall.domain.policy.python_windows import emit_windows, months_back, windows_in
from fullrecall.domain.policy.tree import Expr, Unit
from fullrecall.domain.tape import TapeRow

Raw = int | str | bool | date | Fraction | None
Probe = Callable[[TapeRow, Sequence[TapeRow]], tuple[Raw, ...]]
SHOWN_DIGITS = Decimal("0.000001")


def features_of(policy: Policy) -> dict[str, Expr]:
    return {feature.name: feature.value for feature in policy.features}


def probe(exprs: tuple[Expr, ...], policy: Policy, currency: str) -> Probe:
    """A function that gives the values of the trees for a row whose score is already written."""
    features = features_of(policy)
    body = opening(currency, months_back(exprs, features))
    body.append(py.assign("model", py.attr("row", "score_model")))
    scope = Scope(Plan(currency, features, py.load("model")), "row", body, {})
    emit_windows(windows_in(exprs, features), scope)
    ready_features(exprs, scope)
    values = [_read(expr, scope) for expr in exprs]
    body.append(py.give(ast.Tuple(values, ast.Load())))
    return made(py.function("probe", ("row", "history"), body), {"_fraction": Fraction})


def _read(expr: Expr, scope: Scope) -> ast.expr:
    if t.unit_of(expr) is Unit.BOOL:
        return three_valued(expr, scope)
    value = value_of(expr, scope)
    exact = value.top
    if t.is_fraction(expr):
        exact = py.call("_fraction", value.top, value.bottom if value.bottom is not None else py.const(1))
    return py.choose(py.both(value.guards), exact, py.NONE)


def shown_value(value: Raw, unit: Unit, currency: str) -> str:
    """A value for people and files: money in major units, ratios and averages half-even at six digits, NULL
    as ''.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        scale = Fraction(1)
        if unit is Unit.MONEY:
            scale = Fraction(Decimal(to_major(1, currency)))
        exact = value * scale
        scaled = round(exact * 10**6)  # Fraction rounds half to even
        return str(Decimal(scaled).scaleb(-6).quantize(SHOWN_DIGITS, ROUND_HALF_EVEN))
    if isinstance(value, int) and unit is Unit.MONEY:
        return to_major(value, currency)
    return str(value)


def columns_read(exprs: Sequence[Expr], features: Mapping[str, Expr]) -> tuple[str, ...]:
    """The tape columns the trees read, features opened, in the order met."""
    found = (node.name for node in t.walk_open(exprs, features) if isinstance(node, t.ColumnRef))
    return tuple(dict.fromkeys(found))
