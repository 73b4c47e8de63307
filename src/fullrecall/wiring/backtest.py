"""Joins the back-test: tape, policies, law and the lender's terms, an engine, and where the answer is
written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import polars as pl

from fullrecall.analytics.backtest.assumptions import Parameter, with_given
from fullrecall.analytics.backtest.assumptions import shipped as shipped_assumptions
from fullrecall.analytics.backtest.replay import Replayed, Tick, replay
from fullrecall.analytics.backtest.report import write_backtest_report
from fullrecall.analytics.backtest.result import Backtest, Played, Side, play, side_of, switch_of
from fullrecall.analytics.backtest.shapes import Ground
from fullrecall.analytics.backtest.tape_view import Evaluate, TapeView, decided, months_of, tape_rows
from fullrecall.analytics.backtest.words import figures_table, sentences
from fullrecall.analytics.engines.on_polars import evaluate_polars
from fullrecall.domain.policy import Policy, compile_python
from fullrecall.domain.tape import COLUMNS, Column, ColumnType, TapeRow
from fullrecall.domain.vocabulary import Mistake
from fullrecall.wiring import tapes
from fullrecall.wiring.rulebook import build_rulebook, read_packs, read_policy
from fullrecall.wiring.settings import LenderSettings, read_settings
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


def prepare(
    policy: tuple[Policy, str], law: Law, pack: str, columns: Mapping[str, Column] | None = None
) -> Prepared:
    return Prepared(policy[0], build_rulebook(policy, {}, law.settings, law.as_of, columns), pack)


def view_of(tape: Any, first: int | None = None) -> TapeView:
    """A checked tape file as the back-test reads it; `first`: only so many lines."""
    positions = tape.positions
    if first is not None:
        positions = positions.filter(pl.col("line_id").is_in(tape.line_ids[:first]))
    rows, lines, borrowers, owner, slot = tape_rows(positions)
    mapping = tape.mapping
    return TapeView(
        rows=rows,
        line_ids=lines,
        borrower_ids=borrowers,
        owner=owner,
        slot=slot,
        months=months_of(rows),
        payment_day=mapping.payments.day if mapping.payments else None,
        currency=tape.currency,
        label={"en": tape.label.en, "zh": tape.label.zh},
        simulated=mapping.simulated,
        fingerprint=tape.fingerprint,
        outcome_on=mapping.outcome.as_of if mapping.outcome else None,
        assumptions=tuple({"en": a.en, "zh": a.zh} for a in tape.assumptions),
        source=mapping.source,
        licence=mapping.licence,
    )


def ground_of(prepared: Prepared, currency: str) -> Ground:
    book = prepared.book
    used = book.live
    return Ground(
        used.policy.id,
        used.ladder,
        used.borrower_wide,
        book.packs,
        book.calendars,
        book.law_as_of,
        book.lender,
        prepared.pack,
        currency,
    )


def replay_policy(
    view: TapeView, prepared: Prepared, tick: Tick, evaluate: Evaluate = evaluate_polars
) -> tuple[pl.DataFrame, Replayed]:
    """The decided rows of the tape, and the ladder replayed on them."""
    rows = decided(view, prepared.policy, evaluate)
    evaluator = compile_python(prepared.policy, view.currency)

    def needs_approval(exposure: int) -> bool:
        row = TapeRow(
            "", view.last_day, view.last_day, view.currency, exposure=exposure, borrower_exposure=exposure
        )
        return evaluator.approval_needed(row)

    return rows, replay(view, rows, ground_of(prepared, view.currency), needs_approval, tick)


class Asked(NamedTuple):
    """What a user asks for. against: the challenger, a policy by path or name; given: `name=value` of
    assumptions.
    """

    policy: str
    against: str | None
    tape: str
    mapping: str | None
    engine: str
    law_as_of: date | None
    pack: str
    lender: Path | None
    given: Sequence[str]
    lines: int | None
    database: str | None


def run_backtest(asked: Asked, tick: Tick) -> Backtest:
    """Read, decide, replay and count; raises Mistake with one sentence for what cannot be done."""
    tape = open_named(asked.tape, asked.mapping, asked.lines)
    view = view_of(tape, asked.lines)
    law = law_of(read_settings(asked.lender), asked.law_as_of or shipped_law(asked.pack))
    columns = columns_of(tape)
    parameters = with_given(shipped_assumptions(view.currency), asked.given)
    names = [asked.policy, *([asked.against] if asked.against else [])]
    prepared = [prepare(read_policy(name, columns), law, asked.pack, columns) for name in names]
    evaluate = engine_of(asked.engine, asked.database)
    played: list[Played] = []
    for one in prepared:
        rows, replayed = replay_policy(view, one, tick, evaluate)
        tick("counting money", len(played) + 1, len(prepared))
        played.append(play(view, rows, replayed, parameters))
    sides = [_side(view, one, p, parameters) for one, p in zip(prepared, played, strict=True)]
    switch = (
        switch_of(view, played[0], played[1], parameters, _ladders_differ(prepared[0], prepared[1]))
        if asked.against
        else None
    )
    return Backtest(
        tape=_told_of(view),
        champion=sides[0],
        challenger=sides[1] if asked.against else None,
        switch=switch,
        parameters=tuple(parameters.values()),
        law={
            "pack": asked.pack,
            "version": prepared[0].book.packs[asked.pack].version,
            "as_of": law.as_of.isoformat(),
        },
        engine=asked.engine,
        assumptions=view.assumptions,
    )


def _side(view: TapeView, one: Prepared, played: Played, parameters: Mapping[str, Parameter]) -> Side:
    policy = one.policy
    return side_of(
        view, played, parameters, (policy.name, policy.version, policy.id), [rule.id for rule in policy.rules]
    )


def _ladders_differ(champion: Prepared, challenger: Prepared) -> str:
    """What differs in how a case is carried; told for lines on which the rules agree."""
    a, b = champion.book.live.ladder, challenger.book.live.ladder
    told = [
        f"{name}: {before} to {after}"
        for name, before, after in ((n, getattr(a, n), getattr(b, n)) for n in a.__struct_fields__)
        if before != after
    ]
    if champion.policy.recall.scope != challenger.policy.recall.scope:
        told.append(f"scope: {champion.policy.recall.scope} to {challenger.policy.recall.scope}")
    return "same rules; " + (
        "; ".join(told) if told else "another line of the borrower was treated otherwise"
    )


def _told_of(view: TapeView) -> dict[str, Any]:
    return {
        "label": dict(view.label),
        "simulated": view.simulated,
        "currency": view.currency,
        "lines": len(view.line_ids),
        "borrowers": len(view.borrower_ids),
        "rows": view.rows.height,
        "months": [str(day) for day in view.months],
        "fingerprint": view.fingerprint,
        "outcome_on": view.outcome_on,
        "source": view.source,
        "licence": view.licence,
    }


def open_named(name: str, mapping: str | None, lines: int | None = None) -> Any:
    """A tape by name ('taiwan', 'simulated') or a file with its mapping."""
    if name == "taiwan" and mapping is None:
        file = tapes.taiwan_file()
        if file is None:
            raise Mistake(
                f"The Taiwan data is not in {tapes.data_folder()}: `fullrecall data get taiwan` brings "
                f"it, or use "
                "--tape simulated."
            )
        return tapes.named_tape(str(file), "taiwan")
    if name == "simulated" and mapping is None:
        with TemporaryDirectory() as folder:
            return tapes.simulated_tape(Path(folder), lines or tapes.SIMULATED_LINES)
    if mapping is None:
        raise Mistake(
            f"Say with --mapping how {Path(name).name} is read: a mapping file, or a shipped one by name."
        )
    return tapes.named_tape(name, mapping)


def columns_of(tape: Any) -> dict[str, Column]:
    """The columns a policy may read: the tape's own words and those its mapping adds."""
    extra = {
        name: Column(
            name, ColumnType.TEXT if given.type.value == "text" else ColumnType.COUNT, name, "of the tape"
        )
        for name, given in tape.mapping.extra.items()
    }
    return {**COLUMNS, **extra}


