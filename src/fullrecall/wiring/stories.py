"""Stories of lines kept here: the files a person writes them in, and the fresh house each is played in."""

from __future__ import annotations

import shutil
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml

from fullrecall.domain.terms.product import Product
from fullrecall.domain.terms.product_read import parse_product
from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports import Messenger, Store
from fullrecall.wiring import house
from fullrecall.wiring.messenger import build_messenger
from fullrecall.wiring.rulebook import build_rulebook, read_policy, shipped
from fullrecall.wiring.settings import read_settings, read_text
from fullrecall.write_path.rulebook import Rulebook

SCHEMA = "fullrecall-story/1"
Expected = str | int | bool | list[str]


class StoryTitle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: str
    zh: str


class StoryLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the borrower, opened here on its day. limit: a decimal in the product's currency."""

    product: str
    limit: str
    opened_on: date
    why: str
    by: str
    cross_default_flagged: bool = False


class StoryDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens on a day, in sentences, and what must hold when the day is over."""

    day: date
    happens: list[str] = []
    expect: dict[str, Expected] = {}
    because: str = ""


class Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file as written. policy: a shipped one or a file; law_as_of: the day whose law counts."""

    schema: str
    story: str
    title: StoryTitle
    about: str
    law_as_of: date
    borrower: str
    lines: dict[str, StoryLine]
    days: list[StoryDay]
    policy: str = house.DEFAULT_POLICY
    source: str = ""

    @property
    def first(self) -> date:
        return min(line.opened_on for line in self.lines.values())

    @property
    def last(self) -> date:
        return self.days[-1].day

    def day(self, on: date) -> StoryDay:
        return next((day for day in self.days if day.day == on), StoryDay(on))


class StoryHouse(NamedTuple):
    store: Store
    book: Rulebook
    messenger: Messenger
    products: dict[str, Product]
    place: Path

    def leave(self) -> None:
        """Let go of the database file."""
        self.store.engine.dispose()  # type: ignore[attr-defined]


def story_names() -> list[str]:
    """The stories that ship."""
    found = (resources.files("fullrecall") / "stories").iterdir()
    return sorted(file.name.removesuffix(".yaml") for file in found if file.name.endswith(".yaml"))


def read_story(name: str) -> Story:
    """A story by path, or a shipped one by name. Raises Mistake with what is wrong in it."""
    if name.endswith((".yaml", ".yml")):
        return parse_story(read_text(Path(name)), Path(name).name)
    if name not in story_names():
        raise Mistake(
            f"There is no story {name!r}: give a .yaml file, or one of {', '.join(story_names())}.",
            code="no_such_story",
        )
    return parse_story(shipped("stories", name), f"{name}.yaml")


def parse_story(text: str, source: str) -> Story:
    try:
        told = yaml.safe_load(text)
        story = msgspec.convert(_with_colons(told), Story)
    except yaml.YAMLError as trouble:
        raise Mistake(f"{source} is not YAML: {str(trouble).splitlines()[0]}.", code="story") from None
    except msgspec.ValidationError as trouble:
        raise Mistake(f"{source}: {trouble}.", code="story") from None
    _check(story, source)
    return msgspec.structs.replace(story, source=source)


def _with_colons(told: Any) -> Any:
    """YAML reads `officer-1 approves: why` as a pair; a sentence may have its colon without quotes."""
    days = told.get("days") if isinstance(told, dict) else None
    for day in days if isinstance(days, list) else []:
        if isinstance(day, dict) and isinstance(day.get("happens"), list):
            day["happens"] = [
                ": ".join(map(str, next(iter(said.items()))))
                if isinstance(said, dict) and len(said) == 1
                else said
                for said in day["happens"]
            ]
    return told


def _check(story: Story, source: str) -> None:
    days = [day.day for day in story.days]
    wrong = ""
    if story.schema != SCHEMA:
        wrong = f"its schema is {story.schema!r}: write {SCHEMA}"
    elif not story.story.replace("-", "").isalnum():
        wrong = f"the name {story.story!r} may have letters, digits and hyphens only"
    elif not days or not story.lines:
        wrong = "it has no days or no lines: write at least one of each"
    elif days != sorted(set(days)):
        later = next((b for a, b in zip(days, days[1:], strict=False) if b <= a), days[-1])
        wrong = f"the days must go forward, each once: {later} does not"
    elif days[0] < story.first:
        wrong = f"{days[0]} lies before the first line was opened, {story.first}"
    if wrong:
        raise Mistake(f"{source}: {wrong}.", code="story")


def open_story_house(story: Story, folder: Path) -> StoryHouse:
    """A fresh SQLite file and mailbox in `folder`; what an earlier telling of the story left is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "story.db"
    for old in (place, folder / "story.db-wal", folder / "story.db-shm"):
        old.unlink(missing_ok=True)
    mailbox = folder / "mailbox"
    if mailbox.is_dir():
        shutil.rmtree(mailbox)
    house.prepare_database(str(place))
    settings = read_settings(None)
    book = build_rulebook(read_policy(story.policy), {}, settings, story.law_as_of)
    return StoryHouse(
        house.open_store(str(place)), book, build_messenger(settings, mailbox, {}), _products(story), place
    )


def _products(story: Story) -> dict[str, Product]:
    """The product of each line, by line."""
    found: dict[str, Product] = {}
    for line_id, line in story.lines.items():
        name = line.product
        try:
            text = read_text(Path(name)) if name.endswith((".yaml", ".yml")) else shipped("products", name)
        except FileNotFoundError:
            raise Mistake(f"{story.source}: line {line_id}: there is no product {name!r}.") from None
        found[line_id] = parse_product(text, source=name)
    return found


def story_note(story: Story) -> dict[str, Any]:
    """What the database says of itself."""
    return {
        "dataset": f"story {story.story}",
        "label": msgspec.to_builtins(story.title),
        "simulated": True,
        "fingerprint": f"story:{story.story}",
        "law_as_of": str(story.law_as_of),
        "assumptions": [
            {"en": "An invented customer in simulated time.", "zh": "虚构客户，模拟时间。"},
        ],
    }
