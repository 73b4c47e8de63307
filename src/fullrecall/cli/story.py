"""`fullrecall story`: play a story in simulated time, or print the page that tells it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from fullrecall.cli.output import EXIT_PROBLEMS, JsonOption, console, emit, table
from fullrecall.domain.money import show as money
from fullrecall.wiring.stories import read_story, story_names
from fullrecall.worker.run_story import DayTold, StoryTold, run_story
from fullrecall.worker.story_standing import Standing

app = typer.Typer(no_args_is_help=True, help="Stories of lines kept here: play, tell, list.")

Name = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A shipped story, or a .yaml file.")]


@app.callback()
def group() -> None:
    """Stories of lines kept here."""


@app.command("list")
def list_(json_path: JsonOption = None) -> None:
    """The stories that ship."""
    stories = [read_story(name) for name in story_names()]
    console(json_path).print(
        table("Stories 故事", ("name", "title", "标题"), [(s.story, s.title.en, s.title.zh) for s in stories])
    )
    emit(json_path, [{"story": s.story, "title": s.title, "first": s.first, "last": s.last} for s in stories])


@app.command("run")
def run(
    name: Name,
    folder: Annotated[Path, typer.Option("--folder", help="Where NAME/story.db and its mailbox go.")] = Path(
        "stories"
    ),
    json_path: JsonOption = None,
) -> None:
    """Play a story on a fresh database, day by day, and check what it expects; exit 4 if not all holds."""
    out = console(json_path)
    story = read_story(name)
    with out.status(f"{story.story}") as status:
        told = run_story(story, folder / story.story, lambda day: status.update(f"{story.story} {day}"))
    _verdict(out, told)
    out.print(f"Database 数据库: {told.database}", markup=False)
    emit(json_path, told)
    _end(told)


@app.command("show")
def show(name: Name, json_path: JsonOption = None) -> None:
    """The page that tells a story: each day, what happened, why, and the money before and after."""
    out = console(json_path)
    story = read_story(name)
    with tempfile.TemporaryDirectory() as folder:
        told = run_story(story, Path(folder))
    out.print(f"\n{told.title.en}\n{told.title.zh}\n\n{told.about}", markup=False)
    out.print(f"Policy {told.policy}; law as of {told.law_as_of}; borrower {story.borrower}.\n", markup=False)
    for day in told.days:
        _print_day(out, day, told.currency)
    _verdict(out, told)
    emit(json_path, told)
    _end(told)


def _print_day(out: Console, day: DayTold, currency: str) -> None:
    out.print(f"── {day.on}" + (f" · {day.stage}" if day.stage else ""), style="bold", markup=False)
    if day.because:
        out.print(f"   {day.because}", style="italic", markup=False)
    for happened in day.happened:
        answer = "" if happened.answer == "done" else f" → {happened.answer}"
        out.print(f"   · {happened.sentence}{answer}", markup=False)
    for told in day.did:
        out.print(f"   ▸ {told.what}", markup=False)
        for why in told.why:
            out.print(f"       {why}", style="dim", markup=False)
    for line_id, after in day.after.items():
        before = day.before.get(line_id, Standing())
        out.print(f"   ¥ {line_id}: {_money(before, currency)} → {_money(after, currency)}", markup=False)
    out.print()


def _money(s: Standing, currency: str) -> str:
    """What is owed, and the parts of it that matter."""
    parts = [f"owed {money(s.owed, currency)}"]
    for word, amount in (("past due", s.past_due), ("called", s.called), ("written off", s.written_off)):
        if amount:
            parts.append(f"{word} {money(amount, currency)}")
    if s.days_past_due:
        parts.append(f"{s.days_past_due} days")
    state = [word for word, is_so in (("frozen", s.frozen), ("no limit", s.limit_withdrawn)) if is_so]
    return ", ".join([*parts, *state])


def _verdict(out: Console, told: StoryTold) -> None:
    for failed in told.failed:
        out.print(f"{told.story}, {failed.sentence}", markup=False, style="red")
    held = told.checked - len(told.failed)
    books = "books agree 账实相符" if told.verified else "BOOKS DISAGREE 账实不符"
    out.print(
        f"{told.story}: {len(told.days)} days told; {held} of {told.checked} expectations hold; {books}."
    )


def _end(told: StoryTold) -> None:
    if told.failed or not told.verified:
        raise typer.Exit(EXIT_PROBLEMS)
