"""What a cure or a withdrawal puts back on the lines: freeze, limit, called balance, the lender's own
decision."""

from __future__ import annotations

from collections.abc import Mapping

from fullrecall.domain import facts as f
from fullrecall.domain.line import LineState
from fullrecall.domain.recall.case import CaseState


def undo(case: CaseState, lines: Mapping[str, LineState], why: str) -> tuple[tuple[str, f.Fact], ...]:
    """The facts that leave each line as if the case had never been."""
    facts: list[tuple[str, f.Fact]] = []
    for line_id in case.line_ids:
        line = lines[line_id]
        if line_id in case.called and line.called_on:
            facts.append((line_id, f.CallUnwound(case.case_id, line.called)))
        if line.limit_withdrawn:
            facts.append((line_id, f.LimitRestored(case.case_id, line.credit_limit)))
        if line.frozen:
            facts.append((line_id, f.LineUnfrozen(case.case_id, why)))
    return tuple(facts)
