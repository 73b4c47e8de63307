"""Values and conditions of the tree as Python `ast` over local variables, NULL as None, three-valued.

A condition becomes two two-valued expressions, `true_of` and `false_of`; NULL is when neither holds. A value
is a numerator, a denominator if it is a fraction, and the guards under which it is not NULL. Whatever is not
plain arithmetic is assigned to a local variable once and shared by all rules that read it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

import msgspec

from fullrecall.domain.money import AMOUNT_MAX
from fullrecall.domain.policy import pyast as py
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.pricing import priced
from fullrecall.domain.policy.tree import Expr, Unit
from fullrecall.domain.tape import TapeRow

ROW_FIELDS = frozenset(TapeRow.__struct_fields__)
EXTRA_READERS = {Unit.DATE: "_date", Unit.BOOL: "_bool", Unit.TEXT: "_text"}


class Value(msgspec.Struct):
    """An `ast` value that is right under its guards; without guards it is never NULL."""

    top: ast.expr
    bottom: ast.expr | None = None
    guards: tuple[ast.expr, ...] = ()


class Plan(msgspec.Struct):
    """What is being compiled, and the names given so far."""

    currency: str
    features: Mapping[str, Expr]
    model: ast.expr  # score_model of the row at hand, or of the scorecard
    names: int = 0

    def fresh(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"


class Scope(msgspec.Struct):
    """One row (`row` is its variable), the block statements go to, and what stands in variables already."""

    plan: Plan
    row: str
    body: py.Block
    known: dict[Expr, Value]
    current: bool = True  # the row being decided, not an earlier one
    blamed: dict[str, str] = {}  # feature to the variable that says why it is NULL, see python_blame

    def inside(self, body: py.Block) -> Scope:
        """The same row in an inner block: it sees outer variables, and leaves none behind."""
        return Scope(self.plan, self.row, body, dict(self.known), self.current, dict(self.blamed))

    def earlier(self, row: str, body: py.Block) -> Scope:
        """An earlier row."""
        return Scope(self.plan, row, body, {}, False)

    def keep(self, prefix: str, value: ast.expr) -> ast.expr:
        """Assign to a fresh variable."""
        name = self.plan.fresh(prefix)
        self.body.append(py.assign(name, value))
        return py.load(name)


def ready_features(trees: Iterable[Expr], scope: Scope) -> list[t.FeatureRef]:
    """Fill the variables of every feature the trees use, in the order of the file; gives those features.

    A feature that uses others finds them ready: chains neither double the code nor overflow the stack.
    """
    features = scope.plan.features
    used = {node.name: node for node in t.walk_open(trees, features) if isinstance(node, t.FeatureRef)}
    ordered = [used[name] for name in features if name in used]
    for reference in ordered:
        if reference.unit is Unit.BOOL:
            three_valued(reference, scope)
        else:
            value_of(reference, scope)
    return ordered


def value_of(expr: Expr, scope: Scope) -> Value:
    """A value of any unit but BOOL."""
    found = scope.known.get(expr)
    if found is None:
        found = _VALUES[type(expr)](expr, scope)
        if not isinstance(expr, (t.Number, t.Text, t.Day)):  # thousands of rules hold thousands of literals
            scope.known[expr] = found
    return found


def or_none(value: Value) -> ast.expr:
    return py.choose(py.both(value.guards), value.top, py.NONE)


def _nullable(scope: Scope, value: ast.expr) -> Value:
    kept = scope.keep("v", value)
    return Value(kept, None, (py.not_none(kept),))


def column_value(expr: Expr, scope: Scope) -> Value:
    assert isinstance(expr, t.ColumnRef)  # noqa: S101
    value = _nullable(scope, _column(expr, scope))
    if scope.current and expr.name in ROW_FIELDS and expr.unit not in EXTRA_READERS:
        sound = py.compare(py.call("_size", value.top), "<=", py.const(AMOUNT_MAX))
        refuse = ast.Expr(py.call("_too_large", py.load(scope.row), py.const(expr.name)))
        scope.body.append(py.when(py.both([*value.guards, py.no(sound)]), [refuse]))
    return value


def _column(expr: t.ColumnRef, scope: Scope) -> ast.expr:
    if expr.name in ROW_FIELDS:
        raw = py.attr(scope.row, expr.name)
        if expr.name == "score" and not scope.current:
            # a score of another model is not comparable: a model change is not a drop
            same = py.compare(py.attr(scope.row, "score_model"), "=", scope.plan.model)
            return py.choose(same, raw, py.NONE)
        return raw
    raw = py.method(py.attr(scope.row, "extra"), "get", py.const(expr.name))
    return py.call(EXTRA_READERS.get(expr.unit, "_whole"), raw, py.const(expr.name), py.load(scope.row))


def _feature(expr: Expr, scope: Scope) -> Value:
    assert isinstance(expr, t.FeatureRef)  # noqa: S101
    value = value_of(scope.plan.features[expr.name], scope)
    if value.bottom is not None or isinstance(value.top, ast.Name):
        return value
    return _nullable(scope, or_none(value))  # kept once: features that use features must not double the code


def _as_of(expr: Expr, scope: Scope) -> Value:
    return Value(py.attr(scope.row, "as_of"))


def _number(expr: Expr, scope: Scope) -> Value:
    assert isinstance(expr, t.Number)  # noqa: S101
    top, bottom = priced(expr, scope.plan.currency)
    return Value(py.const(top), py.const(bottom) if bottom != 1 else None)


def _literal(expr: Expr, scope: Scope) -> Value:
    assert isinstance(expr, (t.Text, t.Truth))  # noqa: S101
    return Value(py.const(expr.value))


def _day(expr: Expr, scope: Scope) -> Value:
    assert isinstance(expr, t.Day)  # noqa: S101
    day = expr.value
    return Value(py.call("_day", py.const(day.year), py.const(day.month), py.const(day.day)))


def _sum(expr: Expr, scope: Scope) -> Value:
    assert isinstance(expr, (t.Add, t.Subtract))  # noqa: S101
    left, right = value_of(expr.left, scope), value_of(expr.right, scope)
    op = "+" if isinstance(expr, t.Add) else "-"
    return Value(py.arithmetic(left.top, op, right.top), None, merged(left.guards, right.guards))


def _times(expr: Expr, scope: Scope) -> Value:
    assert isinstance(expr, t.Times)  # noqa: S101
    value = value_of(expr.value, scope)
    return Value(py.arithmetic(value.top, "*", py.const(expr.factor)), None, value.guards)


def _negate(expr: Expr, scope: Scope) -> Value:
    assert isinstance(expr, t.Negate)  # noqa: S101
    value = value_of(expr.value, scope)
    return Value(py.negative(value.top), None, value.guards)


def _case(expr: Expr, scope: Scope) -> Value:
    assert isinstance(expr, t.Case)  # noqa: S101
    result = py.NONE if expr.otherwise is None else or_none(value_of(expr.otherwise, scope))
    for branch in reversed(expr.whens):
        condition = true_of(branch.condition, scope)
        result = py.choose(condition, or_none(value_of(branch.value, scope)), result)
    return _nullable(scope, result)


def _coalesce(expr: Expr, scope: Scope) -> Value:
    assert isinstance(expr, t.Coalesce)  # noqa: S101
    result: ast.expr = py.NONE
    for part in reversed(expr.parts):
        value = value_of(part, scope)
        result = py.choose(py.both(value.guards), value.top, result)
    return _nullable(scope, result)


def _ratio(expr: Expr, scope: Scope) -> Value:
    assert isinstance(expr, t.Ratio)  # noqa: S101
    top, bottom = value_of(expr.numerator, scope), value_of(expr.denominator, scope)
    positive = py.compare(bottom.top, ">", py.const(0))
    return Value(top.top, bottom.top, (*merged(top.guards, bottom.guards), positive))


def _days_between(expr: Expr, scope: Scope) -> Value:
    assert isinstance(expr, t.DaysBetween)  # noqa: S101
    start, end = value_of(expr.start, scope), value_of(expr.end, scope)
    days = ast.Attribute(py.arithmetic(end.top, "-", start.top), "days", ast.Load())
    guards = merged(start.guards, end.guards)
    return _nullable(scope, py.choose(py.both(guards), days, py.NONE)) if guards else Value(days)


def merged(*groups: tuple[ast.expr, ...]) -> tuple[ast.expr, ...]:
    """Guards in order, each once (the same variable's guard is the same object)."""
    seen: dict[int, ast.expr] = {id(guard): guard for group in groups for guard in group}
    return tuple(seen.values())


# conditions


def true_of(expr: Expr, scope: Scope) -> ast.expr:
    """Python expression that is truthy exactly when the condition is TRUE."""
    return _condition(expr, scope, True)


def false_of(expr: Expr, scope: Scope) -> ast.expr:
    """Python expression that is truthy exactly when the condition is FALSE."""
    return _condition(expr, scope, False)


def _condition(expr: Expr, scope: Scope, wanted: bool) -> ast.expr:
    match expr:
        case t.And(parts=parts) | t.Or(parts=parts):
            join = py.both if isinstance(expr, t.And) is wanted else py.either
            return join([_condition(part, scope, wanted) for part in parts])
        case t.Not(value=v):
            return _condition(v, scope, not wanted)
        case t.Truth(value=v):
            return py.TRUE if v is wanted else py.FALSE
        case t.Compare(op=op, left=a, right=b):
            return _compared(
                value_of(a, scope), op.value if wanted else py.INVERSE[op.value], value_of(b, scope)
            )
        case t.Between(value=v, low=a, high=b):
            spelled = t.And((t.Compare(t.Op.GE, v, a), t.Compare(t.Op.LE, v, b)))
            return _condition(spelled, scope, wanted)
        case t.In():
            return _member(expr, scope, wanted)
        case t.IsNull(value=v):
            return _null_test(v, scope, wanted)
        case _:
            return py.compare(three_valued(expr, scope), "is", py.const(wanted))


def _compared(left: Value, op: str, right: Value) -> ast.expr:
    top, other = left.top, right.top
    if right.bottom is not None:
        top = py.arithmetic(top, "*", right.bottom)
    if left.bottom is not None:
        other = py.arithmetic(other, "*", left.bottom)
    return py.both([*merged(left.guards, right.guards), py.compare(top, op, other)])


def _member(expr: t.In, scope: Scope, wanted: bool) -> ast.expr:
    value = value_of(expr.value, scope)
    options = ast.Tuple([value_of(option, scope).top for option in expr.options], ast.Load())
    return py.both([*value.guards, py.compare(value.top, "in" if wanted else "not in", options)])


def _null_test(expr: Expr, scope: Scope, wanted: bool) -> ast.expr:
    if t.unit_of(expr) is Unit.BOOL:
        return py.compare(three_valued(expr, scope), "is" if wanted else "is not", py.NONE)
    known = py.both(value_of(expr, scope).guards)
    if known is py.TRUE:
        return py.FALSE if wanted else py.TRUE
    return py.no(known) if wanted else known


def three_valued(expr: Expr, scope: Scope) -> ast.expr:
    """A condition as True, False or None in a variable, so that nesting never doubles the code."""
    found = scope.known.get(expr)
    if found is None:
        found = Value(scope.keep("b", _three_valued(expr, scope)))
        scope.known[expr] = found
    return found.top


def _three_valued(expr: Expr, scope: Scope) -> ast.expr:
    if isinstance(expr, t.ColumnRef):
        return column_value(expr, scope).top
    if isinstance(expr, t.FeatureRef):
        return three_valued(scope.plan.features[expr.name], scope)
    if isinstance(expr, t.Coalesce):
        result = three_valued(expr.parts[-1], scope)
        for part in reversed(expr.parts[:-1]):
            value = three_valued(part, scope)
            result = py.choose(py.not_none(value), value, result)
        return result
    if isinstance(expr, t.Case):
        result = py.NONE if expr.otherwise is None else three_valued(expr.otherwise, scope)
        for branch in reversed(expr.whens):
            result = py.choose(true_of(branch.condition, scope), three_valued(branch.value, scope), result)
        return result
    unmet = py.choose(false_of(expr, scope), py.FALSE, py.NONE)
    return py.choose(true_of(expr, scope), py.TRUE, unmet)


def _unemitted(expr: Expr, scope: Scope) -> Value:
    raise AssertionError("windows are emitted before they are read")  # python_windows does it


_VALUES = {
    t.ColumnRef: column_value, t.FeatureRef: _feature, t.AsOf: _as_of, t.Number: _number, t.Text: _literal,
    t.Truth: _literal, t.Day: _day, t.Add: _sum, t.Subtract: _sum, t.Times: _times, t.Negate: _negate,
    t.Case: _case, t.Coalesce: _coalesce, t.Ratio: _ratio, t.DaysBetween: _days_between,
    t.Lag: _unemitted, t.Window: _unemitted,
}  # fmt: skip
