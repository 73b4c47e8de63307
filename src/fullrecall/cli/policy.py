"""`fullrecall policy`: check a policy before anything reads it."""

from __future__ import annotations

from typing import Annotated

import typer

from fullrecall.cli.output import EXIT_MISTAKE, JsonOption, console, emit
from fullrecall.domain.policy import PolicyMistakes
from fullrecall.wiring.rulebook import read_policy

app = typer.Typer(no_args_is_help=True, help="Policies: check.")


@app.callback()
def group() -> None:
    """Policies."""


@app.command("check")
def check(
    file: Annotated[str, typer.Argument(help="A policy file, or a shipped one by name.")],
    json_path: JsonOption = None,
) -> None:
    """Name line and column of every mistake; exit code 2 if there is one."""
    out = console(json_path)
    try:
        policy, _ = read_policy(file)
    except PolicyMistakes as found:
        for m in found.mistakes:
            out.print(
                f"{file}:{m.line}:{m.column}: {m.message}{' ' + m.hint if m.hint else ''}", markup=False
            )
        emit(json_path, {"ok": False, "mistakes": list(found.mistakes)})
        raise typer.Exit(EXIT_MISTAKE) from None
    out.print(
        f"{policy.name} version {policy.version} is sound: {len(policy.rules)} rules, {policy.id}",
        markup=False,
    )
    emit(
        json_path,
        {"ok": True, "name": policy.name, "version": policy.version, "id": policy.id, "mistakes": []},
    )
