"""What is wrong with a policy file: every mistake with its line, its column and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import msgspec

from fullrecall.domain.vocabulary import Mistake

SHOWN_CHARACTERS_MAX = 60
MISTAKES_MAX = 100  # a file with ten thousand bad rules must not answer with ten thousand sentences


class PolicyMistake(msgspec.Struct, frozen=True):
    """One mistake; line and column count from 1 in the policy file."""

    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class PolicyMistakes(Mistake):
    """A policy file that cannot be used; `mistakes` holds all of them in the order of the file."""

    def __init__(self, source: str, mistakes: Sequence[PolicyMistake]) -> None:
        found = sorted(mistakes, key=lambda m: (m.line, m.column))
        self.source = source
        self.mistakes: tuple[PolicyMistake, ...] = tuple(found)
        first = found[0]
        more = f" ({len(found) - 1} more in this file)" if len(found) > 1 else ""
        super().__init__(
            f"{source}, line {first.line}, column {first.column}: {first}{more}", code="policy_mistakes"
        )


class TooManyMistakes(Exception):
    """Stops reading; the mistakes collected so far are told."""


class Collector:
    """Gathers mistakes while a file is read, so that one reading tells all of them."""

    def __init__(self) -> None:
        self.found: list[PolicyMistake] = []

    def add(self, place: tuple[int, int], message: str, hint: str = "") -> None:
        self.found.append(PolicyMistake(place[0], place[1], message, hint))
        if len(self.found) >= MISTAKES_MAX:
            raise TooManyMistakes


def shown(text: object) -> str:
    """A user's words, short enough to be quoted in a sentence."""
    cut = str(text)
    return repr(cut if len(cut) <= SHOWN_CHARACTERS_MAX else cut[: SHOWN_CHARACTERS_MAX - 1] + "…")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """'Did you mean x?' or ''."""
    choices = list(known)
    near = get_close_matches(word[:SHOWN_CHARACTERS_MAX].lower(), choices, n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else ""
