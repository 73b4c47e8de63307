"""Payoffs worked by hand: on time, early, late, partial, after the term."""

from __future__ import annotations

from typing import Any

import pytest

import fullrecall
from fullrecall.domain.vocabulary import Mistake

TERMS: dict[str, Any] = {
    "id": "a",
    "currency": "EUR",
    "principal": "100.00",
    "rate_per_year": "0.07",
    "instalments": 6,
    "every": "1 month",
    "disbursed_on": "2024-01-01",
    "method": "annuity",
    "day_count": "30/360",
    "rounding": "half_even",
    "instalment_unit": "0.01",
    "payments": [{"on": "2024-02-01", "amount": "17.01"}],
    "on": "2024-02-29",
    "kind": "accelerate",
}


def payoff(**changes: Any) -> dict[str, Any]:
    return fullrecall.payoff({**TERMS, **changes})


def paid(*payments: tuple[str, str]) -> list[dict[str, str]]:
    return [{"on": on, "amount": amount} for on, amount in payments]


def test_accelerated_on_29_february_after_one_instalment() -> None:
    assert fullrecall.schedule(TERMS)["instalment"] == "17.01"
    # 17.01 - 0.58 = 16.43 repaid, 83.57 left; 83.57 x 7/1200 x 28/29 = 0.47068; a day 83.57 x 7/1200 / 29
    assert payoff() == {
        "id": "a",
        "principal": "83.57",
        "interest": "0.47",
        "fees": "0.00",
        "paid": "17.01",
        "total": "84.04",
        "per_diem": "0.02",
        "per_diem_exact": "0.0168100575",
        "overpaid": "0.00",
        "schedule_after": [
            {
                "n": 1,
                "due_on": "2024-02-29",
                "principal": "83.57",
                "interest": "0.47",
                "fees": "0.00",
                "total": "84.04",
                "balance": "0.00",
            }
        ],
    }


def test_voluntary_owes_the_same_and_leaves_no_schedule() -> None:
    answer = payoff(kind="voluntary")
    assert (answer["total"], answer["schedule_after"]) == ("84.04", [])


def test_within_the_period_by_30_360() -> None:
    # 1 to 29 February are 28 of 30 days: 83.57 x 7/1200 x 28/30 = 0.45499
    assert payoff(within_period="30/360")["interest"] == "0.45"
    assert payoff(within_period="30/360", on="2024-03-01")["interest"] == "0.49"  # the whole month: 0.48749


def test_nothing_has_accrued_on_the_day_of_disbursement() -> None:
    answer = payoff(on="2024-01-01", payments=[])
    assert (answer["principal"], answer["interest"], answer["total"]) == ("100.00", "0.00", "100.00")


def test_late_the_principal_kept_longer_bears_its_interest() -> None:
    # unpaid on 1 February: 0.58 due; then 100 x 7/1200 x 14/29 = 0.2816 to 15 February, in all 0.86
    answer = payoff(payments=paid(("2024-02-15", "17.01")), on="2024-02-15")
    # 17.01 pays 0.58 + 0.28 of interest and 16.15 of principal
    assert (answer["principal"], answer["interest"]) == ("83.85", "0.00")
    # 15 to 29 February: sum of the period 0.2816 + 83.85 x 7/1200 x 14/29 = 0.5177 -> 0.52, less 0.28 posted
    assert payoff(payments=paid(("2024-02-15", "17.01")))["interest"] == "0.24"


def test_early_the_principal_repaid_sooner_stops_bearing() -> None:
    # 20 January is day 19 of 31: 100 x 7/1200 x 19/31 = 0.3575 -> 0.36 paid first, 16.65 of principal
    answer = payoff(payments=paid(("2024-01-20", "17.01")), on="2024-02-01")
    # 0.3575 + 83.35 x 7/1200 x 12/31 = 0.1882 -> 0.5457 -> 0.55, less 0.36 posted
    assert (answer["principal"], answer["interest"]) == ("83.35", "0.19")


def test_partial_pays_interest_before_principal() -> None:
    answer = payoff(payments=paid(("2024-02-01", "0.50")), on="2024-02-01")
    assert (answer["principal"], answer["interest"], answer["paid"]) == ("100.00", "0.08", "0.50")


def test_unpaid_interest_bears_none() -> None:
    # five months unpaid at 100 x 7/1200 = 0.58 each, never on more than 100.00
    assert payoff(payments=[], on="2024-06-01")["interest"] == "2.90"


