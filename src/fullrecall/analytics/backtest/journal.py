"""The journal of a replay: every step of every case as columns, and the table of cases made from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from fullrecall.analytics.backtest.amounts import Amounts, Before
from fullrecall.analytics.backtest.shapes import Happened
from fullrecall.analytics.backtest.tape_view import TapeView
from fullrecall.domain import facts as f

Ints = np.ndarray[Any, np.dtype[np.int64]]
NO_LINE = -1


class Journal:
    """Borrowers in, cases out: a borrower has at most one open case, and several one after another."""

    def __init__(self, view: TapeView, borrowers: int) -> None:
        self.view = view
        self.case_of = np.full(borrowers, -1, dtype=np.int64)
        self.cases = 0
        self._opened: list[tuple[Ints, Ints, date, f.CaseOpened, int]] = []
        self._columns: dict[str, list[Any]] = {name: [] for name in ("case", "line", "amount")}
        self._said: list[tuple[int, date, str, str, date | None]] = []
        self._ended: dict[int, Ints] = {}

    def told(self, who: Ints, happened: Sequence[Happened], amounts: Amounts, line_at: Ints) -> None:
        """What a walk recorded, told to all who walked; amounts move with it."""
        for day, slot, fact in happened:
            if isinstance(fact, f.CaseOpened):
                numbers = np.arange(self.cases, self.cases + len(who))
                self.case_of[who] = numbers
                self.cases += len(who)
                assert slot is not None  # noqa: S101 - a case is opened by a line
                self._opened.append((numbers, line_at[who, slot], day, fact, slot))
                amounts.demand_open[line_at[who][line_at[who] >= 0]] = 0
            self._one(who, day, slot, fact, amounts, line_at)

    def _one(
        self, who: Ints, day: date, slot: int | None, fact: f.Fact, amounts: Amounts, line_at: Ints
    ) -> None:
        if isinstance(fact, f.NoticeSent | f.CasePaymentSeen | f.RecoverySeen):
            return  # money is journalled as it comes, with its amounts
        lines = None if slot is None else line_at[who, slot]
        if isinstance(fact, f.CaseOpened | f.TriggerJoined):
            lines = line_at[who, int(fact.line_id)]
        amount = self._moved(who, lines, fact, amounts, line_at)
        detail, until = _told(fact)
        self._add(self.case_of[who], lines, amount, day, type(fact).__name__, detail, until)

    def _moved(
        self, who: Ints, lines: Ints | None, fact: f.Fact, amounts: Amounts, line_at: Ints
    ) -> Ints | None:
        """What a step does to amounts, and how much it was."""
        match fact:
            case f.NoticeIssued() if fact.notice == "demand":
                return self._demand(who, fact, amounts, line_at)
            case f.BalanceCalled() if lines is not None:
                return amounts.call(lines)
            case f.CallUnwound() if lines is not None:
                amounts.called[lines] = 0
            case f.LineChargedOff() if lines is not None:
                return amounts.charge_off(lines)
        return None

    def _demand(self, who: Ints, fact: f.NoticeIssued, amounts: Amounts, line_at: Ints) -> Ints:
        everyone = line_at[who]
        amounts.demand_open[everyone[everyone >= 0]] = 0
        total = np.zeros(len(who), dtype=np.int64)
        for name in fact.line_amounts:
            total += amounts.demand(line_at[who, int(name)])
        return total

    def paid(self, who: Ints, lines: Ints, day: date, came: Ints, before: Before) -> None:
        """Money that came in a case: how much of it met what was demanded, called and charged off."""
        cases = self.case_of[who]
        self._add(cases, lines, came, day, "CasePaymentSeen", "", None)
        for kind, part in (
            ("Recovered", np.minimum(came, before.charged_off)),
            ("Cleared", np.minimum(np.maximum(came - before.charged_off, 0), before.called)),
        ):
            some = part > 0
            if some.any():
                self._add(cases[some], lines[some], part[some], day, kind, "", None)

    def _add(
        self,
        cases: Ints,
        lines: Ints | None,
        amount: Ints | None,
        day: date,
        kind: str,
        detail: str,
        until: date | None,
    ) -> None:
        count = len(cases)
        self._columns["case"].append(cases.copy())
        self._columns["line"].append(np.full(count, NO_LINE) if lines is None else lines)
        self._columns["amount"].append(np.zeros(count, dtype=np.int64) if amount is None else amount.copy())
        self._said.append((count, day, kind, detail, until))

    # --- tables ------------------------------------------------------------------------------------

    def tables(self, ends: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
        """cases and events. ends: the stage each borrower's last case stands in."""
        events = self._events()
        return self._cases(events, ends), events

    def _events(self) -> pl.DataFrame:
        schema = {"day": pl.Date, "kind": pl.String, "detail": pl.String, "until": pl.Date}
        said = pl.DataFrame([row[1:] for row in self._said], schema=schema, orient="row")
        counts = [row[0] for row in self._said]
        at = np.repeat(np.arange(len(counts)), counts)
        joined = {
            name: np.concatenate(parts) if parts else np.zeros(0, np.int64)
            for name, parts in self._columns.items()
        }
        frame = pl.DataFrame(joined, schema=dict.fromkeys(joined, pl.Int64))
        return pl.concat([frame, said[at]], how="horizontal").with_row_index("seq").sort("case", "day", "seq")

    def _cases(self, events: pl.DataFrame, ends: Sequence[str]) -> pl.DataFrame:
        opened = (
            pl.concat([_opening(*parts, owner=self.view.owner) for parts in self._opened])
            if self._opened
            else (
                _opening(
                    np.zeros(0, np.int64), np.zeros(0, np.int64), date.min, None, 0, owner=self.view.owner
                )
            )
        )
        cases = opened.sort("case").join(_milestones(events), on="case", how="left", maintain_order="left")
        last = pl.DataFrame({"case": self.case_of, "end": list(ends)}).filter(pl.col("case") >= 0)
        return (
            cases.join(last, on="case", how="left", maintain_order="left")
            .with_columns(pl.col("end").fill_null("closed").alias("stage"))
            .drop("end")
        )


