"""Logistic regression in which a step from bin to bin can only add risk: monotone by construction.

Each characteristic becomes steps ("is beyond this bound"); a step's weight is never negative, so risk never
falls where it is said to grow. With no sign to choose, the lasso's absolute value is the plain sum, so the
loss is smooth and bounded L-BFGS finds its optimum; steps of weight zero join their bins.
All characteristics are fitted together: what one already tells, another does not tell twice.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from fullrecall.analytics.training.candidates import Worse
from fullrecall.analytics.training.sample import Whole

Floats = NDArray[np.float64]
MISSING_MIN = 100  # rows of NULL that earn weights of their own
_RIDGE = 1e-4
_ROUNDS_MAX = 300
_SETTLED = 1e-8


class Binned(msgspec.Struct):
    """A characteristic as bin numbers on training rows; `missing` is the number of the bin of NULL."""

    worse: Worse
    index: Whole
    missing: int


class Risk(msgspec.Struct):
    """constant + the weight of each characteristic's bin (bins of values, then NULL) = log-odds of bad."""

    constant: float
    weights: list[Floats]

    def spread(self, at: int, part: Binned) -> float:
        """How far a characteristic's known values move the log-odds: standard deviation of their weights."""
        return float(self.weights[at][part.index[part.index < part.missing]].std())


def fit(parts: list[Binned], bad: Whole, penalty: float, near: Risk | None = None) -> Risk:
    """The optimum for these rows; FREE parts are refused, see directed. near: where to begin, if known."""
    steps = [step for at, part in enumerate(parts) for step in _steps(at, part)]
    columns = np.empty((len(steps), len(bad)))
    for row, step in enumerate(steps):
        columns[row] = step.bins[parts[step.part].index]
    start = np.zeros(len(steps) + 1)
    start[0] = np.log(bad.mean() / (1 - bad.mean()))
    if near is not None:
        start = _start(parts, steps, near)
    free = np.array([step.free for step in steps])
    constant, solved = _optimum(columns, bad.astype(float), penalty, free, start)
    weights = [np.zeros(part.missing + 1) for part in parts]
    for step, weight in zip(steps, solved, strict=True):
        weights[step.part] += weight * step.bins
    for at, part in enumerate(parts):
        constant += _centre(weights[at], part)
    return Risk(float(constant), weights)


def directed(parts: list[Binned], bad: Whole) -> list[Binned]:
    """FREE parts get the direction in which default grows over the bins, rows counted."""
    return [_directed(part, bad) if part.worse is Worse.FREE else part for part in parts]


def _directed(part: Binned, bad: Whole) -> Binned:
    known = part.index < part.missing
    rising = np.corrcoef(part.index[known], bad[known])[0, 1] >= 0
    return Binned(Worse.UP if rising else Worse.DOWN, part.index, part.missing)


class _Step(msgspec.Struct):
    """bins: 1 where a bin of the part carries the step. below, above: the bins on its two sides."""

    part: int
    bins: Floats
    below: int
    above: int
    free: bool = False


def _steps(at: int, part: Binned) -> list[_Step]:
    """Every step up in risk, and a free one for NULL where enough rows have it."""
    if part.worse is Worse.FREE:
        raise ValueError("give every characteristic a direction first")
    bins, last = np.arange(part.missing + 1), part.missing - 1
    if part.worse is Worse.UP:
        steps = [
            _Step(at, ((bins >= bound) & (bins <= last)).astype(float), bound - 1, bound)
            for bound in range(1, part.missing)
        ]
    else:
        steps = [
            _Step(at, (bins < bound).astype(float), bound, bound - 1) for bound in range(1, part.missing)
        ]
    if MISSING_MIN <= int((part.index == part.missing).sum()) <= len(part.index) - MISSING_MIN:
        base = 0 if part.worse is Worse.UP else last
        steps.append(_Step(at, (bins == part.missing).astype(float), base, part.missing, free=True))
    return steps


def _start(parts: list[Binned], steps: list[_Step], near: Risk) -> Floats:
    bases = [0 if part.worse is Worse.UP else part.missing - 1 for part in parts]
    constant = near.constant + sum(w[base] for w, base in zip(near.weights, bases, strict=True))
    heights = [near.weights[step.part][step.above] - near.weights[step.part][step.below] for step in steps]
    return np.array([constant, *heights])


def _optimum(
    columns: Floats, bad: Floats, penalty: float, free: NDArray[np.bool_], start: Floats
) -> tuple[float, Floats]:
    from scipy.optimize import minimize  # heavy and optional: loaded by whoever trains
    from scipy.special import expit

    lasso = np.where(free, 0.0, penalty)

    def loss(point: Floats) -> tuple[float, Floats]:
        weights = point[1:]
        odds = point[0] + weights @ columns
        ridge = _RIDGE / 2 * weights @ weights
        value = float(np.mean(np.logaddexp(0, odds) - bad * odds) + lasso @ weights + ridge)
        slope = (expit(odds) - bad) / len(bad)
        return value, np.concatenate(([slope.sum()], columns @ slope + lasso + _RIDGE * weights))

    bounds = [(None, None)] + [(None, None) if each else (0.0, None) for each in free]
    options = {"maxiter": _ROUNDS_MAX, "maxfun": 2 * _ROUNDS_MAX, "ftol": _SETTLED}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return float(found.x[0]), found.x[1:]


def _centre(weights: Floats, part: Binned) -> float:
    """Shift a characteristic so that its rows weigh zero on average; NULL with few rows weighs that."""
    if int((part.index == part.missing).sum()) < MISSING_MIN:
        known = part.index[part.index < part.missing]
        weights[part.missing] = weights[known].mean()
    mean = float(weights[part.index].mean())
    weights -= mean
    return mean
