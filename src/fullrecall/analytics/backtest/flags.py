"""What a tape cannot tell, and what looks wrong with policy and tape together, in one sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from fullrecall.analytics.backtest.money import Money
from fullrecall.analytics.backtest.observed import SUSTAINED_MONTHS, Observed
from fullrecall.analytics.backtest.tape_view import TapeView

FEW_LINES = 30


def flags(
    view: TapeView, rows: pl.DataFrame, seen: Observed, money: Money, fired: Mapping[str, int]
) -> tuple[str, ...]:
    """fired: rows on which each rule fired."""
    return (*_of_tape(view, seen), *_of_calls(seen, money), *_of_rules(rows, fired))


def _of_tape(view: TapeView, seen: Observed) -> Iterator[str]:
    if len(view.months) == 1:
        yield "The tape has one month: nothing can be seen after a step; no cash, no cure, no spending."
    if not seen.outcome_told:
        yield "The tape tells no outcome: whether lines defaulted is taken from an assumed rate by arrears."
    if not seen.pays_told:
        yield "The tape tells no payments: cash is unknown, and spending is only the net rise of a balance."


def _of_calls(seen: Observed, money: Money) -> Iterator[str]:
    called = money.figure("lines_called")
    if called:
        yield (
            "No line of this tape was called in truth: cash after a call is what came without one, and what "
            "calling changes in payment is an assumption."
        )
    if short := money.figure("lines_called_without_follow_up"):
        yield (
            f"{short:,} of {called:,} called lines have under {SUSTAINED_MONTHS} months behind the call: "
            "whether they would have cured is not known, and they count neither way."
        )
    thin = seen.lines.group_by("arrears").len().filter(pl.col("len") < FEW_LINES).sort("arrears")
    if thin.height:
        told = ", ".join(f"{name} days ({count})" for name, count in thin.iter_rows())
        yield f"Arrears at the step with fewer than {FEW_LINES} lines, too few to rest anything on: {told}."


def _of_rules(rows: pl.DataFrame, fired: Mapping[str, int]) -> Iterator[str]:
    never = [rule for rule, count in fired.items() if not count]
    always = [rule for rule, count in fired.items() if count == rows.height]
    short = _short_of_history(rows)
    if never and len(never) == len(fired):
        yield "No rule ever fires on this tape: the policy does nothing here."
    elif never:
        yield f"Rules that never fire on this tape: {', '.join(never)}."
    if always:
        yield f"Rules that fire on every row of this tape: {', '.join(always)}."
    if short:
        yield f"The history is shorter than the window of {', '.join(short)}: it cannot fire here."


def _short_of_history(rows: pl.DataFrame) -> list[str]:
    """Rules that could be told on no row, because no earlier row of the line is known."""
    if "insufficient" not in rows.columns:
        return []
    counts = rows["insufficient"].explode().drop_nulls().value_counts()
    return sorted(rule for rule, count in counts.iter_rows() if count == rows.height)
