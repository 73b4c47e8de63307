"""`fullrecall demo`: the main job, end to end, on thirty thousand lines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fullrecall.cli.output import JsonOption, console, emit, table
from fullrecall.cli.progress import Ticker
from fullrecall.use_cases.verify_all import verify_all
from fullrecall.wiring import demo as wired
from fullrecall.wiring import house, reports
from fullrecall.worker.run_book import run_book


def demo(
    db: Annotated[
        str | None,
        typer.Option(
            "--db",
            envvar="FULLRECALL_DB",
            help="A SQLite file or postgresql:// URL; default demo/fullrecall.db.",
        ),
    ] = None,
    folder: Annotated[Path, typer.Option("--folder", help="Where database, mailbox and report go.")] = Path(
        "demo"
    ),
    lines: Annotated[int | None, typer.Option("--lines", min=1, help="Only the first so many lines.")] = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Use the simulated book even if the data is there.")
    ] = False,
    policy: Annotated[str, typer.Option("--policy", help="A policy file or a shipped one.")] = "taiwan",
    json_path: JsonOption = None,
) -> None:
    """Watch a real book month by month: warn, notice, cure, freeze, accelerate, clear, record; then report.

    Ctrl-C stops cleanly; the same command goes on where it stopped.
    """
    out = console(json_path)
    folder.mkdir(parents=True, exist_ok=True)
    place = db or str(folder / "fullrecall.db")
    started = house.stopwatch()
    tape, said = wired.choose_tape(folder, lines, simulated=simulated)
    out.print(said, markup=False)
    house.prepare_database(place)
    store, book, run = wired.open_demo(place, tape, policy)
    with Ticker(out) as tick:
        run_book(store, book, house.messenger(None, folder / "mailbox"), tape, run, tick)
        tick("verifying", 0, 1)
        verified = verify_all(store)
        tick("writing the report", 0, 1)
        summary = reports.summary_of(store, verified, started, None)
        path = folder / "report.html"
        reports.write_report(summary, path)
    out.print(table("Summary 摘要", ("", ""), reports.terminal(summary)))
    out.print(f"Report 报告: {path.resolve()}", markup=False)
    emit(json_path, summary)
