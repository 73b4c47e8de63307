"""Lines in yuan with figures small enough to decide by head, on a fresh database, under a policy of three
rules.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from fullrecall.domain import facts as f
from fullrecall.domain.calendar import add_months, month_end
from fullrecall.domain.policy import Policy, parse_policy
from fullrecall.domain.tape import TapeRow
from fullrecall.storage.store import SqlStore
from fullrecall.use_cases.close_day import Closed, close_day
from fullrecall.use_cases.record_signal import record_signal
from fullrecall.use_cases.register_book import register_book
from fullrecall.use_cases.watch_positions import Watched, watch_positions
from fullrecall.wiring.house import House, open_house, open_store
from fullrecall.wiring.rulebook import build_rulebook
from fullrecall.wiring.settings import read_settings
from fullrecall.write_path.rulebook import Rulebook
from small_house import LAW_AS_OF, WATCHED, at

JANUARY = date(2026, 1, 31)
FEBRUARY = date(2026, 2, 28)


def policy_text(
    *, version: int = 1, freeze_from: int = 60, cure_days: int = 15, caps: str = "", currency: str = "CNY"
) -> str:
    return (
        f"policy: life\nversion: {version}\ncurrency: {currency}\nunknown: refer\n"
        "features:\n  worst_3m: max_over(days_past_due, 3)\n"
        "rules:\n"
        "  - {id: late-30, when: days_past_due >= 30 and past_due_amount > 100.00, action: warn,\n"
        "     trigger: arrears, reason: LATE}\n"
        f"  - {{id: late-60, when: worst_3m >= {freeze_from} and past_due_amount > 100.00, action: freeze,\n"
        "     trigger: arrears, reason: LATE}\n"
        "  - {id: misuse, when: proven_severe_violations >= 1, action: freeze, trigger: violation,\n"
        "     reason: MISUSE}\n"
        "reasons:\n  LATE: {zh: 账户已逾期, en: Payments are past due}\n"
        "  MISUSE: {zh: 严重违反约定, en: A severe breach was proven}\n"
        f"recall: {{scope: borrower, notice: {{cure_days: {cure_days}}}{caps}}}\n"
    )


def policy(text: str) -> Policy:
    return parse_policy(text, source="life.yaml")


def rulebook(text: str, pinned: dict[str, str] | None = None) -> Rulebook:
    return build_rulebook((policy(text), text), pinned or {}, read_settings(None), LAW_AS_OF)


def row(line: str, day: date, late: int, past_due: int, balance: int = 100_000) -> TapeRow:
    """past_due and balance in fen."""
    return TapeRow(line, day, day, "CNY", 200_000, balance, past_due, 0, past_due, late)


def noon(day: date) -> datetime:
    return at(day, time(12))


class Life(NamedTuple):
    place: str
    store: SqlStore
    book: Rulebook

    def watch(self, *rows: TapeRow) -> Watched:
        owners = {r.line_id: (f"B-{r.line_id}", 1) for r in rows}
        key = f"rows:{rows[0].line_id}:{rows[0].as_of}"
        found, _ = watch_positions(
            self.store, self.book, WATCHED, rows, owners, key=key, recorded_at=noon(rows[-1].as_of)
        )
        return found

    def misuse(self, line: str, on: date) -> None:
        signal = f.ViolationReported("V-1", "cash out", True, True, "receipt", "ann")
        record_signal(self.store, self.book, line, signal, on=on, recorded_at=noon(on), key=f"v:{line}")

    def close(self, day: date, allowed_by: str = "") -> Closed:
        return close_day(self.store, self.book, day, recorded_at=noon(day), breaker_allowed_by=allowed_by)

    def close_until(self, day: date) -> None:
        first = (self.store.last_closed_day() or day) + timedelta(days=1)
        for number in range((day - first).days + 1):
            self.close(first + timedelta(days=number))

    def opened_again(self) -> Life:
        """As a later command finds it: live and pinned policies from the database."""
        joined: House = open_house(self.place, policy=None, law_as_of=LAW_AS_OF)
        return Life(self.place, joined.store, joined.book)  # type: ignore[arg-type]


def life(place: str, text: str | None = None) -> Life:
    book = rulebook(text or policy_text())
    store = open_store(place)
    register_book(store, book, {"fingerprint": "life"}, [], recorded_at=noon(date(2026, 1, 1)))
    return Life(place, store, book)


__all__ = ["FEBRUARY", "JANUARY", "Life", "add_months", "life", "month_end", "policy", "policy_text", "row"]
