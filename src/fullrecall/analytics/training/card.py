"""Weights to whole points: the scorecard as data, before it is written into a policy."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import msgspec
import numpy as np

from fullrecall.analytics.training.bins import Bins
from fullrecall.analytics.training.candidates import Candidate, Worse
from fullrecall.analytics.training.monotone import Floats, Risk
from fullrecall.analytics.training.sample import Values, Whole
from fullrecall.analytics.training.scale import Scale


class Line(msgspec.Struct, frozen=True):
    """A characteristic of the card: points of each bin of values in order, and of NULL."""

    candidate: Candidate
    worse: Worse
    bins: Bins
    points: tuple[int, ...]
    missing: int


class Card(msgspec.Struct, frozen=True):
    """base_points is the score of a line that weighs the average everywhere."""

    base_points: int
    lines: tuple[Line, ...]
    scale: Scale

    def score(self, values: dict[str, Values]) -> Whole:
        """The score of every row, by table look-up: what training means by the score."""
        total: Whole = np.full(_rows(values), self.base_points, dtype=np.int64)
        for line in self.lines:
            table = np.array([*line.points, line.missing], dtype=np.int64)
            total += table[line.bins.of(values[line.candidate.name])]
        return total.clip(self.scale.lowest, self.scale.highest)


def _rows(values: dict[str, Values]) -> int:
    return len(next(iter(values.values())).top)


def card_of(chosen: Sequence[tuple[Candidate, Worse, Bins]], risk: Risk, scale: Scale) -> Card:
    """Rounded to whole points; neighbours with equal points become one bin, a line that says nothing goes."""
    lines = [
        _line(candidate, worse, bins, weights, scale)
        for (candidate, worse, bins), weights in zip(chosen, risk.weights, strict=True)
    ]
    return Card(scale.base(risk.constant), tuple(line for line in lines if _tells(line)), scale)


def _line(candidate: Candidate, worse: Worse, bins: Bins, weights: Floats, scale: Scale) -> Line:
    points = [scale.points(weight) for weight in weights]
    bounds: list[Fraction] = []
    kept = [points[0]]
    for bound, here in zip(bins.bounds, points[1:-1], strict=True):
        if here != kept[-1]:
            bounds.append(bound)
            kept.append(here)
    return Line(candidate, worse, Bins(tuple(bounds)), tuple(kept), points[-1])


def _tells(line: Line) -> bool:
    return len({*line.points, line.missing}) > 1
