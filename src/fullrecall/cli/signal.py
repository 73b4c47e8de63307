"""`fullrecall signal`: a violation of the terms of use, or a decision of the risk department, about one
line.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from fullrecall.cli.output import DB_DEFAULT, DbOption, JsonOption, console, emit
from fullrecall.domain import facts as f
from fullrecall.domain.vocabulary import Action, Mistake
from fullrecall.use_cases.record_signal import Signal, record_signal
from fullrecall.wiring import house

app = typer.Typer(
    no_args_is_help=True, help="Signals about one line: violations, decisions of the risk department."
)

LineId = Annotated[str, typer.Argument(help="The line's id.")]
By = Annotated[str, typer.Option("--by", help="Who says so.")]
OnDay = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day it counts; default today.")
]
Lender = Annotated[Path | None, typer.Option("--lender", help="The lender's settings.")]


@app.callback()
def group() -> None:
    """Signals about one line."""


def _record(
    db: str, lender: Path | None, line: str, signal: Signal, on: datetime | None, json_path: str | None
) -> None:
    store, book = house.open_house(db, policy=None, law_as_of=None, lender=lender)
    day: date = on.date() if on else house.today()
    at = on.replace(hour=12, tzinfo=UTC) if on else house.now()
    answer = record_signal(store, book, line, signal, on=day, recorded_at=at, key=house.new_key("signal"))
    rules = ", ".join(answer.fired) or "no rule"
    led = (
        "case opened"
        if answer.opened
        else "joined the open case"
        if answer.joined
        else "no news for any case"
    )
    console(json_path).print(f"Recorded 已记录: {rules} fired, action {answer.action}; {led}.", markup=False)
    emit(json_path, answer)


@app.command("violation")
def violation(
    line: LineId,
    violation_id: Annotated[str, typer.Option("--id", help="The violation's id.")],
    description: Annotated[str, typer.Option("--description", help="What was breached.")],
    evidence: Annotated[str, typer.Option("--evidence", help="What proves it; '' if nothing does yet.")],
    by: By,
    severe: Annotated[bool, typer.Option("--severe/--minor", help="Only severe violations count.")] = False,
    proven: Annotated[bool, typer.Option("--proven/--alleged", help="Only proven violations count.")] = False,
    db: DbOption = DB_DEFAULT,
    on: OnDay = None,
    lender: Lender = None,
    json_path: JsonOption = None,
) -> None:
    """Report a breach of the terms of use; it counts once it is severe and proven."""
    if proven and not evidence.strip():
        raise Mistake("A proven violation needs evidence: say with --evidence what proves it.")
    signal = f.ViolationReported(violation_id, description, severe, proven, evidence, by)
    _record(db, lender, line, signal, on, json_path)


@app.command("dismiss")
def dismiss(
    line: LineId,
    violation_id: Annotated[str, typer.Option("--id", help="The violation's id.")],
    by: By,
    why: Annotated[str, typer.Option("--why", help="Why it does not stand.")],
    db: DbOption = DB_DEFAULT,
    on: OnDay = None,
    lender: Lender = None,
    json_path: JsonOption = None,
) -> None:
    """A reported violation does not stand: it was contested with success."""
    _record(db, lender, line, f.ViolationDismissed(violation_id, by, why), on, json_path)


@app.command("decision")
def decision(
    line: LineId,
    action: Annotated[str, typer.Argument(help="warn, freeze or recall.")],
    by: By,
    why: Annotated[str, typer.Option("--why", help="The reason, as it will stand in the record.")],
    db: DbOption = DB_DEFAULT,
    on: OnDay = None,
    lender: Lender = None,
    json_path: JsonOption = None,
) -> None:
    """The risk department asks for an action; it passes the same gates, and its author cannot approve it."""
    if action not in (Action.WARN, Action.FREEZE, Action.RECALL):
        raise Mistake(f"There is no action {action!r}: use warn, freeze or recall.")
    _record(db, lender, line, f.RiskDecisionMade(action, by, why), on, json_path)
