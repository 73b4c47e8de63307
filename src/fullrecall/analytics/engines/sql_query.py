"""A plan as SQL: a chain of steps, each a SELECT over the one before.

Where every line has one row a month without a gap, none learned late, an earlier month is LAG; elsewhere it
is a join with the row that stood for the month when the row at hand was known.
"""
# ruff: noqa: S608 - names are ours or quoted, literals are written by the dialect

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fullrecall.analytics.engines.plan import HERE, Level, Past, Plan
from fullrecall.analytics.engines.sql_algebra import Dialect, SqlAlgebra

KEY = ("line_id", "as_of", "known_at", "n")


class Step(msgspec.Struct):
    """name AS (select); `kept` when several later steps read it."""

    name: str
    select: str
    kept: bool = False


class Query:
    """source: the first step, with KEY, the plan's tape columns and `month`."""

    def __init__(self, plan: Plan[str], dialect: Dialect, source: str, *, plain: bool) -> None:
        self.plan, self.dialect, self.plain = plan, dialect, plain
        self.a = SqlAlgebra(dialect)
        self.steps: list[Step] = []
        self.columns = [*KEY, *(inside for inside, _ in plan.tape.values()), "month", HERE]
        self._add(f"{source}{dialect.fence}")
        card, main, why = plan.card, plan.main, plan.why
        self._levels(card.local)
        self._past([card.past])
        self._levels(card.then)
        self._forget()
        self._levels(main.local)
        self._levels(why.local)
        self._past([main.past, why.past])
        self._levels(main.then)
        self._levels(why.then)
        held = [name for _, _, *columns in plan.features for name in columns if name]
        names = [*KEY, *plan.words, *held, *(f"m{index}" for index in range(len(plan.rules)))]
        told = [self._q(name) for name in names]
        told += [f"{plan.score} AS {self._q('score')}", f"{plan.model} AS {self._q('score_model')}"]
        self.select = f"SELECT {', '.join(told)} FROM {self.last}"

    @property
    def last(self) -> str:
        return self.steps[-1].name

    def text(self) -> str:
        """All in one statement."""
        steps = [
            f"{step.name} AS {self.dialect.kept if step.kept else ''}({step.select})" for step in self.steps
        ]
        return f"WITH {', '.join(steps)} {self.select}"

    def _q(self, name: str) -> str:
        return self.a.column(name)

    def _add(self, select: str) -> None:
        self.steps.append(Step(f"fullrecall_step{len(self.steps)}", select))

    def _levels(self, levels: Sequence[Level[str]]) -> None:
        for level in levels:
            if level:
                fresh = [f"{value} AS {self._q(name)}" for name, value in level]
                kept = [self._q(name) for name in self.columns]
                self._add(f"SELECT {', '.join(kept + fresh)} FROM {self.last}{self.dialect.fence}")
                self.columns += [name for name, _ in level]

    def _forget(self) -> None:
        self.columns = [name for name in self.columns if "@" not in name]

    def _past(self, pasts: Sequence[Past]) -> None:
        wanted: dict[int, list[str]] = {}
        for past in pasts:
            for name, backs in past.wanted.items():
                for back in backs:
                    if name not in wanted.setdefault(back, []):
                        wanted[back].append(name)
        if wanted:
            (self._lags if self.plain else self._joins)(wanted)
            self.columns += [f"{name}@{back}" for back in sorted(wanted) for name in wanted[back]]

    def _lags(self, wanted: dict[int, list[str]]) -> None:
        fresh = [
            f"LAG({self._q(name)}, {back}) OVER line AS {self._q(f'{name}@{back}')}"
            for back in sorted(wanted)
            for name in wanted[back]
        ]
        kept = [self._q(name) for name in self.columns]
        line = f"WINDOW line AS (PARTITION BY {self._q('line_id')} ORDER BY {self._q('month')})"
        self._add(f"SELECT {', '.join(kept + fresh)} FROM {self.last} {line}{self.dialect.fence}")

    def _joins(self, wanted: dict[int, list[str]]) -> None:
        """A row stands for its month from the day it was known until a row that counts more was."""
        now, q = self.last, self._q
        self.steps[-1].kept = True
        names = list(dict.fromkeys(name for back in wanted for name in wanted[back]))
        later = (
            f"MIN({q('known_at')}) OVER (PARTITION BY {q('line_id')}, {q('month')} "
            f"ORDER BY {', '.join(q(name) for name in KEY[1:])} "
            "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
        )
        seen = [q(name) for name in dict.fromkeys(("line_id", "month", "known_at", *names))]
        self._add(f"SELECT {', '.join(seen)}, {later} AS until_at FROM {now}{self.dialect.fence}")
        stood, self.steps[-1].kept = self.last, True
        told = [f"now.{q(name)}" for name in self.columns]
        joins = []
        for back in sorted(wanted):
            past = f"past{back}"
            told += [f"{past}.{q(name)} AS {q(f'{name}@{back}')}" for name in wanted[back]]
            joins.append(
                f"LEFT JOIN {stood} {past} ON {past}.{q('line_id')} = now.{q('line_id')} "
                f"AND {past}.{q('month')} = now.{q('month')} - {back} "
                f"AND {past}.{q('known_at')} <= now.{q('known_at')} "
                f"AND (now.{q('known_at')} < {past}.until_at OR {past}.until_at IS NULL)"
            )
        self._add(f"SELECT {', '.join(told)} FROM {now} now {' '.join(joins)}{self.dialect.fence}")


def probe(whole: Sequence[str], dialect: Dialect, source: str) -> str:
    """Asks a source (without `n`) what it is like: `odd` when an earlier month is not simply the row above,
    `repeats` when rows share line, date and day of knowledge, `nameless` without a key, the largest amount.
    """
    q = SqlAlgebra(dialect).column
    line, day, known, month = q("line_id"), q("as_of"), q("known_at"), q("month")
    above = ", ".join(f"LAG({q(name)}) OVER line AS {alias}" for name, alias in (
        ("as_of", "day_above"), ("known_at", "known_above"), ("month", "month_above")
    ))  # fmt: skip
    follows = f"{month} = month_above + 1 AND {known} >= known_above"
    sizes = [f"COALESCE(MAX(ABS({q(name)})), 0)" for name in whole] or ["0"]
    largest = f"GREATEST({', '.join(sizes)})" if len(sizes) > 1 else sizes[0]
    return (
        f"WITH tape AS ({source}), above AS (SELECT *, {above} FROM tape "
        f"WINDOW line AS (PARTITION BY {line} ORDER BY {day}, {known})) "
        f"SELECT MAX(CASE WHEN day_above IS NULL OR ({follows}) THEN 0 ELSE 1 END) AS odd, "
        f"MAX(CASE WHEN {day} = day_above AND {known} = known_above THEN 1 ELSE 0 END) AS repeats, "
        f"MAX(CASE WHEN {line} IS NULL OR {day} IS NULL OR {known} IS NULL THEN 1 ELSE 0 END) AS nameless, "
        f"{largest} AS size FROM above"
    )
