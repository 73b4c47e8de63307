"""Settlement by a product's rule, against the figures the UK regulations publish."""

from __future__ import annotations

from typing import Any

import pytest

import fullrecall
from fullrecall.domain.settlement.rules import uk_apr
from fullrecall.domain.terms.documents import terms_from
from fullrecall.domain.terms.schedule import schedule_of
from fullrecall.domain.vocabulary import Mistake

# 5,000 over 48 months of 134.57, an APR of 14 %: the first worked example of SI 2004/1483
LOAN: dict[str, Any] = {
    "id": "uk",
    "currency": "GBP",
    "principal": "5000.00",
    "rate_per_year": "0.131741",
    "instalments": 48,
    "every": "1 month",
    "disbursed_on": "2010-03-01",
    "method": "annuity",
    "day_count": "per_period",
    "rounding": "half_even",
    "kind": "voluntary",
    "settlement_rule": "uk_2004",
    "on": "2011-03-01",
}


def instalments(number: int) -> list[dict[str, str]]:
    rows = fullrecall.schedule({k: v for k, v in LOAN.items() if k not in ("kind", "on")})["rows"]
    return [{"on": row["due_on"], "amount": row["total"]} for row in rows[:number]]


def test_notice_on_the_day_of_the_twelfth_instalment() -> None:
    assert fullrecall.schedule(LOAN)["instalment"] == "134.57"
    answer = fullrecall.payoff({**LOAN, "payments": instalments(12)})
    # 28 days after notice and a month later is 29 April 2011, 13 and 28/30 months; published rebate 776.90
    # of the 35 instalments left then (4,709.95), so 3,933.05, and the thirteenth before it: 4,067.62
    assert answer["total"] == "4067.62"
    assert answer["schedule_after"] == []


def test_the_apr_of_the_agreement_is_its_own_schedules() -> None:
    terms = terms_from(LOAN)
    assert str(uk_apr(terms, schedule_of(terms))) == "0.14"
    paid = instalments(12)
    assert fullrecall.payoff({**LOAN, "payments": paid, "apr_percent": "14.0"}) == fullrecall.payoff(
        {**LOAN, "payments": paid}
    )


def test_arrears_stay_owed_in_full() -> None:
    all_paid = fullrecall.payoff({**LOAN, "payments": instalments(12)})
    one_short = fullrecall.payoff({**LOAN, "payments": instalments(11)})
    assert float(one_short["total"]) - float(all_paid["total"]) == pytest.approx(134.57)


def test_a_lender_may_keep_more_by_the_regulations_than_interest_to_the_day() -> None:
    paid = instalments(12)
    to_date = fullrecall.payoff({**LOAN, "payments": paid, "settlement_rule": "interest_to_date"})
    # the balance after twelve instalments; 58 days of interest is what the regulations add
    assert to_date["interest"] == "0.00"
    assert float(to_date["total"]) < 4067.62


def test_after_the_end_there_is_nothing_to_rebate() -> None:
    late = {**LOAN, "payments": instalments(47), "on": "2014-03-01"}
    assert fullrecall.payoff(late) == fullrecall.payoff({**late, "settlement_rule": "interest_to_date"})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "accelerate"}, "it is for kind 'voluntary' only"),
        ({"apr_percent": "-1"}, "must lie from 0 to"),
        ({"apr_percent": "NaN"}, "is not a decimal number"),
        ({"settlement_rule": "rule_of_78"}, "use one of interest_to_date, uk_2004"),
    ],
)
def test_mistakes(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Mistake) as caught:
        fullrecall.payoff({**LOAN, **changes})
    assert sentence in caught.value.sentence
