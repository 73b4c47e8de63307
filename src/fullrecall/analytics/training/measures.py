"""How well a score ranks, how far a population moved, whether a stated chance of default came true."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from fullrecall.analytics.training.sample import Whole
from fullrecall.analytics.training.scale import Scale

Floats = NDArray[np.float64]
PSI_BINS = 10


class Ranking(msgspec.Struct, frozen=True):
    """auc: chance that a bad line scores lower, ties half. gini = 2 auc - 1. ks: widest gap of curves."""

    rows: int
    bad: int
    auc: float
    gini: float
    ks: float


def ranking(score: NDArray[np.generic], bad: Whole) -> Ranking:
    """Measures of a score in which low means risk; exact, by ranks (Mann-Whitney)."""
    values, place = np.unique(score, return_inverse=True)
    bads = np.bincount(place, weights=bad, minlength=len(values))
    goods = np.bincount(place, weights=1 - bad, minlength=len(values))
    bad_above, good_below = bads.sum() - np.cumsum(bads), np.cumsum(goods) - goods
    wins = float((bads * (goods.sum() - good_below - goods)).sum() + (bads * goods).sum() / 2)
    auc = wins / float(bads.sum() * goods.sum())
    gap = (bads.sum() - bad_above) / bads.sum() - np.cumsum(goods) / goods.sum()
    return Ranking(len(bad), int(bads.sum()), auc, 2 * auc - 1, float(np.abs(gap).max()))


def auc_interval(score: NDArray[np.generic], bad: Whole, rounds: int, seed: int) -> tuple[float, float]:
    """The middle 95 % of the AUC over rows drawn anew with replacement."""
    random = np.random.default_rng(seed)
    drawn = [random.integers(0, len(bad), len(bad)) for _ in range(rounds)]
    found = [ranking(score[rows], bad[rows]).auc for rows in drawn if 0 < bad[rows].sum() < len(rows)]
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def score_edges(score: Whole) -> Floats:
    """Bounds between tenths of a population, as few as ties allow."""
    return np.unique(np.quantile(score, np.linspace(0, 1, PSI_BINS + 1)[1:-1], method="higher")).astype(float)


def psi(expected: Whole, actual: Whole, edges: Floats) -> float:
    """Population stability index over bands; below 0.10 steady, above 0.25 another (Siddiqi, ch. 12)."""
    shares = []
    for score in (expected, actual):
        counts = (
            np.bincount(np.digitize(score, edges), minlength=len(edges) + 1) + 0.5
        )  # half a row: no log of zero
        shares.append(counts / counts.sum())
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


class Band(msgspec.Struct, frozen=True):
    """Lines by score: the chance of default stated, and what came true with its 95 % Wilson interval."""

    lowest: int
    highest: int
    rows: int
    stated: float
    bad: int
    observed: float
    low: float
    high: float


def calibration(score: Whole, bad: Whole, edges: Floats, scale: Scale) -> list[Band]:
    bands = []
    place = np.digitize(score, edges)
    for which in np.unique(place):
        here = place == which
        stated = float(np.mean([scale.default_chance(float(each)) for each in score[here]]))
        rows, went = int(here.sum()), int(bad[here].sum())
        low, high = wilson(went, rows)
        bands.append(
            Band(int(score[here].min()), int(score[here].max()), rows, stated, went, went / rows, low, high)
        )
    return bands


def wilson(hits: int, rows: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    z = 1.959963984540054
    share, unit = hits / rows, z * z / rows
    middle = (share + unit / 2) / (1 + unit)
    half = z / (1 + unit) * math.sqrt(share * (1 - share) / rows + unit / (4 * rows))
    return max(0.0, middle - half), min(1.0, middle + half)
