"""A small strict YAML reader that remembers where every key and value stands, so that a mistake has a place.

Only plain values: no anchors, no tags, no YAML 1.1 surprises (`on` and `no` stay text, `0.10` stays the text
"0.10", so no float ever touches an amount).
"""

from __future__ import annotations

import re
from datetime import date

import msgspec
import yaml

from fullrecall.domain.vocabulary import Mistake

TEXT_LENGTH_MAX = 200_000
DEPTH_MAX = 20
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.*?)`")
_CHOICES = {
    "unit": "; write major or minor",
    "layout": "; write wide or long",
    "file_order": "; write oldest_first or newest_first",
    "type": "; write whole or text",
}

Value = None | bool | int | str | date | list["Value"] | dict[str, "Value"]


class BadMapping(Mistake):
    """A mapping that cannot be used; the sentence names file, line and column."""


class MarkedYaml:
    """A parsed document: `value`, and the place of everything in it."""

    def __init__(self, text: str, source: str) -> None:
        self.source = source
        self._marks: dict[str, tuple[int, int]] = {}
        if len(text) > TEXT_LENGTH_MAX:
            raise BadMapping(
                f"{source}: the mapping is longer than {TEXT_LENGTH_MAX} characters; is this the data file?"
            )
        try:
            self._refuse_tricks(text)
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
            raise BadMapping(
                f"{source}{place}: not readable as YAML ({error.problem}); correct it there."
            ) from None
        except yaml.YAMLError as error:
            reason = str(error).splitlines()[0]
            raise BadMapping(f"{source}: not readable as YAML ({reason}); save it as UTF-8 text.") from None
        if not isinstance(node, yaml.MappingNode):
            raise BadMapping(
                f"{source}, line 1, column 1: a mapping has `key: value` lines such as `tape: my-book`."
            )
        self.value: Value = self._build(node, "$")

    def _refuse_tricks(self, text: str) -> None:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            mark = event.start_mark
            place = f"{self.source}, line {mark.line + 1}, column {mark.column + 1}" if mark else self.source
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise BadMapping(f"{place}: anchors and aliases are not allowed; write the value out.")
            tag = getattr(event, "tag", None)
            if tag:
                raise BadMapping(f"{place}: tags such as {tag[:40]} are not allowed; write a plain value.")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > DEPTH_MAX:
                    raise BadMapping(f"{place}: nested deeper than {DEPTH_MAX} levels; a mapping is flat.")
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1

    def _build(self, node: yaml.Node, path: str) -> Value:
        self._marks.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if isinstance(node, yaml.SequenceNode):
            return [self._build(item, f"{path}[{index}]") for index, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            built: dict[str, Value] = {}
            for key_node, value_node in node.value:
                if not isinstance(key_node, yaml.ScalarNode):
                    raise BadMapping(
                        f"{self.source}, line {key_node.start_mark.line + 1}: a key must be plain text."
                    )
                key = str(key_node.value)
                child = f"{path}.{key}"
                first = self._marks.setdefault(
                    child, (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
                )
                if key in built:
                    line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
                    raise BadMapping(
                        f"{self.source}, line {line}, column {column}: key {key!r} is given twice "
                        f"(first on line {first[0]}); keep one."
                    )
                built[key] = self._build(value_node, child)
            return built
        assert isinstance(node, yaml.ScalarNode)  # noqa: S101 - YAML has three kinds of node
        return self._scalar(node, path)

    def _scalar(self, node: yaml.ScalarNode, path: str) -> Value:
        text = str(node.value)
        if node.style is not None:  # quoted or block text
            return text
        if text in ("", "~", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if _INTEGER.fullmatch(text) and len(text) <= 18:
            return int(text)
        if _DATE.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                raise self.mistake(path, f"{text} is not a day of the calendar; write YYYY-MM-DD") from None
        return text

    def mistake(self, path: str, sentence: str) -> BadMapping:
        """A BadMapping at the nearest place known for `path` (msgspec's `$.a.b[0]`)."""
        while path not in self._marks and len(path) > 1:
            path = path[: max(path.rfind("."), path.rfind("["), 1)]
        line, column = self._marks.get(path, (1, 1))
        return BadMapping(f"{self.source}, line {line}, column {column}: {sentence}.")

    def convert(self, value: Value, into: type, path: str = "$") -> object:
        """`value` checked against a msgspec type; a misfit is a BadMapping at its place."""
        try:
            return msgspec.convert(value, into, strict=True)
        except msgspec.ValidationError as error:
            sentence, _, where = str(error).partition(" - at `")
            inside = path + where.rstrip("`").removeprefix("$").removeprefix("key in ")
            unknown = _UNKNOWN_FIELD.match(sentence)
            if unknown:
                allowed = ", ".join(_fields_at(into, where.rstrip("`")))
                hint = f"; it knows {allowed}" if allowed else ""
                raise self.mistake(f"{inside}.{unknown[1]}", f"unknown key {unknown[1]!r}{hint}") from None
            hint = _CHOICES.get(inside.rpartition(".")[2], "") if "enum value" in sentence else ""
            hint = "; write true or false" if "Expected `bool`" in sentence else hint
            raise self.mistake(inside, sentence[0].lower() + sentence[1:] + hint) from None


def _fields_at(into: type, where: str) -> list[str]:
    """Names a struct allows, where the mistake lies in the struct itself and not deeper."""
    if where in ("", "$") and isinstance(into, type) and issubclass(into, msgspec.Struct):
        return list(into.__struct_encode_fields__)
    return []
