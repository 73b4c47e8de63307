"""A policy file in its canonical layout: order of keys, spelling of expressions, quotes; comments are
kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from fullrecall.domain import tape
from fullrecall.domain.policy.document import Policy
from fullrecall.domain.policy.mistakes import Collector
from fullrecall.domain.policy.positions import Node, read_yaml
from fullrecall.domain.policy.read import parse_policy
from fullrecall.domain.policy.write_text import write_expression
from fullrecall.domain.tape import Column

_ORDER: dict[str, tuple[str, ...]] = {
    "": ("policy", "version", "currency", "unknown", "features", "scorecard", "rules", "reasons", "recall"),
    "rules": ("id", "when", "action", "trigger", "reason"),
    "scorecard": ("model", "base_points", "scale", "reasons_max", "characteristics"),
    "characteristics": ("name", "of", "bins", "missing", "reason"),
    "recall": ("scope", "warn", "notice", "freeze", "clearing", "charge_off_dpd", "approval", "caps"),
}
_SAFE = re.compile(r"[^\W_][^:#\n]*\Z")
_SAFE_INLINE = re.compile(r"-?[^\W_][^:#,\[\]{}\n]*\Z")
_NULLS = ("null", "Null", "NULL", "~", "")


def format_policy(
    text: str, columns: Mapping[str, Column] = tape.COLUMNS, *, source: str = "policy.yaml"
) -> str:
    """The same policy (same id) in the canonical layout. Raises PolicyMistakes for a file that is not a
    policy.
    """
    policy = parse_policy(text, columns, source=source)
    root = read_yaml(text, Collector())
    assert root is not None  # noqa: S101  (it was just parsed)
    writer = _Writer(policy)
    writer.mapping(root, "", "", 0)
    return writer.with_comments(root)


class _Writer:
    def __init__(self, policy: Policy) -> None:
        self.expressions = _expressions(policy)
        self.lines: list[tuple[int, int, str]] = []  # line in the file, indent, text

    def mapping(self, node: Node, path: str, section: str, indent: int) -> None:
        order = _ORDER.get(section, ())
        pairs = sorted(node.pairs, key=lambda pair: order.index(pair[0].text) if pair[0].text in order else 0)
        for key, value in pairs:
            if not value.is_null:
                self.pair(key, value, f"{path}/{key.text}", indent, "")

    def pair(self, key: Node, value: Node, path: str, indent: int, dash: str, line: int = 0) -> None:
        line = line or key.place[0]
        head = f"{dash}{_scalar(key.text, _SAFE)}:"
        if value.kind == "text":
            self.lines.append((line, indent, f"{head} {self.text(value, path)}"))
        elif value.kind == "list" and not any(item.kind == "map" for item in value.items):
            self.lines.append((line, indent, f"{head} {_inline(value)}"))
        else:
            self.lines.append((line, indent, head))
            deeper = indent + 2 + len(dash)
            if value.kind == "map":
                self.mapping(value, path, key.text, deeper)
            else:
                self.items(value, path, key.text, deeper)

    def items(self, node: Node, path: str, section: str, indent: int) -> None:
        for index, item in enumerate(node.items):
            if section == "bins":
                self.lines.append((item.place[0], indent, f"- {_inline(item)}"))
                continue
            order = _ORDER.get(section, ())
            pairs = sorted(
                item.pairs, key=lambda pair: order.index(pair[0].text) if pair[0].text in order else 0
            )
            kept = [pair for pair in pairs if not pair[1].is_null]
            for place, (key, value) in enumerate(kept):
                dash = "- " if place == 0 else ""
                self.pair(
                    key,
                    value,
                    f"{path}/{index}/{key.text}",
                    indent if dash else indent + 2,
                    dash,
                    item.place[0] if dash else 0,
                )

    def text(self, node: Node, path: str) -> str:
        return _scalar(self.expressions.get(path, " ".join(node.text.split())), _SAFE)

    def with_comments(self, root: Node) -> str:
        """Each comment goes above the line it stood on or before."""
        above: dict[int, list[str]] = {}
        for line, comment in _comments(root):
            later = [(source, index) for index, (source, _, _) in enumerate(self.lines) if source >= line]
            above.setdefault(min(later)[1] if later else len(self.lines), []).append(comment)
        written = []
        for index, (_, indent, text) in enumerate(self.lines):
            written += [" " * indent + comment for comment in above.get(index, [])]
            written.append(" " * indent + text)
        return "\n".join([*written, *above.get(len(self.lines), [])]) + "\n"


def _expressions(policy: Policy) -> dict[str, str]:
    found = {f"/features/{feature.name}": feature.value for feature in policy.features}
    found |= {f"/rules/{index}/when": rule.when for index, rule in enumerate(policy.rules)}
    if policy.scorecard:
        for index, characteristic in enumerate(policy.scorecard.characteristics):
            found[f"/scorecard/characteristics/{index}/of"] = characteristic.value
    if policy.recall.approval is not None:
        found["/recall/approval/when"] = policy.recall.approval
    return {path: write_expression(expr) for path, expr in found.items()}


def _scalar(text: str, safe: re.Pattern[str]) -> str:
    if safe.match(text) and text not in _NULLS and text == text.strip():
        return text
    if safe is _SAFE and re.fullmatch(r"-?[\d.]+", text):
        return text
    return json.dumps(text, ensure_ascii=False)


def _inline(node: Node) -> str:
    if node.kind == "text":
        return _scalar(node.text, _SAFE_INLINE)
    if node.kind == "list":
        return f"[{', '.join(map(_inline, node.items))}]"
    pairs = sorted(node.pairs, key=lambda pair: pair[0].text == "points")
    return f"{{{', '.join(f'{key.text}: {_inline(value)}' for key, value in pairs if not value.is_null)}}}"


def _comments(root: Node) -> list[tuple[int, str]]:
    """Comments of the file with their lines: a # at the start of a line or after a space, outside every
    value.
    """
    text, inside = root.source.text, bytearray(len(root.source.text))
    stack = [root]
    while stack:
        node = stack.pop()
        if node.kind == "text":
            inside[node.start : node.end] = b"\1" * (node.end - node.start)
        stack += [part for pair in node.pairs for part in pair] + node.items
    found, at = [], 0
    while (at := text.find("#", at)) >= 0:
        end = re.compile(r"[\n\r]|\Z").search(text, at)
        stop = end.start() if end else len(text)
        if not inside[at] and (at == 0 or text[at - 1].isspace()):
            found.append((root.source.place(at)[0], text[at:stop].rstrip()))
            at = stop
        else:
            at += 1
    return found
