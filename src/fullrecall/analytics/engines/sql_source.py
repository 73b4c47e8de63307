"""The first step of an SQL engine, and the checks a tape must pass there: what a frame is refused for."""
# ruff: noqa: S608 - names are ours or quoted, literals are written by the dialect

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import polars as pl

from fullrecall.analytics.engines.algebra import Kind
from fullrecall.analytics.engines.lower import kind_of
from fullrecall.analytics.engines.plan import HERE, EarlierScores, Plan, plan_of
from fullrecall.analytics.engines.result import KEY, ROW, Raw, result_of
from fullrecall.analytics.engines.rule_blocks import rule_blocks
from fullrecall.analytics.engines.sql_algebra import Dialect, SqlAlgebra
from fullrecall.analytics.engines.sql_query import Query, probe
from fullrecall.analytics.engines.tape_columns import check_currency, too_large, wrong_currency
from fullrecall.domain.money import AMOUNT_MAX
from fullrecall.domain.policy.document import Policy
from fullrecall.domain.policy.tree import Unit
from fullrecall.domain.vocabulary import Mistake

Tape = Mapping[str, tuple[str, Unit]]


class Source(msgspec.Struct):
    """A tape in an SQL engine. columns: SQL of each policy column. order: SQL that orders rows of one key.

    ask: runs a query and gives its rows; fetch: runs a Query and gives its rows as a frame.
    """

    dialect: Dialect
    table: str
    columns: dict[str, str]
    ask: Callable[[str], list[tuple[Any, ...]]]
    fetch: Callable[[Query], pl.DataFrame]
    n: str | None = None
    order: str = "1"
    where: str = ""
    currency: str | None = None  # SQL of the row's currency, when other currencies are refused

    def select(self, tape: Tape, n: str | None = None) -> str:
        q = SqlAlgebra(self.dialect).column
        types = self.dialect.types
        told = [
            f"CAST({q('line_id')} AS {types[Kind.TEXT]}) AS {q('line_id')}",
            f"CAST({q('as_of')} AS {types[Kind.DATE]}) AS {q('as_of')}",
            f"CAST({q('known_at')} AS {types[Kind.DATE]}) AS {q('known_at')}",
        ]
        told += [f"{self.columns[name]} AS {q(inside)}" for name, (inside, _) in tape.items()]
        told += [f"{self.dialect.month(q('as_of'))} AS {q('month')}", f"1 AS {q(HERE)}"]
        if n is not None:
            told.append(f"CAST({n} AS {types[Kind.WHOLE]}) AS {q('n')}")
        return f"SELECT {', '.join(told)} FROM {self.table}{self.where}"


def evaluate_sql(policy: Policy, currency: str, open_source: Callable[[Tape], Source], dialect: Dialect,
                 earlier: EarlierScores) -> pl.DataFrame:  # fmt: skip
    """The decision on every row of the source, see result_of."""
    check_currency(policy, currency)
    plans = [plan_of(policy, currency, SqlAlgebra(dialect), rules, earlier) for rules in rule_blocks(policy)]
    tape = plans[0].tape
    source = open_source(tape)
    plain, repeats = _checked(source, tape, currency)
    q = SqlAlgebra(dialect).column
    key = ", ".join(q(name) for name in KEY[:3])
    n = source.n
    if n is None:
        n = f"ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY {source.order}) - 1" if repeats else "0"
    start = source.select(tape, n)
    return result_of([_raw(plan, source.fetch(Query(plan, dialect, start, plain=plain))) for plan in plans])


def _checked(source: Source, tape: Tape, currency: str) -> tuple[bool, bool]:
    """Whether every line is plain, and whether rows repeat a key."""
    whole = [inside for inside, unit in tape.values() if kind_of(unit) is Kind.WHOLE]
    select = source.select(tape)
    answer = source.ask(probe(whole, source.dialect, select))[0]
    odd, repeats, nameless, size = answer
    if nameless:
        raise Mistake(
            "A row of the tape has no line_id, as_of or known_at: correct the tape.", code="row_refused"
        )
    if size is not None and size > AMOUNT_MAX:
        _refuse_size(source, tape, select)
    if source.currency is not None:
        other = source.ask(
            f"SELECT line_id, as_of, {source.currency} FROM {source.table} "
            f"WHERE {source.currency} IS DISTINCT FROM {source.dialect.text(currency)} LIMIT 1"
        )
        if other:
            raise wrong_currency(other[0][0], other[0][1], other[0][2], currency)
    return not odd, bool(repeats)


def _refuse_size(source: Source, tape: Tape, select: str) -> None:
    q = SqlAlgebra(source.dialect).column
    for name, (inside, unit) in tape.items():
        if kind_of(unit) is Kind.WHOLE:
            large = source.ask(
                f"SELECT line_id, as_of FROM ({select}) tape WHERE ABS({q(inside)}) > {AMOUNT_MAX} LIMIT 1"
            )
            if large:
                raise too_large(large[0][0], large[0][1], name)


def _raw(plan: Plan[str], frame: pl.DataFrame) -> Raw:
    frame = frame.sort(KEY)
    masks = [f"m{index}" for index in range(len(plan.rules))]
    known = pl.all_horizontal(pl.col(name).is_null() for name in masks)
    why = frame.select(masks).with_row_index(ROW).filter(~known)
    return Raw(plan, frame.drop(masks), why)
