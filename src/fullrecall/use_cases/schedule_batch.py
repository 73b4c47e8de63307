"""Answer a file of terms with a file of schedules, one line each, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fullrecall.domain.terms.documents import schedule_document
from fullrecall.domain.terms.jsonl import answer_lines


def schedule_batch(lines: Iterable[bytes]) -> Iterator[bytes]:
    """JSON Lines of terms -> JSON Lines of schedules; a bad line is answered with an error sentence."""
    return answer_lines(lines, schedule_document)
