"""A decision of the policy becomes an alert: it opens a case, joins one, or is known already."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from fullrecall.domain import facts as f
from fullrecall.domain.line import LineState
from fullrecall.domain.recall.case import CaseState
from fullrecall.domain.vocabulary import Action, Stage, Trigger

FINISHED = (Stage.CURED, Stage.WITHDRAWN, Stage.SETTLED)


def case_id_of(borrower_id: str, line_id: str, as_of: date, policy_id: str) -> str:
    """Ids come from what happened, so a re-run after a kill names the same case."""
    return "c" + sha256(f"{borrower_id}|{line_id}|{as_of}|{policy_id}".encode()).hexdigest()[:23]


def is_alert(action: Action) -> bool:
    return action.severity >= Action.WARN.severity


def joins(case: CaseState, action: Action, trigger: Trigger, line_id: str) -> bool:
    """A later alert is news when it is more severe, has another trigger, or comes from a line that asked
    nothing."""
    return (
        action.severity > case.action.severity or trigger not in case.triggers or line_id not in case.asking
    )


def lapses(case: CaseState, action: Action, line_id: str) -> bool:
    """A line that asked for something asks for nothing now. `refer` (not known) is not nothing."""
    return action is Action.NONE and line_id in case.asking and case.stage not in FINISHED


def opening(
    line: LineState,
    *,
    trigger: Trigger,
    action: Action,
    rules: tuple[str, ...],
    reasons: tuple[str, ...],
    policy_id: str,
    pack_version: str,
    law_as_of: date,
    scope_lines: tuple[str, ...],
    exposure: int,
    asked_by: str = "",
) -> f.CaseOpened:
    """The first fact of a case. `scope_lines`: all lines of the borrower, or only this one."""
    return f.CaseOpened(
        line.borrower_id,
        scope_lines,
        line.line_id,
        str(trigger),
        str(action),
        rules,
        reasons,
        policy_id,
        line.pack,
        pack_version,
        law_as_of,
        exposure,
        line.currency,
        asked_by,
    )
