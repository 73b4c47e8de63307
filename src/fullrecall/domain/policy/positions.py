"""YAML text as a small tree whose every node, and every character inside a text, knows its line and column.

Built from YAML events, not by a loader: tags, anchors and aliases are refused before anything is expanded,
and depth is counted instead of recursed into.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import yaml

from fullrecall.domain.policy.mistakes import Collector, shown

CHARACTERS_MAX = 4_000_000
DEPTH_MAX = 12
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster; the same events and marks
_BREAKS = "\n\r\x85\u2028\u2029"


class Source:
    """The file's text, able to say where the n-th character stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        for index, character in enumerate(text):
            if character in _BREAKS and not (character == "\r" and text[index + 1 : index + 2] == "\n"):
                self._starts.append(index + 1)

    def place(self, index: int) -> tuple[int, int]:
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1


class Node:
    """A mapping (`pairs`), a list (`items`) or a text (`text`), with the place where it begins."""

    def __init__(self, source: Source, start: int, kind: str) -> None:
        self.source = source
        self.start = start
        self.end = start
        self.kind = kind
        self.text = ""
        self.style: str | None = None
        self.pairs: list[tuple[Node, Node]] = []
        self.items: list[Node] = []
        self._map: list[int] | None = None

    @property
    def place(self) -> tuple[int, int]:
        return self.source.place(self.start)

    @property
    def is_null(self) -> bool:
        return self.kind == "text" and self.style is None and self.text in ("", "null", "~", "Null", "NULL")

    def place_at(self, offset: int) -> tuple[int, int]:
        """Line and column in the file of the character at `offset` of this text."""
        if self._map is None:
            self._map = list(_alignment(self))
        if not self._map:
            return self.place
        return self.source.place(self._map[min(offset, len(self._map) - 1)])


def _alignment(node: Node) -> Iterator[int]:
    """For each character of a scalar's value, its index in the file: quotes, escapes, folding and indents
    undone.
    """
    raw, at = node.source.text, node.start
    if node.style in ("|", ">"):
        at = _after_line(raw, at, node.end)
    elif node.style in ("'", '"'):
        at += 1
    for character in node.text:
        if character.isspace():
            yield min(at, node.end)
            if at < node.end and raw[at] == character:
                at += 1
            continue
        while at < node.end and (raw[at].isspace() or (node.style == '"' and _is_joined_line(raw, at))):
            at += 1
        yield min(at, node.end)
        at += _width(raw, at, node.style)


def _after_line(raw: str, at: int, end: int) -> int:
    while at < end and raw[at] not in _BREAKS:
        at += 1
    return at


def _is_joined_line(raw: str, at: int) -> bool:
    return raw[at] == "\\" and raw[at + 1 : at + 2] in tuple(_BREAKS)


def _width(raw: str, at: int, style: str | None) -> int:
    if style == "'" and raw[at : at + 2] == "''":
        return 2
    if style == '"' and raw[at : at + 1] == "\\":
        return 2 + {"x": 2, "u": 4, "U": 8}.get(raw[at + 1 : at + 2], 0)
    return 1


def read_yaml(text: str, mistakes: Collector) -> Node | None:
    """The one document of a YAML text, or None with the mistakes collected."""
    if len(text) > CHARACTERS_MAX:
        mistakes.add(
            (1, 1), f"The file has {len(text):,} characters.", f"A policy has at most {CHARACTERS_MAX:,}."
        )
        return None
    source = Source(text)
    try:
        return _Builder(source, mistakes).build()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = " ".join(str(error.problem or error.context or "cannot be read").split())
        mistakes.add(place, f"This is not YAML: {problem}.", "Check indentation, quotes and brackets here.")
    except (yaml.YAMLError, UnicodeError, ValueError) as error:
        place = source.place(getattr(error, "position", 0) or 0)
        mistakes.add(
            place, "The file holds characters that YAML does not allow.", "Save it as plain UTF-8 text."
        )
    return None


class _Builder:
    def __init__(self, source: Source, mistakes: Collector) -> None:
        self.source = source
        self.mistakes = mistakes
        self.root: Node | None = None
        self.stack: list[Node] = []
        self.keys: list[Node | None] = []
        self.refused = False

    def build(self) -> Node | None:
        documents = 0
        for event in yaml.parse(self.source.text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "A second policy begins here.", "Keep one policy in one file.")
            elif isinstance(event, yaml.AliasEvent):
                self._refuse(event, "Aliases (*) are not allowed.", "Write the value out.")
            elif isinstance(event, yaml.NodeEvent):
                self._open(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.stack.pop()
                self.keys.pop()
            if self.refused:
                return None
        if self.root is None:
            self.mistakes.add((1, 1), "The file is empty.", "A policy begins with `policy: name`.")
        return self.root

    def _refuse(self, event: Any, message: str, hint: str) -> None:
        self.mistakes.add((event.start_mark.line + 1, event.start_mark.column + 1), message, hint)
        self.refused = True

    def _open(self, event: Any) -> None:
        if event.anchor:
            return self._refuse(
                event, f"The anchor {shown('&' + event.anchor)} is not allowed.", "Write the value out."
            )
        if event.tag and event.tag != "!":
            return self._refuse(
                event, f"The tag {shown(event.tag)} is not allowed.", "Write the plain value."
            )
        if len(self.stack) >= DEPTH_MAX:
            return self._refuse(
                event, f"Nested deeper than {DEPTH_MAX} levels.", "A policy needs no more than five."
            )
        kind = {"scalar": "text", "mapping": "map", "sequence": "list"}[_kind(event)]
        node = Node(self.source, event.start_mark.index, kind)
        if kind == "text":
            node.text, node.style, node.end = event.value, event.style or None, event.end_mark.index
        self._place(node)
        if kind != "text":
            self.stack.append(node)
            self.keys.append(None)
        return None

    def _place(self, node: Node) -> None:
        if not self.stack:
            if self.root is None:
                self.root = node
            return
        parent = self.stack[-1]
        if parent.kind == "list":
            parent.items.append(node)
        elif self.keys[-1] is None:
            self.keys[-1] = node
        else:
            parent.pairs.append((self.keys[-1], node))
            self.keys[-1] = None


def _kind(event: Any) -> str:
    if isinstance(event, yaml.ScalarEvent):
        return "scalar"
    return "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
