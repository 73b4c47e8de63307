"""Schedules by hand, by method, rounding and calendar: the arithmetic stands beside the figures."""

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
    "instalments": 4,
    "every": "1 month",
    "disbursed_on": "2024-01-01",
    "method": "annuity",
    "day_count": "30/360",
    "rounding": "half_even",
    "instalment_unit": "0.01",
}


def rows(**changes: Any) -> list[tuple[str, ...]]:
    answer = fullrecall.schedule({**TERMS, **changes})
    return [
        tuple(row[k] for k in ("due_on", "principal", "interest", "total", "balance"))
        for row in answer["rows"]
    ]


def refusal(**changes: Any) -> str:
    with pytest.raises(Mistake) as caught:
        fullrecall.schedule({k: v for k, v in {**TERMS, **changes}.items() if v is not ...})
    assert "\n" not in caught.value.sentence
    return caught.value.sentence


def test_annuity_of_four_months_by_hand() -> None:
    # 7/1200 a month: on 100.00 0.5833, on 75.21 0.4387, on 50.28 0.2933, on 25.20 0.1470
    answer = fullrecall.schedule(TERMS)
    assert answer["id"] == "a"
    assert answer["instalment"] == "25.37"
    assert answer["total_interest"] == "1.46"  # 0.58 + 0.44 + 0.29 + 0.15
    assert rows() == [
        ("2024-02-01", "24.79", "0.58", "25.37", "75.21"),
        ("2024-03-01", "24.93", "0.44", "25.37", "50.28"),
        ("2024-04-01", "25.08", "0.29", "25.37", "25.20"),
        ("2024-05-01", "25.20", "0.15", "25.35", "0.00"),
    ]


def test_annuity_act_act_across_a_leap_year() -> None:
    # 2023-12-12 to 2024-01-12: 20 days of 365 and 11 of 366: 948.20 x (20/365 + 11/366) = 80.4541
    first, second, *_ = rows(
        principal="10000.00",
        rate_per_year="0.09482",
        instalments=6,
        disbursed_on="2023-12-12",
        day_count="act/act",
    )
    assert first == ("2024-01-12", "1632.67", "80.45", "1713.12", "8367.33")
    # 8367.33 x 0.09482 x 31/366 = 67.2004
    assert second == ("2024-02-12", "1645.92", "67.20", "1713.12", "6721.41")


def test_two_monthly_from_the_29th_keeps_its_day_after_february() -> None:
    table = rows(
        principal="5000.00", instalments=6, every="2 months", disbursed_on="2022-10-29", day_count="act/act"
    )
    assert [row[0] for row in table] == [
        "2022-12-29", "2023-02-28", "2023-04-29", "2023-06-29", "2023-08-29", "2023-10-29"
    ]  # fmt: skip
    assert table[0] == ("2022-12-29", "809.19", "58.49", "867.68", "4190.81")  # 350 x 61/365 = 58.4932
    assert table[-1] == ("2023-10-29", "857.62", "10.03", "867.65", "0.00")


def test_act_360_counts_31_and_30_days() -> None:
    # 1001 x 0.40 x 30/360 = 33.3667; 972.79 x 0.40 x 31/360 = 33.5072
    table = rows(
        principal="1001.00",
        rate_per_year="0.4",
        instalments=24,
        disbursed_on="2025-04-10",
        day_count="act/360",
    )
    assert table[0] == ("2025-05-10", "28.21", "33.37", "61.58", "972.79")
    assert table[1] == ("2025-06-10", "28.07", "33.51", "61.58", "944.72")


def test_due_day_31_is_cut_by_short_months_and_comes_back() -> None:
    table = rows(disbursed_on="2023-12-31", instalments=5)
    assert [row[0] for row in table] == ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]
    # every month of a 30/360 line is 30 days, February included: 7/12 % of the balance
    assert table[0][2] == "0.58"  # 100 x 7/1200 = 0.5833
    assert table[1][2] == "0.47"  # instalment 20.35: 100 - 19.77 leaves 80.23, x 7/1200 = 0.4680


