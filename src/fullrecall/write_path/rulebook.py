"""Everything a write decides by, joined once at the start: policies, law packs, calendars, the lender's own
words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

import msgspec

from fullrecall.domain.calendar import BusinessCalendar
from fullrecall.domain.law import Pack
from fullrecall.domain.notices.compose import LenderProfile
from fullrecall.domain.notices.content import Bilingual
from fullrecall.domain.notices.governor import ContactRules
from fullrecall.domain.policy import Decision, Evaluator, Policy, compile_python
from fullrecall.domain.recall.ladder import LadderTerms
from fullrecall.domain.recall.legal_view import LegalSurroundings, LenderTerms
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Mistake


class Evaluates(Protocol):
    """A compiled policy for one currency. months_back: how many earlier months its windows reach."""

    months_back: int

    def decide(self, row: TapeRow, history: Sequence[TapeRow]) -> Decision: ...
    def approval_needed(self, row: TapeRow) -> bool: ...


class PolicyInUse(msgspec.Struct, frozen=True):
    """A policy with its text (for pinning), compiled per currency, its ladder and the words of its
    reasons.
    """

    policy: Policy
    text: str
    evaluators: Mapping[str, Evaluates]
    ladder: LadderTerms
    reasons: Mapping[str, Bilingual]
    borrower_wide: bool

    def compiled(self, currency: str) -> Evaluator:
        """The evaluator itself, for what a decision alone cannot tell (explanations, the averting change)."""
        found = self.evaluators[currency]
        return found if isinstance(found, Evaluator) else compile_python(self.policy, currency)


class Rulebook(msgspec.Struct, frozen=True):
    """`live` decides about new rows; a running case stays on the policy it was opened under (`policies`)."""

    live: PolicyInUse
    policies: Mapping[str, PolicyInUse]
    packs: Mapping[str, Pack]
    calendars: Mapping[str, BusinessCalendar]
    contact: Mapping[str, ContactRules]
    law_as_of: date
    lender: LenderTerms
    profile: LenderProfile
    shadow: PolicyInUse | None = None  # a candidate beside the live policy; it acts on nothing

    def of(self, policy_id: str) -> PolicyInUse:
        try:
            return self.policies[policy_id]
        except KeyError:
            raise Mistake(
                f"The case is pinned to policy {policy_id[:12]}, which this database does not hold: "
                "restore it."
            ) from None

    def law(self, prior_cures: int) -> LegalSurroundings:
        return LegalSurroundings(self.packs, self.calendars, self.law_as_of, self.lender, prior_cures)
