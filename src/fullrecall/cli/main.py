"""The command `fullrecall`: joins the groups of commands and turns every mistake into one sentence."""

from __future__ import annotations

import sys

import typer

from fullrecall import __version__
from fullrecall.cli import (
    backtest,
    book,
    calculate,
    case,
    data,
    decision,
    demo,
    policy,
    signal,
    story,
    tape,
    train,
)
from fullrecall.cli.output import EXIT_MISTAKE, JsonOption, console, emit
from fullrecall.domain.vocabulary import Mistake

INTERRUPTED = 130
app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Watch consumer credit lines and, when it must be, call one in (全额回收).",
)
app.command("demo")(demo.demo)
book.register(app)
app.add_typer(data.app, name="data")
app.add_typer(tape.app, name="tape")
app.add_typer(policy.app, name="policy")
app.add_typer(decision.app, name="decision")
app.add_typer(case.app, name="case")
app.add_typer(signal.app, name="signal")
app.add_typer(story.app, name="story")
backtest.register(app)
backtest.register_search(policy.app)
train.register(app)
calculate.register(app)


@app.command()
def version(json_path: JsonOption = None) -> None:
    """Print the version."""
    console(json_path).print(__version__)
    emit(json_path, {"version": __version__})


def run() -> None:
    """Entry of the console script. A mistake is one sentence; Ctrl-C stops cleanly; no traceback reaches a
    user.
    """
    try:
        app()
    except Mistake as mistake:
        typer.echo(mistake.sentence, err=True)
        sys.exit(EXIT_MISTAKE)
    except SystemExit as end:  # Typer turns Ctrl-C into this exit code
        if end.code == INTERRUPTED:
            typer.echo("Stopped. What was done is kept; run the same command again to go on.", err=True)
        raise


if __name__ == "__main__":
    run()
