"""What would avert it: for each fired rule, the smallest change of what the borrower can move that turns it.

A column that the borrower can move (Column.borrower_can_move) changes truth only where some comparison tips.
Each comparison is linear in the column, so it tips at most twice on the way; those places are found by
bisection, and every candidate is tried on the compiled policy itself. What is returned has been evaluated,
never inferred.
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
from fullrecall.domain.tape import Column, TapeRow

COLUMNS_TOGETHER_MAX = 3
TRIES_MAX = 5_000


class Change(msgspec.Struct, frozen=True):
    """One column from its value to the nearest value that helps; whole numbers, money in minor units."""

    column: str
    before: int
    after: int


class Averting(msgspec.Struct, frozen=True):
    """changes: the smallest change found that keeps `rule` from firing, or None when none of the borrower's
    does.

    As few columns as possible, amounts before days, then the smallest steps; each column is moved by itself.
    pay: the smallest single payment (minor units) that keeps it from firing when everything a payment moves
    is moved together, or None. The sentences say the same for people.
    """

    rule: str
    changes: tuple[Change, ...] | None
    pay: int | None
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
    case = _Case(rule, policy, evaluator, row, history)
    changes = case.smallest_changes()
    pay = case.smallest_payment()
    zh, en = _said(changes, pay, case.columns, row.currency)
    return Averting(rule.id, changes, pay, zh, en)


class _Case:
    """One fired rule on one row, and how to ask what would turn it."""

    def __init__(
        self, rule: Rule, policy: Policy, evaluator: Evaluator, row: TapeRow, history: Sequence[TapeRow]
    ) -> None:
        self.rule, self.policy, self.evaluator, self.row, self.history = rule, policy, evaluator, row, history
        self.columns = {column.name: column for column in (*tape.COLUMNS.values(), *policy.columns)}
        self.trees = _trees_behind(rule, policy)
        self.read = probe(tuple(_atoms(self.trees, policy)), policy, row.currency)

    def turned(self, changed: TapeRow) -> bool:
        decision = self.evaluator.decide(changed, self.history)
        return self.rule.id not in (*decision.fired, *(unknown.rule for unknown in decision.unknown))

    def truths(self, changed: TapeRow) -> tuple[object, ...]:
        return self.read(self.evaluator.scored(changed, self.history), self.history)

    def smallest_changes(self) -> tuple[Change, ...] | None:
        tips = {column.name: self._values(column) for column in self._movable()}
        for together in range(1, min(COLUMNS_TOGETHER_MAX, len(tips)) + 1):
            found = _smallest(together, tips, self.row, self.turned)
            if found is not None:
                return found
        return None

    def smallest_payment(self) -> int | None:
        """The smallest amount that turns the rule when paid at once."""
        owed = max(self.row.balance or 0, self.row.past_due_amount or 0)
        if owed <= 0 or not self._movable():
            return None
        amounts = _tips(lambda amount: self.truths(paid(self.row, amount)), 0, owed)
        return next((amount for amount in sorted(amounts) if self.turned(paid(self.row, amount))), None)

    def _movable(self) -> list[Column]:
        names = columns_read(self.trees, features_of(self.policy))
        found = [self.columns[name] for name in names if isinstance(getattr(self.row, name, None), int)]
        can = [column for column in found if column.borrower_can_move]
        return sorted(can, key=lambda column: column.type.value != Unit.MONEY.value)

    def _values(self, column: Column) -> list[int]:
        """Values in the borrower's direction at which some comparison tips, the smallest step first."""
        start: int = getattr(self.row, column.name)
        end = min(start, 0) if column.borrower_can_move == "down" else AMOUNT_MAX
        places = _tips(lambda value: self.truths(replace(self.row, **{column.name: value})), start, end)
        return sorted(places, key=lambda value: abs(value - start))


def paid(row: TapeRow, amount: int) -> TapeRow:
    """The row had the borrower paid so much more: arrears first, and no day past due once nothing is past
    due.
    """
    past_due = None if row.past_due_amount is None else max(row.past_due_amount - amount, 0)

    def less(value: int | None) -> int | None:
        return None if value is None else max(value - amount, min(value, 0))

    return replace(
        row,
        balance=None if row.balance is None else row.balance - amount,
        amount_due=less(row.amount_due),
        amount_paid=None if row.amount_paid is None else min(row.amount_paid + amount, AMOUNT_MAX),
        past_due_amount=past_due,
        days_past_due=0 if past_due == 0 and row.days_past_due is not None else row.days_past_due,
        exposure=less(row.exposure),
        borrower_exposure=less(row.borrower_exposure),
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
    """The first set of so many columns that turns the rule; among its values those with the smallest
    steps.
    """
    for names in combinations(tips, together):
        for values in islice(product(*(tips[name] for name in names)), TRIES_MAX):
            if turned(replace(row, **dict(zip(names, values, strict=True)))):
                changes = zip(names, values, strict=True)
                return tuple(Change(name, getattr(row, name), value) for name, value in changes)
    return None


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


def _said(
    changes: tuple[Change, ...] | None, pay: int | None, columns: Mapping[str, Column], currency: str
) -> tuple[str, str]:
    if changes is None and pay is None:
        return "借款人自身的还款或用款变化无法避免该结果。", "No payment or lower use would avert this."
    zh, en = [], []
    if pay is not None:
        amount = f"{shown_value(pay, Unit.MONEY, currency)} {currency}"
        zh, en = [f"至少还款{amount}"], [f"at least {amount} is paid"]
    else:
        for change in changes or ():
            column = columns[change.column]
            unit = Unit(column.type.value)
            value = shown_value(change.after, unit, currency)
            value = f"{value} {currency}" if unit is Unit.MONEY else value
            less = change.after < change.before
            zh.append(f"{column.zh}{'降至' if less else '升至'}{value}")
            en.append(f"{column.name.replace('_', ' ')} goes {'down' if less else 'up'} to {value}")
    return f"若{'，且'.join(zh)}，则不会触发。", f"It would not fire if {' and '.join(en)}."
