"""Does the ground of a case still stand? Every ground can end, each in its own way.

Arrears end when what was demanded is paid, or when nothing is past due. A violation ends when it is
dismissed, a decision of the risk department when it is taken back. A score, and a limit that was exceeded,
end when the newest decision of the policy asks for nothing any more; they warn, and never hold back the cure
of arrears.
"""

from __future__ import annotations

from collections.abc import Mapping

from fullrecall.domain.line import LineState
from fullrecall.domain.recall.case import CaseState
from fullrecall.domain.vocabulary import Action, Stage, Trigger

_ASKS = (Action.WARN, Action.REDUCE_LIMIT, Action.FREEZE, Action.RECALL)


def is_paid_up(case: CaseState, lines: Mapping[str, LineState]) -> bool:
    """Nothing is past due on any of its lines."""
    return all(lines[i].past_due_amount <= 0 and lines[i].days_past_due == 0 for i in case.line_ids)


def demand_is_paid(case: CaseState) -> bool:
    """What was demanded was paid since, on the lines it was demanded on."""
    if case.demand_open:
        return not any(case.demand_open.values())
    return 0 < case.demanded <= case.paid_since_demand


def violation_stands(case: CaseState, lines: Mapping[str, LineState]) -> bool:
    """A severe and proven violation that was not dismissed."""
    return Trigger.VIOLATION in case.triggers and any(
        lines[i].proven_severe_violations for i in case.line_ids
    )


def decision_stands(case: CaseState, lines: Mapping[str, LineState]) -> bool:
    """The risk department's decision on one of the lines was not taken back."""
    return Trigger.DECISION in case.triggers and any(lines[i].manual_action in _ASKS for i in case.line_ids)


def more_than_money(case: CaseState, lines: Mapping[str, LineState]) -> bool:
    """A ground stands that no payment removes."""
    return violation_stands(case, lines) or decision_stands(case, lines)


def is_cured(case: CaseState, lines: Mapping[str, LineState]) -> bool:
    """No ground stands any more (contractual cure, not the bureau's: past record months stay)."""
    if more_than_money(case, lines):
        return False
    if case.stage is Stage.WARNED and not case.asking:
        return True
    if Trigger.ARREARS in case.triggers:
        if demand_is_paid(case):
            return True
        if not is_paid_up(case, lines):
            return False
        return case.stage is not Stage.WARNED or not _policy_still_asks(case)
    return not _policy_still_asks(case)


def _policy_still_asks(case: CaseState) -> bool:
    """A score, or a violation that froze nothing (a limit exceeded): only the next decision tells that it is
    over."""
    mild = Trigger.SCORE in case.triggers or (Trigger.VIOLATION in case.triggers and case.frozen_on is None)
    return mild and bool(case.asking)
