"""Every command has --json, a sentence of help, and stands in the reference page, which is generated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperCommand, TyperGroup

from fullrecall.cli.main import app

ROOT = Path(__file__).parents[2]


def leaves(group: TyperGroup, path: str = "") -> dict[str, TyperCommand]:
    found: dict[str, TyperCommand] = {}
    for name, command in group.commands.items():
        here = f"{path} {name}".strip()
        if isinstance(command, TyperGroup):
            found |= leaves(command, here)
        else:
            assert isinstance(command, TyperCommand)
            found[here] = command
    return found


COMMANDS = leaves(typer.main.get_command(app))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", COMMANDS)
def test_has_json_and_help(name: str) -> None:
    command = COMMANDS[name]
    assert command.help, f"{name} has no help"
    assert any("--json" in option.opts for option in command.params), f"{name} has no --json"


def test_the_commands_of_the_issue_are_there() -> None:
    wanted = (
        "demo, data get, init, tape import, policy check, close, case list, case show, case approve, "
        "case withdraw, "
        "authorise, report, verify"
    )
    assert set(wanted.split(", ")) <= set(COMMANDS)


def test_every_command_stands_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text("utf-8")
    missing = [name for name in COMMANDS if f"## `fullrecall {name}`" not in page]
    assert not missing, f"run `make docs`: {missing}"


def test_the_reference_is_current() -> None:
    tool = ROOT / "tools" / "generate_commands.py"
    done = subprocess.run([sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
