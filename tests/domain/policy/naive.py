"""A second interpreter of the language, written only from its description: slow, on nested tuples, with
fractions.

An expression is a tuple whose first item names it. `text` writes it with every parenthesis; `value` gives
(value, blame): the value with None for NULL, and for NULL the set of what made it so ('history' or column
names).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from fullrecall.domain.tape import TapeRow

Expr = tuple[Any, ...]
MONEY = ("balance", "amount_due", "past_due_amount", "credit_limit")


def text(e: Expr) -> str:  # noqa: C901, PLR0912  (one case per form of the language)
    match e:
        case ("column", name):
            return str(name)
        case ("money", cents):
            return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
        case ("number", number) | ("truth", number):
            return str(number).lower()
        case ("not", x):
            return f"(not {text(x)})"
        case ("is null", x) | ("is not null", x):
            return f"({text(x)} {e[0]})"
        case ("negate", x):
            return f"(-{text(x)})"
        case ("times", factor, x):
            return f"({factor} * {text(x)})"
        case ("between", x, low, high):
            return f"({text(x)} between {text(low)} and {text(high)})"
        case ("in", x, options):
            return f"({text(x)} in ({', '.join(text(option) for option in options)}))"
        case ("case", condition, then, otherwise):
            tail = f" else {text(otherwise)}" if otherwise else ""
            return f"(case when {text(condition)} then {text(then)}{tail} end)"
        case (("coalesce" | "ratio") as name, a, b):
            return f"{name}({text(a)}, {text(b)})"
        case ("lag" | "max_over" | "min_over" | "sum_over" | "avg_over" | "count_over", x, n):
            return f"{e[0]}({text(x)}, {n})"
        case (op, a, b):
            return f"({text(a)} {op} {text(b)})"
    raise AssertionError(e)


def month_rows(row: TapeRow, history: list[TapeRow]) -> dict[int, TapeRow]:
    """The row that stands for each month: 0 is the row itself, 1 the month before."""
    found = {0: row}
    known = [h for h in history if h.known_at <= row.known_at]
    for h in sorted(known, key=lambda r: (r.as_of, r.known_at)):
        back = (row.as_of.year - h.as_of.year) * 12 + row.as_of.month - h.as_of.month
        if back > 0:
            found[back] = h
    return found


class Naive:
    def __init__(self, row: TapeRow, history: list[TapeRow]) -> None:
        self.months = month_rows(row, history)
        self.model = row.score_model

    def outcome(self, e: Expr) -> str:
        value, blame = self.value(e, 0)
        if value is not None:
            return "true" if value else "false"
        return "history" if blame == {"history"} else ",".join(sorted(blame - {"history"}))

    def value(self, e: Expr, month: int) -> tuple[Any, set[str]]:
        value, blame = self._value(e, month)
        return value, blame if value is None else set()

    def _value(self, e: Expr, month: int) -> tuple[Any, set[str]]:  # noqa: C901
        match e:
            case ("column", name):
                return self._column(name, month)
            case ("money" | "number" | "truth", literal):
                return literal, set()
            case ("is null", x):
                return self.value(x, month)[0] is None, set()
            case ("is not null", x):
                return self.value(x, month)[0] is not None, set()
            case ("and" | "or", a, b):
                return self._logic(e[0], self.value(a, month), self.value(b, month))
            case ("coalesce", a, b):
                first, why = self.value(a, month)
                second, why_second = self.value(b, month)
                return (first, set()) if first is not None else (second, why | why_second)
            case ("case", condition, then, otherwise):
                return self._case(condition, then, otherwise, month)
            case ("between", x, low, high):
                return self._value(("and", (">=", x, low), ("<=", x, high)), month)
            case ("in", x, options):
                value, why = self.value(x, month)
                return (None, why) if value is None else (value in [o[1] for o in options], set())
            case ("lag", x, n):
                return self.value(x, n) if n in self.months else (None, {"history"})
            case ("max_over" | "min_over" | "sum_over" | "avg_over" | "count_over", x, n):
                return self._window(e[0], x, n)
            case _:
                return self._strict(e, month)

    def _column(self, name: str, month: int) -> tuple[Any, set[str]]:
        r = self.months[month]
        if name == "score" and month > 0 and r.score_model != self.model:
            return None, {"history"}
        return getattr(r, name), {name}

    @staticmethod
    def _logic(word: str, a: tuple[Any, set[str]], b: tuple[Any, set[str]]) -> tuple[Any, set[str]]:
        decisive = word == "or"
        if a[0] is decisive or b[0] is decisive:
            return decisive, set()
        if a[0] is None or b[0] is None:
            return None, a[1] | b[1]
        return not decisive, set()

    def _case(self, condition: Expr, then: Expr, otherwise: Expr | None, month: int) -> tuple[Any, set[str]]:
        holds, why = self.value(condition, month)
        if holds:
            return self.value(then, month)
        if otherwise is None:
            return None, why | columns(condition)
        value, why_value = self.value(otherwise, month)
        return value, why | why_value

    def _window(self, word: str, x: Expr, n: int) -> tuple[Any, set[str]]:
        seen = [self.value(x, month) for month in range(n) if month in self.months]
        values = [value for value, _ in seen if value is not None]
        if not values:
            return None, set().union(*(why for _, why in seen))
        total = sum(values)
        return {
            "max_over": max(values), "min_over": min(values), "sum_over": total, "count_over": total,
            "avg_over": Fraction(total, len(values)),
        }[word], set()  # fmt: skip

    def _strict(self, e: Expr, month: int) -> tuple[Any, set[str]]:
        parts = [(part, set()) if isinstance(part, int) else self.value(part, month) for part in e[1:]]
        why = set().union(*(blame for _, blame in parts))
        if e[0] == "ratio" and parts[1][0] is not None and parts[1][0] <= 0:
            return None, why | columns(e[2])
        if any(value is None for value, _ in parts):
            return None, why
        values = [value for value, _ in parts]
        a, b = values[0], values[-1]
        return {
            "not": lambda: not a, "negate": lambda: -a, "times": lambda: a * b, "+": lambda: a + b,
            "-": lambda: a - b, "ratio": lambda: Fraction(a, b), "=": lambda: a == b, "<>": lambda: a != b,
            "<": lambda: a < b, "<=": lambda: a <= b, ">": lambda: a > b, ">=": lambda: a >= b,
        }[e[0]](), set()  # fmt: skip


def columns(e: Any) -> set[str]:
    if isinstance(e, tuple) and e and e[0] == "column":
        return {e[1]}
    return set().union(*(columns(part) for part in e)) if isinstance(e, (tuple, list)) else set()
