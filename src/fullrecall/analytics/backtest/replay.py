"""The whole ladder over a whole tape: borrowers move in groups that are alike, amounts as columns beside
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from fullrecall.analytics.backtest.amounts import NOMINAL, Amounts
from fullrecall.analytics.backtest.journal import Journal
from fullrecall.analytics.backtest.shapes import Ground, Observed, Paid, Shape, Walker
from fullrecall.analytics.backtest.tape_view import TapeView
from fullrecall.domain.vocabulary import Action, Stage, Trigger

Ints = np.ndarray[Any, np.dtype[np.int64]]
Tick = Callable[[str, int, int], None]
NeedsApproval = Callable[[int], bool]  # exposure of the borrower in minor units -> a second person must agree
_DAY = timedelta(days=1)
_SEEN = [name for name in Observed.__struct_fields__ if name not in ("action", "trigger")]


class Replayed(NamedTuple):
    """cases: one row per case; events: what the ladder recorded, by case and day; shapes_walked: how many
    kinds of case there were to walk (the cost of a replay).
    """

    cases: pl.DataFrame
    events: pl.DataFrame
    shapes_walked: int


def replay(
    view: TapeView, rows: pl.DataFrame, ground: Ground, needs_approval: NeedsApproval, tick: Tick
) -> Replayed:
    """Replay decided rows (tape_view.decided) in the order of a day of the main job: positions, payments,
    close.
    """
    run = _Run(view, ground, needs_approval)
    by_month = rows.partition_by("month", maintain_order=True)
    for number, (month, part) in enumerate(zip(view.months, by_month, strict=True)):
        paid_on = _payment_day(view, month)
        if number and paid_on is not None and "payment" in part.columns:
            run.close_until(paid_on - _DAY)
            run.payments(part.filter(pl.col("payment") > 0), paid_on)
        run.close_until(month - _DAY)
        run.positions(part, month)
        tick("replaying the ladder", number + 1, len(view.months))
    run.close_until(view.last_day)
    return run.result()


def _payment_day(view: TapeView, month: date) -> date | None:
    """A payment taken to have come on the very day of the position is told by the position."""
    if view.payment_day is None:
        return None
    day = month.replace(day=view.payment_day)
    return day if day < month else None


class _Run:
    def __init__(self, view: TapeView, ground: Ground, needs_approval: NeedsApproval) -> None:
        self.ground, self.shares = ground, ground.shares
        self.needs_approval = needs_approval
        self.owner = np.array(view.owner, dtype=np.int64)
        self.slot = np.array(view.slot, dtype=np.int64)
        self.line_at = _line_at(self.owner, self.slot, len(view.borrower_ids))
        self.amounts = Amounts(len(view.line_ids))
        self.shapes: list[Shape] = [Shape()]
        self.numbers: dict[bytes, int] = {self.shapes[0].key: 0}
        self.shape_of: Ints = np.zeros(len(view.borrower_ids), dtype=np.int64)
        self.journal = Journal(view, len(view.borrower_ids))
        self.today = view.months[0]

    # --- the events of the tape --------------------------------------------------------------------

    def positions(self, part: pl.DataFrame, day: date) -> None:
        """Rows of a month, line by line of a borrower as they stand on the tape."""
        self.today = day
        for slot in sorted(part["slot"].unique().to_list()):
            rows = part.filter(pl.col("slot") == slot)
            lines = rows["line"].to_numpy()
            self.amounts.observe(lines, rows)
            frame = self._signs(lines, rows).with_columns(rows["as_of"], rows["action"], rows["trigger"])
            for key, where in _groups(frame):
                given = {name: key[name] for name in _SEEN}
                trigger = Trigger(key["trigger"]) if key["trigger"] else None
                seen = Observed(**given, action=Action(key["action"]), trigger=trigger)
                self._move(
                    key["shape"], self.owner[lines[where]], partial(Walker.observe, slot=slot, seen=seen)
                )
        self._approvals()

    def _signs(self, lines: Ints, rows: pl.DataFrame) -> pl.DataFrame:
        a = self.amounts
        nominal = np.where(np.maximum(a.limit[lines], a.balance[lines]) > 0, NOMINAL, 0)
        return pl.DataFrame(
            {
                "shape": self.shape_of[self.owner[lines]],
                "past_due": a.arrears(lines, self.shares),
                "days_past_due": rows["days_past_due"].fill_null(0),
                "nominal": nominal,
                "called": (a.called[lines] > 0).astype(np.int64),
                "charged_off": (a.charged_off[lines] > 0).astype(np.int64),
                "open": (a.open_balance(lines) > 0).astype(np.int64),
                "violation": rows["proven_severe_violations"].fill_null(0) > 0,
                "manual_action": rows["manual_action"].fill_null(""),
            }
        )

    def payments(self, part: pl.DataFrame, day: date) -> None:
        """Payments count where a case is open; elsewhere the next position carries the same money."""
        self.today = day
        for slot in sorted(part["slot"].unique().to_list()):
            rows = part.filter(pl.col("slot") == slot)
            lines, came = rows["line"].to_numpy(), rows["payment"].to_numpy()
            watched = np.array([s.case is not None for s in self.shapes])[self.shape_of[self.owner[lines]]]
            watched &= self.amounts.known[lines]
            lines, came = lines[watched], came[watched]
            if not len(lines):
                continue
            before = self.amounts.pay(lines, came)
            self.journal.paid(self.owner[lines], lines, day, came, before)
            a = self.amounts
            frame = pl.DataFrame(
                {
                    "shape": self.shape_of[self.owner[lines]],
                    "past_due": a.arrears(lines, self.shares),
                    "called": (a.called[lines] > 0).astype(np.int64),
                    "charged_off": (a.charged_off[lines] > 0).astype(np.int64),
                    "open": (a.open_balance(lines) > 0).astype(np.int64),
                    "meets": a.demand_open[lines] <= 0,
                    "recovers": before.charged_off > 0,
                }
            )
            for key, where in _groups(frame):
                paid = Paid(**{name: key[name] for name in Paid.__struct_fields__})
                self._move(
                    key["shape"], self.owner[lines[where]], partial(Walker.pay, slot=slot, paid=paid, on=day)
                )
        self._approvals()

    def close_until(self, day: date) -> None:
        """Every evening from today to `day`, for the borrowers who have something due."""
        since = self.today
        used, members = _members(self.shape_of)
        for number, who in zip(used, members, strict=True):
            shape = self.shapes[number]
            due = shape.next_on is not None and shape.next_on <= day
            if shape.pending or due:
                self._move(number, who, partial(Walker.walk, since=since, until=day))
        self.today = day

    # --- one group ---------------------------------------------------------------------------------

    def _move(self, number: int, who: Ints, work: Callable[[Walker], None]) -> None:
        """The same work for all borrowers of a group: walked once, told to everyone's columns."""
        walker = Walker(self.ground, self.shapes[number])
        work(walker)
        self.journal.told(who, walker.happened, self.amounts, self.line_at)
        self.shape_of[who] = self._number(walker.shape())

    def _number(self, shape: Shape) -> int:
        key = shape.key
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.shapes)
            self.shapes.append(shape)
        return number

    def _approvals(self) -> None:
        """Whether a second person must agree is asked of each borrower's own exposure."""
        asks = np.array([s.case is not None and s.case.action is Action.RECALL for s in self.shapes])
        who = np.flatnonzero(asks[self.shape_of])
        if not len(who):
            return
        exposure = np.bincount(self.owner, np.maximum(self.amounts.balance, 0), len(self.shape_of)).astype(
            np.int64
        )
        values, at = np.unique(exposure[who], return_inverse=True)
        needed = np.array([self.needs_approval(int(value)) for value in values])[at]
        for number in np.unique(self.shape_of[who]).tolist():
            for flag in (False, True):
                if self.shapes[number].approval != flag:
                    other = self._number(_with_approval(self.shapes[number], approval=flag))
                    self.shape_of[who[(self.shape_of[who] == number) & (needed == flag)]] = other

    def result(self) -> Replayed:
        stages = [s.stage for s in self.shapes]
        ends = [stages[number] or str(Stage.CLOSED) for number in self.shape_of]
        cases, events = self.journal.tables(ends)
        return Replayed(cases, events, len(self.shapes))


def _with_approval(shape: Shape, *, approval: bool) -> Shape:
    return Shape(shape.lines, shape.case, shape.next_on, approval, shape.pending, shape.cures)


def _groups(frame: pl.DataFrame) -> Iterator[tuple[dict[str, Any], Ints]]:
    """Rows that are alike: what they have in common, and where they stand."""
    names = frame.columns
    grouped = frame.with_row_index("at").group_by(names, maintain_order=True).agg("at")
    for row in grouped.iter_rows(named=True):
        yield row, np.array(row["at"], dtype=np.int64)


def _members(shape_of: Ints) -> tuple[list[int], list[Ints]]:
    order = np.argsort(shape_of, kind="stable")
    used, starts = np.unique(shape_of[order], return_index=True)
    return used.tolist(), np.split(order, starts[1:])


def _line_at(owner: Ints, slot: Ints, borrowers: int) -> Ints:
    """Line number by borrower and slot; -1 where a borrower has no such line."""
    found = np.full((borrowers, int(slot.max()) + 1), -1, dtype=np.int64)
    found[owner, slot] = np.arange(len(owner))
    return found
