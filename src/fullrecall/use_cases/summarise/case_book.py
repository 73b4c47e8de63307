"""Reads all case facts once, case by case, and keeps what the figures need: counts, and when stages began."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.recall.case import CaseState, fold, opened
from fullrecall.domain.vocabulary import Stage
from fullrecall.ports.summary import DailyStages, RefusedRule

# Facts that move no stage and come in great numbers: they are counted without being read.
_UNREAD = frozenset({"NoticeSent", "NoticeArrived", "NoticeFailed", "CasePaymentSeen"})
_STORED_IN_MAILBOX = b'"arrival_basis":"stored_in_mailbox"'


class CaseTrace(msgspec.Struct):
    """One case in short. spans: the days on which stages began, in order; kinds: how many kinds of facts."""

    case_id: str
    line_ids: tuple[str, ...]
    spans: list[tuple[date, Stage]]
    kinds: int
    called: bool
    frozen: bool

    def stage_on(self, day: date) -> Stage | None:
        """The stage at the close of a day; None before the case was opened."""
        found = None
        for since, stage in self.spans:
            if since > day:
                break
            found = stage
        return found


class CaseBook:
    """Everything counted over the cases. `read` takes facts in the order of their streams."""

    def __init__(self) -> None:
        self.traces: list[CaseTrace] = []
        self.opened = 0
        self.triggers: Counter[str] = Counter()
        self.by_stage: Counter[Stage] = Counter()
        self.reached: Counter[str] = Counter()
        self.refused: dict[tuple[str, str, bool], tuple[int, str]] = {}
        self.approvals: Counter[str] = Counter()
        self.mailbox_arrivals = 0
        self.packs: dict[str, str] = {}
        self.law_as_of: date | None = None
        self.policies: Counter[str] = Counter()
        self.currencies: set[str] = set()

    def read(self, facts: Iterator[f.RecordedFact]) -> CaseBook:
        for stream, rows in groupby(facts, key=lambda row: row.stream):
            self._case(stream.partition(":")[2], rows)
        return self

    def _case(self, case_id: str, rows: Iterator[f.RecordedFact]) -> None:
        state: CaseState | None = None
        spans: list[tuple[date, Stage]] = []
        kinds: set[str] = set()
        for row in rows:
            kinds.add(row.kind)
            if row.kind in _UNREAD:
                self.mailbox_arrivals += row.kind == "NoticeArrived" and _STORED_IN_MAILBOX in row.body
                continue
            fact = row.fact
            if isinstance(fact, f.CaseOpened):
                state = opened(case_id, fact, row.effective_on)
                self._opened(fact)
            elif state is None:
                return  # a broken stream; `verify` names it
            else:
                state = fold(state, fact, row.effective_on)
                self._count(fact)
            if not spans or spans[-1][1] is not state.stage:
                spans.append((row.effective_on, state.stage))
        if state is not None:
            self._ended(state, spans, kinds)

    def _opened(self, fact: f.CaseOpened) -> None:
        self.opened += 1
        self.triggers[fact.trigger] += 1
        self.packs[fact.pack] = fact.pack_version
        self.law_as_of = max(self.law_as_of or fact.law_as_of, fact.law_as_of)
        self.policies[fact.policy_id] += 1
        self.currencies.add(fact.currency)

    def _count(self, fact: f.Fact) -> None:
        if isinstance(fact, f.TriggerJoined):
            self.triggers[fact.trigger] += 1
        elif isinstance(fact, f.ApprovalGiven):
            self.approvals[fact.by] += 1
        elif isinstance(fact, f.StepRefused):
            key = (fact.rule, fact.command, fact.by_law)
            count, why = self.refused.get(key, (0, fact.why))
            self.refused[key] = (count + 1, why)

    def _ended(self, state: CaseState, spans: list[tuple[date, Stage]], kinds: set[str]) -> None:
        self.by_stage[state.stage] += 1
        for stage in {stage for _, stage in spans}:
            self.reached[stage.value] += 1
        if any(notice.kind == "demand" for notice in state.notices):
            self.reached["demanded"] += 1
        if "LimitsWithdrawn" in kinds:
            self.reached["limits_withdrawn"] += 1
        self.traces.append(
            CaseTrace(
                state.case_id,
                state.line_ids,
                spans,
                len(kinds),
                "CaseAccelerated" in kinds,
                "CaseFrozen" in kinds,
            )
        )

    @property
    def refused_by_law(self) -> int:
        return sum(count for (_, _, by_law), (count, _) in self.refused.items() if by_law)

    def refused_rules(self) -> tuple[RefusedRule, ...]:
        rows = [RefusedRule(r, c, law, n, why) for (r, c, law), (n, why) in self.refused.items()]
        return tuple(sorted(rows, key=lambda row: (-row.count, row.rule, row.command)))

    def of_lines(self) -> dict[str, list[CaseTrace]]:
        """The cases of each line, oldest first."""
        found: dict[str, list[CaseTrace]] = {}
        for trace in sorted(self.traces, key=lambda t: (t.spans[0][0], t.case_id)):
            for line_id in trace.line_ids:
                found.setdefault(line_id, []).append(trace)
        return found


def stages_by_day(traces: list[CaseTrace], first: date, last: date) -> DailyStages:
    """How many cases stood in each stage at the close of each day, from the days on which stages began."""
    length = (last - first).days + 1
    changes: dict[Stage, list[int]] = {}
    for trace in traces:
        ends = [since for since, _ in trace.spans[1:]] + [last + timedelta(days=1)]
        for (since, stage), until in zip(trace.spans, ends, strict=True):
            if stage is Stage.CLOSED or since >= until:
                continue
            change = changes.setdefault(stage, [0] * (length + 1))
            change[max((since - first).days, 0)] += 1
            change[min((until - first).days, length)] -= 1
    cases: dict[str, tuple[int, ...]] = {}
    for stage in Stage:
        if stage in changes:
            running, counts = 0, []
            for step in changes[stage][:length]:
                running += step
                counts.append(running)
            cases[stage.value] = tuple(counts)
    return DailyStages(tuple(first + timedelta(days=n) for n in range(length)), cases)
