"""The engines that are installed, as publishing asks them; those that are not, with how to get them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

import polars as pl

from fullrecall.domain.policy import Decision, Policy, Unknown
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Action, Mistake, Trigger
from fullrecall.ports.policies import BackTest, Engine, Lines
from fullrecall.wiring.backtest import engine_of

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
# name -> (package that must be there, how to get it)
_PACKAGES = {
    "polars": ("polars", "pip install polars"),
    "duckdb": ("duckdb", "pip install 'fullrecall[duckdb]'"),
    "spark": ("pyspark", "pip install 'fullrecall[spark]', and Java 17"),
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


def installed_engines(place: str, *, spark: bool) -> tuple[list[Engine], dict[str, str]]:
    """Engines to ask besides Python, and those that are not asked with the reason.

    place: of the database; a PostgreSQL is asked too, on a table that is gone when it has answered.
    """
    engines: list[Engine] = []
    missing: dict[str, str] = {}
    for name, (package, how) in _PACKAGES.items():
        if name == "spark" and not spark:
            missing[name] = "not asked, as wished"
        elif find_spec(package) is None:
            missing[name] = f"not installed: {how}"
        else:
            engines.append(OnFrames(name, engine_of(name, None)))
    if place.startswith("postgresql://"):
        engines.append(OnFrames("postgresql", partial(_on_postgres, place)))
    else:
        missing["postgresql"] = "not asked: this database is a SQLite file"
    return engines, missing


def _on_postgres(place: str, policy: Policy, currency: str, frame: pl.DataFrame) -> pl.DataFrame:
    if int(frame["n"].max() or 0) > 0:  # type: ignore[arg-type]
        raise Mistake("Not asked: the sample holds several rows of one line, day and knowledge.")
    return engine_of("postgres", place)(policy, currency, frame)


def back_test() -> BackTest | None:
    """The back-test publishing runs, once one is wired here."""
    return None


__all__ = ["OnFrames", "back_test", "installed_engines"]
