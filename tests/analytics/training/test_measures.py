"""Measures against hand arithmetic and against scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullrecall.analytics.training.measures import auc_interval, calibration, psi, ranking, wilson
from fullrecall.analytics.training.scale import Scale


def test_ranking_by_hand() -> None:
    # bad: 500, 600; good: 600, 700, 800.
    # Pairs: 500 is below all three (3), 600 ties once (0.5) and is below two (2): 5.5 of 6
    found = ranking(np.array([500, 600, 600, 700, 800]), np.array([1, 1, 0, 0, 0]))
    assert found.auc == pytest.approx(5.5 / 6)
    assert found.gini == pytest.approx(2 * 5.5 / 6 - 1)
    # up to 600: all of the bad, a third of the good
    assert found.ks == pytest.approx(1 - 1 / 3)
    assert (found.rows, found.bad) == (5, 2)


@given(st.lists(st.tuples(st.integers(350, 360), st.booleans()), min_size=2, max_size=60))
def test_auc_is_scikit_learn_s(pairs: list[tuple[int, bool]]) -> None:
    from sklearn.metrics import roc_auc_score

    score, bad = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    if 0 < bad.sum() < len(bad):
        assert ranking(score, bad).auc == pytest.approx(roc_auc_score(bad, -score))


def test_the_interval_holds_the_estimate_and_follows_its_seed() -> None:
    random = np.random.default_rng(0)
    score = random.integers(350, 950, 400)
    bad = (random.random(400) < 0.3).astype(np.int64)
    low, high = auc_interval(score, bad, 100, seed=5)
    assert low < ranking(score, bad).auc < high
    assert (low, high) == auc_interval(score, bad, 100, seed=5)


def test_psi_by_hand() -> None:
    # below 600: 60 of 100 became 40 of 100 (half a row is added to each band: 60.5/101 and 40.5/101)
    before, after = np.repeat([500, 700], [60, 40]), np.repeat([500, 700], [40, 60])
    gap = (60.5 - 40.5) / 101
    assert psi(before, after, np.array([600.0])) == pytest.approx(2 * gap * math.log(60.5 / 40.5))
    assert psi(before, before, np.array([600.0])) == 0


def test_calibration_states_the_chance_of_the_score() -> None:
    low, high = calibration(
        np.repeat([540, 720], 100), np.repeat([1, 0, 1, 0], [60, 40, 20, 80]), np.array([600.0]), Scale()
    )
    assert (low.rows, low.bad, low.lowest, low.highest) == (100, 60, 540, 540)
    assert low.stated == pytest.approx(2 / 3)  # 60 points below even odds: two bad to one good
    assert high.stated == pytest.approx(1 / 5)
    assert (low.observed, high.observed) == (0.60, 0.20)


def test_wilson_interval() -> None:
    # 10 of 100, z = 1.96: centre (0.1 + 0.019208) / 1.038416, the table value of Wilson's interval
    assert wilson(10, 100) == pytest.approx((0.0552, 0.1744), abs=1e-4)
    assert wilson(0, 50)[0] == 0
