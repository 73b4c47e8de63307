"""Annual percentage rates against the worked examples of the laws."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fullrecall
from fullrecall.domain.terms.apr import Flow, eu_aprc, to_percent, us_apr, years_between
from fullrecall.domain.vocabulary import Mistake

from .references import research_file


def test_every_worked_example_to_the_stated_precision() -> None:
    document = json.loads(research_file("law/apr_vectors.json").read_text(), parse_float=Decimal)
    assert len(document["apr_vectors"]) >= 23
    for vector in document["apr_vectors"]:
        answer = fullrecall.apr(vector)
        assert Decimal(answer["apr_percent"]) == Decimal(vector["official_apr_percent"]), vector["id"]
        difference = Decimal(answer["apr_percent_exact"]) - Decimal(vector["recomputed_apr_percent"])
        assert abs(difference) <= Decimal("0.000001"), vector["id"]


def test_the_internal_rate_of_an_advertised_monthly_fee() -> None:
    # 12,000 repaid in 12 of 1,060 (0.5 % a month "on the principal"): not 6 % but 10.896383 % simple
    answer = fullrecall.apr({"id": "c", "regime": "cn_irr", "amount": "12000", "payment": "1060.00", "n": 12})
    assert answer["irr_simple_annual_percent"] == "10.896383"
    assert answer["irr_compound_annual_percent"] == "11.457380"


def us(payments: list[dict[str, Any]], per_year: object = 12, advanced: object = "5000.00") -> str:
    document = {
        "regime": "us_reg_z_actuarial",
        "amount_advanced": advanced,
        "unit_periods_per_year": per_year,
    }
    return fullrecall.apr({**document, "payments": payments})["apr_percent"]


def eu(payments: list[dict[str, Any]], **more: Any) -> str:
    return fullrecall.apr({"regime": "eu_aprc", "net_advance": "1000", "payments": payments, **more})[
        "apr_percent"
    ]


# Re-typed from 12 CFR 1026 Appendix J (c), so that the suite does not depend on a folder.
def test_regulation_z_appendix_j() -> None:
    assert us([{"amount": "230.00", "count": 24, "first_t_full_unit_periods": 1}]) == "9.69"  # (c)(1)(i)
    first = [{"amount": "250", "first_t_full_unit_periods": 1}]
    rest = [{"amount": "230", "count": 23, "first_t_full_unit_periods": 2}]
    assert us(first + rest) == "10.08"  # (c)(2)(i)
    # (c)(1)(iii): semimonthly from 23 February, first payment 1 March: 6 days of 15
    short = [{"amount": "219.17", "count": 24, "first_t_full_unit_periods": 0, "f_fraction": "0.4"}]
    assert us(short, per_year=24) == "10.34"
    # (c)(5)(i): 1,080 for 1,000 after 255 days: 0.08 x 365/255 = 0.114510
    one = [{"amount": 1080, "first_t_full_unit_periods": 1}]
    assert us(one, per_year="1.431372549019608", advanced=1000) == "11.45"
    assert (
        us(one, per_year=1.431372549019608, advanced=1000.0) == "11.45"
    )  # floats of Python are read as written


# Re-typed from Directive 98/7/EC Annex II; the equation is that of 2008/48/EC and (EU) 2023/2225.
def test_european_examples() -> None:
    assert eu([{"amount": "1200", "t_years": "1.495890411"}]) == "12.96"  # 546 days
    assert eu([{"amount": "600", "t_years": 1}, {"amount": "600", "t_years": 2}]) == "13.07"
    quarters = [("272", "0.25"), ("272", "0.5"), ("544", "1")]
    assert eu([{"amount": amount, "t_years": time} for amount, time in quarters]) == "13.19"


def test_european_rates_from_dates() -> None:
    payments = [{"amount": "1200", "on": "1995-07-01"}]
    dates = {"advance": "1994-01-01"}
    assert eu(payments, dates=dates, day_basis="calendar 365") == "12.96"  # 546/365
    assert eu(payments, dates=dates) == "12.92"  # 18 equal months


def test_several_advances() -> None:
    # 500 now and 500 after a year, 1,100 after two: with y = 1+X, 1.1 = 0.5 y^2 + 0.5 y
    advances = [{"amount": "500", "t_years": 0}, {"amount": "500", "t_years": 1}]
    document = {"regime": "eu_aprc", "advances": advances, "payments": [{"amount": "1100", "t_years": 2}]}
    assert fullrecall.apr(document)["apr_percent"] == "6.52"  # (sqrt(9.8) - 3) / 2 = 0.0652476


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        (date(2024, 1, 31), date(2024, 2, 29), Fraction(1, 12)),  # the 31st is cut to the 29th: one month
        (date(2023, 1, 1), date(2023, 3, 15), Fraction(2, 12) + Fraction(14, 365)),
        (date(2024, 2, 15), date(2024, 3, 1), Fraction(15, 366)),  # no whole month; the days hold 29 February
        (date(2024, 3, 1), date(2024, 3, 16), Fraction(15, 365)),
        (date(1994, 1, 1), date(1996, 1, 1), Fraction(2)),
    ],
)
def test_years_between(start: date, end: date, years: Fraction) -> None:
    assert abs(Fraction(years_between(start, end)) - years) < Fraction(1, 10**30)


def test_interest_free_is_nought_and_a_huge_rate_is_found() -> None:
    assert eu([{"amount": "1000", "t_years": 1}]) == "0.00"
    assert eu([{"amount": "9000000", "t_years": 1}]) == "899900.00"  # 1 + X = 9000


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.integers(1, 60), st.integers(0, 29))
def test_the_rate_found_is_the_rate_put_in(basis_points: int, number: int, odd_days: int) -> None:
    rate, part = Decimal(basis_points) / 10_000, Decimal(odd_days) / 30
    payments = [Flow(Decimal(100), Decimal(k), part) for k in range(1, number + 1)]
    worth = sum(Decimal(100) / ((1 + part * rate) * (1 + rate) ** k) for k in range(1, number + 1))
    found = us_apr([Flow(Decimal(worth), Decimal(0))], payments, Decimal(12))
    assert abs(found - rate * 12) < Decimal("1e-15")
    yearly = [Flow(Decimal(100), Decimal(k)) for k in range(1, number + 1)]
    value = sum(Decimal(100) / (1 + rate) ** k for k in range(1, number + 1))
    assert abs(eu_aprc([Flow(Decimal(value), Decimal(0))], yearly) - rate) < Decimal("1e-15")


def test_percent_is_rounded_half_up() -> None:
    assert to_percent(Decimal("0.12345"), 2) == "12.35"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"regime": "apy"}, "use one of us_reg_z_actuarial, eu_aprc, cn_irr"),
        ({"payments": []}, "is empty"),
        ({"payments": [{"amount": "100", "t_years": 1}]}, "sum to less than the advances"),
        ({"payments": [{"amount": "1e300", "t_years": 1}]}, "must be more than zero and at most"),
        ({"payments": [{"amount": "1e12", "t_years": "0.0001"}]}, "No rate below"),
        ({"payments": [{"amount": "NaN", "t_years": 1}]}, "is not a decimal number"),
        ({"payments": [{"amount": "1200", "t_years": -1}]}, "must lie from 0"),
        ({"payments": [{"amount": "1200", "on": "2024-01-01"}]}, "Field 'dates' is missing"),
        (
            {"payments": [{"amount": "1200", "on": "2023-01-01"}], "dates": {"advance": "2024-01-01"}},
            "before the adv",
        ),
        ({"net_advance": "0"}, "must be more than zero"),
        ({"net_advance": None}, "Field 'net_advance' is missing"),
    ],
)
def test_a_mistake_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    document = {
        "regime": "eu_aprc",
        "net_advance": "1000",
        "payments": [{"amount": "1200", "t_years": 1}],
        **changes,
    }
    with pytest.raises(Mistake) as caught:
        fullrecall.apr(document)
    assert sentence in caught.value.sentence


def test_too_many_payments_are_refused() -> None:
    with pytest.raises(Mistake, match="more than 1200 payments"):
        us(
            [
                {"amount": 1, "count": 1200, "first_t_full_unit_periods": 1},
                {"amount": 1, "first_t_full_unit_periods": 1},
            ]
        )
