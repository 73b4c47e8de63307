"""Show a decision: what went in, which version decided, which rules fired on which values, what would
have averted it.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

import msgspec

from fullrecall.domain.policy import Averting, Explanation, Payment, Unknown, averting_change, explain
from fullrecall.ports import Store
from fullrecall.write_path.kept_decision import KeptDecision, as_dict, find_decision
from fullrecall.write_path.rulebook import Rulebook


class PolicyShown(msgspec.Struct, frozen=True):
    id: str
    name: str
    version: int
    text: str
    text_sha256: str


class DecisionShown(msgspec.Struct, frozen=True):
    """rules: every rule that fired, in words, with the values it read. averting: worked out again from
    what is stored; averting_kept: what stood beside the decision when it opened or joined a case.
    """

    id: str
    line_id: str
    as_of: date
    known_at: date
    action: str
    trigger: str | None
    fired: tuple[str, ...]
    rules: tuple[Explanation, ...]
    reasons: dict[str, dict[str, str]]
    unknown: tuple[Unknown, ...]
    insufficient: tuple[str, ...]
    averting: tuple[Averting, ...]
    averting_kept: Payment | None
    row: dict[str, Any]
    history: tuple[dict[str, Any], ...]
    policy: PolicyShown


def show_decision(store: Store, book: Rulebook, decision_id: str) -> DecisionShown:
    """Raises Mistake for an unknown id."""
    kept = find_decision(store, book, decision_id)
    used, decision = kept.used, kept.decision
    evaluator = used.compiled(kept.row.currency)
    texts = [used.policy.reason_text(code) for code in decision.reasons]
    beside = kept.stored.averting
    return DecisionShown(
        id=kept.id,
        line_id=kept.row.line_id,
        as_of=kept.row.as_of,
        known_at=kept.row.known_at,
        action=decision.action.value,
        trigger=kept.stored.trigger,
        fired=decision.fired,
        rules=explain(used.policy, decision, kept.row, kept.known_then),
        reasons={text.code: {"zh": text.zh, "en": text.en} for text in texts},
        unknown=decision.unknown,
        insufficient=decision.insufficient,
        averting=averting_change(used.policy, evaluator, kept.row, kept.known_then),
        averting_kept=msgspec.json.decode(beside, type=Payment) if beside else None,
        row=as_dict(kept.row),
        history=tuple(map(as_dict, kept.known_then)),
        policy=_policy(kept),
    )


def _policy(kept: KeptDecision) -> PolicyShown:
    policy, text = kept.used.policy, kept.used.text
    return PolicyShown(policy.id, policy.name, policy.version, text, sha256(text.encode()).hexdigest())
