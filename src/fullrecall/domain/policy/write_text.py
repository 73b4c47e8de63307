"""A tree back to the text of the language: one spelling for one meaning."""

from __future__ import annotations

from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.tree import Expr, Number, Unit

# How tightly a node holds together; a part that holds less than its place asks for gets parentheses.
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _MINUS, _ATOM = range(8)
_LEVEL: dict[type, int] = {
    t.Or: _OR, t.And: _AND, t.Not: _NOT, t.Compare: _COMPARE, t.Between: _COMPARE, t.In: _COMPARE,
    t.IsNull: _COMPARE, t.Add: _SUM, t.Subtract: _SUM, t.Times: _PRODUCT, t.Negate: _MINUS,
}  # fmt: skip


def write_expression(expr: Expr) -> str:
    """The text of a tree; parsing it gives the same tree."""
    return _write(expr, _OR)


def _write(expr: Expr, place: int) -> str:
    text = _plain(expr)
    return f"({text})" if _level(expr) < place else text


def _level(expr: Expr) -> int:
    if isinstance(expr, Number) and expr.ten_thousandths < 0:
        return _MINUS
    if isinstance(expr, t.Times) and expr.factor < 0:
        return _PRODUCT
    return _LEVEL.get(type(expr), _ATOM)


def _plain(expr: Expr) -> str:
    match expr:
        case t.And(parts=parts):
            return " and ".join(_write(part, _NOT) for part in parts)
        case t.Or(parts=parts):
            return " or ".join(_write(part, _AND) for part in parts)
        case t.Not(value=t.IsNull(value=v)):
            return f"{_write(v, _SUM)} is not null"
        case t.Not(value=t.In() | t.Between() as inner):
            return _listed(inner, "not ")
        case t.Not(value=v):
            return f"not {_write(v, _NOT)}"
        case t.Compare(op=op, left=a, right=b):
            return f"{_write(a, _SUM)} {op.value} {_write(b, _SUM)}"
        case t.In() | t.Between():
            return _listed(expr, "")
        case t.IsNull(value=v):
            return f"{_write(v, _SUM)} is null"
        case _:
            return _value(expr)


def _listed(expr: t.In | t.Between, no: str) -> str:
    value = _write(expr.value, _SUM)
    if isinstance(expr, t.In):
        return f"{value} {no}in ({', '.join(_write(option, _OR) for option in expr.options)})"
    return f"{value} {no}between {_write(expr.low, _SUM)} and {_write(expr.high, _SUM)}"


def _value(expr: Expr) -> str:
    match expr:
        case t.Add(left=a, right=b):
            return f"{_write(a, _SUM)} + {_write(b, _PRODUCT)}"
        case t.Subtract(left=a, right=b):
            return f"{_write(a, _SUM)} - {_write(b, _PRODUCT)}"
        case t.Times(factor=factor, value=v):
            return f"{factor} * {_write(v, _MINUS)}"
        case t.Negate(value=v):
            return f"-{_write(v, _ATOM)}"
        case t.Case():
            return _case(expr)
        case t.ColumnRef(name=name) | t.FeatureRef(name=name):
            return name
        case _:
            return _function(expr)


def _case(expr: t.Case) -> str:
    whens = "".join(f" when {_write(w.condition, _OR)} then {_write(w.value, _OR)}" for w in expr.whens)
    otherwise = "" if expr.otherwise is None else f" else {_write(expr.otherwise, _OR)}"
    return f"case{whens}{otherwise} end"


def _function(expr: Expr) -> str:
    match expr:
        case t.Coalesce(parts=parts):
            return f"coalesce({', '.join(_write(part, _OR) for part in parts)})"
        case t.Ratio(numerator=a, denominator=b):
            return f"ratio({_write(a, _OR)}, {_write(b, _OR)})"
        case t.DaysBetween(start=a, end=b):
            return f"days_between({_write(a, _OR)}, {_write(b, _OR)})"
        case t.Lag(value=v, months=n):
            return f"lag({_write(v, _OR)}, {n})"
        case t.Window(kind=kind, value=v, months=n):
            return f"{kind.value}({_write(v, _OR)}, {n})"
        case _:
            return write_literal(expr)


def write_literal(expr: Expr) -> str:
    """A literal: money and broken ratios with two decimals or more, everything else without trailing
    zeros.
    """
    match expr:
        case t.AsOf():
            return "as_of"
        case t.Truth(value=truth):
            return "true" if truth else "false"
        case t.Text(value=text):
            return "'" + text.replace("'", "''") + "'"
        case t.Day(value=day):
            return f"'{day.isoformat()}'"
        case Number():
            return write_number(expr)
        case _:
            raise TypeError(type(expr).__name__)


def write_number(number: Number) -> str:
    whole, rest = divmod(abs(number.ten_thousandths), t.SCALE)
    decimals = f"{rest:04d}".rstrip("0")
    if number.unit is Unit.MONEY or (number.unit is Unit.RATIO and decimals):
        decimals = decimals.ljust(2, "0")
    sign = "-" if number.ten_thousandths < 0 else ""
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"
