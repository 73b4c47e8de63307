"""The operations as SQL in the words DuckDB, PostgreSQL and Spark share; where they differ, by dialect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import msgspec

from fullrecall.analytics.engines.algebra import Kind
from fullrecall.domain.policy.tree import Op


def _doubled(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _escaped(text: str) -> str:
    """Spark reads backslashes in a text, and two quotes in a row as two texts."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Dialect(msgspec.Struct, frozen=True):
    """types: of each kind. fence: what ends a step so that it is computed once, not copied into the next."""

    types: dict[Kind, str]
    quote: str
    text: Callable[[str], str]
    whole: Callable[[int], str]
    days: Callable[[str, str], str]
    month: Callable[[str], str]
    fence: str = ""
    kept: str = ""  # what marks a step that is read several times


def _cast(value: int) -> str:
    return f"({value})::bigint"


DUCKDB = Dialect(
    types={Kind.WHOLE: "BIGINT", Kind.TEXT: "VARCHAR", Kind.DATE: "DATE", Kind.BOOL: "BOOLEAN"},
    quote='"', text=_doubled, whole=_cast,
    days=lambda start, end: f"date_diff('day', {start}, {end})",
    month=lambda day: f"(year({day}) * 12 + month({day}))",
    kept="MATERIALIZED ",
)  # fmt: skip
POSTGRES = Dialect(
    types={Kind.WHOLE: "bigint", Kind.TEXT: "text", Kind.DATE: "date", Kind.BOOL: "boolean"},
    quote='"', text=_doubled, whole=_cast,
    days=lambda start, end: f"({end} - {start})::bigint",
    month=lambda day: f"(extract(year from {day})::int * 12 + extract(month from {day})::int)",
    fence=" OFFSET 0", kept="MATERIALIZED ",
)  # fmt: skip
SPARK = Dialect(
    types={Kind.WHOLE: "BIGINT", Kind.TEXT: "STRING", Kind.DATE: "DATE", Kind.BOOL: "BOOLEAN"},
    quote="`", text=_escaped, whole=lambda value: f"{value}L",
    days=lambda start, end: f"CAST(datediff({end}, {start}) AS BIGINT)",
    month=lambda day: f"(year({day}) * 12 + month({day}))",
)  # fmt: skip


class SqlAlgebra:
    """See Algebra. Everything but a name or a literal stands in parentheses."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def column(self, name: str) -> str:
        return self.dialect.quote + name + self.dialect.quote

    def whole(self, value: int) -> str:
        return self.dialect.whole(value)

    def text(self, value: str) -> str:
        return self.dialect.text(value)

    def day(self, value: date) -> str:
        return f"DATE '{value.isoformat()}'"

    def truth(self, value: bool) -> str:
        return "TRUE" if value else "FALSE"

    def null(self, kind: Kind) -> str:
        return f"CAST(NULL AS {self.dialect.types[kind]})"

    def compare(self, op: Op, left: str, right: str) -> str:
        return f"({left} {op.value} {right})"

    def every(self, parts: Sequence[str]) -> str:
        return f"({' AND '.join(parts)})"

    def some(self, parts: Sequence[str]) -> str:
        return f"({' OR '.join(parts)})"

    def no(self, part: str) -> str:
        return f"(NOT {part})"

    def plus(self, left: str, right: str) -> str:
        return f"({left} + {right})"

    def minus(self, left: str, right: str) -> str:
        return f"({left} - {right})"

    def times(self, left: str, right: str) -> str:
        return f"({left} * {right})"

    def one_of(self, value: str, options: Sequence[str]) -> str:
        return f"({value} IN ({', '.join(options)}))"

    def is_null(self, value: str) -> str:
        return f"({value} IS NULL)"

    def same(self, left: str, right: str) -> str:
        return f"({left} IS NOT DISTINCT FROM {right})"

    def pick(self, whens: Sequence[tuple[str, str]], otherwise: str | None) -> str:
        branches = " ".join(f"WHEN {condition} THEN {value}" for condition, value in whens)
        return f"(CASE {branches}{f' ELSE {otherwise}' if otherwise is not None else ''} END)"

    def first(self, parts: Sequence[str]) -> str:
        return f"COALESCE({', '.join(parts)})"

    def days(self, start: str, end: str) -> str:
        return self.dialect.days(start, end)

    def largest(self, parts: Sequence[str]) -> str:
        return f"GREATEST({', '.join(parts)})" if len(parts) > 1 else parts[0]

    def smallest(self, parts: Sequence[str]) -> str:
        return f"LEAST({', '.join(parts)})" if len(parts) > 1 else parts[0]

    def total(self, parts: Sequence[str]) -> str:
        return f"({' + '.join(f'COALESCE({part}, {self.whole(0)})' for part in parts)})"

    def known(self, parts: Sequence[str]) -> str:
        return f"({' + '.join(self._counted(f'{part} IS NOT NULL') for part in parts)})"

    def holding(self, parts: Sequence[str]) -> str:
        return f"({' + '.join(self._counted(part) for part in parts)})"

    def _counted(self, condition: str) -> str:
        return f"CASE WHEN {condition} THEN {self.whole(1)} ELSE {self.whole(0)} END"

    def joined_bits(self, parts: Sequence[str]) -> str:
        return f"({' | '.join(f'COALESCE({part}, {self.whole(0)})' for part in parts)})"
