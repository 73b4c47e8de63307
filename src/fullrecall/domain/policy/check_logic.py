"""Logic and comparison in a policy expression: conditions must be conditions, and both sides of one unit."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.checker import UNIT_WORDS, Checker, Part
from fullrecall.domain.policy.tree import Unit

OPS: Mapping[type, t.Op] = {
    exp.EQ: t.Op.EQ,
    exp.NEQ: t.Op.NE,
    exp.LT: t.Op.LT,
    exp.LTE: t.Op.LE,
    exp.GT: t.Op.GT,
    exp.GTE: t.Op.GE,
}


def paren(checker: Checker, node: exp.Expression, at: int) -> Part:
    return checker.build(node.this)


def logic(checker: Checker, node: exp.Expression, at: int) -> Part:
    kind, flat, stack = type(node), [], [node]
    while stack:
        piece = stack.pop()
        inner = piece.unnest() if isinstance(piece, exp.Paren) else piece
        if type(inner) is kind:
            stack += [inner.expression, inner.this]
        else:
            flat.append(piece)
    parts = [checker.condition(piece) for piece in flat]
    kept = [part for part in parts if part is not None]
    if len(kept) < len(parts):
        return Part(None, at)
    return Part(t.And(tuple(kept)) if kind is exp.And else t.Or(tuple(kept)), at)


def negation(checker: Checker, node: exp.Expression, at: int) -> Part:
    value = checker.condition(node.this)
    return Part(None if value is None else t.Not(value), at)


def is_null(checker: Checker, node: exp.Expression, at: int) -> Part:
    if not isinstance(node.expression, exp.Null):
        return checker.wrong(
            at, "`is` only tests for NULL.", "Write `is null`, `is not null`, or = for equality."
        )
    value = checker.build(node.this)
    if isinstance(value.expr, (t.Number, t.Text, t.Truth)):
        return checker.wrong(at, "A literal is never NULL.", "Test a column.")
    return Part(None if value.expr is None else t.IsNull(value.expr), at)


def compare(checker: Checker, node: exp.Expression, at: int) -> Part:
    if isinstance(node.this, exp.Null) or isinstance(node.expression, exp.Null):
        return checker.wrong(at, "A comparison with NULL is never true.", "Write `is null` or `is not null`.")
    left, right = checker.meet([checker.build(node.this), checker.build(node.expression)], "compared with")
    if left is None or right is None:
        return Part(None, at)
    op = OPS[type(node)]
    unit = t.unit_of(left)
    if unit is Unit.BOOL:
        return checker.wrong(at, "Conditions are not compared.", "Use the condition itself, or not, and, or.")
    if unit is Unit.TEXT and op not in (t.Op.EQ, t.Op.NE):
        return checker.wrong(at, "Engines order texts differently.", "Compare texts with =, <> or in.")
    return Part(t.Compare(op, left, right), at)


def between(checker: Checker, node: exp.Expression, at: int) -> Part:
    if node.args.get("symmetric") is not None:
        return checker.wrong(at, "`symmetric` is not allowed.", "Write the smaller bound first.")
    parts = [checker.build(node.this), checker.build(node.args["low"]), checker.build(node.args["high"])]
    value, low, high = checker.meet(parts, "compared with")
    if value is None or low is None or high is None:
        return Part(None, at)
    if t.unit_of(value) in (Unit.TEXT, Unit.BOOL):
        return checker.wrong(at, f"{UNIT_WORDS[t.unit_of(value)].capitalize()} has no order.", "Use = or in.")
    return Part(t.Between(value, low, high), at)


def membership(checker: Checker, node: exp.Expression, at: int) -> Part:
    options = node.expressions
    if not options:
        return checker.wrong(at, "`in` needs a list of literals.", "Write in (1, 2) or in ('a', 'b').")
    found = checker.meet([checker.build(node.this), *map(checker.build, options)], "compared with")
    kept = [part for part in found if part is not None]
    if len(kept) < len(found):
        return Part(None, at)
    if not all(isinstance(option, (t.Number, t.Text, t.Day)) for option in kept[1:]):
        return checker.wrong(at, "`in` takes literals only.", "Use = and or for columns.")
    if t.is_fraction(kept[0]):
        return checker.wrong(at, "A ratio or average is not listed.", "Compare it with between, < or >.")
    return Part(t.In(kept[0], tuple(kept[1:])), at)
