"""YAML of a product as nodes that know their place: each value read exactly, or refused with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NoReturn, TypeVar

import yaml

from fullrecall.domain.money import AmountNotMoney, to_minor
from fullrecall.domain.terms.fields import YEAR_MAX, YEAR_MIN
from fullrecall.domain.vocabulary import Mistake

TEXT_MAX = 100_000  # characters; the largest shipped product has 2,500
DEPTH_MAX = 8  # deeper text overflows the YAML reader before it says anything useful
_STR = "tag:yaml.org,2002:str"
_RATE = re.compile(r"(?:0|[1-9]\d{0,3})(?:\.\d{1,12})?\Z")
_WHOLE = re.compile(r"(?:0|[1-9]\d{0,8})\Z")
_Word = TypeVar("_Word", bound=StrEnum)
Node = yaml.Node


class ProductMistake(Mistake):
    """A product that cannot be read or used; the sentence names file, line and column where there is one."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, code="product")


class ProductText:
    """The text of one product file and its name in messages."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        if len(text) > TEXT_MAX:
            raise ProductMistake(f"{name} has {len(text)} characters; a product has at most {TEXT_MAX}.")
        try:
            self._refuse_traps(text)
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "an unknown place"
            raise ProductMistake(f"{name} is not YAML: {error.problem} ({name}, {where}).") from None
        except yaml.YAMLError as error:
            raise ProductMistake(f"{name} is not YAML: {' '.join(str(error).split())}.") from None
        if node is None:
            raise ProductMistake(f"{name} is empty: a product starts with 'schema: fullrecall-product/1'.")
        self.root = node

    def _refuse_traps(self, text: str) -> None:
        """Aliases (a small text that unfolds without end) and nesting that overflows the YAML reader."""
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            mark = event.start_mark
            where = f"({self.name}, line {mark.line + 1}, column {mark.column + 1})" if mark else self.name
            if isinstance(event, yaml.AliasEvent):
                raise ProductMistake(f"Aliases are not allowed in a product: write the value out {where}.")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEPTH_MAX:
                raise ProductMistake(f"The text nests deeper than {DEPTH_MAX} levels {where}.")

    def fail(self, node: Node, sentence: str) -> NoReturn:
        """Stops with one sentence that ends in the place."""
        mark = node.start_mark
        raise ProductMistake(f"{sentence} ({self.name}, line {mark.line + 1}, column {mark.column + 1}).")

    def fields(self, node: Node, what: str, required: str, optional: str = "") -> dict[str, Node]:
        """The entries of a mapping by name; unknown, doubled and missing names are mistakes."""
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, f"{what} must be a mapping of names to values")
        known = {*required.split(), *optional.split()}
        found: dict[str, Node] = {}
        for key, value in node.value:
            name = self.text(key)
            if name not in known:
                self.fail(
                    key, f"{what} has an unknown field {name[:40]!r}: use one of {', '.join(sorted(known))}"
                )
            if name in found:
                self.fail(key, f"{what} names {name!r} twice: keep one")
            found[name] = value
        for name in required.split():
            if name not in found:
                self.fail(node, f"{what} lacks the field {name!r}: add it")
        return found

    def items(self, node: Node, what: str) -> Iterator[Node]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.fail(node, f"{what} must be a list with at least one entry")
        yield from node.value

    def text(self, node: Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag != _STR or not node.value.strip():
            self.fail(node, f"Expected text, found {self._shown(node)}: put it in quotes")
        return str(node.value)

    def whole(self, node: Node, what: str, lowest: int, highest: int) -> int:
        raw = node.value if isinstance(node, yaml.ScalarNode) else ""
        if not _WHOLE.match(str(raw)) or node.tag == _STR or not lowest <= int(raw) <= highest:
            self.fail(
                node, f"{what} must be a whole number from {lowest} to {highest}, not {self._shown(node)}"
            )
        return int(raw)

    def rate(self, node: Node, what: str, highest: str = "10") -> Decimal:
        """A quoted decimal, because an unquoted one would be a float."""
        raw = node.value if isinstance(node, yaml.ScalarNode) and node.tag == _STR else ""
        if not _RATE.match(raw) or Decimal(raw) > Decimal(highest):
            self.fail(
                node,
                f'{what} must be a quoted decimal such as "0.1460" (14.6 %), from 0 to {highest}, '
                f"not {self._shown(node)}",
            )
        return Decimal(raw)

    def amount(self, node: Node, currency: str) -> int:
        try:
            minor = to_minor(self.text(node), currency)
        except AmountNotMoney as mistake:
            self.fail(node, mistake.sentence.rstrip("."))
        if minor < 0:
            self.fail(node, f"Amount {node.value} must not be negative")
        return minor

    def day(self, node: Node) -> date:
        text = self.text(node)
        try:
            day = date.fromisoformat(text)
        except ValueError:
            self.fail(node, f'{text[:40]!r} is not a date: write "2024-01-31" in quotes')
        if not YEAR_MIN <= day.year <= YEAR_MAX:
            self.fail(node, f"{day} is outside the years {YEAR_MIN} to {YEAR_MAX}")
        return day

    def word(self, node: Node, words: type[_Word]) -> _Word:
        text = self.text(node)
        try:
            return words(text)
        except ValueError:
            self.fail(node, f"{text[:40]!r} is not one of {', '.join(word.value for word in words)}")

    def _shown(self, node: Node) -> str:
        return str(node.value)[:40] if isinstance(node, yaml.ScalarNode) else "a list or mapping"
