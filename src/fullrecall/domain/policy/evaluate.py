"""The policy as a Python function: one row and its history in, a Decision out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from fullrecall.domain.policy import pyast as py
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.conclude import Conclude
from fullrecall.domain.policy.decision import Decision
from fullrecall.domain.policy.document import Characteristic, Policy
from fullrecall.domain.policy.probe import Probe, Raw, features_of, probe
from fullrecall.domain.policy.python_blame import HISTORY, Blame, blame_all
from fullrecall.domain.policy.python_function import made, opening
from fullrecall.domain.policy.python_values import (
    Plan,
    Scope,
    Value,
    false_of,
    or_none,
    ready_features,
    true_of,
    value_of,
)
from fullrecall.domain.policy.python_windows import emit_windows, months_back, windows_in
from fullrecall.domain.policy.scorecard import points_tree
from fullrecall.domain.policy.tree import Expr, Unit
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Action, Mistake

_SCORE = t.ColumnRef("score", Unit.SCORE)
_MODEL = t.ColumnRef("score_model", Unit.TEXT)


class Evaluator:
    """A policy compiled for one currency. months_back: how many earlier months `history` should reach."""

    def __init__(self, policy: Policy, currency: str) -> None:
        self.policy = policy
        self.currency = currency
        self.months_back = months_back(_trees(policy), features_of(policy))
        # The generated function itself, no call in between. history: earlier rows of the line, in any order.
        self.decide: Callable[[TapeRow, Sequence[TapeRow]], Decision] = _compiled(policy, currency)
        self._approval = _approval(policy, currency)
        self._features: Probe | None = None

    def approval_needed(self, row: TapeRow) -> bool:
        """Whether a second person must agree: the policy's condition is TRUE, cannot be known, or is not
        given.
        """
        return self._approval(row, ())[0] is not False

    def scored(self, row: TapeRow, history: Sequence[TapeRow]) -> TapeRow:
        """The row with the score that the rules read."""
        decision = self.decide(row, history)
        return replace(row, score=decision.score, score_model=decision.score_model)

    def features(self, row: TapeRow, history: Sequence[TapeRow]) -> dict[str, Raw]:
        """Every feature by name: a whole value, a text, True/False, a Fraction for ratios and averages, or
        None.
        """
        if self._features is None:
            self._features = probe(tuple(f.value for f in self.policy.features), self.policy, self.currency)
        names = [feature.name for feature in self.policy.features]
        return dict(zip(names, self._features(self.scored(row, history), history), strict=True))


def compile_python(policy: Policy, currency: str) -> Evaluator:
    """The policy as a function for rows of one currency.

    Raises Mistake when the policy is for another currency or a money literal does not fit it (100.50 in JPY).
    """
    if policy.currency not in (None, currency):
        raise Mistake(
            f"Policy {policy.name} is in {policy.currency}, not in {currency}: write one for {currency}.",
            code="policy_currency",
        )
    return Evaluator(policy, currency)


def _approval(policy: Policy, currency: str) -> Probe:
    condition = policy.recall.approval
    return probe((t.Truth(True) if condition is None else condition,), policy, currency)


def _score_trees(policy: Policy) -> list[Expr]:
    return [c.value for c in policy.scorecard.characteristics] if policy.scorecard else []


def approval_needed(policy: Policy, row: TapeRow) -> bool:
    """Evaluator.approval_needed for a single question; compile once when asking for many rows."""
    return _approval(policy, row.currency)(row, ())[0] is not False


def _trees(policy: Policy) -> list[Expr]:
    return _score_trees(policy) + [rule.when for rule in policy.rules]


def _compiled(policy: Policy, currency: str) -> Callable[[TapeRow, Sequence[TapeRow]], Decision]:
    features, to = features_of(policy), Blame("mask", {})
    body = opening(currency, months_back(_trees(policy), features))
    body.append(py.assign("model", _model(policy)))
    scope = Scope(Plan(currency, features, py.load("model")), "row", body, {})
    _emit_score(policy, scope)
    rules = [rule.when for rule in policy.rules]
    emit_windows(windows_in(rules, features), scope)
    ready_features(rules, scope)
    body += [py.assign(name, py.const(0)) for name in ("fired", "insufficient")]
    body.append(py.assign("unknown", ast.Tuple([], ast.Load())))
    for index, rule in enumerate(policy.rules):
        _emit_rule(index, rule.when, scope, to)
    _emit_answer(policy, scope)
    conclude = Conclude(policy, to.bits)
    quiet = Decision(policy.id, Action.NONE)
    helpers = {
        "_conclude": conclude, "_Decision": Decision, "_ID": policy.id, "_NONE": Action.NONE, "_QUIET": quiet
    }  # fmt: skip
    return made(py.function("decide", ("row", "history"), body), helpers)


def _model(policy: Policy) -> ast.expr:
    return py.const(policy.scorecard.model) if policy.scorecard else py.attr("row", "score_model")


def _emit_score(policy: Policy, scope: Scope) -> None:
    """The scorecard comes first; rules then read what it wrote."""
    card = policy.scorecard
    if card is None:
        scope.body.append(py.assign("score", py.attr("row", "score")))
        return
    trees = _score_trees(policy)
    emit_windows(windows_in(trees, scope.plan.features), scope)
    ready_features(trees, scope)
    total: ast.expr = py.const(card.base_points)
    for index, characteristic in enumerate(card.characteristics):
        points = _points(characteristic, scope)
        scope.body.append(py.assign(f"p{index}", points))
        total = py.arithmetic(total, "+", py.load(f"p{index}"))
    scope.body.append(py.assign("score", total))
    for op, bound in (("<", card.score_min), (">", card.score_max)):
        beyond = py.compare(py.load("score"), op, py.const(bound))
        scope.body.append(py.when(beyond, [py.assign("score", py.const(bound))]))
    scope.known[_SCORE] = Value(py.load("score"))
    scope.known[_MODEL] = Value(py.load("model"))


def _points(characteristic: Characteristic, scope: Scope) -> ast.expr:
    return or_none(value_of(points_tree(characteristic), scope))


def _emit_rule(index: int, when: Expr, scope: Scope, to: Blame) -> None:
    fires, spares = true_of(when, scope), false_of(when, scope)
    bit = py.const(1 << index)
    null: py.Block = [py.assign(to.mask, py.const(0))]
    blame_all(when, scope.inside(null), to)
    pair = ast.Tuple([py.const(index), py.load(to.mask)], ast.Load())
    name = py.add_to("unknown", "+", ast.Tuple([pair], ast.Load()))
    only_history = py.compare(py.load(to.mask), "=", py.const(HISTORY))
    null.append(py.when(only_history, [py.add_to("insufficient", "|", bit)], [name]))
    scope.body.append(py.when(fires, [py.add_to("fired", "|", bit)], [py.when(py.no(spares), null)]))


def _emit_answer(policy: Policy, scope: Scope) -> None:
    card = policy.scorecard
    points: list[ast.expr] = (
        [py.load(f"p{index}") for index in range(len(card.characteristics))] if card else []
    )
    state = [py.load(name) for name in ("fired", "insufficient", "unknown", "score", "model")]
    anything = py.either([py.load("fired"), py.load("unknown"), py.load("insufficient")])
    told = py.call("_conclude", *state, ast.Tuple(points, ast.Load()))
    scope.body.append(py.when(anything, [py.give(told)]))
    none = ast.Tuple([], ast.Load())
    quiet = py.call(
        "_Decision", py.load("_ID"), py.load("_NONE"), py.NONE, none, none, none, none, state[3], state[4]
    )
    scope.body.append(py.give(quiet))
