"""A generated Python function from `ast`: compiled with empty builtins and a few named helpers, never from
text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from datetime import date
from types import CodeType, FunctionType
from typing import Any, NoReturn

from fullrecall.domain.money import AMOUNT_MAX
from fullrecall.domain.policy import pyast as py
from fullrecall.domain.policy.history import months_before
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Mistake


def made(definition: ast.FunctionDef, helpers: Mapping[str, object]) -> Callable[..., Any]:
    """The function of a definition; it can reach the helpers and nothing else."""
    module = ast.fix_missing_locations(ast.Module([definition], []))
    code = compile(module, "<policy>", "exec")
    body = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return FunctionType(body, {"__builtins__": {}, **_HELPERS, **helpers}, definition.name)


def _refuse(row: TapeRow, column: str, why: str) -> NoReturn:
    where = f"Line {row.line_id}, {row.as_of}, column {column}"
    raise Mistake(f"{where}: {why}. Correct the tape.", code="row_refused")


def _too_large(row: TapeRow, column: str) -> NoReturn:
    _refuse(row, column, f"the value is beyond {AMOUNT_MAX}")


def _wrong_currency(row: TapeRow, currency: str) -> NoReturn:
    raise Mistake(
        f"Line {row.line_id}, {row.as_of}: the row is in {row.currency}, the policy is used for {currency}.",
        code="row_refused",
    )


def _whole(value: object, column: str, row: TapeRow) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse(row, column, "a whole number is needed")
    if not -AMOUNT_MAX <= value <= AMOUNT_MAX:
        _too_large(row, column)
    return value


def _text(value: object, column: str, row: TapeRow) -> str | None:
    if value is None or isinstance(value, str):
        return value
    _refuse(row, column, "a text is needed")


def _bool(value: object, column: str, row: TapeRow) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    if value in (0, 1):
        return value == 1
    _refuse(row, column, "true or false (1 or 0) is needed")


def _date(value: object, column: str, row: TapeRow) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        _refuse(row, column, "a date such as 2024-01-31 is needed")


_HELPERS: dict[str, object] = {
    "_whole": _whole, "_text": _text, "_bool": _bool, "_date": _date, "_day": date, "_size": abs,
    "_too_large": _too_large, "_wrong_currency": _wrong_currency, "_months": months_before,
}  # fmt: skip


def opening(currency: str, reach: int) -> py.Block:
    """The first statements of every generated function: the row's currency, and its earlier rows by month."""
    wrong = ast.Expr(py.call("_wrong_currency", py.load("row"), py.const(currency)))
    block: py.Block = [py.when(py.compare(py.attr("row", "currency"), "<>", py.const(currency)), [wrong])]
    if reach:
        months = py.call("_months", py.load("row"), py.load("history"), py.const(reach))
        block.append(py.assign("months", months))
    return block
