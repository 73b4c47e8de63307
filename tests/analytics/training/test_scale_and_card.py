"""Points worked by hand: odds doubled are points added, and a card is a table anyone can add up."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from fullrecall.analytics.training.bins import Bins
from fullrecall.analytics.training.candidates import Candidate, Worse
from fullrecall.analytics.training.card import card_of
from fullrecall.analytics.training.monotone import Risk
from fullrecall.analytics.training.sample import Values
from fullrecall.analytics.training.scale import Scale
from fullrecall.domain.vocabulary import Mistake

SCALE = Scale()  # 600 at even odds, 60 points double the odds


def test_doubling_the_odds_adds_sixty_points() -> None:
    # four good to one bad = 2 x 2: two doublings above 600
    assert SCALE.base(-math.log(4)) == 600 + 60 + 60
    # three bad to one good: log2(3) = 1.58496 doublings below, 60 x 1.58496 = 95.1
    assert SCALE.base(math.log(3)) == 600 - 95
    assert SCALE.points(math.log(2)) == -60
    assert SCALE.default_chance(720) == pytest.approx(1 / 5)
    assert SCALE.default_chance(600) == pytest.approx(1 / 2)


def test_a_scale_that_cannot_be_is_refused() -> None:
    with pytest.raises(Mistake, match="--points-to-double"):
        Scale(points_to_double=0)
    with pytest.raises(Mistake, match="--at-even-odds"):
        Scale(at_even_odds=950)


def tiny_card() -> tuple[object, dict[str, Values]]:
    """Two characteristics. Constant: ln(1/4), four good to one bad.

    late (days):   < 1: ln(1/2), 1 to 30: ln 2, from 31: ln 2 again; NULL 0
    use (share):   < 0.5: -ln(2)/2, from 0.5: ln 8; NULL ln(1/2)
    """
    late = Candidate("late", "days_past_due", Worse.UP, "LATE_NOW", ("days_past_due",), 0)
    use = Candidate("use", "ratio(balance, credit_limit)", Worse.UP, "HIGH_USE", ("balance",), 0)
    two = math.log(2)
    risk = Risk(-math.log(4), [np.array([-two, two, two, 0.0]), np.array([-two / 2, 3 * two, -two])])
    chosen = [
        (late, Worse.UP, Bins((Fraction(1), Fraction(31)))),
        (use, Worse.UP, Bins((Fraction(1, 2),))),
    ]
    values = {
        "late": Values(np.array([0, 1, 45, 0, 0]), np.array([1, 1, 1, 0, 1])),
        "use": Values(np.array([10, 50, 99, 0, 0]), np.array([100, 100, 100, 0, 1])),
    }
    return card_of(chosen, risk, SCALE), values


def test_a_card_is_added_up_by_hand() -> None:
    card, values = tiny_card()
    assert card.base_points == 720
    late, use = card.lines
    # equal neighbours are one bin: the bound of 31 is gone
    assert (late.bins.bounds, late.points, late.missing) == ((Fraction(1),), (60, -60), 0)
    assert (use.points, use.missing) == ((30, -180), 60)
    assert card.score(values).tolist() == [
        720 + 60 + 30,  # not late, a tenth used
        720 - 60 - 180,  # a day late is late; exactly half used is the upper bin
        720 - 60 - 180,
        720 + 0 + 60,  # nothing known
        720 + 60 + 30,
    ]


def test_the_score_is_cut_to_the_scale() -> None:
    card, values = tiny_card()
    narrow = card_of([], Risk(-math.log(2) * 20, []), Scale(lowest=350, highest=950))
    assert narrow.score(values).tolist() == [950] * 5  # 600 + 20 x 60 = 1800
    assert card.scale.highest == 950
