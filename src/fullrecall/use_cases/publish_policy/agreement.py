"""Does a policy say the same on every engine? Asked on a sample of the book, with NULLs and boundary rows
planted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec
from msgspec.structs import replace

from fullrecall.domain.money import digits_of
from fullrecall.domain.policy import Decision, Evaluator, Policy, compile_python
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.probe import columns_read, features_of
from fullrecall.domain.policy.scorecard import points_tree
from fullrecall.domain.policy.tree import Expr, Number, Unit
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports.policies import Engine, Lines

PLANTED_MAX = 400
SHOWN_MAX = 10


class Disagreement(msgspec.Struct, frozen=True):
    line_id: str
    as_of: date
    field: str
    python: str
    engine: str


class EngineAgreed(msgspec.Struct, frozen=True):
    """ran: False when it is not installed or could not run; `why` says so."""

    name: str
    ran: bool
    agrees: bool
    why: str = ""
    differences: tuple[Disagreement, ...] = ()


class Agreement(msgspec.Struct, frozen=True):
    """rows: how many every engine decided on. ok: at least Python ran and no engine that ran said
    otherwise.
    """

    ok: bool
    rows: int
    planted: int
    engines: tuple[EngineAgreed, ...]


def check_agreement(
    policy: Policy, currency: str, sample: Lines, engines: Sequence[Engine], missing: Mapping[str, str]
) -> Agreement:
    """sample: lines of the book; missing: engines that are not there, with the reason."""
    planted = list(_planted(policy, currency, sample))[:PLANTED_MAX]
    lines = [*sample, *planted]
    rows = [row for line in lines for row in line]
    wanted = decide_all(compile_python(policy, currency), lines)
    told = [EngineAgreed("python", True, True)]
    told += [_asked(engine, policy, currency, lines, rows, wanted) for engine in engines]
    told += [EngineAgreed(name, False, False, why) for name, why in missing.items()]
    ok = all(one.agrees for one in told if one.ran)
    return Agreement(ok, len(rows), sum(len(line) for line in planted), tuple(told))


def decide_all(evaluator: Evaluator, lines: Lines) -> list[Decision]:
    """Every row with the rows of its line before it, scores written by the policy itself."""
    found: list[Decision] = []
    for line in lines:
        scored: list[TapeRow] = []
        for row in line:
            decision = evaluator.decide(row, scored)
            found.append(decision)
            scored.append(replace(row, score=decision.score, score_model=decision.score_model))
    return found


def _asked(
    engine: Engine,
    policy: Policy,
    currency: str,
    lines: Lines,
    rows: Sequence[TapeRow],
    wanted: list[Decision],
) -> EngineAgreed:
    try:
        got = engine.decide(policy, currency, lines)
    except Mistake as mistake:
        return EngineAgreed(engine.name, False, False, mistake.sentence)
    found = [d for row, a, b in zip(rows, wanted, got, strict=True) for d in _differences(row, a, b)]
    return EngineAgreed(engine.name, True, not found, "", tuple(found[:SHOWN_MAX]))


def _differences(row: TapeRow, python: Decision, engine: Decision) -> Iterator[Disagreement]:
    for name in ("action", "trigger", "fired", "unknown", "insufficient", "score"):
        one, other = getattr(python, name), getattr(engine, name)
        if one != other:
            yield Disagreement(row.line_id, row.as_of, name, str(one), str(other))


def _planted(policy: Policy, currency: str, sample: Lines) -> Iterator[list[TapeRow]]:
    """One-row lines around every bound the policy names, and with each column it reads unknown."""
    base = _base(currency, sample)
    trees: list[Expr] = [rule.when for rule in policy.rules]
    trees += [points_tree(c) for c in policy.scorecard.characteristics] if policy.scorecard else []
    features = features_of(policy)
    numbers = [n for n in t.walk_open(trees, features) if isinstance(n, Number)]
    count = 0
    for name in columns_read(trees, features):
        held = getattr(base, name, None)
        values: Iterable[int | None] = (None,)
        if isinstance(held, int):
            unit = {c.name: Unit(c.type.value) for c in policy.columns}.get(name, Unit.COUNT)
            values = (None, 0, *_around(numbers, unit, currency))
        elif name not in TapeRow.__struct_fields__:
            yield [replace(base, line_id=f"planted-{count}", extra={**base.extra, name: None})]
            count += 1
            continue
        for value in values:
            yield [replace(base, line_id=f"planted-{count}", **{name: value})]
            count += 1


def _around(numbers: Iterable[Number], unit: Unit, currency: str) -> list[int]:
    scale = 10 ** digits_of(currency) if unit is Unit.MONEY else 1
    whole = {n.ten_thousandths * scale // t.SCALE for n in numbers if n.unit in (unit, Unit.RATIO)}
    return sorted({value + step for value in whole for step in (-1, 0, 1)})


def _base(currency: str, sample: Lines) -> TapeRow:
    for line in sample:
        if line:
            return line[-1]
    day = date(2026, 1, 31)
    return TapeRow(
        "planted",
        day,
        day,
        currency,
        100_000,
        50_000,
        5_000,
        5_000,
        0,
        0,
        50_000,
        50_000,
        700,
        "planted",
        0,
        1,
    )
