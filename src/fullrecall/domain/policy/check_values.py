"""Arithmetic, case and functions in a policy expression: what may be added, multiplied, looked back at."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.checker import UNIT_WORDS, WHOLE, Checker, Part
from fullrecall.domain.policy.syntax import word
from fullrecall.domain.policy.tree import Expr, Unit

MONTHS_MAX = 60
BRANCHES_MAX = 50
NUMBER_MAX = 10**17  # ten-thousandths


def plus_minus(checker: Checker, node: exp.Expression, at: int) -> Part:
    first, second = checker.build(node.this), checker.build(node.expression)
    adding = isinstance(node, exp.Add)
    if isinstance(first.expr, t.Number) and isinstance(second.expr, t.Number):
        sign = 1 if adding else -1
        return _folded(checker, at, first.expr.ten_thousandths + sign * second.expr.ten_thousandths)
    left, right = checker.meet([first, second], "added to" if adding else "subtracted from")
    if left is None or right is None:
        return Part(None, at)
    if refusal := _not_whole(left) or _not_whole(right):
        return checker.wrong(at, *refusal)
    return Part(t.Add(left, right) if adding else t.Subtract(left, right), at)


def _folded(checker: Checker, at: int, ten_thousandths: int) -> Part:
    if abs(ten_thousandths) > NUMBER_MAX:
        return checker.wrong(at, "This number is beyond 10^13.", "Write a smaller one.")
    return Part(t.Number(ten_thousandths, Unit.NUMBER), at)


def _not_whole(expr: Expr) -> tuple[str, str] | None:
    if t.is_fraction(expr):
        return "A ratio or average can only be compared.", "Compare it first, such as ratio(a, b) > 0.90."
    unit = t.unit_of(expr)
    if unit is Unit.DATE:
        return "Dates are not added.", "Use days_between(a, b)."
    if unit not in WHOLE:
        return (
            f"{UNIT_WORDS[unit].capitalize()} cannot be calculated with.",
            "Use amounts, days, counts or points.",
        )
    return None


def product(checker: Checker, node: exp.Expression, at: int) -> Part:
    first, second = checker.build(node.this), checker.build(node.expression)
    if first.expr is None or second.expr is None:
        return Part(None, at)
    factor, value = (
        (first.expr, second.expr) if isinstance(first.expr, t.Number) else (second.expr, first.expr)
    )
    if not isinstance(factor, t.Number):
        return checker.wrong(
            at, "Two columns are not multiplied.", "Multiply by a whole number, or compare a ratio."
        )
    if factor.ten_thousandths % t.SCALE:
        hint = "Doubles tie wrongly at the bound: compare a ratio, ratio(balance, credit_limit) >= 1.10."
        return checker.wrong(at, "A value is multiplied by whole numbers only.", hint)
    times = factor.ten_thousandths // t.SCALE
    if isinstance(value, t.Number):
        return _folded(checker, at, times * value.ten_thousandths)
    if refusal := _not_whole(value):
        return checker.wrong(at, *refusal)
    return Part(t.Times(times, value), at)


def minus(checker: Checker, node: exp.Expression, at: int) -> Part:
    value = checker.build(node.this).expr
    if value is None:
        return Part(None, at)
    if isinstance(value, t.Number):
        return _folded(checker, at, -value.ten_thousandths)
    if refusal := _not_whole(value):
        return checker.wrong(at, *refusal)
    return Part(t.Negate(value), at)


def case(checker: Checker, node: exp.Expression, at: int) -> Part:
    if node.this is not None:
        return checker.wrong(at, "`case x when` is not allowed.", "Write case when x = ... then ... end.")
    conditions: list[Expr | None] = []
    values: list[Part] = []
    for branch in node.args["ifs"]:
        conditions.append(checker.condition(branch.this))
        values.append(checker.build(branch.args["true"]))
    default = node.args.get("default")
    if default is not None and not isinstance(default, exp.Null):
        values.append(checker.build(default))
    met = _one_whole_unit(checker, at, values, "joined with")
    if met is None or any(condition is None for condition in conditions):
        return Part(None, at)
    whens = tuple(t.When(c, v) for c, v in zip(conditions, met, strict=False) if c is not None)
    otherwise = met[-1] if len(met) > len(whens) else None
    return Part(t.Case(whens, otherwise, t.unit_of(met[0])), at)


def _one_whole_unit(checker: Checker, at: int, parts: list[Part], verb: str) -> list[Expr] | None:
    if len(parts) > BRANCHES_MAX:
        checker.wrong(at, f"More than {BRANCHES_MAX} branches.", "Name some of them as a feature.")
        return None
    met = [value for value in checker.meet(parts, verb) if value is not None]
    if len(met) < len(parts):
        return None
    if any(t.is_fraction(value) for value in met):
        checker.wrong(
            at,
            "A ratio or average can only be compared.",
            "Compare first: coalesce(ratio(a, b) > 0.90, false).",
        )
        return None
    return met


def function(checker: Checker, node: exp.Expression, at: int) -> Part:
    token = checker.parsed.token_of(node)
    if token is None or word(token) not in _FUNCTIONS:
        return checker.wrong(at, "This function is not part of the policy language.", "")
    return _FUNCTIONS[word(token)](checker, node, token.start, word(token))


def _coalesce(checker: Checker, node: exp.Expression, at: int, name: str) -> Part:
    if len(node.expressions) < 2:
        return checker.wrong(at, "coalesce needs two values or more.", "Write coalesce(x, 0).")
    met = _one_whole_unit(checker, at, [checker.build(part) for part in node.expressions], "joined with")
    return Part(None if met is None else t.Coalesce(tuple(met), t.unit_of(met[0])), at)


def _pair(checker: Checker, node: exp.Expression, at: int, name: str) -> tuple[Part, Part] | None:
    if len(node.expressions) != 2:
        checker.wrong(
            at, f"{name} needs two arguments, {len(node.expressions)} given.", f"Write {name}(a, b)."
        )
        return None
    return checker.build(node.expressions[0]), checker.build(node.expressions[1])


def _ratio(checker: Checker, node: exp.Expression, at: int, name: str) -> Part:
    pair = _pair(checker, node, at, name)
    if pair is None:
        return Part(None, at)
    top, bottom = checker.meet(list(pair), "divided by")
    if top is None or bottom is None:
        return Part(None, at)
    if refusal := _not_whole(top) or _not_whole(bottom):
        return checker.wrong(at, *refusal)
    return Part(t.Ratio(top, bottom), at)


def _days_between(checker: Checker, node: exp.Expression, at: int, name: str) -> Part:
    pair = _pair(checker, node, at, name)
    if pair is None:
        return Part(None, at)
    ends = [
        checker.adapt(part, Unit.DATE, True, "counted as") if part.expr is not None else None for part in pair
    ]
    if ends[0] is None or ends[1] is None:
        return Part(None, at)
    return Part(t.DaysBetween(ends[0], ends[1]), at)


def _looking_back(checker: Checker, node: exp.Expression, at: int, name: str) -> tuple[Part, int] | None:
    """The value and the months of a window; the window may not stand where no history is, or inside
    another.
    """
    if not checker.windows:
        checker.wrong(at, f"{name} looks back; this condition sees one row only.", "Use columns of the row.")
        return None
    if checker.inside:
        checker.wrong(at, f"{name} stands inside {checker.inside}.", "Windows cannot be nested.")
        return None
    if len(node.expressions) != 2:
        checker.wrong(at, f"{name} needs a value and a number of months.", f"Write {name}(x, 3).")
        return None
    checker.inside = name
    value = checker.build(node.expressions[0])
    checker.inside = ""
    months = checker.build(node.expressions[1])
    if value.expr is None or months.expr is None:
        return None
    number = months.expr.ten_thousandths if isinstance(months.expr, t.Number) else 0
    if number % t.SCALE or not 1 <= number // t.SCALE <= MONTHS_MAX:
        checker.wrong(
            months.at,
            f"{name} looks back a whole number of months.",
            f"Write a number from 1 to {MONTHS_MAX}.",
        )
        return None
    if isinstance(value.expr, (t.Number, t.Text, t.Truth)):
        checker.wrong(value.at, f"{name} looks back at a literal, which never changes.", "Name a column.")
        return None
    return value, number // t.SCALE


def _lag(checker: Checker, node: exp.Expression, at: int, name: str) -> Part:
    found = _looking_back(checker, node, at, name)
    if found is None or found[0].expr is None:
        return Part(None, at)
    if t.unit_of(found[0].expr) is Unit.BOOL:
        return checker.wrong(at, "lag takes a value, not a condition.", "Use count_over(condition, n).")
    return Part(t.Lag(found[0].expr, found[1]), at)


def _window(checker: Checker, node: exp.Expression, at: int, name: str) -> Part:
    found = _looking_back(checker, node, at, name)
    if found is None or found[0].expr is None:
        return Part(None, at)
    value, kind = found[0].expr, t.WindowKind(name)
    unit = t.unit_of(value)
    if (kind is t.WindowKind.COUNT) is not (unit is Unit.BOOL):
        need = "a condition" if kind is t.WindowKind.COUNT else "a value"
        return checker.wrong(
            at,
            f"{name} takes {need}, this is {UNIT_WORDS[unit]}.",
            f"Write {name}({_EXAMPLES[kind]}, {found[1]}).",
        )
    if unit is not Unit.BOOL and (refusal := _not_whole(value)):
        return checker.wrong(
            at, f"{name}: {refusal[0]}", "Count instead: count_over(ratio(a, b) > 0.90, 6) >= 1."
        )
    return Part(t.Window(kind, value, found[1]), at)


_EXAMPLES = dict.fromkeys(t.WindowKind, "days_past_due") | {t.WindowKind.COUNT: "days_past_due >= 30"}
_FUNCTIONS: dict[str, Callable[[Checker, exp.Expression, int, str], Part]] = {
    "coalesce": _coalesce,
    "ratio": _ratio,
    "days_between": _days_between,
    "lag": _lag,
    **dict.fromkeys(t.WindowKind, _window),
}
