"""A training on a simulated book: the same by seed, a policy that parses back, a page that stands alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from fullrecall.adapters.tape_files import TapeFile
from fullrecall.analytics.training import Trained, TrainingSettings
from fullrecall.analytics.training.candidates import Worse
from fullrecall.cli import train as command
from fullrecall.domain.policy import PolicyMistakes, compile_python, format_policy, parse_policy
from fullrecall.wiring import training
from fullrecall.wiring.rulebook import read_policy

Fit = Callable[[TapeFile, TrainingSettings], Trained]
APP = typer.Typer()
command.register(APP)
APP.command("other")(lambda: None)


def test_a_book_whose_habits_decide_is_told_apart(on_simulated: Trained) -> None:
    report = on_simulated.report
    # 2,000 lines, 30 % of the borrowers held out
    assert (report.train.rows, report.test.rows) == (1_400, 600)
    assert report.test.auc > 0.60  # the book draws the outcome from the last habit alone: late or not
    assert len(on_simulated.card.lines) <= 24
    assert sum(band.rows for band in report.calibration) == 600
    assert [month.whole for month in report.months][-1]


def test_bins_are_monotone(on_simulated: Trained) -> None:
    for line in on_simulated.card.lines:
        points = line.points if line.worse is Worse.DOWN else line.points[::-1]
        assert list(points) == sorted(points), line.candidate.name
        assert list(line.bins.bounds) == sorted(set(line.bins.bounds))


def test_the_policy_scores_every_row_as_training_did(on_simulated: Trained, simulated: TapeFile) -> None:
    text = training.policy_with_card(on_simulated, simulated, None)
    policy = parse_policy(text, training.columns_of(simulated), currency="TWD")
    assert policy.scorecard
    assert policy.name == "simulated-scored"
    assert text.startswith("# SIMULATED.")
    months = [simulated.rows(month) for month in simulated.months]
    decide = compile_python(policy, "TWD").decide
    scored = [decide(rows[-1], rows[:-1]).score for rows in zip(*months, strict=True)]
    assert scored == on_simulated.score.tolist()
    assert {code.code for code in policy.reasons} >= {c.reason for c in policy.scorecard.characteristics}
    assert format_policy(text, training.columns_of(simulated)) == text


def test_another_policy_carries_the_card_and_keeps_its_rules(
    on_simulated: Trained, simulated: TapeFile
) -> None:
    columns = training.columns_of(simulated)
    before, _ = read_policy("taiwan", columns)
    after = parse_policy(training.policy_with_card(on_simulated, simulated, "taiwan"), columns)
    assert (after.rules, after.recall, after.features) == (before.rules, before.recall, before.features)
    assert after.version == before.version + 1
    assert after.scorecard != before.scorecard
    assert after.reason_text("LATE_NOW") == before.reason_text("LATE_NOW")  # its own words stay
    again = parse_policy(training.policy_with_card(on_simulated, simulated, None), columns)
    assert after.scorecard == again.scorecard


def test_a_policy_of_another_currency_cannot_carry_it(
    on_simulated: Trained, simulated: TapeFile, tmp_path: Path
) -> None:
    (tmp_path / "bad.yaml").write_text("policy: x\nversion: 1\nrules: []\n")
    with pytest.raises(PolicyMistakes):
        training.policy_with_card(on_simulated, simulated, str(tmp_path / "bad.yaml"))


def test_the_same_seed_gives_the_same_file(simulated: TapeFile, on_simulated: Trained, fit: Fit) -> None:
    again = fit(simulated, TrainingSettings(bootstrap_rounds=20))
    first = training.policy_with_card(on_simulated, simulated, None)
    assert training.policy_with_card(again, simulated, None) == first
    assert again.report == on_simulated.report
    other = fit(simulated, TrainingSettings(bootstrap_rounds=20, seed=7))
    assert training.policy_with_card(other, simulated, None) != first


def test_personal_columns_are_read_only_when_allowed(
    simulated: TapeFile, on_simulated: Trained, fit: Fit
) -> None:
    read = {column for line in on_simulated.card.lines for column in line.candidate.columns}
    assert not read & {"sex", "education", "marriage", "age"}
    assert on_simulated.not_used == ("sex", "education", "marriage", "age")
    allowed = fit(simulated, TrainingSettings(bootstrap_rounds=5, allow=("age",)))
    assert allowed.not_used == ("sex", "education", "marriage")
    text = training.policy_with_card(allowed, simulated, None)
    parse_policy(text, training.columns_of(simulated))


def test_the_model_card_stands_alone(on_simulated: Trained, simulated: TapeFile) -> None:
    page = training.card_page(on_simulated, simulated)
    assert "SIMULATED" in page
    assert not re.search(r'(?:src|href)="(?!#)', page)
    for told in ("What is not used", "未使用的信息", "<code>sex</code>", "PSI", "Calibration", "校准"):
        assert told in page
    for line in on_simulated.card.lines:
        assert line.candidate.name in page
    assert page.count("<svg") == 2


def test_the_command_writes_its_files(book: Path, tmp_path: Path) -> None:
    out, card, told = tmp_path / "s.yaml", tmp_path / "c.html", tmp_path / "j.json"
    words = ["train", "--tape", str(book), "--mapping", "simulated", "--out", str(out), "--card", str(card)]
    done = CliRunner().invoke(APP, [*words, "--json", str(told), "--characteristics", "6"])
    assert done.exit_code == 0, done.output
    answer = msgspec.json.decode(told.read_bytes())
    assert len(answer["scorecard"]["characteristics"]) <= 6
    assert answer["scorecard"]["model"] in out.read_text("utf-8")
    assert answer["split"]["test_lines"] == 600
    assert card.read_text("utf-8").lstrip().startswith("<!doctype html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.html", "j.json", "s.yaml"]
