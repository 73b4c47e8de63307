"""Bad input on the command line gets one clear sentence, an exit code, and never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import call as run

TAPE_COLUMNS = "line,month,limit,balance,due,paid,late\n"
MAPPING = """
tape: mine
title: {en: Mine, zh: 我的}
simulated: false
source: a test
licence: none
currency: CNY
layout: long
line_id: {column: line}
as_of: {column: month}
known_at: {days_after: 0}
billing_cycle: {day: 1}
file_order: oldest_first
assumptions: []
columns:
  credit_limit: {from: limit, unit: major}
  balance: {from: balance, unit: major}
  amount_due: {from: due, unit: major}
  amount_paid: {from: paid, unit: major}
  days_past_due: {from: late}
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify", "--db", "nowhere/x.db"], "does not exist"),
        (["verify", "--db", "none.db"], "run `fullrecall init"),
        (["verify", "--db", "mysql://x"], "not supported"),
        (["case", "show", "c1", "--db", "book.db"], "There is no case c1"),
        (["case", "list", "--stage", "angry", "--db", "book.db"], "There is no stage 'angry'"),
        (["authorise", "L1", "10.00", "--db", "book.db"], "There is no line L1"),
        (["policy", "check", "nope"], "There is no policy 'nope'"),
        (["policy", "check", "nope.yaml"], "There is no file nope.yaml"),
        (
            ["tape", "import", "nope.csv", "--mapping", "taiwan", "--db", "book.db"],
            "There is no file nope.csv",
        ),
        (["data", "get", "moon"], "no public data set named 'moon'"),
        (["schedule", "--batch", "nope.jsonl"], "nope.jsonl"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path: Path, words: list[str], said: str) -> None:
    assert run(tmp_path, "init", "--db", "book.db").returncode == 0
    done = run(tmp_path, *words)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("L1,2026-01-31,100.00,NaN,1.00,0.00,0\n", "NaN"),
        ("L1,2026-01-31,-5.00,1.00,1.00,0.00,0\n", "negative"),
        ("L1,2026-01-31,100.00,1.00,1.00,0.00,0\nL1,2026-01-31,100.00,1.00,1.00,0.00,0\n", "another row"),
        ("L1,2026-02-28,100.00,1.00,1.00,0.00,0\nL1,2026-01-31,100.00,1.00,1.00,0.00,0\n", "out of order"),
        ("L1,2026-01-31,many,1.00,1.00,0.00,0\n", "limit"),
    ],
)
def test_a_bad_tape_is_refused_whole(tmp_path: Path, cells: str, said: str) -> None:
    good = "L0,2026-01-31,100.00,1.00,1.00,0.00,0\n"
    (tmp_path / "tape.csv").write_text(TAPE_COLUMNS + good + cells)
    (tmp_path / "map.yaml").write_text(MAPPING)
    assert run(tmp_path, "init", "--db", "book.db").returncode == 0
    done = run(tmp_path, "tape", "import", "tape.csv", "--mapping", "map.yaml", "--db", "book.db")
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    checked = run(tmp_path, "verify", "--db", "book.db")
    assert "0 facts" in checked.stdout  # not even the good row is there


def test_policy_check_names_line_and_column_of_every_mistake(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "policy: p\nversion: 1\nrules:\n"
        "  - {id: a, when: balanse > 1, action: warn, trigger: arrears, reason: A}\n"
        "  - {id: b, when: days_past_due > balance, action: warn, trigger: arrears, reason: B}\n"
        "recall: {scope: borrower}\n"
    )
    done = run(tmp_path, "policy", "check", "p.yaml")
    assert done.returncode == 2
    lines = done.stdout.strip().splitlines()
    assert any(line.startswith("p.yaml:4:19:") and "balanse" in line for line in lines), lines
    assert any(line.startswith("p.yaml:5:") for line in lines), lines
