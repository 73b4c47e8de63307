"""Reading literals outside expressions: bounds of bins, caps; the same words and limits as inside a rule."""

from __future__ import annotations

import re
from datetime import date

from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.checker import UNIT_WORDS, WHOLE, Names
from fullrecall.domain.policy.mistakes import Collector, shown
from fullrecall.domain.policy.positions import Node
from fullrecall.domain.policy.syntax import Report
from fullrecall.domain.policy.tree import Expr, Number, Unit

_NUMBER = re.compile(r"-?\d{1,14}(\.\d{1,4})?\Z", re.ASCII)


def reporter(node: Node, mistakes: Collector) -> Report:
    """Places of an expression's text as places in the file."""

    def report(offset: int, message: str, hint: str) -> None:
        mistakes.add(node.place_at(offset), message, hint)

    return report


def number_of(node: Node, unit: Unit, whole: bool, names: Names, mistakes: Collector) -> Number | None:
    """A number of a unit, at most four decimals, at most 10^13, held by the currency if it is money."""
    if node.kind != "text" or not _NUMBER.match(node.text):
        written = shown(node.text) if node.kind == "text" else f"a {node.kind}"
        mistakes.add(node.place, f"{written} is not a number.", "Write digits with at most four decimals.")
        return None
    sign = -1 if node.text.startswith("-") else 1
    digits, _, decimals = node.text.lstrip("-").partition(".")
    number = Number(sign * int(digits + decimals.ljust(4, "0")), unit)
    if abs(number.ten_thousandths) > 10**17:
        mistakes.add(node.place, f"{shown(node.text)} is beyond 10^13.", "Write a smaller number.")
        return None
    if whole and number.ten_thousandths % t.SCALE:
        mistakes.add(node.place, f"{UNIT_WORDS[unit].capitalize()} is whole.", "Write no decimals.")
        return None
    if refusal := names.price(number):
        mistakes.add(node.place, refusal)
        return None
    return number


def literal_of(node: Node, value: Expr, names: Names, mistakes: Collector) -> Expr | None:
    """A literal of the unit that `value` has."""
    unit = t.unit_of(value)
    if unit in WHOLE or unit is Unit.RATIO:
        whole = unit in WHOLE and unit is not Unit.MONEY and not t.is_fraction(value)
        return number_of(node, unit, whole, names, mistakes)
    if node.kind != "text" or not node.text.isprintable() or len(node.text) > 200:
        mistakes.add(node.place, "This is not a literal.", "Write one short value.")
        return None
    if unit is Unit.TEXT:
        return t.Text(node.text)
    if unit is Unit.BOOL and node.text in ("true", "false"):
        return t.Truth(node.text == "true")
    if unit is Unit.BOOL:
        mistakes.add(node.place, f"{shown(node.text)} is neither true nor false.", "Write true or false.")
        return None
    try:
        return t.Day(date.fromisoformat(node.text))
    except ValueError:
        mistakes.add(node.place, f"{shown(node.text)} is not a date.", "Write a date as 2024-01-31.")
        return None
