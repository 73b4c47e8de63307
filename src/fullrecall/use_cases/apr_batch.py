"""Answer a file of cash flows with a file of annual percentage rates, one line each, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fullrecall.domain.terms.apr_documents import apr_document
from fullrecall.domain.terms.jsonl import answer_lines


def apr_batch(lines: Iterable[bytes]) -> Iterator[bytes]:
    """JSON Lines of advances and payments -> JSON Lines of rates; a bad line gets an error sentence."""
    return answer_lines(lines, apr_document)
