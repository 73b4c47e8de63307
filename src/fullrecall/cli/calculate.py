"""The commands that only calculate: schedules, payoffs, annual rates: a line in, a line out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from fullrecall.cli.output import JsonOption, emit
from fullrecall.domain.vocabulary import Mistake
from fullrecall.use_cases.apr_batch import apr_batch
from fullrecall.use_cases.payoff_batch import payoff_batch
from fullrecall.use_cases.schedule_batch import schedule_batch

Batch = Callable[[Iterable[bytes]], Iterator[bytes]]
PROGRESS_EVERY = 5000
BatchFile = Annotated[
    str, typer.Option("--batch", metavar="FILE", help="JSON Lines to read; '-' is standard input.")
]
OutFile = Annotated[
    str, typer.Option("--out", metavar="FILE", help="Where answers go; '-' is standard output.")
]


def schedule(batch: BatchFile, out: OutFile = "-", json_path: JsonOption = None) -> None:
    """Schedules: one JSON object of terms a line in, its instalments out."""
    _run(schedule_batch, batch, out, json_path)


def payoff(batch: BatchFile, out: OutFile = "-", json_path: JsonOption = None) -> None:
    """Payoffs: terms, payments made and a date in, what settles the advance on that date out."""
    _run(payoff_batch, batch, out, json_path)


def apr(batch: BatchFile, out: OutFile = "-", json_path: JsonOption = None) -> None:
    """Annual percentage rates: advances and payments in, the rate by US or EU law out."""
    _run(apr_batch, batch, out, json_path)


app_commands: tuple[Callable[..., None], ...] = (schedule, payoff, apr)


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    for command in app_commands:
        app.command(name=command.__name__)(command)


def _run(answer: Batch, batch: str, out: str, json_path: str | None) -> None:
    try:
        if out == "-" and json_path == "-":
            raise Mistake("--out and --json both name standard output: give one of them a file.")
        emit(json_path, _stream(answer, batch, out))
    except Mistake as mistake:
        typer.echo(mistake.sentence, err=True)
        raise typer.Exit(2) from None
    except BrokenPipeError:  # the reader had enough, e.g. `| head`: not a failure
        sys.stderr.close()


def _stream(answer: Batch, batch: str, out: str) -> dict[str, int]:
    """Answers line by line; returns how many were answered and how many of them with an error sentence."""
    with ExitStack() as open_files:
        source = _opened(open_files, batch, "rb", "--batch")
        if out != "-" and batch != "-" and Path(out).exists() and Path(out).samefile(batch):
            raise Mistake(f"--out and --batch both name {out}: choose another file for the answers.")
        target = _opened(open_files, out, "wb", "--out")
        watched = sys.stderr.isatty()
        done = wrong = 0
        for line in answer(source):
            target.write(line)
            target.write(b"\n")
            done += 1
            if b'"error":' in line:
                wrong += 1
            if watched and done % PROGRESS_EVERY == 0:
                typer.echo(f"\r{done:,} lines", err=True, nl=False)
        target.flush()
        if watched or wrong:
            start = "\r" if watched else ""
            typer.echo(f"{start}{done:,} lines answered, {wrong:,} of them with an error sentence.", err=True)
        return {"lines": done, "errors": wrong}


def _opened(stack: ExitStack, name: str, mode: str, option: str) -> BinaryIO:
    if name == "-":
        return sys.stdin.buffer if mode == "rb" else sys.stdout.buffer
    try:
        return stack.enter_context(Path(name).open(mode))  # type: ignore[return-value]
    except OSError as wrong:
        reason = wrong.strerror or type(wrong).__name__
        raise Mistake(f"{option} {name}: {reason}: give a file that can be {_verb(mode)}.") from None


def _verb(mode: str) -> str:
    return "read" if mode == "rb" else "written"