def test_past_the_term_the_contract_rate_goes_on_by_the_same_periods() -> None:
    # 1 January 2024 to 1 January 2025 are twelve periods of 0.58
    assert payoff(payments=[], on="2025-01-01")["interest"] == "6.96"


def test_too_much_stays_the_borrowers() -> None:
    answer = payoff(payments=paid(("2024-02-01", "150.00")), on="2024-03-15")
    # 100.00 + 0.58 was owed
    assert (answer["total"], answer["overpaid"], answer["per_diem"]) == ("0.00", "49.42", "0.00")
    assert answer["schedule_after"] == []


def test_fees_are_paid_first_and_later_ones_are_not_owed() -> None:
    fees = paid(("2024-01-20", "5.00"), ("2024-06-01", "9.00"))
    answer = payoff(fees=fees, payments=paid(("2024-02-01", "17.01")), on="2024-02-01")
    # 5.00 fee, 0.58 interest, 11.43 principal
    assert (answer["fees"], answer["principal"]) == ("0.00", "88.57")
    assert payoff(fees=fees, payments=[], on="2024-02-01")["total"] == "105.58"


def test_flat_charge_is_earned_by_days_and_never_ahead() -> None:
    # charge 100 x 0.12 x 6/12 = 6.00, 1.00 a month; 1 to 16 January is 15 of 31 days: 0.4839
    flat = {"method": "flat", "rate_per_year": "0.12", "payments": []}
    assert payoff(**flat, on="2024-01-16")["interest"] == "0.48"
    assert payoff(**flat, on="2024-03-01")["interest"] == "2.00"
    after = payoff(**flat, on="2025-03-01")
    assert (after["interest"], after["per_diem"]) == ("6.00", "0.00")


def test_act_365_and_act_act_count_days() -> None:
    # 59 days to 29 February: 100 x 0.07 x 31/365 = 0.5945, then 100 x 0.07 x 28/365 = 0.5370
    assert payoff(day_count="act/365", payments=[])["interest"] == "1.13"
    assert payoff(day_count="act/365", payments=[])["per_diem_exact"] == "0.0191780822"  # 7/365
    assert payoff(day_count="act/act", payments=[])["per_diem_exact"] == "0.0191256831"  # 7/366


def test_payments_may_be_listed_in_any_order() -> None:
    two = paid(("2024-02-01", "17.01"), ("2024-02-20", "5.00"))
    assert payoff(payments=two) == payoff(payments=two[::-1])


def test_on_time_to_the_end_leaves_nothing() -> None:
    rows = fullrecall.schedule(TERMS)["rows"]
    answer = payoff(payments=paid(*((row["due_on"], row["total"]) for row in rows)), on="2024-07-01")
    assert (answer["total"], answer["overpaid"]) == ("0.00", "0.00")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"on": "2023-12-31", "payments": []}, "is before the advance was disbursed, 2024-01-01."),
        ({"on": "2024-01-31"}, "The payment of 2024-02-01 is after the payoff date 2024-01-31"),
        ({"payments": paid(("2023-12-01", "1.00"))}, "is before the advance was disbursed"),
        ({"payments": paid(("2024-02-01", "-1.00"))}, "must be more than zero"),
        ({"payments": paid(("2024-02-01", "1000000000000000000"))}, "beyond 10000000000000 minor units"),
        ({"payments": [{"on": "2024-02-01"}]}, "Field 'amount' is missing"),
        ({"payments": "17.01"}, "must be a list of objects"),
        ({"payments": ["17.01"]}, "must be a list of objects"),
        ({"payments": paid(("2024-02-31", "1.00"))}, "is not a day of the calendar"),
        ({"fees": paid(("2024-02-01", "-1.00"))}, "The fee of 2024-02-01 is negative"),
        ({"kind": "forced"}, "use one of voluntary, accelerate"),
        ({"kind": None}, "Field 'kind' is missing"),
        ({"on": None}, "Field 'on' is missing"),
        ({"on": "2924-01-01"}, "more than 100 years after disbursement"),
        ({"within_period": "monthly"}, "use one of actual_days, 30/360"),
        ({"payment": []}, ""),
    ],
)
def test_a_mistake_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    if changes == {"payment": []}:  # 'payments' is there as well: the extra field is the writer's own
        assert payoff(**changes) == payoff()
        return
    with pytest.raises(Mistake) as caught:
        payoff(**changes)
    assert sentence in caught.value.sentence
