"""Five lines over seven months, small enough to be worked by hand; amounts in yuan, payments on the 15th.

A is recalled and defaults; B is recalled although it pays and stays sound; C pays what is demanded in time; D
is never late; E is frozen, goes on spending in truth, and does not default.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from fullrecall.analytics.backtest.assumptions import shipped
from fullrecall.analytics.backtest.result import Played, play
from fullrecall.analytics.backtest.tape_view import TapeView, months_of, tape_rows
from fullrecall.domain.calendar import add_months, month_end
from fullrecall.domain.policy import parse_policy
from fullrecall.domain.tape import COLUMNS
from fullrecall.wiring.backtest import Prepared, law_of, prepare, replay_policy
from fullrecall.wiring.settings import read_settings

MONTHS = [month_end(add_months(date(2024, 4, 30), n)) for n in range(7)]

# line: limit, outcome, then per month (balance, past due, days past due, paid on the 15th)
LINES = {
    "A": (
        10_000,
        1,
        [(5000, 0, 0, 0), (5000, 600, 90, 0), (5400, 500, 120, 100), (6000, 700, 150, 200)]
        + [(6300, 700, 150, 0)] * 3,
    ),
    "B": (
        10_000,
        0,
        [(3000, 0, 0, 0), (3000, 600, 90, 0), (3000, 600, 90, 0), (2300, 0, 0, 700), (2000, 0, 0, 300)]
        + [(2000, 0, 0, 0)] * 2,
    ),
    "C": (8_000, 0, [(4000, 0, 0, 0), (4000, 500, 60, 0), (3500, 0, 0, 500)] + [(3500, 0, 0, 0)] * 4),
    "D": (6_000, 0, [(1000, 0, 0, 0)] * 7),
    "E": (
        5_000,
        0,
        [(2000, 0, 0, 0), (2000, 400, 60, 0), (2000, 400, 60, 0), (2500, 400, 60, 100)]
        + [(2500, 400, 60, 0)] * 3,
    ),
}

POLICY = """
policy: by-hand
version: {version}
currency: CNY
rules:
  - id: arrears-30
    when: days_past_due >= 30 and past_due_amount > 100.00
    action: warn
    trigger: arrears
    reason: ARREARS
  - id: arrears-60
    when: days_past_due >= 60 and past_due_amount > 100.00
    action: freeze
    trigger: arrears
    reason: ARREARS
  - id: arrears-90
    when: days_past_due >= {recall_at} and past_due_amount > 100.00
    action: recall
    trigger: arrears
    reason: ARREARS
recall:
  scope: borrower
  notice: {{channels: [sms, email, push], cure_days: 15}}
  approval: {{when: borrower_exposure > 50000.00}}
"""


def positions() -> pl.DataFrame:
    rows = []
    for line, (limit, outcome, months) in LINES.items():
        for as_of, (balance, past_due, days, paid) in zip(MONTHS, months, strict=True):
            rows.append(
                {
                    "line_id": line, "borrower_id": f"borrower-{line}", "as_of": as_of, "known_at": as_of,
                    "credit_limit": limit * 100, "balance": balance * 100, "past_due_amount": past_due * 100,
                    "days_past_due": days, "exposure": balance * 100, "borrower_exposure": balance * 100,
                    "payment": paid * 100, "outcome": outcome, "extra.sex": 1 + (line in "AB"),
                }
            )  # fmt: skip
    return pl.DataFrame(rows)


def view(frame: pl.DataFrame | None = None, currency: str = "CNY") -> TapeView:
    rows, lines, borrowers, owner, slot = tape_rows(positions() if frame is None else frame)
    told = {"en": "by hand", "zh": "手工"}
    return TapeView(
        rows,
        lines,
        borrowers,
        owner,
        slot,
        months_of(rows),
        15,
        currency,
        told,
        True,
        "0" * 64,
        date(2024, 11, 30),
    )


def prepared(recall_at: int = 90, text: str | None = None) -> Prepared:
    written = text or POLICY.format(version=recall_at, recall_at=recall_at)
    policy = parse_policy(written, COLUMNS, source="by-hand.yaml")
    return prepare((policy, written), law_of(read_settings(None), date(2026, 11, 23)), "cn")


def played(
    recall_at: int = 90, text: str | None = None, frame: pl.DataFrame | None = None
) -> tuple[TapeView, Played]:
    tape = view(frame)
    rows, replayed = replay_policy(tape, prepared(recall_at, text), lambda *_: None)
    return tape, play(tape, rows, replayed, shipped("CNY"))
