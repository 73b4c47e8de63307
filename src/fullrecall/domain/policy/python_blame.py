"""Why a condition is NULL, as Python `ast`: bit 0 for missing history, one bit for each column that was NULL.

Emitted into the branch that is only taken when a rule is NULL, so an ordinary row never pays for it. A part
whose value is known is never blamed: `false or NULL` blames the right side, `coalesce(x, 0)` blames nothing.
"""

from __future__ import annotations

import ast

import msgspec

from fullrecall.domain.policy import pyast as py
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.python_values import Scope, ready_features, three_valued, true_of, value_of
from fullrecall.domain.policy.python_windows import row_of_month, rows_of
from fullrecall.domain.policy.tree import Expr, Unit

HISTORY = 1


class Blame(msgspec.Struct):
    """`mask` is the variable that collects; `bits` gives each column its bit."""

    mask: str
    bits: dict[str, int]

    def bit(self, column: str) -> int:
        return self.bits.setdefault(column, 2 << len(self.bits))


def blame_all(expr: Expr, scope: Scope, to: Blame) -> None:
    """Statements that blame what makes `expr` NULL; first its features, each once into its own variable."""
    for reference in ready_features([expr], scope):
        if reference.name not in scope.blamed:
            mask = scope.plan.fresh("m")
            scope.body.append(py.assign(mask, py.const(0)))
            blame(scope.plan.features[reference.name], scope, Blame(mask, to.bits))
            scope.blamed[reference.name] = mask
    blame(expr, scope, to)


def blame(expr: Expr, scope: Scope, to: Blame) -> None:
    """Statements that blame what makes `expr` NULL; they do nothing when it is not."""
    match expr:
        case t.ColumnRef():
            _blame_column(expr, scope, to)
        case t.FeatureRef(name=name):
            scope.body.append(py.add_to(to.mask, "|", py.load(scope.blamed[name])))
        case t.Lag():
            _blame_lag(expr, scope, to)
        case t.Window():
            _blame_window(expr, scope, to)
        case t.And() | t.Or() | t.Coalesce() | t.Between():
            inner: py.Block = []
            guarded = scope.inside(inner)
            unknown = _is_null(expr, guarded)
            branch: py.Block = []
            for child in t.children(expr):
                blame(child, guarded.inside(branch), to)
            scope.body += [*inner, py.when(unknown, branch)]
        case t.Case():
            _blame_case(expr, scope, to)
        case t.Ratio(numerator=top, denominator=bottom):
            blame(top, scope, to)
            _blame_denominator(bottom, scope, to)
        case _:
            for child in () if isinstance(expr, t.IsNull) else t.children(expr):
                blame(child, scope, to)


def _blame_case(expr: t.Case, scope: Scope, to: Blame) -> None:
    """The value taken, and conditions before it that were NULL; without a value taken, all the conditions
    read.
    """
    here: py.Block = []
    inner = scope.inside(here)
    unknown = _is_null(expr, inner)
    block: py.Block = []
    _blame_branches(expr, 0, inner.inside(block), to)
    scope.body += [*here, py.when(unknown, block)]


def _blame_branches(expr: t.Case, index: int, scope: Scope, to: Blame) -> None:
    if index < len(expr.whens):
        branch = expr.whens[index]
        taken = true_of(branch.condition, scope)
        then: py.Block = []
        otherwise: py.Block = []
        blame(branch.value, scope.inside(then), to)
        blame(branch.condition, scope.inside(otherwise), to)
        _blame_branches(expr, index + 1, scope.inside(otherwise), to)
        scope.body.append(py.when(taken, then, otherwise))
    elif expr.otherwise is not None:
        blame(expr.otherwise, scope, to)
    else:
        scope.body.append(_add(to, _columns_bits([branch.condition for branch in expr.whens], scope, to)))


def _columns_bits(exprs: list[Expr], scope: Scope, to: Blame) -> int:
    bits = 0
    for node in t.walk_open(exprs, scope.plan.features):
        if isinstance(node, t.ColumnRef):
            bits |= to.bit(node.name)
    return bits


def _is_null(expr: Expr, scope: Scope) -> ast.expr:
    if t.unit_of(expr) is Unit.BOOL:
        return py.is_none(three_valued(expr, scope))
    return py.no(py.both(value_of(expr, scope).guards))


def _add(to: Blame, bits: int) -> ast.stmt:
    return py.add_to(to.mask, "|", py.const(bits))


def _blame_column(expr: t.ColumnRef, scope: Scope, to: Blame) -> None:
    null = _is_null(expr, scope)
    then: py.Block = [_add(to, to.bit(expr.name))]
    if expr.name == "score" and not scope.current:
        other = py.compare(py.attr(scope.row, "score_model"), "<>", scope.plan.model)
        then = [py.when(other, [_add(to, HISTORY)], then)]
    scope.body.append(py.when(null, then))


def _blame_denominator(bottom: Expr, scope: Scope, to: Blame) -> None:
    blame(bottom, scope, to)
    value = value_of(bottom, scope)
    low = py.both([*value.guards, py.compare(value.top, "<=", py.const(0))])
    scope.body.append(py.when(low, [_add(to, _columns_bits([bottom], scope, to))]))


def _blame_lag(lag: t.Lag, scope: Scope, to: Blame) -> None:
    row = scope.plan.fresh("h")
    body: py.Block = []
    blame_all(lag.value, scope.earlier(row, body), to)
    scope.body.append(py.assign(row, row_of_month(lag.months)))
    scope.body.append(py.when(py.is_none(py.load(row)), [_add(to, HISTORY)], body))


def _blame_window(window: t.Window, scope: Scope, to: Blame) -> None:
    """A window is NULL only when its value is NULL in every row."""
    row = scope.plan.fresh("h")
    now: py.Block = []
    blame_all(window.value, scope.inside(now), to)
    if window.months > 1:
        body: py.Block = []
        blame_all(window.value, scope.earlier(row, body), to)
        now.append(py.each(row, rows_of(window.months), [py.when(py.not_none(py.load(row)), body)]))
    null = py.no(py.both(value_of(window, scope).guards))
    scope.body.append(py.when(null, now))
