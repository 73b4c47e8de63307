"""From rules that fired, rules that are unknown and points lost to one Decision."""

from __future__ import annotations

from collections.abc import Mapping

from fullrecall.domain.policy.decision import Decision, Unknown
from fullrecall.domain.policy.document import Policy
from fullrecall.domain.policy.scorecard import score_reasons
from fullrecall.domain.vocabulary import Action, Trigger

_Outcome = tuple[
    Action, Trigger | None, tuple[str, ...], tuple[str, ...], tuple[Unknown, ...], tuple[str, ...], bool
]
OUTCOMES_KEPT_MAX = 4_096


class Conclude:
    """Called by the generated function with bit masks; the same masks always mean the same, so outcomes are
    kept.
    """

    def __init__(self, policy: Policy, column_bits: Mapping[str, int]) -> None:
        self.policy = policy
        self.column_bits = column_bits
        self.kept: dict[tuple[int, int, tuple[tuple[int, int], ...]], _Outcome] = {}

    def __call__(
        self,
        fired: int,
        insufficient: int,
        unknown: tuple[tuple[int, int], ...],
        score: int | None,
        model: str | None,
        points: tuple[int, ...],
    ) -> Decision:
        key = (fired, insufficient, unknown)
        outcome = self.kept.get(key)
        if outcome is None:
            if len(self.kept) >= OUTCOMES_KEPT_MAX:
                self.kept.clear()
            outcome = self.kept[key] = self._outcome(fired, insufficient, unknown)
        action, trigger, rules, reasons, unknowns, short, by_score = outcome
        if by_score and self.policy.scorecard:
            reasons = tuple(dict.fromkeys(reasons + score_reasons(self.policy.scorecard, points)))
        return Decision(self.policy.id, action, trigger, rules, reasons, unknowns, short, score, model)

    def _outcome(self, fired: int, insufficient: int, unknown: tuple[tuple[int, int], ...]) -> _Outcome:
        rules = [rule for index, rule in enumerate(self.policy.rules) if fired >> index & 1]
        short = tuple(rule.id for index, rule in enumerate(self.policy.rules) if insufficient >> index & 1)
        by_severity = sorted(rules, key=lambda rule: -rule.action.severity)
        action = by_severity[0].action if by_severity else Action.NONE
        if unknown and self.policy.unknown.severity > action.severity:
            action = self.policy.unknown
        return (
            action,
            by_severity[0].trigger if by_severity else None,
            tuple(rule.id for rule in rules),
            tuple(dict.fromkeys(rule.reason for rule in by_severity)),
            tuple(Unknown(self.policy.rules[index].id, self._columns(mask)) for index, mask in unknown),
            short,
            any(rule.trigger is Trigger.SCORE for rule in rules),
        )

    def _columns(self, mask: int) -> tuple[str, ...]:
        return tuple(sorted(name for name, bit in self.column_bits.items() if mask & bit))
