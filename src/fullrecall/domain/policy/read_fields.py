"""Reading single fields of a policy document: text, whole number, choice, list; each mistake at its place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from fullrecall.domain.policy.mistakes import Collector, did_you_mean, shown
from fullrecall.domain.policy.positions import Node

_E = TypeVar("_E", bound=StrEnum)
_WHOLE = re.compile(r"[+-]?\d{1,15}\Z", re.ASCII)
_NAME = re.compile(r"[^\W\d][\w.-]*\Z")
NAME_CHARACTERS_MAX = 80


class Fields:
    """The fields of one mapping: known keys only, each at most once."""

    def __init__(self, node: Node, what: str, known: Iterable[str], mistakes: Collector) -> None:
        self.node = node
        self.what = what
        self.mistakes = mistakes
        self.by_key: dict[str, Node] = {}
        self.key_nodes: dict[str, Node] = {}
        if node.kind != "map":
            mistakes.add(node.place, f"{what} is not a mapping.", "Write key: value.")
            return
        self._collect(tuple(known))

    def _collect(self, known: tuple[str, ...]) -> None:
        for key, value in self.node.pairs:
            if key.kind != "text":
                self.mistakes.add(key.place, "A key must be a word.", "Write key: value.")
            elif key.text in self.by_key:
                self.mistakes.add(key.place, f"The key {shown(key.text)} stands twice.", "Keep one.")
            elif known and key.text not in known:
                hint = did_you_mean(key.text, known) or f"{self.what} knows " + ", ".join(known) + "."
                if value.is_null:
                    hint = "An expression with a comma inside { } needs double quotes around it."
                self.mistakes.add(key.place, f"Unknown key {shown(key.text)}.", hint)
            else:
                self.by_key[key.text] = value
                self.key_nodes[key.text] = key

    def get(self, key: str) -> Node | None:
        """The value of a key, None when absent or empty."""
        node = self.by_key.get(key)
        return None if node is None or node.is_null else node

    def need(self, key: str) -> Node | None:
        node = self.get(key)
        if node is None and self.node.kind == "map":
            place = self.by_key[key].place if key in self.by_key else self.node.place
            self.mistakes.add(place, f"{self.what} has no `{key}`.", f"Add {key}: ...")
        return node

    def text(self, key: str, default: str | None = None) -> str:
        """A short text; needed when there is no default. '' stands for a mistake already told."""
        node = self.get(key) if default is not None else self.need(key)
        if node is None:
            return default or ""
        return one_text(node, f"`{key}`", self.mistakes)

    def name(self, key: str) -> str:
        """An identifier: letters, digits, _ - and . ; '' after a mistake."""
        node = self.need(key)
        return "" if node is None else one_name(node, f"`{key}`", self.mistakes)

    def whole(self, key: str, default: int | None, low: int, high: int) -> int:
        """A whole number within bounds; needed when the default is None."""
        node = self.get(key) if default is not None else self.need(key)
        if node is None:
            return default or 0
        return one_whole(node, f"`{key}`", low, high, self.mistakes)

    def truth(self, key: str, default: bool) -> bool:
        node = self.get(key)
        if node is None:
            return default
        if node.kind == "text" and node.text in ("true", "false"):
            return node.text == "true"
        self.mistakes.add(node.place, f"`{key}` is true or false.", "Write true or false.")
        return default

    def choice(self, key: str, kind: type[_E], default: _E | None, refused: dict[_E, str]) -> _E | None:
        """One word of a vocabulary; needed when there is no default."""
        node = self.get(key) if default is not None else self.need(key)
        return default if node is None else one_choice(node, f"`{key}`", kind, refused, self.mistakes)

    def items(self, key: str) -> list[Node] | None:
        node = self.get(key)
        if node is None:
            return None
        if node.kind != "list":
            self.mistakes.add(
                node.place, f"`{key}` is not a list.", "Write [a, b] or lines that begin with -."
            )
            return []
        return node.items


def one_text(node: Node, what: str, mistakes: Collector) -> str:
    if node.kind != "text":
        mistakes.add(node.place, f"{what} is not a text.", "Write one value.")
        return ""
    text = " ".join(node.text.split())
    if not text or len(text) > 1_000 or not text.isprintable():
        mistakes.add(
            node.place, f"{what} is empty, too long or not printable.", "Write at most 1,000 characters."
        )
        return ""
    return text


def one_name(node: Node, what: str, mistakes: Collector) -> str:
    text = one_text(node, what, mistakes)
    if text and (len(text) > NAME_CHARACTERS_MAX or not _NAME.match(text)):
        hint = f"Letters, digits, _ - and . ; at most {NAME_CHARACTERS_MAX}, first a letter."
        mistakes.add(node.place, f"{what} cannot be {shown(text)}.", hint)
        return ""
    return text


def one_whole(node: Node, what: str, low: int, high: int, mistakes: Collector) -> int:
    if node.kind != "text" or not _WHOLE.match(node.text) or not low <= int(node.text) <= high:
        written = shown(node.text) if node.kind == "text" else f"a {node.kind}"
        mistakes.add(
            node.place, f"{what} cannot be {written}.", f"Write a whole number from {low:,} to {high:,}."
        )
        return low
    return int(node.text)


def one_choice(
    node: Node, what: str, kind: type[_E], refused: dict[_E, str], mistakes: Collector
) -> _E | None:
    words = [str(word) for word in kind if word not in refused]
    text = node.text if node.kind == "text" else f"a {node.kind}"
    if node.kind == "text" and text in words:
        return kind(text)
    if node.kind == "text" and text in [str(word) for word in refused]:
        mistakes.add(node.place, f"{what} cannot be {text}.", refused[kind(text)])
        return None
    hint = did_you_mean(text, words) or "Write one of " + ", ".join(words) + "."
    mistakes.add(node.place, f"{what} cannot be {shown(text)}.", hint)
    return None
