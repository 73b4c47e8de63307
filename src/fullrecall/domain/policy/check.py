"""From the text of an expression to our typed tree: the two entry points and the allow-list of nodes."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from fullrecall.domain.policy import check_logic as logic
from fullrecall.domain.policy import check_values as values
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.bounds import fits_in_64_bits
from fullrecall.domain.policy.checker import UNIT_WORDS, Builder, Checker, Names, Part
from fullrecall.domain.policy.syntax import Report, parse_expression
from fullrecall.domain.policy.tree import Expr, Unit


def check_condition(text: str, names: Names, report: Report, *, windows: bool = True) -> Expr | None:
    """A condition (TRUE, FALSE or NULL), or None with every mistake reported."""
    part = _read(text, names, report, windows)
    if part is None or part.expr is None:
        return None
    if t.unit_of(part.expr) is not Unit.BOOL:
        what = UNIT_WORDS[t.unit_of(part.expr)]
        report(
            part.at,
            f"A condition is needed here, this is {what}.",
            "Compare it, such as days_past_due >= 30.",
        )
        return None
    return part.expr


def check_value(text: str, names: Names, report: Report) -> Expr | None:
    """Any value or condition: a feature or a scorecard characteristic."""
    part = _read(text, names, report, True)
    if part is None or part.expr is None:
        return None
    if isinstance(part.expr, (t.Number, t.Text)):
        report(part.at, "A literal alone has no unit.", "Write the literal where it is compared.")
        return None
    return part.expr


def _read(text: str, names: Names, report: Report, windows: bool) -> Part | None:
    parsed = parse_expression(text, report)
    if parsed is None:
        return None
    checker = Checker(parsed, names, report, ALLOWED)
    checker.windows = windows
    part = checker.build(parsed.tree)
    if part.expr is not None and not fits_in_64_bits(part.expr, names.bounds):
        report(
            part.at, "Values this large do not fit in 64 bits.", "Use smaller factors, windows or literals."
        )
        return None
    return part


ALLOWED: Mapping[type, Builder] = {
    exp.Column: Checker.leaf,
    exp.Null: Checker.null,
    exp.Paren: logic.paren,
    exp.And: logic.logic,
    exp.Or: logic.logic,
    exp.Not: logic.negation,
    exp.Is: logic.is_null,
    exp.Between: logic.between,
    exp.In: logic.membership,
    **dict.fromkeys(logic.OPS, logic.compare),
    exp.Add: values.plus_minus,
    exp.Sub: values.plus_minus,
    exp.Mul: values.product,
    exp.Neg: values.minus,
    exp.Case: values.case,
    exp.Anonymous: values.function,
}
