"""`fullrecall tape`: bring a lender's export into the book."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from fullrecall.cli.output import DB_DEFAULT, DbOption, JsonOption, console, emit
from fullrecall.cli.progress import Ticker
from fullrecall.use_cases.register_book import register_book
from fullrecall.wiring import house, tapes
from fullrecall.worker.run_book import import_month
from fullrecall.write_path.book import WatchedBook

app = typer.Typer(no_args_is_help=True, help="Tapes: a lender's export, one row per line and month.")


@app.callback()
def group() -> None:
    """Tapes."""


@app.command("import")
def import_(
    file: Annotated[str, typer.Argument(help="Parquet or CSV.")],
    mapping: Annotated[
        str,
        typer.Option(
            "--mapping", help="A mapping file, or a shipped one: taiwan, simulated, auto_abs, credit_record."
        ),
    ],
    db: DbOption = DB_DEFAULT,
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy", help="A policy file or a shipped one; default: the one pinned last, else cn-consumer."
        ),
    ] = None,
    pack: Annotated[str, typer.Option("--pack", help="Law pack of the lines: cn, de or us.")] = "cn",
    state: Annotated[str, typer.Option("--state", help="Governing US state of the contracts.")] = "",
    lender: Annotated[Path | None, typer.Option("--lender", help="The lender's settings.")] = None,
    law_as_of: Annotated[
        datetime | None,
        typer.Option("--law-as-of", formats=["%Y-%m-%d"], help="The day whose law counts; default today."),
    ] = None,
    json_path: JsonOption = None,
) -> None:
    """Import a tape whole or not at all per month; a month that was imported before is passed over."""
    out = console(json_path)
    checked = tapes.named_tape(file, mapping)
    law_day = law_as_of.date() if law_as_of else house.today()
    store, book = house.open_house(db, policy=policy, law_as_of=law_day, lender=lender)
    note = tapes.describe(checked, law_as_of=law_day, pack=pack)
    on = tapes.outcome_date(checked)
    outcomes = [(i, on, flag) for i, flag in (checked.outcomes() or {}).items()] if on else []
    register_book(store, book, note, outcomes, recorded_at=datetime.combine(checked.months[0], time(0), UTC))
    watched = WatchedBook(note["dataset"], note["dataset"], pack, governing_state=state)
    totals = {"months": 0, "positions": 0, "cases_opened": 0, "already_imported": 0}
    with Ticker(out) as tick:
        for month in checked.months:
            at = datetime.combine(month, time(6), UTC)
            done = import_month(store, book, checked, watched, month, at, tick)
            totals["months"] += 1
            totals["positions"] += done["positions"]
            totals["cases_opened"] += done["opened"]
            totals["already_imported"] += done["repeated"]
    out.print(
        f"Imported {totals['positions']:,} positions in {totals['months']} months; "
        f"{totals['cases_opened']:,} cases opened."
    )
    emit(json_path, totals)
