"""`fullrecall data`: public data sets from their homes, checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from fullrecall.cli.output import JsonOption, console, emit
from fullrecall.wiring import tapes

app = typer.Typer(no_args_is_help=True, help="Public data sets: fetch and check.")


@app.callback()
def group() -> None:
    """Public data sets."""


@app.command("get")
def get(
    name: Annotated[str, typer.Argument(help="taiwan, auto_abs, credit_record or lending_club.")],
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where to keep it; default FULLRECALL_DATA, else ./data.")
    ] = None,
    from_files: Annotated[list[Path] | None, typer.Option("--from", help="A file fetched by hand.")] = None,
    json_path: JsonOption = None,
) -> None:
    """Bring a data set from its public home and check its contents."""
    out = console(json_path)
    wanted = folder or Path("data")
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        console=out,
        disable=not out.is_terminal,
    ) as bar:
        task = bar.add_task(name, total=None)
        files = tapes.fetch(
            name, wanted, from_files or [], lambda here, whole: bar.update(task, completed=here, total=whole)
        )
    out.print(f"Kept and checked: {', '.join(str(file) for file in files)}", markup=False)
    emit(json_path, {"name": name, "files": [str(file) for file in files]})
