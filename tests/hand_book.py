"""A book of six lines and four months, small enough to work every figure out by hand.

Amounts in whole dollars below; the tape has them in cents.

    line  days past due, April to July  balance                        what comes of it
    H-1   0, 0, 0, 0                    1,000                          watched
    H-2   0, 30, 0, 0                   9,000, then 7,000              2,000 paid on 15 June cure it
    H-3   60, 60, 60, 60                50,000                         demanded, frozen, run off
    H-4   90, 90, 120, 120              80,000, 80,000, 55,000, 56,000 called; 30,000 paid on 15 June
    H-5   0, 0, 0, 0                    4,000                          watched, and defaults
    H-6   0, 0, 0, 30                   7,000                          warned on the last day
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from fullrecall.domain.tape import TapeRow
from fullrecall.storage.store import SqlStore
from fullrecall.use_cases.watch_positions import WatchedBook
from fullrecall.wiring.house import open_store, prepare_database
from fullrecall.wiring.messenger import build_messenger
from fullrecall.wiring.rulebook import build_rulebook, read_policy
from fullrecall.wiring.settings import read_settings
from fullrecall.worker.run_book import BookRun, run_book

MONTHS = [date(2005, 4, 30), date(2005, 5, 31), date(2005, 6, 30), date(2005, 7, 31)]
DAYS = {
    "H-1": (0, 0, 0, 0),
    "H-2": (0, 30, 0, 0),
    "H-3": (60, 60, 60, 60),
    "H-4": (90, 90, 120, 120),
    "H-5": (0, 0, 0, 0),
    "H-6": (0, 0, 0, 30),
}
BALANCES = {
    "H-1": (1_000,) * 4,
    "H-2": (9_000, 9_000, 7_000, 7_000),
    "H-3": (50_000,) * 4,
    "H-4": (80_000, 80_000, 55_000, 56_000),
    "H-5": (4_000,) * 4,
    "H-6": (7_000,) * 4,
}
PAST_DUE = {0: 0, 30: 2_000, 60: 6_000, 90: 24_000, 120: 32_000}
SCORES = {"H-1": 800, "H-2": 700, "H-3": 500, "H-4": 450, "H-5": 700, "H-6": 650}
DEFAULTED = {"H-3", "H-4", "H-5"}
POLICY = """
policy: by-hand
version: 3
currency: TWD
unknown: refer
rules:
  - {id: late-30, when: days_past_due >= 30, action: warn, trigger: arrears, reason: ARREARS}
  - {id: late-60, when: days_past_due >= 60, action: freeze, trigger: arrears, reason: ARREARS}
  - {id: late-90, when: days_past_due >= 90, action: recall, trigger: arrears, reason: ARREARS}
reasons:
  ARREARS: {zh: 账户已逾期, en: Payments are past due}
recall:
  warn: {channels: [sms, push]}
  approval: {when: borrower_exposure > 60000.00}
"""


class Payment(NamedTuple):
    line_id: str
    paid_on: date
    amount_minor: int


class HandTape:
    fingerprint = "hand" * 16
    months = MONTHS

    def rows(self, month: date) -> list[TapeRow]:
        n = MONTHS.index(month)
        return [
            TapeRow(
                line, month, month, "TWD", 10_000_000, BALANCES[line][n] * 100, 0, 0,
                PAST_DUE[DAYS[line][n]] * 100, DAYS[line][n], score=SCORES[line], score_model="given-1",
            )
            for line in DAYS
        ]  # fmt: skip

    def payments(self, month: date) -> list[Payment]:
        on = date(2005, 6, 15)
        came = [Payment("H-2", on, 200_000), Payment("H-4", on, 3_000_000)]
        return came if month == MONTHS[2] else []

    def outcomes(self) -> dict[str, bool] | None:
        return {line: line in DEFAULTED for line in DAYS}

    def borrower_of(self, line_id: str) -> str:
        return f"B-{line_id}"

    def cycle_of(self, line_id: str) -> int:
        return 1


def note(**changed: Any) -> dict[str, Any]:
    return {
        "name": "by-hand",
        "label": {"zh": "模拟数据：手工账簿", "en": "SIMULATED: six lines by hand"},
        "simulated": True,
        "source": "made up",
        "licence": "none needed",
        "currency": "TWD",
        "fingerprint": HandTape.fingerprint,
        "assumptions": [{"zh": "均为虚构。", "en": "All of it is made up."}],
    } | changed


def run_hand_book(folder: Path, **changed: Any) -> SqlStore:
    """Carry the book through the real use cases on SQLite; `changed`: fields of its note."""
    place = str(folder / "hand.db")
    prepare_database(place)
    store = open_store(place)
    policy = folder / "by-hand.yaml"
    policy.write_text(POLICY, "utf-8")
    settings = read_settings(None)
    book = build_rulebook(read_policy(str(policy)), {}, settings, date(2026, 11, 23))
    run = BookRun(
        WatchedBook("by-hand", "card", "cn"), note(**changed), date(2005, 8, 31), "Asia/Shanghai", True
    )
    messenger = build_messenger(settings, folder / "mailbox", {})
    run_book(store, book, messenger, HandTape(), run, lambda *_: None)
    return store
