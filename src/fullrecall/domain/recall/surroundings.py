"""What a step of the ladder is decided on besides the case, and what a decided step records."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.line import LineState
from fullrecall.domain.recall.legal_view import LegalSurroundings
from fullrecall.domain.recall.transitions import BY_COMMAND, Command
from fullrecall.domain.vocabulary import Answer, Done


class LadderTerms(msgspec.Struct, frozen=True):
    """The ladder's parameters, from the policy that the case is pinned to. Days are calendar days."""

    warn_channels: tuple[str, ...] = ("push",)
    notice_channels: tuple[str, ...] = ("sms", "email", "push")
    cure_days: int = 15
    review_days: int = 30
    pay_within_days: int = 15
    plan_instalments: tuple[int, ...] = (3, 6, 12)
    charge_off_days_past_due: int = 180


class Surroundings(msgspec.Struct, frozen=True):
    """Everything a step is decided on besides the case itself. `lines`: all lines of the borrower."""

    lines: Mapping[str, LineState]
    law: LegalSurroundings
    terms: LadderTerms
    approval_needed: bool = False
    borrower_exposure: int = 0


class Outcome(msgspec.Struct, frozen=True):
    """answer, then the facts of the case and of its lines, in the order they are to be recorded."""

    answer: Answer
    case_facts: tuple[f.Fact, ...] = ()
    line_facts: tuple[tuple[str, f.Fact], ...] = ()
    basis: tuple[f.Basis, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """Names of the facts it records; a refusal is recorded as evidence and is no fact of the step."""
        facts = (*self.case_facts, *(fact for _, fact in self.line_facts))
        return frozenset(type(fact).__name__ for fact in facts) - {"StepRefused"}


def told(outcome: Outcome, command: Command) -> Outcome:
    """A step that was done names the facts it recorded, in the order of the table."""
    if not isinstance(outcome.answer, Done):
        return outcome
    facts = tuple(name for name in BY_COMMAND[command].facts if name in outcome.kinds)
    return msgspec.structs.replace(outcome, answer=Done(facts))
