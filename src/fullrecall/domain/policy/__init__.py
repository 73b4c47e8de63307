"""The policy language: a YAML document, typed rules over the tape, a scorecard, and one answer on every engine."""

from fullrecall.domain.policy.decision import Decision, Unknown
from fullrecall.domain.policy.document import Policy, Recall, Rule, Scorecard
from fullrecall.domain.policy.evaluate import Evaluator, approval_needed, compile_python
from fullrecall.domain.policy.mistakes import PolicyMistake, PolicyMistakes
from fullrecall.domain.policy.read import parse_policy

__all__ = [
    "Decision",
    "Evaluator",
    "Policy",
    "PolicyMistake",
    "PolicyMistakes",
    "Recall",
    "Rule",
    "Scorecard",
    "Unknown",
    "approval_needed",
    "compile_python",
    "parse_policy",
]
