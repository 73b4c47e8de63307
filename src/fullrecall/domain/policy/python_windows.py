"""Windows over earlier rows as Python `ast`: the last row known of each month, walked once per window
length.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from fullrecall.domain.policy import pyast as py
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.python_values import Scope, Value, false_of, ready_features, true_of, value_of
from fullrecall.domain.policy.tree import Expr, WindowKind

MONTHS = "months"  # variable: months[k] is the last row known of the k-th month before, or None


def windows_in(trees: Iterable[Expr], features: Mapping[str, Expr]) -> list[t.Lag | t.Window]:
    """Every window the trees read, features opened, each once, in the order met."""
    found = (node for node in t.walk_open(trees, features) if isinstance(node, (t.Lag, t.Window)))
    return list(dict.fromkeys(found))


def months_back(trees: Iterable[Expr], features: Mapping[str, Expr]) -> int:
    """How many earlier months the trees can see."""
    windows = windows_in(trees, features)
    return max((w.months if isinstance(w, t.Lag) else w.months - 1 for w in windows), default=0)


def emit_windows(windows: Iterable[t.Lag | t.Window], scope: Scope) -> None:
    """Statements that fill the variables of windows not emitted yet; afterwards value_of finds them."""
    by_length: dict[int, list[t.Window]] = {}
    for window in windows:
        if window in scope.known:
            continue
        if isinstance(window, t.Lag):
            scope.known[window] = _lag(window, scope)
        else:
            by_length.setdefault(window.months, []).append(window)
    for months, group in by_length.items():
        _emit_group(months, group, scope)


def row_of_month(months: int) -> ast.expr:
    return py.item(MONTHS, months)


def _lag(lag: t.Lag, scope: Scope) -> Value:
    row, top = scope.plan.fresh("h"), scope.plan.fresh("lag")
    bottom = scope.plan.fresh("lag") if t.is_fraction(lag.value) else None
    scope.body += [py.assign(row, row_of_month(lag.months)), py.assign(top, py.NONE)]
    body: py.Block = []
    earlier = scope.earlier(row, body)
    ready_features([lag.value], earlier)
    value = value_of(lag.value, earlier)
    found: py.Block = [py.assign(top, value.top)]
    if bottom is not None and value.bottom is not None:
        found.append(py.assign(bottom, value.bottom))
    _under(value.guards, found, body)
    scope.body.append(py.when(py.not_none(py.load(row)), body))
    kept = py.load(top)
    return Value(kept, py.load(bottom) if bottom else None, (py.not_none(kept),))


def _under(guards: tuple[ast.expr, ...], then: py.Block, body: py.Block) -> None:
    condition = py.both(guards)
    if condition is py.TRUE:
        body.extend(then)
    else:
        body.append(py.when(condition, then))


def rows_of(months: int) -> ast.expr:
    """The earlier rows of a window of so many months; None for a month without a row."""
    return ast.Subscript(py.load(MONTHS), ast.Slice(py.const(1), py.const(months)), ast.Load())


def _emit_group(months: int, group: list[t.Window], scope: Scope) -> None:
    names = {window: (scope.plan.fresh("w"), scope.plan.fresh("n")) for window in group}
    ready_features([window.value for window in group], scope)
    for window in group:
        _begin(window, *names[window], scope)
    if months > 1:
        row = scope.plan.fresh("h")
        body: py.Block = []
        earlier = scope.earlier(row, body)
        ready_features([window.value for window in group], earlier)
        for window in group:
            _step(window, *names[window], earlier)
        scope.body.append(py.each(row, rows_of(months), [py.when(py.not_none(py.load(row)), body)]))
    for window in group:
        scope.known[window] = _result(window, *names[window])


def _begin(window: t.Window, total: str, count: str, scope: Scope) -> None:
    """The row at hand is the first of the window."""
    start = py.NONE if window.kind in (WindowKind.MAX, WindowKind.MIN) else py.const(0)
    scope.body.append(py.assign(total, start))
    if window.kind not in (WindowKind.MAX, WindowKind.MIN):
        scope.body.append(py.assign(count, py.const(0)))
    _step(window, total, count, scope)


def _step(window: t.Window, total: str, count: str, scope: Scope) -> None:
    if window.kind is WindowKind.COUNT:
        counted = [py.add_to(total, "+", py.const(1)), py.add_to(count, "+", py.const(1))]
        unmet = py.when(false_of(window.value, scope), [py.add_to(count, "+", py.const(1))])
        scope.body.append(py.when(true_of(window.value, scope), counted, [unmet]))
        return
    value = value_of(window.value, scope)
    if window.kind in (WindowKind.SUM, WindowKind.AVG):
        then = [py.add_to(total, "+", value.top), py.add_to(count, "+", py.const(1))]
    else:
        op = ">" if window.kind is WindowKind.MAX else "<"
        better = py.either([py.is_none(py.load(total)), py.compare(value.top, op, py.load(total))])
        then = [py.when(better, [py.assign(total, value.top)])]
    _under(value.guards, then, scope.body)


def _result(window: t.Window, total: str, count: str) -> Value:
    top = py.load(total)
    if window.kind in (WindowKind.MAX, WindowKind.MIN):
        return Value(top, None, (py.not_none(top),))
    seen = py.load(count)
    bottom = seen if window.kind is WindowKind.AVG else None
    return Value(top, bottom, (py.compare(seen, ">", py.const(0)),))
