"""Life stories: plain-text tables of what happens and what must follow, run through the real house on SQLite.

A story names every day on which anything happens to the case; on every other day of its span nothing may
happen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from house_of_stories import StoryHouse, open_story_house
from story import Row, Story, read_story

STORIES = sorted((Path(__file__).parent / "stories").glob("*.txt"))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[StoryHouse]:
    opened = open_story_house(tmp_path)
    yield opened
    opened.store.engine.dispose()


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path: Path, house: StoryHouse) -> None:
    story = read_story(path)
    told: list[Row] = []
    for day in story.days():
        row = story.row_of(day)
        house.live(day, row.happens if row else ())
        did, money = house.told_on(day), house.money()
        if row is None:
            assert not did, f"{path.name}, {day}: the story is silent, the system did {did}"
            continue
        told.append(row)
        assert did == list(row.must_do), f"{path.name}, {day}"
        if row.money:
            assert money == row.money, f"{path.name}, {day}"
    assert told == list(story.rows)
    checked = house.verify()
    assert (checked.problems_count, checked.line_minus_ledger) == (0, 0)


def test_there_are_stories_for_every_ending() -> None:
    ends = {
        phrase.split(":")[0] for path in STORIES for row in read_story(path).rows for phrase in row.must_do
    }
    assert {"cured", "settled", "withdrawn", "protected", "run-off", "closed"} <= ends


def test_a_story_that_is_wrong_fails(house: StoryHouse) -> None:
    """The tables are really compared: the same events with one wrong amount do not pass."""
    story: Story = read_story(next(p for p in STORIES if p.stem == "cured_on_the_last_day"))
    for day in story.days():
        row = story.row_of(day)
        house.live(day, row.happens if row else ())
    last = story.rows[-1]
    assert house.money() == last.money != last.money.replace("3,521.00", "3,521.01")
