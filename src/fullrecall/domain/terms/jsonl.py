"""JSON Lines in, JSON Lines out: one answer or one sentence a line, in order, holding one line at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from fullrecall.domain.terms.fields import shown
from fullrecall.domain.vocabulary import Mistake

LINE_BYTES_MAX = 4_000_000
# A JSON number is decimal text: read as Decimal it stays what was written, read as float it would not.
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder().encode


def answer_lines(
    lines: Iterable[bytes], answer: Callable[[dict[str, Any]], dict[str, Any] | bytes]
) -> Iterator[bytes]:
    """Answers without line ends. A bad line becomes {"id", "line", "error"}; empty lines are passed over."""
    for line_number, line in enumerate(lines, 1):
        text = line.strip()
        if line_number == 1:
            text = text.removeprefix(b"\xef\xbb\xbf")
        if not text:
            continue
        document: Any = None
        try:
            document = _read(text)
            answered = answer(document)
        except Mistake as mistake:
            identity = document.get("id") if isinstance(document, dict) else None
            yield _encode(_refusal(identity, line_number, mistake.sentence))
        else:
            yield answered if isinstance(answered, bytes) else _encode(answered)


def _read(text: bytes) -> dict[str, Any]:
    if len(text) > LINE_BYTES_MAX:
        raise Mistake(f"the line has {len(text):,} bytes, more than {LINE_BYTES_MAX:,}: split it.")
    try:
        document = _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError, ValueError) as wrong:
        reason = str(wrong).splitlines()[0][:80] if str(wrong) else type(wrong).__name__
        raise Mistake(f"this is not JSON ({reason}): write one object a line.") from None
    if not isinstance(document, dict):
        raise Mistake('this is not a JSON object: write one object a line, such as {"id": "1", ...}.')
    return document


def _refusal(identity: object, line_number: int, sentence: str) -> dict[str, Any]:
    known_as = f", id {shown(identity)}" if identity is not None else ""
    return {"id": identity, "line": line_number, "error": f"Line {line_number}{known_as}: {sentence}"}
