"""Bins: applied in whole numbers, bounds that a person would write, the file's words for them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fullrecall.analytics.training.bins import Bins, best_bins, written
from fullrecall.analytics.training.sample import Values
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.tree import Unit

DAYS = t.ColumnRef("days_past_due", Unit.DAYS)
BALANCE = t.ColumnRef("balance", Unit.MONEY)
USE = t.Ratio(BALANCE, t.ColumnRef("credit_limit", Unit.MONEY))


def whole(*tops: int) -> Values:
    return Values(np.array(tops), np.ones(len(tops), dtype=np.int64))


def test_a_bound_belongs_to_the_bin_above_it_and_null_has_its_own() -> None:
    bins = Bins((Fraction(1, 10), Fraction(9, 10)))
    values = Values(np.array([9, 10, 89, 90, 5, -3]), np.array([100, 100, 100, 100, 0, 100]))
    assert bins.of(values).tolist() == [0, 1, 1, 2, 3, 0]
    assert bins.missing == 3


@given(
    st.lists(st.tuples(st.integers(-(10**14), 10**14), st.integers(1, 10**14)), min_size=1, max_size=20),
    st.integers(-200_000, 200_000),
)
def test_a_bound_is_met_exactly_however_large_the_amounts(pairs: list[tuple[int, int]], bound: int) -> None:
    limit = Fraction(bound, 10_000)
    values = Values(np.array([a for a, _ in pairs]), np.array([b for _, b in pairs]))
    assert Bins((limit,)).of(values).tolist() == [int(Fraction(a, b) >= limit) for a, b in pairs]


def test_a_day_late_is_late() -> None:
    # good at 0 days, bad at 30: the bound is just above 0, not at 15
    late = np.repeat([0, 30], 500)
    bad = np.where(late > 0, np.arange(1000) % 2, np.arange(1000) % 10 == 0).astype(np.int64)
    bins = best_bins(whole(*late.tolist()), bad, DAYS, "CNY", 5, 0.01)
    assert bins is not None
    assert bins.bounds == (Fraction(1),)


def test_bounds_of_money_and_ratios_are_round() -> None:
    random = np.random.default_rng(4)
    # nothing between 30,000.00 and 32,469.12, whose middle is 31,234.56: there the risk changes
    below, above = random.integers(0, 3_000_000, 2_000), random.integers(3_246_912, 9_000_000, 2_000)
    amounts = np.concatenate([below, [3_000_000, 3_246_912], above])
    bad = (random.random(4_002) < np.where(amounts <= 3_000_000, 0.5, 0.1)).astype(np.int64)
    bins = best_bins(whole(*amounts.tolist()), bad, BALANCE, "CNY", 3, 0.05)
    assert bins is not None
    assert Fraction(3_100_000) in bins.bounds  # 31,234.56 to two digits: 31,000.00
    shares = Values(amounts, np.full(4_002, 9_000_000))
    cut = best_bins(shares, bad, USE, "CNY", 3, 0.05)
    assert cut is not None
    assert Fraction(35, 100) in cut.bounds  # 3,123,456 / 9,000,000 = 0.347


def test_what_does_not_vary_has_no_bins() -> None:
    bad = np.arange(600) % 2
    assert best_bins(whole(*([7] * 600)), bad, DAYS, "CNY", 5, 0.01) is None
    assert best_bins(Values(np.zeros(600, int), np.zeros(600, int)), bad, DAYS, "CNY", 5, 0.01) is None


def test_bounds_in_the_words_of_the_file() -> None:
    assert written(Fraction(3_100_000), BALANCE, "CNY") == "31000.00"
    assert written(Fraction(3_100_000), BALANCE, "JPY") == "3100000"
    assert written(Fraction(31), DAYS, "CNY") == "31"
    assert written(Fraction(47, 1000), USE, "CNY") == "0.047"
