"""YAML text as nodes that know their place, with exact decimals and without YAML 1.1 traps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NoReturn

import yaml

from fullrecall.domain.law.pack import PackMistake, Value

TEXT_MAX = 1_000_000  # characters; the largest shipped pack has 40,000
DEPTH_MAX = (
    12  # a pack nests seven levels; deeper text overflows the YAML reader before it says anything useful
)
_TAG = "tag:yaml.org,2002:"
_DECIMAL = re.compile(r"-?\d{1,15}\.\d{1,10}\Z")
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})\Z")


class Source:
    """The text of one pack and its name in messages."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.root = self._compose(text)

    def fail(self, node: yaml.Node, sentence: str) -> NoReturn:
        """Stops with one sentence that ends in the place."""
        mark = node.start_mark
        raise PackMistake(f"{sentence} ({self.name}, line {mark.line + 1}, column {mark.column + 1}).")

    def _compose(self, text: str) -> yaml.Node:
        if len(text) > TEXT_MAX:
            raise PackMistake(f"{self.name} has {len(text)} characters; a pack has at most {TEXT_MAX}.")
        try:
            self._refuse_traps(text)
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "an unknown place"
            raise PackMistake(f"{self.name} is not YAML: {error.problem} ({self.name}, {where}).") from None
        except yaml.YAMLError as error:
            raise PackMistake(f"{self.name} is not YAML: {' '.join(str(error).split())}.") from None
        if node is None:
            raise PackMistake(f"{self.name} is empty: a pack starts with 'schema: fullrecall-pack/1'.")
        return node

    def _refuse_traps(self, text: str) -> None:
        """Aliases (a small text that unfolds without end) and nesting that overflows the YAML reader."""
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            mark = event.start_mark
            where = (
                f"({self.name}, line {mark.line + 1}, column {mark.column + 1})."
                if mark
                else f"({self.name})."
            )
            if isinstance(event, yaml.AliasEvent):
                raise PackMistake(f"Aliases are not allowed in a pack: write the value out {where}")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEPTH_MAX:
                raise PackMistake(f"The text nests deeper than {DEPTH_MAX} levels {where}")

    def fields(self, node: yaml.Node, what: str, required: str, optional: str = "") -> dict[str, yaml.Node]:
        """The entries of a mapping; unknown, doubled and missing names are mistakes. Names are space
        separated."""
        known = {*required.split(), *optional.split()}
        found: dict[str, yaml.Node] = {}
        for key, value in self.entries(node, what):
            name = self.text(key)
            if name not in known:
                self.fail(
                    key, f"{what} has an unknown field {name[:40]!r}; known are {', '.join(sorted(known))}"
                )
            found[name] = value
        for name in required.split():
            if name not in found:
                self.fail(node, f"{what} lacks the field {name!r}")
        return found

    def entries(self, node: yaml.Node, what: str) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Key and value nodes of a mapping, each key once."""
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, f"{what} must be a mapping of names to values")
        seen: set[str] = set()
        for key, value in node.value:
            name = self.text(key)
            if name in seen:
                self.fail(key, f"{what} names {name[:40]!r} twice")
            seen.add(name)
            yield key, value

    def items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self.fail(node, f"{what} must be a list")
        return list(node.value)

    def text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag != _TAG + "str":
            shown = str(node.value)[:40] if isinstance(node, yaml.ScalarNode) else "a list or mapping"
            self.fail(node, f"Expected text, found {shown}: put it in quotes")
        if not node.value.strip():
            self.fail(node, "Expected text, found nothing")
        return str(node.value)

    def texts(self, node: yaml.Node, what: str) -> tuple[str, ...]:
        return tuple(self.text(item) for item in self.items(node, what))

    def day_or_unknown(self, node: yaml.Node) -> date | None:
        """A quoted ISO date, or the word unknown as None."""
        text = self.text(node)
        if text == "unknown":
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.fail(node, f"{text[:40]!r} is not a date: write 'YYYY-MM-DD' or unknown")

    def truth(self, node: yaml.Node) -> bool:
        value = self.value(node)
        if not isinstance(value, bool):
            self.fail(node, "Expected true or false")
        return value

    def value(self, node: yaml.Node) -> Value:
        """A parameter's value: text, true or false, an exact number, or a list of these."""
        if isinstance(node, yaml.SequenceNode):
            return tuple(self._scalar(item) for item in node.value)
        return self._scalar(node)

    def _scalar(self, node: yaml.Node) -> str | bool | int | Decimal:
        if not isinstance(node, yaml.ScalarNode):
            self.fail(node, "Expected a single value")
        raw = str(node.value)
        if node.tag == _TAG + "bool" and raw in ("true", "false"):
            return raw == "true"
        if node.tag == _TAG + "int" and _INTEGER.match(raw):
            return int(raw)
        if node.tag == _TAG + "float" and _DECIMAL.match(raw):
            return Decimal(raw)
        if node.tag != _TAG + "str":
            self.fail(
                node, f"{raw[:40]!r} is not a plain number, true, false or text: quote it if it is text"
            )
        return self.text(node)
