"""Why a decision came out as it did: each fired rule in words, with every value it read."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.decision import Decision
from fullrecall.domain.policy.document import Policy
from fullrecall.domain.policy.probe import Raw, features_of, probe, shown_value
from fullrecall.domain.policy.tree import Expr
from fullrecall.domain.policy.words import Speaker, explain_rule
from fullrecall.domain.policy.write_text import write_expression
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Action, Trigger


class Reading(msgspec.Struct, frozen=True):
    """A value a rule read. name: a column, feature or window as written; value: for people, '' when NULL."""

    name: str
    zh: str
    en: str
    value: str


class Explanation(msgspec.Struct, frozen=True):
    """One fired rule: its sentence in both languages and what it read."""

    rule: str
    action: Action
    trigger: Trigger
    reason: str
    zh: str
    en: str
    values: tuple[Reading, ...]


def explain(
    policy: Policy, decision: Decision, row: TapeRow, history: Sequence[TapeRow]
) -> tuple[Explanation, ...]:
    """An Explanation for each rule that fired, in the order of the file."""
    scored = replace(row, score=decision.score, score_model=decision.score_model)
    found = []
    for rule_id in decision.fired:
        rule = policy.rule(rule_id)
        said = explain_rule(rule, policy)
        values = readings(rule.when, policy, scored, history)
        found.append(Explanation(rule.id, rule.action, rule.trigger, rule.reason, said.zh, said.en, values))
    return tuple(found)


def readings(expr: Expr, policy: Policy, row: TapeRow, history: Sequence[TapeRow]) -> tuple[Reading, ...]:
    """Every feature, window and column a condition reads on a scored row, in the order met, each once."""
    nodes = list(dict.fromkeys(_sources(expr, policy)))
    values = probe(tuple(nodes), policy, row.currency)(row, history)
    speaker = Speaker(policy)
    return tuple(
        _reading(node, value, speaker, row.currency) for node, value in zip(nodes, values, strict=True)
    )


def _reading(node: Expr, value: Raw, speaker: Speaker, currency: str) -> Reading:
    said = speaker.say(node)
    return Reading(write_expression(node), said.zh, said.en, shown_value(value, t.unit_of(node), currency))


def _sources(expr: Expr, policy: Policy) -> list[Expr]:
    """Features, then what they are made of; a window is one reading, not the columns inside it."""
    features = features_of(policy)
    found: list[Expr] = []
    stack = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, (t.ColumnRef, t.FeatureRef, t.Lag, t.Window)):
            found.append(node)
        if isinstance(node, t.FeatureRef):
            stack.append(features[node.name])
        elif not isinstance(node, (t.Lag, t.Window)):
            stack.extend(reversed(t.children(node)))
    return found
