"""What publishing a policy needs from outside: engines that must agree, and a back-test against the live
policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from fullrecall.domain.policy import Decision, Policy
from fullrecall.domain.tape import TapeRow

Lines = Sequence[Sequence[TapeRow]]  # the rows of each line, in the order of knowledge


class Engine(Protocol):
    """One way to run a policy over many lines. Answers a decision per row, in the order given."""

    @property
    def name(self) -> str: ...
    def decide(self, policy: Policy, currency: str, lines: Lines) -> list[Decision]: ...


class BackTest(Protocol):
    """What the candidate would have done against the live policy (None: against nothing); JSON-able
    figures.
    """

    def __call__(
        self, candidate: Policy, live: Policy | None, currency: str, lines: Lines
    ) -> Mapping[str, Any]: ...
