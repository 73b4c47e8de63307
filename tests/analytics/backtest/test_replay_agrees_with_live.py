"""The replay agrees case by case with the live ladder: the main job runs on the same lines, and every case is
held beside its replayed twin.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fullrecall.adapters.simulated_book import mapping_for, write_simulated_book
from fullrecall.adapters.tape_files import open_tape, read_mapping
from fullrecall.analytics.backtest.replay import Replayed
from fullrecall.analytics.backtest.tape_view import TapeView
from fullrecall.domain.recall.case import CaseState
from fullrecall.wiring import house, tapes
from fullrecall.wiring.backtest import law_of, prepare, replay_policy, view_of
from fullrecall.wiring.messenger import build_messenger
from fullrecall.wiring.rulebook import build_rulebook, read_policy
from fullrecall.wiring.settings import read_settings
from fullrecall.worker.run_book import run_book
from fullrecall.write_path.book import BookRun, WatchedBook

LAW_AS_OF = date(2026, 11, 23)


class SharedBorrowers:
    """A tape where every third line and the one after it belong to one borrower."""

    def __init__(self, tape: Any) -> None:
        self._tape = tape
        ids = tape.line_ids
        self._owner = {line: f"B-{ids[i - 1] if i % 3 == 1 else line}" for i, line in enumerate(ids)}
        owner = pl.DataFrame({"line_id": list(self._owner), "borrower_id": list(self._owner.values())})
        self.positions = tape.positions.drop("borrower_id").join(owner, on="line_id", maintain_order="left")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tape, name)

    def borrower_of(self, line_id: str) -> str:
        return self._owner[line_id]


def live_cases(tape: Any, policy: str, folder: Path) -> list[CaseState]:
    place = str(folder / "live.db")
    house.prepare_database(place)
    store = house.open_store(place)
    settings = read_settings(None)
    book = build_rulebook(read_policy(policy), {}, settings, LAW_AS_OF)
    run = BookRun(
        WatchedBook("tape", "card", "cn"), {"fingerprint": tape.fingerprint}, None, "Asia/Shanghai", True
    )
    messenger = build_messenger(settings, folder / "mailbox", {})
    run_book(store, book, messenger, tape, run, lambda *_: None)
    return [head.state for head in store.all_cases()]


def replayed(tape: Any, policy: str, first: int | None) -> tuple[TapeView, Replayed]:
    prepared = prepare(read_policy(policy), law_of(read_settings(None), LAW_AS_OF), "cn")
    view = view_of(tape, first)
    return view, replay_policy(view, prepared, lambda *_: None)[1]


def of_live(case: CaseState) -> dict[str, object]:
    def issued(kind: str) -> list[date]:
        return [n.issued_on for n in case.notices if n.kind == kind]

    return {
        "borrower": case.borrower_id,
        "opened_on": case.opened_on,
        "trigger": case.trigger,
        "stage": str(case.stage),
        "outcome": case.outcome,
        "demands": issued("demand"),
        "cure_ends_on": case.cure_ends_on,
        "frozen_on": case.frozen_on,
        "limits_withdrawn": case.limits_withdrawn,
        "accelerated": issued("acceleration"),
        "run_off": issued("plan_offer"),
        "clearing": issued("clearing_reminder"),
        "cured": issued("reinstated"),
        "settled": issued("settled"),
        "demanded": case.demanded,
        "called": sum(case.called.values()),
        "paid_since_call": case.paid_since_call,
        "recovered": case.recovered,
        "notices": len(case.notices),
    }


def of_replay(view: TapeView, done: Replayed) -> list[dict[str, object]]:
    events = done.events.partition_by("case", as_dict=True, maintain_order=True)
    return [_one(view, row, events[(row["case"],)]) for row in done.cases.iter_rows(named=True)]


def _one(view: TapeView, row: dict[str, Any], events: pl.DataFrame) -> dict[str, object]:
    rows = events.rows(named=True)

    def issued(kind: str) -> list[date]:
        return [e["day"] for e in rows if e["kind"] == "NoticeIssued" and e["detail"] == kind]

    called_on = {e["line"]: e["seq"] for e in rows if e["kind"] == "BalanceCalled"}
    paid = [e for e in rows if e["kind"] == "CasePaymentSeen"]
    outcome = next((word for word in ("charged_off", "settled", "cured") if row[f"{word}_on"]), "")
    return {
        "borrower": view.borrower_ids[row["borrower"]],
        "opened_on": row["opened_on"],
        "trigger": row["trigger"],
        "stage": row["stage"],
        "outcome": outcome,
        "demands": issued("demand"),
        "cure_ends_on": row["cure_ends_on"],
        "frozen_on": row["frozen_on"],
        "limits_withdrawn": row["limits_withdrawn_on"] is not None,
        "accelerated": issued("acceleration"),
        "run_off": issued("plan_offer"),
        "clearing": issued("clearing_reminder"),
        "cured": issued("reinstated"),
        "settled": issued("settled"),
        "demanded": row["demanded"] or 0,
        "called": row["called"],
        "paid_since_call": sum(e["amount"] for e in paid if e["seq"] > called_on.get(e["line"], 10**9)),
        "recovered": row["recovered"],
        "notices": row["notices"],
    }


def by_key(cases: Iterable[dict[str, object]]) -> dict[object, dict[str, object]]:
    found = {(case["borrower"], case["opened_on"]): case for case in cases}
    return dict(sorted(found.items(), key=str))


def assert_agreement(
    tape: Any, policy: str, folder: Path, at_least: int, first: int | None = None
) -> Replayed:
    live = by_key(map(of_live, live_cases(tape, policy, folder)))
    view, done = replayed(tape, policy, first)
    mine = by_key(of_replay(view, done))
    assert len(live) >= at_least, "too few cases to prove anything"
    assert list(mine) == list(live)
    different = [(key, live[key], mine[key]) for key in live if live[key] != mine[key]]
    assert different == []
    return done


@pytest.mark.parametrize("shared", [False, True])
def test_replay_is_the_live_ladder_on_a_simulated_book(tmp_path: Path, shared: bool) -> None:
    path = write_simulated_book(tmp_path / "book.parquet", 400, 8, 11)
    tape = open_tape(path, mapping_for(8, read_mapping("simulated")))
    assert_agreement(SharedBorrowers(tape) if shared else tape, "taiwan", tmp_path, 50)


def test_replay_is_the_live_ladder_on_taiwan(tmp_path: Path) -> None:
    file = tapes.taiwan_file()
    if file is None:
        pytest.skip("the Taiwan data is not where FULLRECALL_DATA points")
    lines = int(os.environ.get("FULLRECALL_AGREEMENT_LINES", "3000"))
    tape = tapes.FirstLines(open_tape(file, read_mapping("taiwan")), lines)
    done = assert_agreement(tape, "taiwan", tmp_path, lines // 5, first=lines)
    assert done.shapes_walked < lines  # a replay that walked everyone alone would not be set-based
