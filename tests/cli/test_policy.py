"""`fullrecall policy` and `fullrecall decision` on the real command: words, JSON, exit codes, one
sentence.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

POLICY = """\
# kept comment
policy: mine
currency: CNY
version: 1
rules:
  - {reason: LATE, id: late, when: "past_due_amount>100.00 AND days_past_due >= 30", action: warn,
     trigger: arrears}
recall: {scope: line}
"""
CANONICAL = """\
# kept comment
policy: mine
version: 1
currency: CNY
rules:
  - id: late
    when: past_due_amount > 100.00 and days_past_due >= 30
    action: warn
    trigger: arrears
    reason: LATE
recall:
  scope: line
"""
TAPE = """\
line,month,limit,balance,due,paid,late,past_due
L1,2026-01-31,2000.00,1000.00,300.00,0.00,0,0.00
L1,2026-02-28,2000.00,1000.00,300.00,0.00,61,300.00
"""
MAPPING = """\
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
assumptions: []
columns:
  credit_limit: {from: limit, unit: major}
  balance: {from: balance, unit: major}
  amount_due: {from: due, unit: major}
  amount_paid: {from: paid, unit: major}
  past_due_amount: {from: past_due, unit: major}
  days_past_due: {from: late}
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "200"}
    environment.pop("FULLRECALL_DB", None)
    return subprocess.run(
        [sys.executable, "-m", "fullrecall", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def answer(folder: Path, *words: str, code: int = 0) -> Any:
    done = run(folder, *words, "--json", "-")
    assert done.returncode == code, (done.stdout, done.stderr)
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text(POLICY)
    (tmp_path / "next.yaml").write_text(POLICY.replace("version: 1", "version: 2").replace(">= 30", ">= 60"))
    return tmp_path


def test_explain_says_each_rule_in_both_languages(folder: Path) -> None:
    (rule,) = answer(folder, "policy", "explain", "mine.yaml")["rules"]
    assert rule["zh"] == "当逾期金额高于100.00 CNY且逾期天数不低于30天时，预警（LATE）。"
    assert (
        rule["en"]
        == "Warn when past due amount is above 100.00 CNY and days past due is at least 30 days (LATE)."
    )
    assert rule["zh"] in run(folder, "policy", "explain", "mine.yaml").stdout


def test_format_prints_checks_and_writes(folder: Path) -> None:
    assert run(folder, "policy", "format", "mine.yaml").stdout == CANONICAL
    assert (folder / "mine.yaml").read_text() == POLICY
    assert run(folder, "policy", "format", "mine.yaml", "--check").returncode == 4
    before = answer(folder, "policy", "check", "mine.yaml")["id"]
    told = answer(folder, "policy", "format", "mine.yaml", "--write")
    assert (told["changed"], told["written"], told["id"]) == (True, True, before)
    assert (folder / "mine.yaml").read_text() == CANONICAL
    assert run(folder, "policy", "format", "mine.yaml", "--check").returncode == 0


def test_diff_says_what_changed_in_meaning(folder: Path) -> None:
    told = answer(folder, "policy", "diff", "mine.yaml", "next.yaml")
    assert [(d["where"], d["before"], d["after"]) for d in told["differences"]] == [
        ("policy version", "1", "2"),
        ("rule late", "days_past_due >= 30", "days_past_due >= 60"),
    ]
    (folder / "same.yaml").write_text(CANONICAL)
    assert answer(folder, "policy", "diff", "mine.yaml", "same.yaml")["same"]


def test_from_a_file_to_the_live_policy_and_back_to_a_decision(folder: Path) -> None:
    (folder / "tape.csv").write_text(TAPE)
    (folder / "map.yaml").write_text(MAPPING)
    db = ("--db", "book.db")
    assert run(folder, "init", *db).returncode == 0
    imported = run(
        folder, "tape", "import", "tape.csv", "--mapping", "map.yaml", "--policy", "mine.yaml", *db
    )
    assert imported.returncode == 0, imported.stderr
    shown = answer(folder, "decision", "show", "L1:2026-02-28", *db)
    assert (shown["action"], shown["fired"], shown["averting"][0]["pay"]) == ("warn", ["late"], 20_000)
    draft = answer(folder, "policy", "propose", "next.yaml", "--by", "ann", "--no-spark", *db)
    assert draft["report"]["swap"]["same"] == 1  # 61 days: still warned
    refused = answer(folder, "policy", "publish", draft["id"], "--by", "ann", *db, code=3)
    assert refused["rule"] == "policy.four-eyes"
    assert answer(folder, "policy", "shadow", "--start", draft["id"][:20], *db)["facts"] == ["ShadowStarted"]
    assert answer(folder, "policy", "shadow", *db)["differences"] == 0
    assert answer(folder, "policy", "publish", draft["id"], "--by", "bob", *db)["facts"] == [
        "PolicyPublished"
    ]
    (listed,) = answer(folder, "policy", "list", *db)
    assert (listed["state"], listed["approved_by"], listed["shadow"]) == ("live", "bob", False)
    replayed = answer(folder, "decision", "replay", "L1:2026-02-28", *db)
    assert (replayed["same"], replayed["policy_id"]) == (True, shown["policy"]["id"])
    assert answer(folder, "decision", "stands", "L1:2026-02-28", *db)["stands"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("policy", "explain", "nope"), "There is no policy 'nope'"),
        (("policy", "explain", "bad.yaml"), "bad.yaml, line "),
        (("policy", "format", "taiwan", "--write"), "give a .yaml file of your own"),
        (("policy", "diff", "mine.yaml", "nope.yaml"), "There is no file nope.yaml"),
        (("policy", "propose", "mine.yaml", "--by", " ", "--db", "book.db"), "needs an author"),
        (("policy", "publish", "abc", "--by", "bob", "--db", "book.db"), "fullrecall policy list"),
        (("policy", "shadow", "--db", "book.db"), "No policy runs in shadow"),
        (("policy", "shadow", "--start", "x", "--stop", "--db", "book.db"), "not both"),
        (("decision", "show", "L1", "--db", "book.db"), "write LINE:DATE"),
        (("decision", "replay", "L1:2026-01-31", "--db", "book.db"), "line L1 has none"),
        (("decision", "stands", "L1:2026-01-31", "--db", "none.db"), "run `fullrecall init"),
    ],
)
def test_bad_input_gets_one_sentence(folder: Path, words: tuple[str, ...], said: str) -> None:
    (folder / "bad.yaml").write_text(POLICY.replace("past_due_amount", "past_due_amout"))
    if "book.db" in words:
        assert run(folder, "init", "--db", "book.db").returncode == 0
    done = run(folder, *words)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
