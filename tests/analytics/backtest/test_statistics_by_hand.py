"""AUC, KS, PSI, Wilson, bootstrap and groups against values worked out on paper or known from a closed
formula.
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import polars as pl
import pytest

from fullrecall.analytics.backtest.fairness import fairness, wilson
from fullrecall.analytics.backtest.score_quality import auc, ks, psi, score_quality
from fullrecall.analytics.backtest.uncertainty import bootstrap


def test_auc_counts_pairs_and_half_of_ties() -> None:
    # Bad 400, 500; good 500, 600, 700. Pairs 6: 400 below all three; 500 ties one and is below two.
    score, bad = np.array([400, 500, 500, 600, 700]), np.array([True, True, False, False, False])
    assert auc(score, bad) == pytest.approx((3 + 0.5 + 2) / 6)
    # At 400: 1/2 of bad, none of good; at 500: all bad, 1/3 of good: distance 2/3.
    assert ks(score, bad) == pytest.approx(2 / 3)


def test_psi_of_a_shift() -> None:
    expected, actual = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    assert psi(expected, actual) == pytest.approx(-0.25 * log(0.5) + 0.25 * log(1.5))
    assert psi(expected, expected) == 0


def test_an_outcome_with_one_class_cannot_judge_a_score() -> None:
    rows = pl.DataFrame({"line": [0, 1], "month": [1, 1], "score": [500, 600], "outcome": [0, 0]})
    found = score_quality(rows)
    assert found is not None
    assert (found.auc, found.ks) == (None, None)
    assert found.note == "On this tape no line defaulted: a score cannot rank one class."


def test_no_score_no_judgement() -> None:
    assert score_quality(pl.DataFrame({"line": [0], "month": [1], "score": [None], "outcome": [1]})) is None


def test_wilson_interval_of_ten_in_a_hundred() -> None:
    low, high = wilson(10, 100)
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)  # Newcombe (1998), method 3
    assert wilson(0, 10)[0] == 0


def test_bootstrap_of_a_share_has_its_binomial_spread() -> None:
    # 400 of 1,000 borrowers count 1: the sum is binomial with mean 400 and standard deviation sqrt(240) =
    # 15.5.
    frame = pl.DataFrame({"borrower": range(400), "ones": [1] * 400, "twos": [2] * 400})
    ones, twos, ratio = bootstrap(frame, ["ones", "twos"], 1000, {"ratio": ("twos", "ones")}, draws=4000)
    assert ones.estimate == 400
    spread = 1.96 * sqrt(1000 * 0.4 * 0.6)
    assert ones.low == pytest.approx(400 - spread, abs=2.5)
    assert ones.high == pytest.approx(400 + spread, abs=2.5)
    assert (twos.low, twos.high) == (2 * ones.low, 2 * ones.high)
    assert (ratio.low, ratio.high) == (2, 2)


def test_bootstrap_repeats_itself_and_takes_an_empty_book() -> None:
    frame = pl.DataFrame({"borrower": [1, 2], "net": [5, -3]})
    assert bootstrap(frame, ["net"], 10) == bootstrap(frame, ["net"], 10)
    assert bootstrap(frame.clear(), ["net"], 10)[0].high == 0


def test_groups_are_judged_only_where_they_are_large_enough() -> None:
    sexes = [1] * 200 + [2] * 200 + [3] * 50
    rows = pl.DataFrame({"line": range(450), "month": [1] * 450, "extra.sex": sexes, "outcome": [0] * 450})
    called = [i < 20 or 200 <= i < 210 or i >= 440 for i in range(450)]  # 20, 10 and 10
    lines = pl.DataFrame({"line": range(450), "frozen": called, "called": called})
    one, two, three = fairness(rows, lines)
    assert (one.rate, two.rate, three.rate) == (0.1, 0.05, 0.2)
    assert (one.ratio, one.looked_at) == (2.0, True)  # against the 5 % of group 2
    assert (two.ratio, two.looked_at) == (1.0, False)
    assert (three.ratio, three.looked_at) == (4.0, False)  # 50 lines are too few to judge
    assert one.called_though_sound == 0.1
