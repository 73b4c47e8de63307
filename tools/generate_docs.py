"""Writes the generated parts of the docs from the code they describe; `--check` only says whether they are
current.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from fullrecall.domain.recall.transitions import mermaid, table

ROOT = Path(__file__).resolve().parents[1]
START, END = "<!-- generated: {name} -->", "<!-- end generated -->"


def transitions() -> str:
    return f"{table()}\n\n```mermaid\n{mermaid()}\n```"


# (page, name of the part) -> what stands between its markers
PARTS: dict[tuple[str, str], Callable[[], str]] = {("docs/concepts/ladder.md", "transitions"): transitions}


def with_part(text: str, name: str, part: str) -> str:
    """The page with one part replaced. Raises ValueError when its markers are missing."""
    start = START.format(name=name)
    head, found, rest = text.partition(start)
    _, closed, tail = rest.partition(END)
    if not found or not closed:
        raise ValueError(f"the markers {start} and {END} are missing")
    return f"{head}{start}\n{part}\n{END}{tail}"


def stale(root: Path = ROOT) -> list[str]:
    """Pages whose generated parts are not what the code says."""
    pages = []
    for (page, name), part in PARTS.items():
        text = (root / page).read_text(encoding="utf-8")
        if with_part(text, name, part()) != text:
            pages.append(page)
    return pages


def write(root: Path = ROOT) -> None:
    for (page, name), part in PARTS.items():
        path = root / page
        path.write_text(with_part(path.read_text(encoding="utf-8"), name, part()), encoding="utf-8")


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print("usage: generate_docs.py [--check]")
        return 2
    if not arguments:
        write()
        return 0
    old = stale()
    for page in old:
        print(f"{page} is not current: run python tools/generate_docs.py")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
