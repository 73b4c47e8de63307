"""What would avert it: for each fired rule, the smallest change of what the borrower can move that turns it.

A column that the borrower can move (Column.borrower_can_move) changes truth only where some comparison tips. Each
comparison is linear in the column, so it tips at most twice on the way; those places are found by bisection, and every
candidate is tried on the compiled policy itself. What is returned has been evaluated, never inferred.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, islice, product

import msgspec
from msgspec.structs import replace

from fullrecall.domain import tape
from fullrecall.domain.money import AMOUNT_MAX
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.document import Policy, Rule
from fullrecall.domain.policy.evaluate import Evaluator
from fullrecall.domain.policy.probe import columns_read, features_of, probe, shown_value
from fullrecall.domain.policy.scorecard import points_tree
from fullrecall.domain.policy.tree import Expr, Unit
from fullrecall.domain.policy.words import Said
from fullrecall.domain.tape import Column, TapeRow

COLUMNS_TOGETHER_MAX = 3
TRIES_MAX = 5_000


class Change(msgspec.Struct, frozen=True):
    """One column from its value to the nearest value that helps; whole numbers, money in minor units."""

    column: str
    before: int
    after: int


class Averting(msgspec.Struct, frozen=True):
    """changes: the smallest change found that keeps `rule` from firing, or None when no change the borrower can make does.

    As few columns as possible, then the smallest steps. The sentences say the same for people.
    """

    rule: str
    changes: tuple[Change, ...] | None
    zh: str
    en: str


def averting_change(
    policy: Policy, evaluator: Evaluator, row: TapeRow, history: Sequence[TapeRow]
) -> tuple[Averting, ...]:
    """An Averting for each rule that fires on the row."""
    fired = evaluator.decide(row, history).fired
    return tuple(_avert(policy.rule(rule_id), policy, evaluator, row, history) for rule_id in fired)


def _avert(
    rule: Rule, policy: Policy, evaluator: Evaluator, row: TapeRow, history: Sequence[TapeRow]
) -> Averting:
    columns = {column.name: column for column in (*tape.COLUMNS.values(), *policy.columns)}
    trees = _trees_behind(rule, policy)
    movable = [
        columns[name]
        for name in columns_read(trees, features_of(policy))
        if columns[name].borrower_can_move and isinstance(getattr(row, name, None), int)
    ]
    tips = {column.name: _candidates(column, trees, policy, evaluator, row, history) for column in movable}

    def turned(changed: TapeRow) -> bool:
        decision = evaluator.decide(changed, history)
        return rule.id not in decision.fired and rule.id not in {unknown.rule for unknown in decision.unknown}

    for together in range(1, min(COLUMNS_TOGETHER_MAX, len(movable)) + 1):
        found = _smallest(together, tips, row, turned)
        if found is not None:
            zh, en = _said(found, columns, row.currency)
            return Averting(rule.id, found, zh, en)
    return Averting(
        rule.id,
        None,
        "借款人自身的还款或用款变化无法避免该结果。",
        "No payment or lower use would avert this.",
    )


def _trees_behind(rule: Rule, policy: Policy) -> list[Expr]:
    """The rule and, if it reads the score and the policy makes it, the scorecard."""
    trees: list[Expr] = [rule.when]
    card = policy.scorecard
    if card is not None and "score" in columns_read(trees, features_of(policy)):
        trees += [points_tree(characteristic) for characteristic in card.characteristics]
    return trees


def _smallest(
    together: int, tips: Mapping[str, list[int]], row: TapeRow, turned: Callable[[TapeRow], bool]
) -> tuple[Change, ...] | None:
    """The first set of so many columns that turns the rule; among its values those with the smallest steps."""
    for names in combinations(tips, together):
        for values in islice(product(*(tips[name] for name in names)), TRIES_MAX):
            if turned(replace(row, **dict(zip(names, values, strict=True)))):
                changes = zip(names, values, strict=True)
                return tuple(Change(name, getattr(row, name), value) for name, value in changes)
    return None


def _candidates(
    column: Column,
    trees: list[Expr],
    policy: Policy,
    evaluator: Evaluator,
    row: TapeRow,
    history: Sequence[TapeRow],
) -> list[int]:
    """Values of a column in the borrower's direction at which some comparison tips, the smallest step first."""
    start: int = getattr(row, column.name)
    down = column.borrower_can_move == "down"
    end = min(start, 0) if down else AMOUNT_MAX
    atoms = tuple(_atoms(trees, policy))
    read = probe(atoms, policy, row.currency)

    def truths(value: int) -> tuple[object, ...]:
        return read(evaluator.scored(replace(row, **{column.name: value}), history), history)

    places = _tips(truths, start, end)
    return sorted(places, key=lambda value: abs(value - start))


def _atoms(trees: list[Expr], policy: Policy) -> list[Expr]:
    """Every comparison on the way, also those inside windows, seen on the row at hand."""
    found: dict[Expr, None] = {}
    for node in t.walk_open(trees, features_of(policy)):
        if isinstance(node, t.Between):
            found[t.Compare(t.Op.GE, node.value, node.low)] = None
            found[t.Compare(t.Op.LE, node.value, node.high)] = None
        elif isinstance(node, t.In):
            found |= {
                t.Compare(t.Op.LE, node.value, option): None for option in node.options if _ordered(option)
            }
        elif isinstance(node, t.Compare) and _ordered(node.left):
            found[t.Compare(t.Op.GE, node.left, node.right)] = None
            found[t.Compare(t.Op.GT, node.left, node.right)] = None
        elif isinstance(node, t.Ratio):
            found[t.Compare(t.Op.GT, node.denominator, t.Number(0, t.unit_of(node.denominator)))] = None
    return list(found)


def _ordered(expr: Expr) -> bool:
    return t.unit_of(expr) not in (Unit.TEXT, Unit.BOOL)


def _tips(truths: Callable[[int], tuple[object, ...]], start: int, end: int) -> set[int]:
    """First value after each tip of each comparison between start and end, and the end itself."""
    step = 1 if end > start else -1
    found = {end} - {start}
    pending = [(start, truths(start), end, truths(end))]
    while pending and len(found) < 500:
        near, near_truths, far, far_truths = pending.pop()
        if near_truths == far_truths:
            continue
        if far - near == step:
            found.add(far)
            continue
        middle = (near + far) // 2
        middle_truths = truths(middle)
        pending += [(near, near_truths, middle, middle_truths), (middle, middle_truths, far, far_truths)]
    return found


def _said(changes: tuple[Change, ...], columns: Mapping[str, Column], currency: str) -> tuple[str, str]:
    zh, en = [], []
    for change in changes:
        column = columns[change.column]
        unit = Unit(column.type.value)
        value = shown_value(change.after, unit, currency)
        value = f"{value} {currency}" if unit is Unit.MONEY else value
        less = change.after < change.before
        zh.append(f"{column.zh}{'降至' if less else '升至'}{value}")
        en.append(f"{column.name.replace('_', ' ')} {'down' if less else 'up'} to {value}")
    return "若" + "，且".join(zh) + "，则不会触发。", "It would not fire with " + " and ".join(en) + "."
