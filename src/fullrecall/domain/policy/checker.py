"""The checker behind every expression: leaves, units that must meet, and where a mistake is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import msgspec
from sqlglot import Token, TokenType, exp

from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.mistakes import did_you_mean, shown
from fullrecall.domain.policy.syntax import FUNCTIONS, Parsed, Report, word
from fullrecall.domain.policy.tree import Expr, Unit

NODES_DEEP_MAX = 60
WHOLE = (Unit.MONEY, Unit.DAYS, Unit.COUNT, Unit.SCORE)
UNIT_WORDS = {
    Unit.MONEY: "an amount of money", Unit.DAYS: "days", Unit.COUNT: "a count", Unit.SCORE: "score points",
    Unit.DATE: "a date", Unit.TEXT: "a text",
    Unit.BOOL: "a condition", Unit.RATIO: "a ratio", Unit.NUMBER: "a number",
}  # fmt: skip


_UNIT_HINTS = {
    Unit.MONEY: "Compare an amount with an amount or a number such as 100.00.",
    Unit.DAYS: "Compare days with days or a whole number.",
    Unit.RATIO: "Compare a ratio with a number such as 0.90.",
    Unit.SCORE: "Compare a score with a score or a whole number.",
    Unit.DATE: "Compare a date with a date such as '2024-01-31', or use days_between(a, b).",
    Unit.TEXT: "Compare a text with a text in single quotes.",
    Unit.BOOL: "Use conditions with and, or, not.",
}


class Names(msgspec.Struct):
    """What an expression may speak of. `price` refuses a money literal that the policy's currency cannot
    hold.
    """

    columns: Mapping[str, Unit]
    features: Mapping[str, Expr]
    price: Callable[[t.Number], str] = lambda number: ""
    bounds: Mapping[str, tuple[int, int]] = {}  # of the features, see bounds.py
    later: tuple[str, ...] = ()  # features that stand further down


class Part(msgspec.Struct):
    """A checked piece: its tree (None when a mistake in it was told already) and where it begins."""

    expr: Expr | None
    at: int


Builder = Callable[["Checker", exp.Expression, int], Part]


class Checker:
    def __init__(
        self, parsed: Parsed, names: Names, report: Report, builders: Mapping[type, Builder]
    ) -> None:
        self.parsed = parsed
        self.names = names
        self.say = report
        self.builders = builders
        self.windows = True  # False where no history is at hand
        self.inside = ""  # name of the window around the piece at hand
        self.deep = 0

    def build(self, node: exp.Expression) -> Part:
        at = self.parsed.offset_of(node)
        self.deep += 1
        try:
            if self.deep > NODES_DEEP_MAX:
                return self.wrong(
                    at, "The expression is nested too deep.", "Name the inner parts as features."
                )
            return self._build(node, at)
        finally:
            self.deep -= 1

    def wrong(self, at: int, message: str, hint: str = "") -> Part:
        self.say(at, message, hint)
        return Part(None, at)

    def _build(self, node: exp.Expression, at: int) -> Part:
        method = self.builders.get(type(node))
        if method is not None:
            return method(self, node, at)
        return self.wrong(
            at, "The expression cannot be understood here.", "See docs/concepts/policy.md for what is."
        )

    def condition(self, node: exp.Expression) -> Expr | None:
        """A piece that must be TRUE, FALSE or NULL."""
        part = self.build(node)
        if part.expr is not None and t.unit_of(part.expr) is not Unit.BOOL:
            what = UNIT_WORDS[t.unit_of(part.expr)]
            return self.wrong(part.at, f"A condition is needed here, this is {what}.", "Compare it.").expr
        return part.expr

    # leaves

    def leaf(self, node: exp.Expression, at: int) -> Part:
        token = self.parsed.token_of(node)
        if token is None:
            return self.wrong(at, "A single name is needed here.", "")
        if token.token_type is TokenType.STRING:
            return self.text(token, at)
        if token.token_type is TokenType.NUMBER:
            whole, _, decimals = token.text.partition(".")
            return Part(t.Number(int(whole + decimals.ljust(4, "0")), Unit.NUMBER), at)
        if token.token_type in (TokenType.TRUE, TokenType.FALSE):
            return Part(t.Truth(token.token_type is TokenType.TRUE), at)
        return self.name(word(token), at)

    def text(self, token: Token, at: int) -> Part:
        if len(token.text) > 200 or any(not c.isprintable() for c in token.text):
            return self.wrong(
                at, f"The text {shown(token.text)} is too long or not printable.", "At most 200 characters."
            )
        return Part(t.Text(token.text), at)

    def name(self, name: str, at: int) -> Part:
        if name == "as_of":
            return Part(t.AsOf(), at)
        if name in self.names.features:
            return self.feature(name, at)
        if name in self.names.columns:
            return Part(t.ColumnRef(name, self.names.columns[name]), at)
        if name in self.names.later:
            return self.wrong(at, f"The feature {name} stands further down.", "Move it up, above this one.")
        known = [*self.names.features, *self.names.columns, "as_of"]
        hint = did_you_mean(name, [*known, *FUNCTIONS])
        return self.wrong(
            at,
            f"Unknown column {shown(name)}.",
            hint or "The tape has " + ", ".join(sorted(self.names.columns)[:30]) + ".",
        )

    def feature(self, name: str, at: int) -> Part:
        tree = self.names.features[name]
        if reads_history(tree, self.names.features):
            if self.inside:
                return self.wrong(
                    at,
                    f"The feature {name} looks back itself, inside {self.inside}.",
                    "Windows cannot be nested.",
                )
            if not self.windows:
                return self.wrong(
                    at,
                    f"The feature {name} looks back; this condition sees one row only.",
                    "Use columns of the row.",
                )
        return Part(t.FeatureRef(name, t.unit_of(tree), t.is_fraction(tree)), at)

    def null(self, node: exp.Expression, at: int) -> Part:
        return self.wrong(at, "NULL stands alone here.", "Test with `is null` or `is not null`.")

    def meet(self, parts: list[Part], verb: str) -> list[Expr | None]:
        """Bring values to one unit: literals take the unit of the others; anything else that differs is a
        mistake.
        """
        values = [part.expr for part in parts]
        leading = next((v for v in values if v is not None and not _is_literal(v)), None)
        if leading is None:
            leading = next((v for v in values if v is not None), None)
        if leading is None or any(v is None for v in values):
            return [None] * len(values)
        unit = t.unit_of(leading)
        unit = Unit.COUNT if unit is Unit.NUMBER else unit
        exact = not any(v is not None and t.is_fraction(v) for v in values)
        return [self.adapt(part, unit, exact, verb) for part in parts]

    def adapt(self, part: Part, unit: Unit, exact: bool, verb: str) -> Expr | None:
        expr = part.expr
        assert expr is not None  # noqa: S101  (meet has looked)
        if t.unit_of(expr) is unit:
            return expr
        if isinstance(expr, t.Text) and unit is Unit.DATE:
            return self.day(expr, part.at)
        if not isinstance(expr, t.Number) or unit not in (*WHOLE, Unit.RATIO):
            hint = _UNIT_HINTS.get(unit, "Both sides need the same unit.")
            what = UNIT_WORDS[t.unit_of(expr)]
            return self.wrong(part.at, f"{UNIT_WORDS[unit].capitalize()} is {verb} {what}.", hint).expr
        if unit in WHOLE and unit is not Unit.MONEY and exact and expr.ten_thousandths % t.SCALE:
            return self.wrong(
                part.at, f"{UNIT_WORDS[unit].capitalize()} is whole.", "Write a number without decimals."
            ).expr
        number = t.Number(expr.ten_thousandths, unit)
        if refusal := self.names.price(number):
            return self.wrong(part.at, refusal).expr
        return number

    def day(self, expr: t.Text, at: int) -> Expr | None:
        try:
            return t.Day(date.fromisoformat(expr.value))
        except ValueError:
            return self.wrong(at, f"{shown(expr.value)} is not a date.", "Write a date as '2024-01-31'.").expr


def _is_literal(expr: Expr) -> bool:
    return isinstance(expr, (t.Number, t.Text))


def reads_history(expr: Expr, features: Mapping[str, Expr]) -> bool:
    """Whether a value looks at earlier rows, itself or through a feature."""
    return any(isinstance(node, (t.Lag, t.Window)) for node in t.walk_open([expr], features))
