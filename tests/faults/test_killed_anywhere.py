"""Killed at any instant, the main job loses nothing and does nothing twice: it ends as an undisturbed run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from killed_runs import SITES, small_chunks

from fullrecall.use_cases import close_day, dispatch_notices
from fullrecall.use_cases.verify_all import verify_all
from fullrecall.worker import run_book
from small_house import HeldTape, House
from table_dump import differences, dump

HERE = Path(__file__).parent
KILLS = 200  # at least, per database
SEED = 20261123


@pytest.fixture
def undisturbed(
    database: str, open_house: Callable[..., House], tape: HeldTape, monkeypatch: pytest.MonkeyPatch
) -> House:
    for module in (run_book, close_day, dispatch_notices):
        monkeypatch.setattr(module, "CHUNK", module.CHUNK)  # set back at the end
    small_chunks()
    joined = open_house(database, "undisturbed")
    joined.run(tape)
    return joined


def test_a_killed_run_ends_as_an_undisturbed_one(
    undisturbed: House, new_database: Callable[[], str], open_house: Callable[..., House], tmp_path: Path
) -> None:
    print(f"seed {SEED}")  # noqa: T201 - shown when the test fails
    orders = {
        "folder": str(tmp_path),
        "seed": SEED,
        "kills": KILLS,
        "places": [new_database() for _ in range(6)],
    }
    done = subprocess.run(
        [sys.executable, str(HERE / "killed_runs.py")],
        input=json.dumps(orders),
        capture_output=True,
        text=True,
        # Another order of sets and dicts of strings than here: nothing may hang on it.
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "4711"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    wanted = dump(undisturbed.store.engine)
    messages = sorted((m.delivery_id, m.sha256) for m in undisturbed.messages())
    assert len(messages) == len({delivery for delivery, _ in messages}) > 50
    killed: Counter[str] = Counter()
    for one in json.loads(done.stdout):
        killed.update(one["killed"])
        after = open_house(one["place"], one["mailbox"])
        assert differences(wanted, dump(after.store.engine)) == []
        assert sorted((m.delivery_id, m.sha256) for m in after.messages()) == messages
        assert verify_all(after.store).problems == ()
    print(dict(killed))  # noqa: T201
    assert killed.total() >= KILLS
    assert set(killed) == set(SITES), "a kind of death never came"
