"""Runs the main job in a child process and kills it (SIGKILL) at random points until it is done.

Started as a program of its own: one warmed process that only forks, so that a kill costs milliseconds. Each
child opens its own connections. Reads its orders as JSON from standard input; prints what happened as JSON.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sqlite3
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import psycopg
from sqlalchemy import Engine, event

from fullrecall.ports import Messenger, Outgoing, SendResult
from fullrecall.use_cases import close_day, dispatch_notices
from fullrecall.worker import run_book
from small_house import HeldTape, House, house, rulebook, small_tape

# Where a child may die, with the most occurrences it may live through; 'time' is in milliseconds.
SITES = {
    "statement": 80,
    "before commit": 5,
    "after commit": 5,
    "before send": 2,
    "after send": 2,
    "time": 60,
}


def small_chunks() -> None:
    """Many transactions where a small book would have one."""
    run_book.CHUNK, close_day.CHUNK, dispatch_notices.CHUNK = 25, 3, 4


class Death:
    """Counts how often a site is passed and kills the process at the one it was given."""

    def __init__(self, site: str, number: int) -> None:
        self._site, self._left = site, number

    def passes(self, site: str) -> None:
        if site == self._site:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, engine: Engine) -> None:
        event.listen(engine, "connect", self._watch_statements)
        commit = engine.dialect.do_commit

        def do_commit(connection: Any) -> None:
            self.passes("before commit")
            commit(connection)
            self.passes("after commit")

        engine.dialect.do_commit = do_commit  # type: ignore[method-assign]

    def _watch_statements(self, connection: Any, _: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            # Called for every row of an executemany: also in the middle of a bulk insert.
            connection.set_trace_callback(lambda _: self.passes("statement"))
            return
        death = self

        class Cursor(psycopg.Cursor[Any]):
            def execute(self, *args: Any, **kwargs: Any) -> Any:
                death.passes("statement")
                return super().execute(*args, **kwargs)

            def copy(self, *args: Any, **kwargs: Any) -> Any:
                death.passes("statement")
                return super().copy(*args, **kwargs)

        connection.cursor_factory = Cursor


class Mortal:
    """A messenger that may die before it hands over, or after and before anybody knows."""

    def __init__(self, inner: Messenger, passes: Callable[[str], None]) -> None:
        self._inner, self._passes = inner, passes

    def send(self, messages: Sequence[Outgoing]) -> list[SendResult]:
        self._passes("before send")
        results = self._inner.send(messages)
        self._passes("after send")
        return results


def live(open_it: Callable[[], House], tape: HeldTape, death: Death) -> NoReturn:
    """The child: works until it dies or the job is done."""
    try:
        joined = open_it()
        death.watch(joined.store.engine)
        joined._replace(messenger=Mortal(joined.messenger, death.passes)).run(tape)
    except BaseException:
        traceback.print_exc()
        os._exit(3)
    os._exit(0)


def kill_until_done(open_it: Callable[[], House], tape: HeldTape, chance: random.Random) -> Counter[str]:
    """How often the job was killed, by site, until it came to its end."""
    killed: Counter[str] = Counter()
    while True:
        site = chance.choice(list(SITES))
        number = chance.randint(1, SITES[site])
        child = os.fork()
        if child == 0:
            live(open_it, tape, Death(site, number))
        if site == "time":
            time.sleep(number / 1000)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            killed[site] += 1
        elif os.WEXITSTATUS(status) == 0:
            return killed
        else:
            raise SystemExit(f"after {killed.total()} kills the job failed instead of dying or ending")


def main() -> None:
    orders = json.load(sys.stdin)
    small_chunks()
    book, folder = rulebook(), Path(orders["folder"])
    tape = small_tape(folder)
    chance = random.Random(orders["seed"])
    warm = house(orders["places"].pop(), book, folder / "warm")
    warm.run(tape)  # templates, compiled rules and calendars are ready in every child from its first moment
    warm.store.engine.dispose()
    gc.freeze()
    told = []
    for number, place in enumerate(orders["places"]):
        mailbox = folder / f"mailbox-{number}"
        killed = kill_until_done(lambda: house(place, book, mailbox), tape, chance)  # noqa: B023
        told.append({"place": place, "mailbox": str(mailbox), "killed": killed})
        if sum(each["killed"].total() for each in told) >= orders["kills"]:
            break
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
