"""Small builders of Python `ast` nodes; user text only ever becomes a constant, never a name."""

from __future__ import annotations

import ast
from collections.abc import Sequence

_OPS: dict[str, type[ast.cmpop]] = {
    "=": ast.Eq, "<>": ast.NotEq, "<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE,
    "is": ast.Is, "is not": ast.IsNot, "in": ast.In, "not in": ast.NotIn,
}  # fmt: skip
INVERSE = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<", "in": "not in", "not in": "in"}
_ARITHMETIC: dict[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "|": ast.BitOr}
Block = list[ast.stmt]


def const(value: object) -> ast.expr:
    return ast.Constant(value)  # type: ignore[arg-type]


NONE = const(None)
TRUE = const(True)
FALSE = const(False)


def load(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def attr(of: str, name: str) -> ast.expr:
    return ast.Attribute(load(of), name, ast.Load())


def call(function: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(load(function), list(arguments), [])


def method(of: ast.expr, name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(of, name, ast.Load()), list(arguments), [])


def item(of: str, index: int) -> ast.expr:
    return ast.Subscript(load(of), const(index), ast.Load())


def compare(left: ast.expr, op: str, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [_OPS[op]()], [right])


def is_none(value: ast.expr) -> ast.expr:
    return compare(value, "is", NONE)


def not_none(value: ast.expr) -> ast.expr:
    return compare(value, "is not", NONE)


def arithmetic(left: ast.expr, op: str, right: ast.expr) -> ast.expr:
    if op == "*" and isinstance(right, ast.Constant) and right.value == 1:
        return left
    return ast.BinOp(left, _ARITHMETIC[op](), right)


def negative(value: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.USub(), value)


def no(value: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), value)


def both(parts: Sequence[ast.expr]) -> ast.expr:
    """and of all; TRUE of none."""
    kept = [part for part in parts if part is not TRUE]
    if not kept:
        return TRUE
    return kept[0] if len(kept) == 1 else ast.BoolOp(ast.And(), kept)


def either(parts: Sequence[ast.expr]) -> ast.expr:
    """or of all; FALSE of none."""
    kept = [part for part in parts if part is not FALSE]
    if not kept:
        return FALSE
    return kept[0] if len(kept) == 1 else ast.BoolOp(ast.Or(), kept)


def choose(condition: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.expr:
    return then if condition is TRUE else ast.IfExp(condition, then, otherwise)


def assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def add_to(name: str, op: str, value: ast.expr) -> ast.stmt:
    return ast.AugAssign(ast.Name(name, ast.Store()), _ARITHMETIC[op](), value)


def when(condition: ast.expr, then: Block, otherwise: Block | None = None) -> ast.stmt:
    return ast.If(condition, then or [ast.Pass()], otherwise or [])


def each(name: str, of: ast.expr, body: Block) -> ast.stmt:
    return ast.For(ast.Name(name, ast.Store()), of, body or [ast.Pass()], [])


def give(value: ast.expr) -> ast.stmt:
    return ast.Return(value)


def function(name: str, parameters: Sequence[str], body: Block) -> ast.FunctionDef:
    arguments = ast.arguments([], [ast.arg(p) for p in parameters], None, [], [], None, [])
    return ast.FunctionDef(name, arguments, body, [])
