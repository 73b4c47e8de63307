"""The one place where parts are joined: a database, a rulebook, a messenger."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

from fullrecall.domain.policy import Policy, parse_policy
from fullrecall.domain.tape import COLUMNS
from fullrecall.ports import Store
from fullrecall.storage.database import check_schema, connect, create_or_upgrade
from fullrecall.storage.store import SqlStore
from fullrecall.wiring.rulebook import build_rulebook, read_policy
from fullrecall.wiring.settings import read_settings
from fullrecall.write_path.rulebook import Rulebook

DEFAULT_POLICY = "cn-consumer"


class House(NamedTuple):
    store: Store
    book: Rulebook


def prepare_database(place: str) -> str:
    """Create or upgrade the tables. Returns 'created', 'upgraded' or 'current'."""
    engine = connect(place)
    try:
        return create_or_upgrade(engine, place)
    finally:
        engine.dispose()


def open_store(place: str) -> SqlStore:
    """The store of a prepared database; refuses one that is empty, older or newer."""
    engine = connect(place)
    check_schema(engine, place)
    return SqlStore(engine, place)


def open_house(place: str, *, policy: str | None, law_as_of: date, lender: Path | None = None) -> House:
    """The store with the rulebook that decides: the named policy, or the one last pinned in the database."""
    store = open_store(place)
    pinned = store.policy_texts()
    last = store.last_policy()
    if policy is None and last is not None:
        from_text = pinned[last]
        live = (parse_pinned(from_text), from_text)
    else:
        live = read_policy(policy or DEFAULT_POLICY)
    return House(store, build_rulebook(live, pinned, read_settings(lender), law_as_of))


def parse_pinned(text: str) -> Policy:
    return parse_policy(text, COLUMNS, source="pinned policy")
