"""Joins the back-test: tape, policies, law and the lender's terms, an engine, and where the answer is written."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import polars as pl

from fullrecall.analytics.backtest.replay import Replayed, Tick, replay
from fullrecall.analytics.backtest.shapes import Ground
from fullrecall.analytics.backtest.tape_view import TapeView, decided, months_of, tape_rows
from fullrecall.analytics.engines.on_polars import evaluate_polars
from fullrecall.domain.policy import Policy, compile_python
from fullrecall.domain.tape import TapeRow
from fullrecall.wiring.rulebook import build_rulebook
from fullrecall.wiring.settings import LenderSettings
from fullrecall.write_path.rulebook import Rulebook


class Law(NamedTuple):
    settings: LenderSettings
    as_of: date


class Prepared(NamedTuple):
    """A policy with everything a replay stands on."""

    policy: Policy
    book: Rulebook
    pack: str


def law_of(settings: LenderSettings, as_of: date) -> Law:
    return Law(settings, as_of)


def prepare(policy: tuple[Policy, str], law: Law, pack: str) -> Prepared:
    return Prepared(policy[0], build_rulebook(policy, {}, law.settings, law.as_of), pack)


def view_of(tape: Any, first: int | None = None) -> TapeView:
    """A checked tape file as the back-test reads it; `first`: only so many lines."""
    positions = tape.positions
    if first is not None:
        positions = positions.filter(pl.col("line_id").is_in(tape.line_ids[:first]))
    rows, lines, borrowers, owner, slot = tape_rows(positions)
    mapping = tape.mapping
    return TapeView(
        rows=rows, line_ids=lines, borrower_ids=borrowers, owner=owner, slot=slot, months=months_of(rows),
        payment_day=mapping.payments.day if mapping.payments else None, currency=tape.currency,
        label={"en": tape.label.en, "zh": tape.label.zh}, simulated=mapping.simulated, fingerprint=tape.fingerprint,
        outcome_on=mapping.outcome.as_of if mapping.outcome else None,
        assumptions=tuple({"en": a.en, "zh": a.zh} for a in tape.assumptions), source=mapping.source,
        licence=mapping.licence,
    )  # fmt: skip


def ground_of(prepared: Prepared, currency: str) -> Ground:
    book = prepared.book
    used = book.live
    return Ground(
        used.policy.id, used.ladder, used.borrower_wide, book.packs, book.calendars, book.law_as_of, book.lender,
        prepared.pack, currency,
    )  # fmt: skip


def replay_policy(view: TapeView, prepared: Prepared, tick: Tick) -> tuple[pl.DataFrame, Replayed]:
    """The decided rows of the tape, and the ladder replayed on them."""
    rows = decided(view, prepared.policy, evaluate_polars)
    evaluator = compile_python(prepared.policy, view.currency)

    def needs_approval(exposure: int) -> bool:
        row = TapeRow(
            "", view.last_day, view.last_day, view.currency, exposure=exposure, borrower_exposure=exposure
        )
        return evaluator.approval_needed(row)

    return rows, replay(view, rows, ground_of(prepared, view.currency), needs_approval, tick)
