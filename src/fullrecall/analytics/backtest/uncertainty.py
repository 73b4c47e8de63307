"""How sure the figures are: a bootstrap over borrowers, and how net benefit moves with every assumption."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import polars as pl

from fullrecall.analytics.backtest.assumptions import Parameter
from fullrecall.analytics.backtest.money import values_of

DRAWS, SEED, LEVEL = 1000, 20_050_430, 0.95
_CHUNK = 100
NetAt = Callable[[Mapping[str, Decimal]], int]


class Interval(msgspec.Struct, frozen=True):
    """estimate with the percentile interval of the bootstrap; level 0.95."""

    name: str
    estimate: float
    low: float
    high: float
    level: float = LEVEL


class Bar(msgspec.Struct, frozen=True):
    """One parameter of the tornado: the net benefit at its low, base and high; crosses_at: where it changes
    sign inside the range, None where it does not.
    """

    parameter: Parameter
    at_low: int
    at_base: int
    at_high: int
    crosses_at: float | None

    @property
    def swing(self) -> int:
        return abs(self.at_high - self.at_low)


def bootstrap(
    per_borrower: pl.DataFrame,
    names: Sequence[str],
    borrowers: int,
    ratios: Mapping[str, tuple[str, str]] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> list[Interval]:
    """Sums of columns (and ratios of sums) over borrowers drawn with replacement.

    per_borrower: one row per borrower with anything to sum; all others of the `borrowers` count as rows of
    zeros.
    """
    values = per_borrower.select(pl.col(names).cast(pl.Float64)).to_numpy()
    sums = _resampled(values, borrowers, draws, np.random.default_rng(seed))
    found = [_interval(name, float(values[:, i].sum()), sums[:, i]) for i, name in enumerate(names)]
    for name, (top, bottom) in (ratios or {}).items():
        over, under = names.index(top), names.index(bottom)
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn = sums[:, over] / sums[:, under]
        total = values.sum(axis=0)
        if total[under]:
            found.append(_interval(name, float(total[over] / total[under]), drawn[np.isfinite(drawn)]))
    return found


def _resampled(
    values: np.ndarray[Any, Any], borrowers: int, draws: int, rng: np.random.Generator
) -> np.ndarray[Any, Any]:
    """Of `borrowers` draws a binomial number falls on rows that hold something, evenly among them."""
    rows = len(values)
    if not rows:
        return np.zeros((draws, values.shape[1]))
    parts = []
    for start in range(0, draws, _CHUNK):
        count = min(_CHUNK, draws - start)
        hits = rng.binomial(borrowers, min(rows / borrowers, 1.0), count)
        times = np.stack([np.bincount(rng.integers(0, rows, n), minlength=rows) for n in hits])
        parts.append(times @ values)
    return np.concatenate(parts)


def _interval(name: str, estimate: float, drawn: np.ndarray[Any, Any]) -> Interval:
    if not len(drawn):
        return Interval(name, estimate, estimate, estimate)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(name, estimate, float(low), float(high))


def tornado(parameters: Mapping[str, Parameter], net_at: NetAt) -> list[Bar]:
    """Each parameter from low to high with the others at their base, widest swing first."""
    base = net_at(values_of(parameters))
    bars = []
    for name, parameter in parameters.items():
        low, high = (net_at(values_of(parameters, **{name: end})) for end in (parameter.low, parameter.high))
        bars.append(Bar(parameter, low, base, high, _crossing(parameter, low, base, high)))
    return sorted(bars, key=lambda bar: (-bar.swing, bar.parameter.name))


def _crossing(parameter: Parameter, low: int, base: int, high: int) -> float | None:
    """Net benefit is linear in a parameter between its ends and its base; the zero is interpolated there."""
    for (x0, y0), (x1, y1) in (
        ((parameter.low, low), (parameter.base, base)),
        ((parameter.base, base), (parameter.high, high)),
    ):
        if y0 != y1 and (y0 < 0) != (y1 < 0):
            return float(x0) + float(x1 - x0) * (-y0 / (y1 - y0))
    return None
