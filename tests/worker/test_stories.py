"""Stories that ship are played whole, and what they expect holds; a story that is wrong is told apart."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from fullrecall.cli.story import app
from fullrecall.domain.vocabulary import Mistake
from fullrecall.wiring.stories import parse_story, read_story, story_names
from fullrecall.worker.run_story import StoryTold, run_story

SHORT = """
schema: fullrecall-story/1
story: short
title: {en: Short, zh: 短}
about: Ten days of interest.
law_as_of: 2026-11-23
borrower: B
lines:
  loan: {product: jiebei, limit: "20,000.00", opened_on: 2024-01-10, why: score 700, by: policy}
days:
  - day: 2024-01-10
    happens:
      - draws 12,000.00 on loan in 12 equal_principal instalments as d-1
  - day: 2024-01-20
    expect: {loan owed: "12,048.00", loan frozen: no, case: none}   # 12,000.00 x 0.0004 x 10
"""


def played(text: str, folder: Path) -> StoryTold:
    return run_story(parse_story(text, "short.yaml"), folder)


@pytest.mark.parametrize("name", story_names())
def test_a_shipped_story_holds(name: str, tmp_path: Path) -> None:
    told = run_story(read_story(name), tmp_path)
    assert [failed.sentence for failed in told.failed] == []
    assert told.verified and told.checked >= 9


def test_the_eleven_stories_ship() -> None:
    wanted = {
        "2023-q2", "early-settlement", "cure-on-the-last-day", "back-dated-payment", "dispute",
        "bounced-debit", "refund-after-recall", "hardship", "death-of-the-borrower",
        "charge-off-and-recovery", "stolen-identity",
    }  # fmt: skip
    assert wanted <= set(story_names())


def test_the_page_says_why(tmp_path: Path) -> None:
    """Rule with its values, law with its citation, proof of arrival, who approved, why a line was spared."""
    told = run_story(read_story("2023-q2"), tmp_path)
    why = {day.on: {t.what.split(" ")[0]: " | ".join(t.why) for t in day.did} for day in told.days}
    assert "arrears-30: Warn when days past due is at least 30 days" in why[date(2023, 4, 9)]["Case"]
    assert "days past due 30" in why[date(2023, 4, 9)]["Case"]
    assert "arrived by email" in why[date(2023, 5, 9)]["Notice"]
    assert "民法典 Art. 563(1)(3)" in why[date(2023, 6, 12)]["Balance"]
    assert "house.cross-default" in why[date(2023, 6, 12)]["Line"]
    assert "officer-wang" in why[date(2023, 6, 11)]
    called = next(day for day in told.days if day.on == date(2023, 6, 12))
    assert called.before["jiebei"].called == 0 and called.after["jiebei"].called == 50_516_58


def test_a_failed_expectation_names_the_day_and_both_values(tmp_path: Path) -> None:
    told = played(SHORT.replace("12,048.00", "12,048.01").replace("case: none", "case: frozen"), tmp_path)
    assert [failed.sentence for failed in told.failed] == [
        "2024-01-20: loan owed is 12,048.00 CNY, the story expects 12,048.01 CNY.",
        "2024-01-20: case is none, the story expects frozen.",
    ]


def test_a_story_is_told_again_from_a_fresh_file(tmp_path: Path) -> None:
    first, again = played(SHORT, tmp_path), played(SHORT, tmp_path)
    assert msgspec.json.encode(first) == msgspec.json.encode(again)
    assert [day.on for day in first.days] == [date(2024, 1, 10)]
    assert first.days[0].happened[0].answer == "done"
    assert (tmp_path / "story.db").is_file()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("draws 12", "steals 12", "'steals 12,000.00 .* cannot be read: write one of draws SUM"),
        ("on loan in", "on lone in", "there is no line 'lone': the lines are loan"),
        ("12 equal", "7 equal", "short.yaml, 2024-01-10: .*does not offer equal_principal in 7"),
        ("loan owed:", "loan owned:", "2024-01-20: 'loan owned' cannot be expected"),
        ('"12,048.00"', "12048", "loan owed: write the amount in quotes"),
        ("day: 2024-01-20", "day: 2024-01-10", "the days must go forward, each once: 2024-01-10 does not"),
        ("fullrecall-story/1", "story/2", "write fullrecall-story/1"),
        ("product: jiebei", "product: nope", "there is no product 'nope'"),
        ("borrower: B", "borower: B", "short.yaml: Object .*`borrower`|unknown field `borower`"),
    ],
)
def test_what_is_wrong_in_a_story_is_one_sentence(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in SHORT
    with pytest.raises(Mistake, match=said):
        played(SHORT.replace(old, new), tmp_path)


def test_a_sentence_may_have_a_colon_without_quotes() -> None:
    story = parse_story(
        SHORT.replace("      - draws", "      - officer-1 denies: too soon\n      - draws"), "short.yaml"
    )
    assert story.days[0].happens[0] == "officer-1 denies: too soon"


def test_the_command_plays_and_fails_with_4(tmp_path: Path) -> None:
    file = tmp_path / "short.yaml"
    file.write_text(SHORT, "utf-8")
    good = CliRunner().invoke(app, ["run", str(file), "--folder", str(tmp_path / "out"), "--json", "-"])
    told = msgspec.json.decode(good.stdout)
    assert good.exit_code == 0 and (told["checked"], told["failed"]) == (3, [])
    file.write_text(SHORT.replace("12,048.00", "1.00"), "utf-8")
    shown = CliRunner().invoke(app, ["show", str(file)])
    assert shown.exit_code == 4
    assert "12,048.00 CNY, the story expects 1.00 CNY" in " ".join(shown.stdout.split())
    listed = CliRunner().invoke(app, ["list", "--json", "-"])
    assert {row["story"] for row in msgspec.json.decode(listed.stdout)} == set(story_names())
