"""Every command that stands in a document is run as it stands there."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from command_line import Said, call

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]
ANSWERED = (0, 3)  # 3: refused or declined, which is an answer


def commands() -> Iterator[tuple[str, str]]:
    """(page, command) of every line in a ```sh block that calls fullrecall or make."""
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            for line in block.splitlines():
                if line.startswith(("fullrecall ", "make ")):
                    yield str(page.relative_to(ROOT)), line


def run(folder: Path, words: list[str]) -> Said:
    return call(folder, *words, data=folder / "no-data-here")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a reader has it after `make demo`, with the files that the pages speak of."""
    folder = tmp_path_factory.mktemp("reader")
    done = run(folder, ["demo", "--simulated", "--lines", "150", "--folder", "demo"])
    assert done.returncode == 0, done.stderr
    shipped = resources.files("fullrecall")
    shutil.copy(next((folder / "demo").glob("simulated-*.parquet")), folder / "my-export.parquet")
    (folder / "my-mapping.yaml").write_text(
        (shipped / "mappings" / "simulated.yaml").read_text("utf-8"), "utf-8"
    )
    (folder / "my-policy.yaml").write_text((shipped / "policies" / "taiwan.yaml").read_text("utf-8"), "utf-8")
    terms = {
        "id": "1", "currency": "EUR", "principal": "100.00", "rate_per_year": "0.07", "instalments": 6,
        "every": "1 month", "disbursed_on": "2024-01-01", "method": "annuity", "day_count": "30/360",
        "rounding": "half_even", "instalment_unit": "0.01",
    }  # fmt: skip
    asked = {
        **terms,
        "payments": [{"on": "2024-02-01", "amount": "17.01"}],
        "on": "2024-02-29",
        "kind": "accelerate",
    }
    (folder / "terms.jsonl").write_text(json.dumps(terms) + "\n")
    (folder / "asked.jsonl").write_text(json.dumps(asked) + "\n")
    return folder


def filled(place: Path, line: str) -> list[str]:
    """The words of a command, CASE_ID and LINE_ID replaced by ones of the demo's book."""
    words = shlex.split(line, comments=True)[1:]
    if "CASE_ID" in words:
        listed = run(place, ["case", "list", "--db", "demo/fullrecall.db", "--limit", "1", "--json", "-"])
        case_id = json.loads(listed.stdout)[0]["case_id"]
        words = [case_id if word == "CASE_ID" else word for word in words]
    return ["SIM-00001" if word == "LINE_ID" else word for word in words]


def test_pages_hold_commands() -> None:
    assert len(list(commands())) >= 14


@pytest.mark.parametrize(("page", "line"), [c for c in commands() if c[1].startswith("make ")])
def test_make_target_exists(page: str, line: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert shlex.split(line, comments=True)[1] in targets


def test_every_command_of_every_page_runs(place: Path) -> None:
    failed = []
    for page, line in commands():
        if line.startswith("make "):
            continue
        done = run(place, filled(place, line))
        if done.returncode not in ANSWERED or "Traceback" in done.stderr:
            failed.append(f"{page}: {line}\n{done.returncode}: {done.stderr[-400:]}")
    assert not failed, "\n\n".join(failed)


def test_demo_says_in_one_line_that_it_is_simulated(place: Path) -> None:
    """Where the data is absent, the demo says so in one line and labels everything simulated."""
    done = run(place, ["demo", "--lines", "150", "--folder", "absent"])
    assert done.returncode == 0, done.stderr
    assert "SIMULATED 模拟: the Taiwan data is not in" in done.stdout.splitlines()[0]
    assert "SIMULATED" in (place / "absent" / "report.html").read_text("utf-8")


def test_demo_again_changes_nothing(place: Path) -> None:
    before = run(place, ["verify", "--db", "demo/fullrecall.db", "--json", "-"])
    again = run(place, ["demo", "--simulated", "--lines", "150", "--folder", "demo", "--json", "-"])
    after = run(place, ["verify", "--db", "demo/fullrecall.db", "--json", "-"])
    assert again.returncode == 0, again.stderr
    assert json.loads(before.stdout) == json.loads(after.stdout)
    wanted = (
        "dataset, lines, positions, alerts, cases, notices, refused_by_law, recalled_exposure, "
        "cleared_amount, outcome, "
        "ledger, verify, seconds"
    )
    assert set(wanted.split(", ")) <= set(json.loads(again.stdout))
