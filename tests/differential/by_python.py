"""The reference: the Python evaluator, row by row, in the shape of the engines; and the comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import polars as pl

from fullrecall.analytics.engines.lower import kind_of
from fullrecall.analytics.engines.plan import EarlierScores
from fullrecall.analytics.engines.polars_algebra import DTYPES
from fullrecall.analytics.engines.result import ACTION, KEY, RULES, TRIGGER, UNKNOWN
from fullrecall.domain.policy import Evaluator, Policy, compile_python
from fullrecall.domain.policy.tree import is_fraction, unit_of
from fullrecall.domain.tape import COLUMNS, TapeRow

DECISION = ["action", "trigger", "fired", "unknown", "insufficient"]


def by_python(
    policy: Policy, currency: str, rows: Sequence[TapeRow], earlier: EarlierScores = EarlierScores.POLICY
) -> pl.DataFrame:
    """rows: any order; of rows with one key the later counts more."""
    evaluator = compile_python(policy, currency)
    lines: dict[str, list[TapeRow]] = {}
    for row in rows:
        lines.setdefault(row.line_id, []).append(row)
    replayed = policy.scorecard is not None and earlier is EarlierScores.POLICY
    patterns: dict[tuple[Any, ...], int] = {}  # books have few different decisions, and lists are dear
    told: list[tuple[Any, ...]] = []
    for line in lines.values():
        line.sort(key=lambda row: (row.as_of, row.known_at))
        told += _line(evaluator, line, replayed, patterns)
    schema = _schema(policy)
    key = {name: schema[name] for name in KEY}
    rest = {name: schema[name] for name in schema if name not in {*KEY, *DECISION}}
    columns: list[Sequence[Any]] = list(zip(*told, strict=True))
    frame = pl.DataFrame(
        dict(zip([*key, "pattern", *rest], columns, strict=True)), schema={**key, "pattern": pl.Int64, **rest}
    )
    meant = pl.DataFrame(
        [(*start, [{"rule": u.rule, "columns": list(u.columns)} for u in unknown], short)
         for *start, unknown, short in patterns],
        schema={name: schema[name] for name in DECISION}, orient="row",
    ).select(pl.all().gather(frame["pattern"]))  # fmt: skip
    return pl.concat([frame, meant], how="horizontal").select(list(schema)).sort(KEY)


def _line(
    evaluator: Evaluator, line: list[TapeRow], replayed: bool, patterns: dict[tuple[Any, ...], int]
) -> list[tuple[Any, ...]]:
    history = line
    if replayed:
        history = [evaluator.scored(row, seen) for row, seen in _with_history(line, line, evaluator)]
    told = []
    n, above = 0, None
    for row, seen in _with_history(line, history, evaluator):
        key = (row.as_of, row.known_at)
        n, above = (n + 1 if key == above else 0), key
        d = evaluator.decide(row, seen)
        pattern = (d.action.value, d.trigger and d.trigger.value, d.fired, d.unknown, d.insufficient)
        code = patterns.setdefault(pattern, len(patterns))
        told.append((row.line_id, *key, n, code, d.score, d.score_model, *_features(evaluator, row, seen)))
    return told


def _with_history(
    line: list[TapeRow], history: list[TapeRow], evaluator: Evaluator
) -> Iterator[tuple[TapeRow, list[TapeRow]]]:
    """Each row with what a window could reach: rows above it, and not those of months too far back."""
    start = 0
    for index, row in enumerate(line):
        reach = row.as_of.year * 12 + row.as_of.month - evaluator.months_back
        while start < index and line[start].as_of.year * 12 + line[start].as_of.month < reach:
            start += 1
        yield row, history[start:index]


def _features(evaluator: Evaluator, row: TapeRow, history: Sequence[TapeRow]) -> list[Any]:
    if not evaluator.policy.features:
        return []
    values: list[Any] = []
    read = evaluator.features(row, history)
    for feature in evaluator.policy.features:
        value = read[feature.name]
        if not is_fraction(feature.value):
            values.append(value)
        elif isinstance(value, Fraction):
            values += [value.numerator, value.denominator]
        else:
            values += [None, None]
    return values


def _schema(policy: Policy) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "line_id": pl.String, "as_of": pl.Date, "known_at": pl.Date, "n": pl.Int64, "action": ACTION,
        "trigger": TRIGGER, "fired": RULES, "unknown": UNKNOWN, "insufficient": RULES, "score": pl.Int64,
        "score_model": pl.String,
    }  # fmt: skip
    for feature in policy.features:
        if is_fraction(feature.value):
            schema |= {f"feature.{feature.name}.{part}": pl.Int64 for part in ("numerator", "denominator")}
        else:
            schema[f"feature.{feature.name}"] = DTYPES[kind_of(unit_of(feature.value))]
    return schema


def same(engine: str, answer: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Every cell of every row; a difference is told with its row, column and both values."""
    assert answer.columns == expected.columns, engine
    assert answer.height == expected.height, f"{engine}: {answer.height} rows, {expected.height} expected"
    assert answer.select(KEY).equals(expected.select(KEY)), f"{engine}: other rows"
    for name in expected.columns:
        if name.endswith(".denominator"):
            continue
        if name.endswith(".numerator"):
            differs = _other_fraction(answer, expected, name)
        elif answer[name].equals(expected[name], null_equal=True):
            continue
        else:
            pairs = zip(answer[name].to_list(), expected[name].to_list(), strict=True)
            differs = pl.Series([got != wanted for got, wanted in pairs])
        at = differs.arg_max() if differs.any() else None
        if at is not None:
            raise AssertionError(
                f"{engine}: {differs.sum()} rows differ in {name}; first {answer.row(at, named=True)}, "
                f"expected {expected.row(at, named=True)}"
            )


def _other_fraction(answer: pl.DataFrame, expected: pl.DataFrame, top: str) -> pl.Series:
    """Python's fractions are reduced, an engine's are not: they meet by cross-multiplication."""
    bottom = top.removesuffix("numerator") + "denominator"
    a, b, c, d = (
        frame[name].cast(pl.Int128)
        for frame, name in ((answer, top), (answer, bottom), (expected, top), (expected, bottom))
    )
    return (a * d).ne_missing(b * c) | (a.is_null() != b.is_null())


def frame_of(rows: Sequence[TapeRow], extra: dict[str, Any]) -> pl.DataFrame:
    """Rows as the frame a tape file gives: columns by name, extra columns as `extra.NAME`."""
    names = ["line_id", "as_of", "known_at", "currency", *COLUMNS]
    dtypes: dict[str, Any] = {"as_of": pl.Date, "known_at": pl.Date}
    text = ("line_id", "currency", "score_model", "manual_action")
    schema = {name: dtypes.get(name, pl.String if name in text else pl.Int64) for name in names}
    schema |= {f"extra.{name}": dtype for name, dtype in extra.items()}
    cells = [
        tuple(getattr(row, name) for name in names) + tuple(row.extra.get(e) for e in extra) for row in rows
    ]
    return pl.DataFrame(cells, schema=schema, orient="row")
