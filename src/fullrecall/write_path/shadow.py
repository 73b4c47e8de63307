"""A candidate policy beside the live one: decides on the same row, acts on nothing, and its differences
are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fullrecall.domain.policy import Decision
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Mistake
from fullrecall.write_path.rulebook import Evaluates, PolicyInUse

CANNOT = "cannot"  # stands where an action stands: the candidate could not decide on the row
SHADOW_NOTE = "shadow_policy"  # the note that names the draft that runs in shadow
_json = msgspec.json.Encoder().encode


def own_scores(evaluator: Evaluates, history: Sequence[TapeRow]) -> list[TapeRow]:
    """The history with the scores the candidate's own scorecard would have written: `lag(score)` compares
    like with like only.
    """
    scored: list[TapeRow] = []
    for row in sorted(history, key=lambda r: (r.as_of, r.known_at)):
        d = evaluator.decide(row, scored)
        scored.append(msgspec.structs.replace(row, score=d.score, score_model=d.score_model))
    return scored


def shadow_decision(shadow: PolicyInUse, row: TapeRow, history: Sequence[TapeRow]) -> Decision:
    """What the candidate answers. Raises Mistake for a row it is not made for (another currency)."""
    evaluator = shadow.evaluators[row.currency]
    rescored = shadow.policy.scorecard is not None and evaluator.months_back > 0
    return evaluator.decide(row, own_scores(evaluator, history) if rescored else history)


def shadow_difference(
    shadow: PolicyInUse, live: Decision, row: TapeRow, history: Sequence[TapeRow], n: int
) -> tuple[Any, ...] | None:
    """A row of `shadow_difference`, or None where both say the same. A candidate never stops the live run."""
    if shadow.policy.id == live.policy_id:
        return None
    try:
        other = shadow_decision(shadow, row, history)
        action, fired = other.action.value, other.fired
    except Mistake as mistake:
        action, fired = CANNOT, (mistake.sentence,)
    if (action, fired) == (live.action.value, live.fired):
        return None
    return (
        shadow.policy.id, row.line_id, row.as_of, row.known_at, n, live.policy_id, live.action.value,
        _json(live.fired).decode(), action, _json(fired).decode(), row.exposure, row.currency,
    )  # fmt: skip