def shipped_law(pack: str) -> date:
    packs = read_packs()
    if pack not in packs:
        raise Mistake(f"There is no law pack {pack!r}: choose one of {', '.join(packs)}.")
    return date.fromisoformat(packs[pack].version)


def engine_of(name: str, database: str | None) -> Evaluate:
    """The engine that decides; the ladder and the money are the same for all."""
    if name == "polars":
        return evaluate_polars
    if name == "duckdb":
        try:
            from fullrecall.analytics.engines.on_duckdb import evaluate_duckdb
        except ImportError:
            raise Mistake(
                "DuckDB is not installed: install it with `pip install 'fullrecall[duckdb]'`."
            ) from None
        return evaluate_duckdb
    if name == "spark":
        return _on_spark
    if name == "postgres":
        return partial(_on_postgres, database)
    raise Mistake(f"There is no engine {name!r}: choose polars, duckdb, postgres or spark.")


def _on_spark(policy: Policy, currency: str, frame: pl.DataFrame) -> pl.DataFrame:
    from fullrecall.analytics.engines.on_spark import evaluate_spark, open_spark

    spark = open_spark()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tape.parquet"
        frame.write_parquet(path)
        return evaluate_spark(policy, currency, spark, path)


def _on_postgres(database: str | None, policy: Policy, currency: str, frame: pl.DataFrame) -> pl.DataFrame:
    from fullrecall.wiring.backtest_postgres import evaluate_in_postgres

    if not database or not database.startswith("postgresql"):
        raise Mistake("The engine postgres needs a server: give --db postgresql://...")
    return evaluate_in_postgres(database, policy, currency, frame)


def write_report(found: Backtest, path: Path) -> None:
    write_backtest_report(found, path)


__all__ = [
    "Asked",
    "figures_table",
    "law_of",
    "prepare",
    "replay_policy",
    "run_backtest",
    "sentences",
    "view_of",
    "write_report",
]
