"""How commands answer: words and tables for people on the terminal, JSON where `--json` points."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from fullrecall.domain.vocabulary import AlreadyDone, Answer, Mistake, Refused

JsonOption = Annotated[
    str | None,
    typer.Option("--json", metavar="PATH", help="Write the answer as JSON to PATH; '-' is standard output."),
]
DbOption = Annotated[
    str,
    typer.Option(
        "--db", metavar="PLACE", envvar="FULLRECALL_DB", help="A SQLite file or a postgresql:// URL."
    ),
]
DB_DEFAULT = "fullrecall.db"

EXIT_MISTAKE, EXIT_REFUSED, EXIT_PROBLEMS = 2, 3, 4


def console(json_path: str | None) -> Console:
    """Where words go: to standard error when standard output carries the JSON."""
    return Console(stderr=json_path == "-", highlight=False)


def emit(json_path: str | None, answer: Any) -> None:
    """Write the answer as JSON, if it was asked for."""
    if json_path is None:
        return
    data = msgspec.json.format(msgspec.json.encode(answer), indent=2) + b"\n"
    if json_path == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        Path(json_path).write_bytes(data)
    except OSError as trouble:
        raise Mistake(f"The answer cannot be written to {json_path}: {trouble.strerror}.") from None


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    shown = Table(title=title, title_justify="left")
    for column in columns:
        shown.add_column(column)
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    return shown


def tell(json_path: str | None, answer: Answer) -> None:
    """Print Done, AlreadyDone or Refused; a refusal ends with exit code 3."""
    out = console(json_path)
    emit(json_path, answer)
    if isinstance(answer, Refused):
        until = f" Possible again from {answer.until}." if answer.until else ""
        out.print(f"Refused 拒绝 by {answer.rule}: {answer.why}.{until}", markup=False)
        raise typer.Exit(EXIT_REFUSED)
    if isinstance(answer, AlreadyDone):
        out.print(f"Already done 已完成: {answer.why}", markup=False)
    else:
        out.print(f"Done 完成: {', '.join(answer.facts)}", markup=False)
