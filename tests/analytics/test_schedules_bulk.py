"""The bulk path against the exact path, line by line, over thousands of generated terms."""

from __future__ import annotations

import random
from datetime import date, timedelta

import msgspec
import numpy as np
import pytest

from fullrecall.analytics.schedules_bulk import schedules_bulk
from fullrecall.domain.calendar import DayCount
from fullrecall.domain.money import AMOUNT_MAX, Rounding
from fullrecall.domain.terms.loan import LoanTerms, Method, PeriodUnit
from fullrecall.domain.terms.schedule import schedule_of
from fullrecall.domain.vocabulary import Mistake


def template(random_: random.Random) -> LoanTerms:
    start = date(2020, 1, 1) + timedelta(days=random_.randint(0, 2000))
    return LoanTerms(
        currency="CNY",
        principal=1,
        rate_numerator=0,
        rate_denominator=random_.choice((100, 10_000, 1_000_000)),
        instalments=random_.choice((1, 2, 3, 6, 12, 24, 36, 60)),
        every=random_.choice((1, 1, 2)),
        unit=random_.choice((PeriodUnit.MONTH, PeriodUnit.MONTH, PeriodUnit.WEEK)),
        disbursed_on=start,
        method=random_.choice((Method.ANNUITY, Method.ANNUITY, *Method)),
        day_count=random_.choice(list(DayCount)),
        rounding=random_.choice(list(Rounding)),
        instalment_rounding=random_.choice(list(Rounding)),
        instalment_unit=random_.choice((1, 1, 1, 10, 100)),
        first_due_on=random_.choice((None, None, start + timedelta(days=random_.randint(1, 400)))),
    )


def agrees(terms: LoanTerms, principals: list[int], rates: list[int]) -> None:
    bulk = schedules_bulk(terms, np.array(principals, np.int64), np.array(rates, np.int64))
    for line, (principal, rate) in enumerate(zip(principals, rates, strict=True)):
        one = schedule_of(msgspec.structs.replace(terms, principal=principal, rate_numerator=rate))
        assert one.instalment == bulk.instalments[line], (terms, principal, rate)
        assert one.principals == bulk.principals[:, line].tolist(), (terms, principal, rate)
        assert one.interests == bulk.interests[:, line].tolist(), (terms, principal, rate)
        assert one.balances == bulk.balances[:, line].tolist(), (terms, principal, rate)


def amounts(random_: random.Random, number: int) -> list[int]:
    scales = (10, 10_000, 10_000_000, 2**31, 2**31 + 5, 10**11, AMOUNT_MAX)
    return [random_.randint(1, random_.choice(scales)) for _ in range(number)]


@pytest.mark.parametrize("seed", range(150))
def test_thousands_of_generated_lines(seed: int) -> None:
    random_ = random.Random(seed)
    terms = template(random_)
    highest = random_.choice((0, 1, terms.rate_denominator // 3, 10 * terms.rate_denominator))
    agrees(terms, amounts(random_, 40), [random_.randint(0, highest) for _ in range(40)])


@pytest.mark.parametrize("mode", Rounding)
def test_small_figures_where_every_tie_occurs(mode: Rounding) -> None:
    # rates of 6, 12, 24 % on a few minor units: interest and instalments fall on halves and wholes
    terms = msgspec.structs.replace(
        template(random.Random(1)), rate_denominator=100, instalments=4, every=1, unit=PeriodUnit.MONTH,
        method=Method.ANNUITY, day_count=DayCount.THIRTY_360, rounding=mode, instalment_rounding=mode,
        instalment_unit=1, first_due_on=None,
    )  # fmt: skip
    cases = [(principal, rate) for principal in range(1, 402) for rate in (0, 6, 12, 24)]
    agrees(terms, [principal for principal, _ in cases], [rate for _, rate in cases])


def test_more_lines_than_a_chunk() -> None:
    random_ = random.Random(3)
    terms = msgspec.structs.replace(template(random_), instalments=2)
    agrees(
        terms,
        [random_.randint(1, 10**7) for _ in range(20_000)],
        [random_.randint(0, 50) for _ in range(20_000)],
    )


def test_no_lines_at_all() -> None:
    empty = np.array([], np.int64)
    assert schedules_bulk(template(random.Random(4)), empty, empty).principals.shape[1] == 0


@pytest.mark.parametrize(
    ("principals", "rates", "sentence"),
    [
        ([0], [1], "principals must lie from 1"),
        ([AMOUNT_MAX + 1], [1], "principals must lie from 1"),
        ([1], [-1], "rate_numerators must lie from 0"),
        ([1, 2], [1], "2 principals came with 1 rates"),
        ([1.5], [1], "whole numbers"),
        ([[1]], [1], "one column"),
    ],
)
def test_mistakes(principals: list[object], rates: list[object], sentence: str) -> None:
    with pytest.raises(Mistake, match=sentence):
        schedules_bulk(template(random.Random(5)), np.array(principals), np.array(rates))