def _told(fact: f.Fact) -> tuple[str, date | None]:
    """The word and the date a step is journalled with."""
    match fact:
        case f.NoticeIssued():
            return fact.notice, fact.pay_by
        case f.CaseOpened() | f.TriggerJoined():
            return f"{fact.trigger}:{fact.action}", None
        case f.StepRefused():
            return f"{fact.command}:{fact.rule}", fact.until
        case f.CureStarted():
            return "", fact.ends_on
        case f.CaseFrozen() | f.RunOffBegan():
            return "", fact.review_on
        case f.CaseAccelerated() | f.BalanceCalled():
            return "", fact.pay_by
        case f.CaseCured():
            return fact.why, None
    return "", None


def _opening(
    cases: Ints, lines: Ints, day: date, fact: f.CaseOpened | None, slot: int, *, owner: list[int]
) -> pl.DataFrame:
    trigger, action = (fact.trigger, fact.action) if fact else ("", "")
    return pl.DataFrame(
        {"case": cases, "line": lines, "borrower": np.array(owner, dtype=np.int64)[lines]},
        schema={"case": pl.Int64, "line": pl.Int64, "borrower": pl.Int64},
    ).with_columns(
        pl.lit(day, dtype=pl.Date).alias("opened_on"),
        pl.lit(trigger).alias("trigger"),
        pl.lit(action).alias("action"),
    )


def _milestones(events: pl.DataFrame) -> pl.DataFrame:
    """Per case: the day of each step, amounts demanded, called, cleared, charged off and recovered, how it
    ended.
    """
    kind = pl.col("kind")
    demand = (kind == "NoticeIssued") & (pl.col("detail") == "demand")

    def first(of: pl.Expr) -> pl.Expr:
        return pl.col("day").filter(of).first()

    def total(name: str) -> pl.Expr:
        return pl.col("amount").filter(kind == name).sum()

    return events.group_by("case", maintain_order=True).agg(
        first(demand).alias("demanded_on"),
        pl.col("day").filter(demand).last().alias("last_demand_on"),
        pl.col("amount").filter(demand).last().alias("demanded"),
        pl.col("until").filter(kind == "CureStarted").last().alias("cure_ends_on"),
        first(kind == "CaseFrozen").alias("frozen_on"),
        first(kind == "RunOffBegan").alias("run_off_on"),
        first(kind == "LimitsWithdrawn").alias("limits_withdrawn_on"),
        first(kind == "CaseAccelerated").alias("accelerated_on"),
        first(kind == "ClearingBegan").alias("clearing_on"),
        first(kind == "CaseSettled").alias("settled_on"),
        first(kind == "CaseCured").alias("cured_on"),
        first(kind == "CaseChargedOff").alias("charged_off_on"),
        first(kind == "CaseClosed").alias("closed_on"),
        total("BalanceCalled").alias("called"),
        total("Cleared").alias("cleared"),
        total("LineChargedOff").alias("charged_off"),
        total("Recovered").alias("recovered"),
        total("CasePaymentSeen").alias("paid_in_case"),
        (kind == "NoticeIssued").sum().cast(pl.Int64).alias("notices"),
        (kind == "NoticeArrived").sum().cast(pl.Int64).alias("messages"),
        (kind == "ApprovalAsked").sum().cast(pl.Int64).alias("approvals"),
        (kind == "StepRefused").sum().cast(pl.Int64).alias("refusals"),
    )
