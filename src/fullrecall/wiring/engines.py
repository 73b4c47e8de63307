"""The engines that are installed, as publishing asks them; those that are not, with how to get them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import polars as pl

from fullrecall.domain.policy import Decision, Policy, Unknown
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Action, Trigger
from fullrecall.ports.policies import BackTest, Engine, Lines

Evaluate = Callable[[Policy, str, pl.DataFrame], pl.DataFrame]
_COLUMNS = {
    name: {"date": pl.Date, "int": pl.Int64}.get(kind, pl.String)
    for name, kind in {
        "line_id": "", "as_of": "date", "known_at": "date", "currency": "", "credit_limit": "int",
        "balance": "int", "amount_due": "int", "amount_paid": "int", "past_due_amount": "int",
        "days_past_due": "int",
        "exposure": "int", "borrower_exposure": "int", "score": "int", "score_model": "",
        "proven_severe_violations": "int", "months_on_book": "int", "manual_action": "",
    }.items()
}  # fmt: skip
# name -> (package that must be there, module, function, how to get it)
_ON_FRAMES = {
    "polars": ("polars", "on_polars", "evaluate_polars", "pip install polars"),
    "duckdb": ("duckdb", "on_duckdb", "evaluate_duckdb", "pip install 'fullrecall[duckdb]'"),
}
_NOT_ASKED = {
    "postgresql": "not asked: it evaluates in place over the live tables, not on planted rows",
    "spark": "not asked: it needs a running session",
}


class OnFrames:
    """An engine that evaluates a frame."""

    def __init__(self, name: str, evaluate: Evaluate) -> None:
        self.name = name
        self._evaluate = evaluate

    def decide(self, policy: Policy, currency: str, lines: Lines) -> list[Decision]:
        keyed = [(row, n) for line in lines for row, n in _numbered(line)]
        told = self._evaluate(policy, currency, _frame(keyed))
        by_key = {(r["line_id"], r["as_of"], r["known_at"], r["n"]): r for r in told.iter_rows(named=True)}
        return [_decision(policy, by_key[row.line_id, row.as_of, row.known_at, n]) for row, n in keyed]


def _numbered(line: Any) -> list[tuple[TapeRow, int]]:
    seen: dict[Any, int] = {}
    found = []
    for row in line:
        place = (row.as_of, row.known_at)
        found.append((row, seen.get(place, 0)))
        seen[place] = seen.get(place, 0) + 1
    return found


def _frame(keyed: list[tuple[TapeRow, int]]) -> pl.DataFrame:
    data: dict[str, list[Any]] = {name: [getattr(row, name) for row, _ in keyed] for name in _COLUMNS}
    frame = pl.DataFrame(data, schema=_COLUMNS).with_columns(pl.Series("n", [n for _, n in keyed], pl.Int64))
    extra = sorted({name for row, _ in keyed for name in row.extra})
    return frame.with_columns(
        pl.Series(f"extra.{name}", [row.extra.get(name) for row, _ in keyed]) for name in extra
    )


def _decision(policy: Policy, told: dict[str, Any]) -> Decision:
    return Decision(
        policy.id,
        Action(told["action"]),
        Trigger(told["trigger"]) if told["trigger"] else None,
        tuple(told["fired"]),
        (),
        tuple(Unknown(one["rule"], tuple(one["columns"])) for one in told["unknown"]),
        tuple(told["insufficient"]),
        told["score"],
        told["score_model"],
    )


def installed_engines() -> tuple[list[Engine], dict[str, str]]:
    """Engines to ask besides Python, and those that are not asked with the reason."""
    engines: list[Engine] = []
    missing: dict[str, str] = {}
    for name, (package, module, function, how) in _ON_FRAMES.items():
        if find_spec(package) is None:
            missing[name] = f"not installed: {how}"
            continue
        try:
            found = import_module(f"fullrecall.analytics.engines.{module}")
        except ImportError as trouble:
            missing[name] = f"not usable here: {trouble}"
            continue
        engines.append(OnFrames(name, getattr(found, function)))
    return engines, {**missing, **_NOT_ASKED}


def back_test() -> BackTest | None:
    """The back-test publishing runs, once one is wired here."""
    return None


__all__ = ["OnFrames", "back_test", "installed_engines"]
