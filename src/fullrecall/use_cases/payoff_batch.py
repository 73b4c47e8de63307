"""Answer a file of payoff questions with a file of payoffs, one line each, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fullrecall.domain.settlement.documents import payoff_document
from fullrecall.domain.terms.jsonl import answer_lines


def payoff_batch(lines: Iterable[bytes]) -> Iterator[bytes]:
    """JSON Lines of terms, payments and a date -> of payoffs; a bad line gets an error sentence."""
    return answer_lines(lines, payoff_document)
