"""How good the score is on this tape: AUC, KS, calibration by band, and how its distribution moved by month
(PSI).
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import polars as pl

BANDS = 10
_FLOOR = 1e-4  # an empty band would make the index infinite


class Band(msgspec.Struct, frozen=True):
    """Scores from low to high, both included: lines, and those that defaulted."""

    low: int
    high: int
    lines: int
    defaulted: int


class ScoreQuality(msgspec.Struct, frozen=True):
    """auc and ks: None where the outcome has one class only. psi: month -> index against the first month."""

    lines: int
    defaulted: int
    auc: float | None
    ks: float | None
    bands: tuple[Band, ...]
    psi: dict[str, float]
    note: str


def score_quality(rows: pl.DataFrame) -> ScoreQuality | None:
    """Of decided rows: the last score of each line against the outcome. None where there is no score."""
    scored = rows.filter(pl.col("score").is_not_null()) if "score" in rows.columns else rows.clear()
    if not scored.height:
        return None
    psi = _psi_by_month(scored)
    if "outcome" not in scored.columns or scored["outcome"].null_count() == scored.height:
        return ScoreQuality(
            0, 0, None, None, (), psi, "The tape tells no outcome: the score cannot be judged on it."
        )
    last = (
        scored.filter(pl.col("outcome").is_not_null())
        .sort("line", "month")
        .unique("line", keep="last", maintain_order=True)
    )
    score, bad = last["score"].to_numpy(), last["outcome"].to_numpy() == 1
    count = int(bad.sum())
    if count in (0, len(bad)):
        which = "no line" if count == 0 else "every line"
        return ScoreQuality(
            len(bad),
            count,
            None,
            None,
            _bands(score, bad),
            psi,
            f"On this tape {which} defaulted: a score cannot rank one class.",
        )
    return ScoreQuality(len(bad), count, auc(score, bad), ks(score, bad), _bands(score, bad), psi, "")


def auc(score: np.ndarray[Any, Any], bad: np.ndarray[Any, Any]) -> float:
    """Chance that a line that defaulted has the lower score; ties count half (Mann-Whitney)."""
    order = np.sort(score[~bad])
    below = np.searchsorted(order, score[bad], side="left")
    upto = np.searchsorted(order, score[bad], side="right")
    higher = len(order) - upto
    wins = higher.sum() + (upto - below).sum() / 2
    return float(wins / (len(order) * int(bad.sum())))


def ks(score: np.ndarray[Any, Any], bad: np.ndarray[Any, Any]) -> float:
    """Largest distance between the two distributions of scores."""
    points = np.unique(score)
    of_bad = np.searchsorted(np.sort(score[bad]), points, side="right") / bad.sum()
    of_good = np.searchsorted(np.sort(score[~bad]), points, side="right") / (~bad).sum()
    return float(np.abs(of_bad - of_good).max())


def _bands(score: np.ndarray[Any, Any], bad: np.ndarray[Any, Any]) -> tuple[Band, ...]:
    edges = np.unique(np.quantile(score, np.linspace(0, 1, BANDS + 1), method="lower"))
    which = np.clip(np.searchsorted(edges, score, side="right") - 1, 0, max(len(edges) - 2, 0))
    bands = []
    for band in np.unique(which):
        inside = which == band
        bands.append(
            Band(
                int(score[inside].min()), int(score[inside].max()), int(inside.sum()), int(bad[inside].sum())
            )
        )
    return tuple(bands)


def _psi_by_month(scored: pl.DataFrame) -> dict[str, float]:
    months = scored["month"].unique().sort().to_list()
    first = scored.filter(pl.col("month") == months[0])["score"].to_numpy()
    edges = np.unique(np.quantile(first, np.linspace(0, 1, BANDS + 1), method="lower"))[1:-1]
    expected = _shares(first, edges)
    return {
        f"{month // 12}-{month % 12 + 1:02d}": psi(
            expected, _shares(scored.filter(pl.col("month") == month)["score"].to_numpy(), edges)
        )
        for month in months
    }


def psi(expected: np.ndarray[Any, Any], actual: np.ndarray[Any, Any]) -> float:
    """Population stability index: the sum of (actual - expected) ln(actual / expected) over bands."""
    e, a = np.maximum(expected, _FLOOR), np.maximum(actual, _FLOOR)
    return float(((a - e) * np.log(a / e)).sum())


def _shares(score: np.ndarray[Any, Any], edges: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.bincount(np.searchsorted(edges, score, side="right"), minlength=len(edges) + 1) / max(
        len(score), 1
    )
