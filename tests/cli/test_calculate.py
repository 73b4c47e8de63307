"""The calculating commands: files and streams in and out, mistakes as one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from fullrecall.cli.calculate import register

TERMS: dict[str, Any] = {
    "id": "t1",
    "currency": "USD",
    "principal": "1000.00",
    "rate_per_year": "0.12",
    "instalments": 3,
    "every": "1 month",
    "disbursed_on": "2024-01-01",
    "method": "annuity",
    "day_count": "30/360",
    "rounding": "half_even",
}


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    register(app)
    return app


def test_files_in_and_out(app: typer.Typer, tmp_path: Path) -> None:
    asked, told = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    asked.write_text(json.dumps(TERMS) + "\n" + json.dumps({**TERMS, "id": "bad", "instalments": 0}) + "\n")
    result = CliRunner().invoke(app, ["schedule", "--batch", str(asked), "--out", str(told)])
    assert result.exit_code == 0, result.output
    good, bad = (json.loads(line) for line in told.read_text().splitlines())
    assert good["instalment"] == "340.02"  # 1000 x 0.01 / (1 - 1.01^-3) = 340.0221
    assert bad["id"] == "bad"
    assert "2 lines answered, 1 of them with an error sentence." in result.stderr


def test_standard_input_and_output(app: typer.Typer) -> None:
    asked = {**TERMS, "on": "2024-02-01", "kind": "accelerate"}
    result = CliRunner().invoke(app, ["payoff", "--batch", "-"], input=json.dumps(asked))
    assert result.exit_code == 0
    assert json.loads(result.stdout)["total"] == "1010.00"
    assert result.stderr == ""


def test_rates(app: typer.Typer) -> None:
    asked = {
        "id": "r",
        "regime": "eu_aprc",
        "net_advance": 1000,
        "payments": [{"amount": 1200, "t_years": 1.5}],
    }
    result = CliRunner().invoke(app, ["apr", "--batch", "-"], input=json.dumps(asked))
    assert json.loads(result.stdout)["apr_percent"] == "12.92"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--batch", "nowhere.jsonl"], "--batch nowhere.jsonl: No such file or directory"),
        (
            ["--batch", "-", "--out", "nowhere/out.jsonl"],
            "--out nowhere/out.jsonl: No such file or directory",
        ),
        (["--batch", "."], "--batch .: Is a directory"),
    ],
)
def test_files_that_cannot_be_used(app: typer.Typer, arguments: list[str], sentence: str) -> None:
    result = CliRunner().invoke(app, ["schedule", *arguments], input="")
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""


def test_answers_never_overwrite_the_questions(app: typer.Typer, tmp_path: Path) -> None:
    asked = tmp_path / "in.jsonl"
    asked.write_text(json.dumps(TERMS))
    result = CliRunner().invoke(app, ["schedule", "--batch", str(asked), "--out", str(asked)])
    assert result.exit_code == 2
    assert "choose another file" in result.stderr
    assert json.loads(asked.read_text()) == TERMS
