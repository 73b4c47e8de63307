"""The policy language: a YAML document, typed rules over the tape, a scorecard, and one answer on every
engine.
"""

from fullrecall.domain.policy.avert import Averting, Change, averting_change
from fullrecall.domain.policy.avert_payment import Payment, averting_payment
from fullrecall.domain.policy.decision import Decision, Unknown
from fullrecall.domain.policy.diff import Difference, diff
from fullrecall.domain.policy.document import Policy, Recall, Rule, Scorecard
from fullrecall.domain.policy.evaluate import Evaluator, approval_needed, compile_python
from fullrecall.domain.policy.explain import Explanation, Reading, explain
from fullrecall.domain.policy.format import format_policy
from fullrecall.domain.policy.mistakes import PolicyMistake, PolicyMistakes
from fullrecall.domain.policy.probe import shown_value
from fullrecall.domain.policy.read import parse_policy
from fullrecall.domain.policy.words import Said, explain_rule

__all__ = [
    "Averting",
    "Change",
    "Decision",
    "Difference",
    "Evaluator",
    "Explanation",
    "Payment",
    "Policy",
    "PolicyMistake",
    "PolicyMistakes",
    "Reading",
    "Recall",
    "Rule",
    "Said",
    "Scorecard",
    "Unknown",
    "approval_needed",
    "averting_change",
    "averting_payment",
    "compile_python",
    "diff",
    "explain",
    "explain_rule",
    "format_policy",
    "parse_policy",
    "shown_value",
]
