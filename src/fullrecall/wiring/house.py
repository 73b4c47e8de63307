"""The one place where parts are joined: a database, a rulebook, a messenger."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from fullrecall.adapters import clock, ids
from fullrecall.domain.policy import Policy, parse_policy
from fullrecall.domain.tape import COLUMNS
from fullrecall.ports import Messenger, Store
from fullrecall.storage.database import check_schema, connect, create_or_upgrade
from fullrecall.storage.store import SqlStore
from fullrecall.use_cases.register_book import book_note
from fullrecall.use_cases.shadow_policy import shadow_draft
from fullrecall.wiring.messenger import build_messenger
from fullrecall.wiring.rulebook import build_rulebook, in_use, read_policy
from fullrecall.wiring.settings import read_settings
from fullrecall.write_path.rulebook import Rulebook

DEFAULT_POLICY = "cn-consumer"
HOME_PACK = "cn"


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


def open_house(
    place: str, *, policy: str | None, law_as_of: date | None, lender: Path | None = None
) -> House:
    """The store with the rulebook that decides: the named policy, the one last published, or the one last
    pinned.

    law_as_of None: the day the book was registered under, else today.
    """
    store = open_store(place)
    pinned = store.policy_texts()
    last = live_policy_id(store)
    if policy is None and last is not None:
        text = pinned[last]
        live = (parse_policy(text, COLUMNS, source="pinned policy"), text)
    else:
        live = read_policy(policy or DEFAULT_POLICY)
    if law_as_of is None:
        noted = book_note(store).get("law_as_of")
        law_as_of = date.fromisoformat(noted) if noted else today()
    book = build_rulebook(live, pinned, read_settings(lender), law_as_of)
    candidate = shadow_draft(store)
    if candidate is not None:
        beside = in_use(parse_policy(candidate.text, COLUMNS, source="shadow policy"), candidate.text)
        book = msgspec.structs.replace(book, shadow=beside)
    return House(store, book)


def live_policy_id(store: Store) -> str | None:
    """The last published policy; where none was, the one last pinned by an import."""
    published = store.publications()
    return published[-1].id if published else store.last_policy()


def open_live(place: str) -> tuple[SqlStore, Policy | None]:
    """The store and its live policy; None where no policy was ever used."""
    store = open_store(place)
    live = live_policy_id(store)
    text = store.policy_texts()[live] if live else None
    return store, parse_policy(text, COLUMNS, source="live policy") if text else None


def messenger(lender: Path | None, mailbox: Path) -> Messenger:
    return build_messenger(read_settings(lender), mailbox, os.environ)


def clock_of(book: Rulebook) -> Callable[[date, time], datetime]:
    """A day and an hour at the lender's place as an instant in UTC."""
    zone = ZoneInfo(book.contact[HOME_PACK].timezone)
    return lambda day, hour: datetime.combine(day, hour, zone).astimezone(UTC)


def now() -> datetime:
    return clock.now()


def today() -> date:
    return clock.now().date()


def new_key(prefix: str) -> str:
    return ids.new_key(prefix)


def stopwatch() -> Callable[[], float]:
    """Seconds since this was called."""
    started = clock.now()
    return lambda: (clock.now() - started).total_seconds()
