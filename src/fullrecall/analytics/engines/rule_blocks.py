"""A policy of many rules in blocks: engines limit how many columns a query may have."""

from __future__ import annotations

from fullrecall.domain.policy.document import Policy, Rule

RULES_MAX = 300  # a block


def rule_blocks(policy: Policy) -> list[tuple[Rule, ...]]:
    return [policy.rules[start : start + RULES_MAX] for start in range(0, len(policy.rules), RULES_MAX)]
