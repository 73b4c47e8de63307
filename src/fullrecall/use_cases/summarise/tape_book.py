"""Reads the tape once, line by line: exposure by stage at each month end, roll rates, and the last scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from fullrecall.domain.calendar import month_end, month_index
from fullrecall.domain.notices.content import Bilingual
from fullrecall.domain.vocabulary import Stage
from fullrecall.ports.summary import RollRates, RollStep, ScoreCheck, StagePosition
from fullrecall.use_cases.summarise.case_book import CaseTrace

CELLS = ("line_id", "as_of", "exposure", "days_past_due", "score", "score_model")
WATCHED = "watched"
BUCKETS = ("0", "1-29", "30-59", "60-89", "90-119", "120+")
_EDGES = (1, 30, 60, 90, 120)
_ORDER = {name: n for n, name in enumerate((WATCHED, *(stage.value for stage in Stage)))}


def bucket_of(days_past_due: int) -> int:
    """Index into BUCKETS; half-open: 30 days stand in 30-59."""
    return sum(days_past_due >= edge for edge in _EDGES)


class TapeBook:
    """Everything counted over the tape. `read` takes CELLS in order of line and date."""

    def __init__(self, cases_of: Mapping[str, Sequence[CaseTrace]]) -> None:
        self._cases_of = cases_of
        self._portfolio: dict[tuple[date, str], list[int]] = {}
        self._steps: dict[tuple[date, date], list[list[int]]] = {}
        self.last_rows: dict[str, tuple[date, int | None, str | None]] = {}
        self.first: date | None = None
        self.last: date | None = None

    def read(self, cells: Iterator[tuple[Any, ...]]) -> TapeBook:
        for line_id, rows in groupby(cells, key=lambda row: row[0]):
            # Of several rows of one date the last known counts.
            self._line(line_id, list({row[1]: row for row in rows}.values()))
        return self

    def _line(self, line_id: str, rows: list[tuple[Any, ...]]) -> None:
        cases = self._cases_of.get(line_id, ())
        before: tuple[date, int] | None = None
        for _, as_of, exposure, days, _, _ in rows:
            cell = self._portfolio.setdefault((month_end(as_of), _stage_on(cases, as_of)), [0, 0])
            cell[0] += 1
            cell[1] += exposure or 0
            if days is None:
                before = None
                continue
            bucket = bucket_of(days)
            if before is not None and month_index(as_of) == month_index(before[0]) + 1:
                self._step(month_end(before[0]), month_end(as_of))[before[1]][bucket] += 1
            before = (as_of, bucket)
        first, last = rows[0], rows[-1]
        self.first = min(self.first or first[1], first[1])
        self.last = max(self.last or last[1], last[1])
        self.last_rows[line_id] = (last[1], last[4], last[5])

    def _step(self, since: date, until: date) -> list[list[int]]:
        found = self._steps.get((since, until))
        if found is None:
            found = self._steps[since, until] = [[0] * len(BUCKETS) for _ in BUCKETS]
        return found

    def portfolio(self) -> tuple[StagePosition, ...]:
        rows = sorted(self._portfolio.items(), key=lambda item: (item[0][0], _ORDER[item[0][1]]))
        return tuple(StagePosition(as_of, stage, lines, owed) for (as_of, stage), (lines, owed) in rows)

    def roll_rates(self, assumptions: Sequence[Bilingual]) -> RollRates:
        """Months pooled; the last set apart when the book's assumptions say that its change is not news."""
        steps = [RollStep(a, b, counts) for (a, b), counts in sorted(self._steps.items())]
        caveat = next((a for a in assumptions if "not news" in a.en), None)
        apart = steps[-1] if caveat is not None and len(steps) > 1 else None
        pooled = [[0] * len(BUCKETS) for _ in BUCKETS]
        for step in steps:
            if step is not apart:
                for row, counts in zip(pooled, step.counts, strict=True):
                    row[:] = [a + b for a, b in zip(row, counts, strict=True)]
        return RollRates(BUCKETS, steps, pooled, apart, caveat if apart else None)

    def score_check(self, outcomes: Mapping[str, bool], note: Bilingual) -> ScoreCheck | None:
        """How well the last month's score ranks what came after; None without scores or outcomes."""
        judged = [
            (score, outcomes[line_id])
            for line_id, (as_of, score, _) in self.last_rows.items()
            if score is not None and line_id in outcomes and as_of == self.last
        ]
        if not judged or self.last is None:
            return None
        models = sorted({model for _, score, model in self.last_rows.values() if score is not None and model})
        defaulted = sum(bad for _, bad in judged)
        return ScoreCheck(", ".join(models), self.last, len(judged), defaulted, auc_by_ranks(judged), note)


def _stage_on(cases: Sequence[CaseTrace], day: date) -> str:
    for case in reversed(cases):
        stage = case.stage_on(day)
        if stage is not None:
            return WATCHED if stage is Stage.CLOSED else stage.value
    return WATCHED


def auc_by_ranks(judged: Sequence[tuple[int, bool]]) -> float | None:
    """Mann-Whitney: the share of pairs (defaulted, not) where the defaulted one scored lower; ties half."""
    below = pairs_won_twice = 0
    for _, group in groupby(sorted(judged), key=lambda item: item[0]):
        flags = [bad for _, bad in group]
        bad, good = sum(flags), len(flags) - sum(flags)
        # Every payer of this score beats all defaulters below it, and half of those beside it.
        pairs_won_twice += good * (2 * below + bad)
        below += bad
    goods = len(judged) - below
    return pairs_won_twice / (2 * below * goods) if below and goods else None
