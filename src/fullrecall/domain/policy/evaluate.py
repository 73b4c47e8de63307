"""The policy as a Python function: one row and its history in, a Decision out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from fullrecall.domain.policy import pyast as py
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.conclude import Conclude
from fullrecall.domain.policy.decision import Decision
from fullrecall.domain.policy.document import Characteristic, Policy
from fullrecall.domain.policy.python_blame import HISTORY, Blame, blame
from fullrecall.domain.policy.python_function import made, opening
from fullrecall.domain.policy.python_values import Plan, Scope, Value, false_of, or_none, true_of, value_of
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
        self.months_back = months_back(_trees(policy), _features(policy))
        self._decide: Callable[[TapeRow, Sequence[TapeRow]], Decision] = _compiled(policy, currency)
        self.decide = self._decide  # the generated function itself: no call in between
        self.decide.__doc__ = "The Decision for a row, given the earlier rows of its line (any order)."


def compile_python(policy: Policy, currency: str) -> Evaluator:
    """The policy as a function for rows of one currency.

    Raises Mistake when the policy is for another currency or a money literal does not fit it (100.50 in JPY).
    """
    if policy.currency not in (None, currency):
        raise Mistake(
            f"Policy {policy.name} is in {policy.currency} and cannot be used for {currency}: write a policy for it.",
            code="policy_currency",
        )
    return Evaluator(policy, currency)


def _features(policy: Policy) -> dict[str, Expr]:
    return {feature.name: feature.value for feature in policy.features}


def _score_trees(policy: Policy) -> list[Expr]:
    return [c.value for c in policy.scorecard.characteristics] if policy.scorecard else []


def _trees(policy: Policy) -> list[Expr]:
    return _score_trees(policy) + [rule.when for rule in policy.rules]


def _compiled(policy: Policy, currency: str) -> Callable[[TapeRow, Sequence[TapeRow]], Decision]:
    features, to = _features(policy), Blame("mask", {})
    body = opening(currency, months_back(_trees(policy), features))
    body.append(py.assign("model", _model(policy)))
    scope = Scope(Plan(currency, features, py.load("model")), "row", body, {})
    _emit_score(policy, scope)
    rules = [rule.when for rule in policy.rules]
    emit_windows(windows_in(rules, features), scope)
    _emit_features(policy, rules, scope)
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


def _emit_features(policy: Policy, trees: list[Expr], scope: Scope) -> None:
    """Features in the order of the file, so that one that uses others finds them ready."""
    used = {node.name for node in t.walk_open(trees, scope.plan.features) if isinstance(node, t.FeatureRef)}
    for feature in policy.features:
        if feature.name in used:
            reference = t.FeatureRef(feature.name, t.unit_of(feature.value), t.is_fraction(feature.value))
            if reference.unit is Unit.BOOL:
                true_of(reference, scope)
            else:
                value_of(reference, scope)


def _emit_score(policy: Policy, scope: Scope) -> None:
    """The scorecard comes first; rules then read what it wrote."""
    card = policy.scorecard
    if card is None:
        scope.body.append(py.assign("score", py.attr("row", "score")))
        return
    trees = _score_trees(policy)
    emit_windows(windows_in(trees, scope.plan.features), scope)
    _emit_features(policy, trees, scope)
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
    blame(when, scope.inside(null), to)
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