def test_due_day_of_its_own_with_a_first_due_in_february() -> None:
    table = rows(disbursed_on="2024-01-31", first_due_on="2024-02-29", due_day=31)
    assert [row[0] for row in table] == ["2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]
    table = rows(disbursed_on="2024-01-20", first_due_on="2024-02-29")  # without it the 29th is the day
    assert [row[0] for row in table] == ["2024-02-29", "2024-03-29", "2024-04-29", "2024-05-29"]


def test_long_and_short_first_period() -> None:
    # 30/360: 1 January to 15 February is 44 days: 100 x 0.07 x 44/360 = 0.8556
    assert rows(first_due_on="2024-02-15")[0][2] == "0.86"
    # 1 to 15 January is 14 days: 100 x 0.07 x 14/360 = 0.2722
    assert rows(first_due_on="2024-01-15")[0][2] == "0.27"
    # per period: 1 January to 15 February is 45 days where the period it replaces, 15 January on, has 31:
    # 100 x 0.07 / 12 x 45/31 = 0.8468
    assert rows(first_due_on="2024-02-15", day_count="per_period")[0][2] == "0.85"


def test_interest_above_the_instalment_waits_uncompounded() -> None:
    # two years to the first due day at 60 %: interest 120.00 a first instalment cannot carry
    table = rows(rate_per_year="0.6", instalments=12, first_due_on="2026-01-01", day_count="act/365")
    # 731 days (2024 is a leap year): 100 x 0.6 x 731/365 = 120.1644
    paid = [float(row[2]) for row in table]
    assert table[0][1] == "0.00"
    assert table[0][4] == "100.00"
    assert all(float(row[1]) >= 0 for row in table)
    assert sum(paid) > 120.16


def test_weeks_and_fortnights() -> None:
    table = rows(every="2 weeks", day_count="act/365", instalments=3)
    assert [row[0] for row in table] == ["2024-01-15", "2024-01-29", "2024-02-12"]
    assert table[0][2] == "0.27"  # 100 x 0.07 x 14/365 = 0.2685
    assert rows(every="1 week", day_count="per_period")[0][2] == "0.13"  # 100 x 0.07 / 52 = 0.1346


def test_equal_principal() -> None:
    # 100 / 3 = 33.33; interest on 100.00, 66.67, 33.34 at 1 % a month: 1.00, 0.67, 0.33
    assert rows(method="equal_principal", instalments=3, rate_per_year="0.12") == [
        ("2024-02-01", "33.33", "1.00", "34.33", "66.67"),
        ("2024-03-01", "33.33", "0.67", "34.00", "33.34"),
        ("2024-04-01", "33.34", "0.33", "33.67", "0.00"),
    ]


def test_interest_only_with_bullet() -> None:
    assert rows(method="interest_only", instalments=3, rate_per_year="0.12") == [
        ("2024-02-01", "0.00", "1.00", "1.00", "100.00"),
        ("2024-03-01", "0.00", "1.00", "1.00", "100.00"),
        ("2024-04-01", "100.00", "1.00", "101.00", "0.00"),
    ]


def test_flat() -> None:
    # charge 100 x 0.10 x 3/12 = 2.50; instalment 102.50 / 3 = 34.1667; 2.50 / 3 = 0.8333, the last takes 0.84
    assert rows(method="flat", instalments=3, rate_per_year="0.10") == [
        ("2024-02-01", "33.34", "0.83", "34.17", "66.66"),
        ("2024-03-01", "33.34", "0.83", "34.17", "33.32"),
        ("2024-04-01", "33.32", "0.84", "34.16", "0.00"),
    ]


@pytest.mark.parametrize(
    ("mode", "instalment"), [("half_even", "25.37"), ("half_up", "25.37"), ("up", "25.37"), ("down", "25.36")]
)
def test_instalment_rounding_is_its_own(mode: str, instalment: str) -> None:
    # exact: 100 x (7/1200) / (1 - (1200/1207)^4) = 25.36568...
    assert fullrecall.schedule({**TERMS, "instalment_rounding": mode})["instalment"] == instalment


def test_instalment_in_whole_euros_rounded_up_ends_with_a_smaller_one() -> None:
    # balances 74.58, 49.02, 23.31; interest 0.5833, 0.4351, 0.2860, 0.1360; last 23.31 + 0.14
    table = rows(instalment_unit="1.00", instalment_rounding="up")
    assert [row[2] for row in table] == ["0.58", "0.44", "0.29", "0.14"]
    assert [row[3] for row in table] == ["26.00", "26.00", "26.00", "23.45"]


def test_an_instalment_far_too_large_leaves_empty_rows_not_negative_ones() -> None:
    table = rows(instalment_unit="60.00", instalment_rounding="up")
    assert [row[1] for row in table] == ["59.42", "40.58", "0.00", "0.00"]
    assert [row[4] for row in table] == ["40.58", "0.00", "0.00", "0.00"]


def test_currencies_without_and_with_three_decimals() -> None:
    yen = fullrecall.schedule(
        {**TERMS, "currency": "JPY", "principal": "100000", "instalment_unit": "1", "instalments": 2}
    )
    # 100000 x 7/1200 = 583.33 -> 583
    assert yen["rows"][0]["interest"] == "583"
    dinar = fullrecall.schedule(
        {**TERMS, "currency": "KWD", "principal": "100.000", "instalment_unit": "0.001"}
    )
    assert dinar["rows"][0]["interest"] == "0.583"


def test_defaults_of_the_optional_fields() -> None:
    plain = {k: v for k, v in TERMS.items() if k != "instalment_unit"}
    assert fullrecall.schedule(plain) == fullrecall.schedule({**TERMS, "instalment_rounding": "half_even"})


def test_the_longest_schedule_and_one_instalment() -> None:
    table = rows(instalments=1200, principal="1000000.00")
    assert len(table) == 1200
    assert table[-1][4] == "0.00"
    assert rows(instalments=1, principal="1000.00") == [("2024-02-01", "1000.00", "5.83", "1005.83", "0.00")]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"principal": "-5"}, "Field 'principal' is '-5': it must be more than zero."),
        ({"principal": "0.00"}, "Field 'principal' is '0.00': it must be more than zero."),
        ({"principal": 10**18}, "beyond 10000000000000 minor units"),
        ({"principal": "NaN"}, "is not finite"),
        ({"principal": "1e3x"}, "is not a number"),
        ({"principal": 100.1}, "is not exact"),
        ({"principal": "10.001"}, "has more decimals than EUR, which has 2"),
        ({"principal": "1.000000000000000000000000000000001"}, "has more decimals than EUR"),
        ({"principal": "1E-999999999"}, "has more decimals than EUR"),
        ({"principal": ["1"]}, "is not a number"),
        ({"currency": "EURO"}, "Unknown currency 'EURO'"),
        ({"currency": ["EUR"]}, "Unknown currency"),
        ({"rate_per_year": "12.99"}, "must lie from 0 to 10"),
        ({"rate_per_year": "-0.01"}, "must lie from 0 to 10"),
        ({"rate_per_year": "NaN"}, "is not a decimal number"),
        ({"rate_per_year": 0.07}, "is not a decimal number"),
        ({"rate_per_year": True}, "is not a decimal number"),
        ({"rate_per_year": "0.1234567890123"}, "has more than 12 decimals"),
        ({"instalments": 10_000}, "Field 'instalments' is 10000: it must lie from 1 to 1200."),
        ({"instalments": 0}, "must lie from 1 to 1200"),
        ({"instalments": "12"}, "is not a whole number"),
        ({"instalments": True}, "is not a whole number"),
        ({"every": "1 moon"}, "is not a period"),
        ({"every": "0 months"}, "is not a period"),
        ({"every": 1}, "is not a period"),
        ({"disbursed_on": "2024-02-31"}, "is not a day of the calendar"),
        ({"first_due_on": "2023-02-29"}, "is not a day of the calendar"),
        ({"disbursed_on": "20240101"}, "is not a date"),
        ({"first_due_on": "2024-01-01"}, "must be after disbursed_on"),
        ({"first_due_on": "2023-12-01"}, "must be after disbursed_on"),
        ({"due_day": 31, "first_due_on": "2024-02-15"}, "is not day 31 of its month"),
        ({"due_day": 32}, "must lie from 1 to 31"),
        ({"due_day": 5, "every": "1 week"}, "needs a schedule in months"),
        ({"method": "balloon"}, "use one of annuity, equal_principal, interest_only, flat"),
        ({"day_count": "30E/360"}, "is unknown"),
        ({"rounding": "bankers"}, "use one of half_even, half_up, up, down"),
        ({"instalment_unit": "0"}, "must be more than zero"),
        ({"instalment_unit": "0.001"}, "more decimals"),
        ({"disbursed_on": "9990-01-01"}, "9990-01-01 is outside the years 1900 to 2999"),
        ({"disbursed_on": "0001-01-01"}, "outside the years 1900 to 2999"),
        ({"rate_per_year": ...}, "Field 'rate_per_year' is missing: add it."),
        ({"currency": ...}, "Field 'currency' is missing: add it."),
        ({"first_due": "2024-02-15"}, "Field 'first_due' is unknown: did you mean 'first_due_on'?"),
    ],
)
def test_a_mistake_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in refusal(**changes)


def test_a_field_of_the_writers_own_is_let_be() -> None:
    assert fullrecall.schedule({**TERMS, "expected": [], "branch": "Lyon"}) == fullrecall.schedule(TERMS)
