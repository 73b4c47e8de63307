"""`fullrecall backtest`: what a policy would have done to the lines of a tape, and whether to switch to
another.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from fullrecall.cli.output import JsonOption, console, emit, table
from fullrecall.cli.progress import Ticker
from fullrecall.domain.vocabulary import Mistake
from fullrecall.wiring import backtest as wired
from fullrecall.wiring import policy_search as searching


def register(app: typer.Typer) -> None:
    app.command("backtest")(backtest)


def register_search(policies: typer.Typer) -> None:
    """`fullrecall policy search`, on the group of policies."""
    policies.command("search")(search)


def backtest(
    policy: Annotated[str, typer.Option("--policy", help="The policy: a file, or a shipped one by name.")],
    tape: Annotated[str, typer.Option("--tape", help="taiwan, simulated, or a file (with --mapping).")],
    against: Annotated[
        str | None, typer.Option("--against", help="The challenger: would switching to it be better?")
    ] = None,
    mapping: Annotated[
        str | None, typer.Option("--mapping", help="How the file is read: a mapping file or name.")
    ] = None,
    engine: Annotated[str, typer.Option("--engine", help="polars, duckdb, postgres or spark.")] = "polars",
    out: Annotated[Path | None, typer.Option("--out", help="Write the report here (one HTML file).")] = None,
    pack: Annotated[str, typer.Option("--pack", help="Law pack of the lines: cn, de or us.")] = "cn",
    law_as_of: Annotated[
        str | None, typer.Option("--law-as-of", help="The day whose law counts; default: the pack's version.")
    ] = None,
    lender: Annotated[Path | None, typer.Option("--lender", help="The lender's settings.")] = None,
    assume: Annotated[
        list[str] | None, typer.Option("--assume", help="NAME=VALUE of an assumption; may be repeated.")
    ] = None,
    lines: Annotated[
        int | None, typer.Option("--lines", min=1, help="Only the first lines of the tape.")
    ] = None,
    db: Annotated[
        str | None, typer.Option("--db", envvar="FULLRECALL_DB", help="The server of --engine postgres.")
    ] = None,
    json_path: JsonOption = None,
) -> None:
    """Replay the whole ladder over a tape and count it in money, observed apart from assumed."""
    words = console(json_path)
    asked = wired.Asked(
        policy, against, tape, mapping, engine, _day(law_as_of), pack, lender, assume or [], lines, db
    )
    with Ticker(words) as tick:
        found = wired.run_backtest(asked, tick)
        if out is not None:
            tick("drawing the report", 1, 1)
            wired.write_report(found, out)
    for sentence in wired.sentences(found):
        words.print(sentence, markup=False, soft_wrap=True)
    head, rows = wired.figures_table(found)
    words.print(table("Figures 数字", head, rows))
    if out is not None:
        words.print(f"Report 报告: {out}", markup=False)
    emit(json_path, found)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Mistake(f"{text!r} is not a day: write it as 2026-11-23.") from None


def search(
    policy: Annotated[str, typer.Option("--policy", help="Where the search starts: a file or a name.")],
    tape: Annotated[str, typer.Option("--tape", help="taiwan, simulated, or a file (with --mapping).")],
    mapping: Annotated[str | None, typer.Option("--mapping", help="How the file is read.")] = None,
    notices_a_day: Annotated[
        int | None,
        typer.Option("--notices-a-day", min=0, help="At most so many messages on the busiest day."),
    ] = None,
    wrongful_share: Annotated[
        float | None,
        typer.Option("--wrongful-share", min=0, max=1, help="Of called lines, at most this share."),
    ] = None,
    group_ratio: Annotated[
        float | None,
        typer.Option("--group-ratio", min=1, help="No group called this much more often."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the policy found here (YAML).")] = None,
    pack: Annotated[str, typer.Option("--pack", help="Law pack of the lines: cn, de or us.")] = "cn",
    law_as_of: Annotated[str | None, typer.Option("--law-as-of", help="The day whose law counts.")] = None,
    lender: Annotated[Path | None, typer.Option("--lender", help="The lender's settings.")] = None,
    assume: Annotated[list[str] | None, typer.Option("--assume", help="NAME=VALUE of an assumption.")] = None,
    lines: Annotated[
        int | None, typer.Option("--lines", min=1, help="Only the first lines of the tape.")
    ] = None,
    json_path: JsonOption = None,
) -> None:
    """Search thresholds for most net benefit under limits: learnt on one half, judged on the other."""
    words = console(json_path)
    asked = wired.Asked(
        policy, None, tape, mapping, "polars", _day(law_as_of), pack, lender, assume or [], lines, None
    )
    with Ticker(words) as tick:
        found = searching.search_policy(
            asked, searching.Limits(notices_a_day, wrongful_share, group_ratio), tick
        )
    for sentence in searching.sentences(found):
        words.print(sentence, markup=False, soft_wrap=True)
    words.print(table("On both halves 两半样本", *searching.rows_of(found)))
    if out is not None:
        searching.write_found(found, out)
        words.print(f"Policy 政策: {out}", markup=False)
    emit(json_path, found)
