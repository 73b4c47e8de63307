"""The fit: the true log-odds where they rise, one pooled rate where they fall, never a step down."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullrecall.analytics.training.candidates import Worse
from fullrecall.analytics.training.monotone import Binned, directed, fit


def counted(*bins: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of bins given as (good, bad)."""
    index = np.concatenate([np.full(good + bad, at) for at, (good, bad) in enumerate(bins)])
    bad = np.concatenate([np.repeat([0, 1], [good, bad]) for good, bad in bins])
    return index, bad


def test_two_bins_get_their_own_log_odds() -> None:
    index, bad = counted((400, 100), (250, 250))  # odds of bad 1 : 4 and 1 : 1
    risk = fit([Binned(Worse.UP, index, 2)], bad, 0.0)
    low, high, null = risk.weights[0]
    assert high - low == pytest.approx(math.log(4), rel=0.01)
    assert risk.constant + low == pytest.approx(-math.log(4), abs=0.02)
    assert risk.constant + high == pytest.approx(0, abs=0.02)
    assert null == pytest.approx(0, abs=1e-9)  # no row is NULL: the average, which is zero


def test_against_the_stated_direction_the_bins_are_pooled() -> None:
    index, bad = counted((400, 100), (250, 250))
    risk = fit([Binned(Worse.DOWN, index, 2)], bad, 0.0)
    assert risk.weights[0].tolist() == pytest.approx([0, 0, 0], abs=1e-6)
    assert risk.constant == pytest.approx(math.log(350 / 650), abs=0.01)


def test_null_with_enough_rows_has_its_own_log_odds_in_either_direction() -> None:
    index, bad = counted((400, 100), (250, 250), (190, 10))  # the third is NULL
    risk = fit([Binned(Worse.UP, index, 2)], bad, 0.0)
    assert risk.constant + risk.weights[0][2] == pytest.approx(math.log(10 / 190), abs=0.08)


def test_the_same_characteristic_twice_is_not_counted_twice() -> None:
    index, bad = counted((400, 100), (250, 250))
    both = fit([Binned(Worse.UP, index, 2), Binned(Worse.UP, index.copy(), 2)], bad, 0.0)
    step = sum(float(weights[1] - weights[0]) for weights in both.weights)
    assert step == pytest.approx(math.log(4), rel=0.01)


def test_a_free_direction_follows_the_rows() -> None:
    index, bad = counted((250, 250), (400, 100))
    assert directed([Binned(Worse.FREE, index, 2)], bad)[0].worse is Worse.DOWN
    assert directed([Binned(Worse.FREE, index, 2)], 1 - bad)[0].worse is Worse.UP


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([Worse.UP, Worse.DOWN]), st.floats(0, 0.01))
def test_risk_never_falls_where_it_is_said_to_grow(seed: int, worse: Worse, penalty: float) -> None:
    random = np.random.default_rng(seed)
    parts = [Binned(worse, random.integers(0, 5, 400), 4) for _ in range(3)]
    bad = (random.random(400) < random.random(5)[parts[0].index]).astype(np.int64)
    bad[:2] = 0, 1
    for weights in fit(parts, bad, penalty).weights:
        steps = np.diff(weights[:4]) * (1 if worse is Worse.UP else -1)
        assert (steps >= -1e-12).all()
