"""Commands on a whole book: init, close, authorise, report, verify."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from fullrecall.cli.output import (
    DB_DEFAULT,
    EXIT_PROBLEMS,
    EXIT_REFUSED,
    DbOption,
    JsonOption,
    console,
    emit,
    tell,
)
from fullrecall.cli.progress import Ticker
from fullrecall.domain.money import show, to_minor
from fullrecall.domain.vocabulary import Refused
from fullrecall.use_cases.authorise_purchase import authorise_purchase, currency_of
from fullrecall.use_cases.verify_all import verify_all
from fullrecall.wiring import house, reports
from fullrecall.worker.catch_up import catch_up
from fullrecall.write_path.breaker import BreakerTripped

Mailbox = Annotated[
    Path, typer.Option("--mailbox", help="Folder for channels that the lender's settings send to a mailbox.")
]


def init(db: DbOption = DB_DEFAULT, json_path: JsonOption = None) -> None:
    """Create the tables, or bring older ones to this version."""
    done = house.prepare_database(db)
    console(json_path).print(f"Database {db.rsplit('@', 1)[-1]}: {done}.", markup=False)
    emit(json_path, {"database": done})


def close(
    day: Annotated[
        datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="The day to close; default today.")
    ] = None,
    db: DbOption = DB_DEFAULT,
    lender: Annotated[Path | None, typer.Option("--lender", help="The lender's settings.")] = None,
    mailbox: Mailbox = Path("mailbox"),
    allow_breaker_by: Annotated[
        str,
        typer.Option(
            "--allow-breaker-by",
            metavar="NAME",
            help="Who lets one run through that would freeze or recall more than the policy allows.",
        ),
    ] = "",
    json_path: JsonOption = None,
) -> None:
    """Close a day: take the steps whose day has come and send what waits. A missed week is caught up day by
    day.
    """
    out = console(json_path)
    store, book = house.open_house(db, policy=None, law_as_of=None, lender=lender)
    until = day.date() if day else house.today()
    post, at = house.messenger(lender, mailbox), house.clock_of(book)
    try:
        with Ticker(out) as tick:
            done = catch_up(store, book, post, until, at, tick, breaker_allowed_by=allow_breaker_by)
    except BreakerTripped as stopped:
        tell(json_path, Refused("policy.breaker", stopped.sentence.rstrip(".")))
        return
    out.print(
        f"Closed {done.days} days until {until}: {done.visited} cases visited, {done.steps} steps, "
        f"{done.sent} notices sent."
        if done.days
        else f"Already closed 已关账: {until}."
    )
    emit(json_path, done)


def authorise(
    line: Annotated[str, typer.Argument(help="The line's id.")],
    amount: Annotated[str, typer.Argument(help="The amount in the line's currency, e.g. 100.50.")],
    db: DbOption = DB_DEFAULT,
    json_path: JsonOption = None,
) -> None:
    """Ask whether a purchase may go through. Changes nothing; exit code 3 if declined."""
    store = house.open_store(db)
    minor = to_minor(amount, currency_of(store, line))
    answer, currency = authorise_purchase(store, line, minor)
    word = "APPROVED 批准" if answer.approved else "DECLINED 拒绝"
    console(json_path).print(
        f"{word} {answer.code}: {answer.why} {answer.why_zh} (unused limit "
        f"{show(answer.available, currency)})",
        markup=False,
    )
    emit(
        json_path,
        {
            "approved": answer.approved, "code": answer.code, "why": answer.why, "why_zh": answer.why_zh,
            "available": answer.available, "currency": currency,
        },
    )  # fmt: skip
    if not answer.approved:
        raise typer.Exit(EXIT_REFUSED)


def report(
    db: DbOption = DB_DEFAULT,
    out_file: Annotated[Path, typer.Option("--out", help="The HTML file to write.")] = Path("report.html"),
    case: Annotated[
        str | None, typer.Option("--case", help="The case to tell in full; default the richest one.")
    ] = None,
    json_path: JsonOption = None,
) -> None:
    """The report of the whole book: one HTML file, and the same figures as JSON."""
    store = house.open_store(db)
    started = house.stopwatch()
    verified = verify_all(store)
    summary = reports.summary_of(store, verified, started, case)
    reports.write_report(summary, out_file)
    console(json_path).print(f"Report 报告: {out_file.resolve()}", markup=False)
    emit(json_path, summary)


def verify(db: DbOption = DB_DEFAULT, json_path: JsonOption = None) -> None:
    """Recompute everything from the facts and compare; exit code 4 when anything differs."""
    out = console(json_path)
    found = verify_all(house.open_store(db))
    for problem in found.problems:
        where = f"{problem.stream} #{problem.seq}" if problem.seq else problem.stream
        out.print(f"{where}: {problem.what}", markup=False)
    verdict = (
        "everything agrees 全部一致"
        if not found.problems_count
        else f"{found.problems_count} problems 处不一致"
    )
    out.print(
        f"{found.streams:,} streams, {found.facts:,} facts, {found.postings:,} postings: {verdict}; "
        f"line minus ledger {found.line_minus_ledger}"
    )
    emit(json_path, found)
    if found.problems_count:
        raise typer.Exit(EXIT_PROBLEMS)


def register(app: typer.Typer) -> None:
    for command in (init, close, authorise, report, verify):
        app.command(command.__name__)(command)
