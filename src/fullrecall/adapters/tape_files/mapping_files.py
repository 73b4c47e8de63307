"""Finds, reads and checks a mapping: a shipped one by name, or the user's own YAML file."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from fullrecall.adapters.tape_files.mapping import ColumnFrom, ColumnsFrom, ExtraFrom, Mapping
from fullrecall.adapters.tape_files.marked_yaml import BadMapping, MarkedYaml, Value
from fullrecall.adapters.tape_files.rules import complaints


def shipped_mappings() -> list[str]:
    folder = resources.files("fullrecall") / "mappings"
    return sorted(
        entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")
    )


def read_mapping(path_or_name: str | Path) -> Mapping:
    """A shipped mapping by name ('taiwan'), or one from a YAML file; mistakes name file, line and column."""
    name = str(path_or_name)
    if name in shipped_mappings():
        text = (resources.files("fullrecall") / "mappings" / f"{name}.yaml").read_text(encoding="utf-8")
        return parse_mapping(text, f"{name}.yaml")
    path = Path(path_or_name)
    if not path.is_file():
        shipped = ", ".join(shipped_mappings())
        raise BadMapping(
            f"There is no mapping {name!r}: name a YAML file, or one of the shipped ones ({shipped})."
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadMapping(f"{name}: the mapping cannot be read ({error}); save it as UTF-8 text.") from None
    return parse_mapping(text, path.name)


def parse_mapping(text: str, source: str) -> Mapping:
    """A mapping from its text; `source` is the name mistakes are told under."""
    document = MarkedYaml(text, source)
    top = document.value
    assert isinstance(top, dict)  # noqa: S101 - MarkedYaml refuses anything else
    _convert_parts(document, top)
    mapping = document.convert(top, Mapping)
    assert isinstance(mapping, Mapping)  # noqa: S101 - convert returns the type asked for
    for path, sentence in complaints(mapping):
        raise document.mistake(path, sentence)
    return mapping


def _convert_parts(document: MarkedYaml, top: dict[str, Value]) -> None:
    """Check the parts one by one first: msgspec does not name the key of a dictionary it stumbles over."""
    extra = top.get("extra")
    for name, part in extra.items() if isinstance(extra, dict) else ():
        document.convert(part, ExtraFrom, f"$.extra.{name}")
    columns = top.get("columns")
    for name, part in columns.items() if isinstance(columns, dict) else ():
        if name in ColumnsFrom.__struct_fields__:
            document.convert(part, ColumnFrom, f"$.columns.{name}")
        else:
            known = ", ".join(ColumnsFrom.__struct_fields__)
            raise document.mistake(
                f"$.columns.{name}", f"{name!r} is not a tape column a file can fill; those are {known}"
            )
