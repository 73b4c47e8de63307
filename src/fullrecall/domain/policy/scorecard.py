"""The scorecard in the same tree as the rules, and the reasons that points lost give."""

from __future__ import annotations

from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.document import Bin, Characteristic, Scorecard
from fullrecall.domain.policy.tree import Expr, Number, Unit, When


def _points(points: int) -> Number:
    return Number(points * t.SCALE, Unit.SCORE)


def points_tree(characteristic: Characteristic) -> Expr:
    """The points of a characteristic as a case over its bins; a NULL value gets the `missing` points."""
    value = characteristic.value
    whens = [When(t.IsNull(value), _points(characteristic.missing))]
    whens += [When(_within(value, bin_), _points(bin_.points)) for bin_ in characteristic.bins[:-1]]
    return t.Case(tuple(whens), _points(characteristic.bins[-1].points), Unit.SCORE)


def _within(value: Expr, bin_: Bin) -> Expr:
    if bin_.below is not None:
        return t.Compare(t.Op.LT, value, bin_.below)
    if t.unit_of(value) is Unit.BOOL:
        return t.Or(tuple(value if member == t.Truth(True) else t.Not(value) for member in bin_.members))
    return t.In(value, bin_.members)


def score_tree(card: Scorecard) -> Expr:
    """The whole score as one value of unit score: base and points summed, cut to the scale."""
    total: Expr = _points(card.base_points)
    for characteristic in card.characteristics:
        total = t.Add(total, points_tree(characteristic))
    low, high = _points(card.score_min), _points(card.score_max)
    cuts = (When(t.Compare(t.Op.LT, total, low), low), When(t.Compare(t.Op.GT, total, high), high))
    return t.Case(cuts, total, Unit.SCORE)


def score_reasons(card: Scorecard, points: tuple[int, ...]) -> tuple[str, ...]:
    """Reason codes of the characteristics that lost most points against their best bin, most first, each
    once.
    """
    lost = [(c.points_best - got, c.reason) for c, got in zip(card.characteristics, points, strict=True)]
    ordered = sorted((pair for pair in lost if pair[0] > 0), key=lambda pair: -pair[0])
    return tuple(dict.fromkeys(reason for _, reason in ordered))[: card.reasons_max]
