"""Figures other people published or paid: a peer system's schedules, Lending Club, auto loans."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest

import fullrecall
from fullrecall.domain.calendar import DayCount, year_fraction
from fullrecall.domain.terms.documents import terms_from
from fullrecall.domain.terms.schedule import schedule_of

from .references import data_file, research_file

FIGURES = ("due_on", "principal", "interest", "total", "balance")


def test_every_schedule_of_the_peer_system_to_the_cent() -> None:
    peers = json.loads(research_file("peer_schedules.json").read_text())["schedules"]
    assert len(peers) >= 22
    for peer in peers:
        answer = fullrecall.schedule(peer)
        assert [{k: row[k] for k in FIGURES} for row in answer["rows"]] == peer["expected"], peer["id"]


def test_lending_club_instalments_are_annuities_on_the_funded_amount_rounded_up() -> None:
    loans = pl.read_parquet(data_file("lending_club_2007_2011.parquet")).filter(
        pl.col("issue_d").is_between(date(2010, 7, 1), date(2011, 12, 31))
    )
    assert len(loans) > 29_000
    columns = ("funded_amnt", "int_rate", "term", "issue_d", "installment")
    met = 0
    for funded, rate, months, issued_on, instalment in loans.select(columns).iter_rows():
        terms = terms_from(
            {
                "currency": "USD",
                "principal": str(funded),
                "rate_per_year": f"{rate:.4f}",  # published to the hundredth of a per cent
                "instalments": months,
                "every": "1 month",
                "disbursed_on": issued_on.isoformat(),
                "method": "annuity",
                "day_count": "30/360",
                "rounding": "half_even",
                "instalment_rounding": "up",
            }
        )
        met += schedule_of(terms).instalment == int(Decimal(f"{instalment:.2f}") * 100)
    assert met / len(loans) >= 0.999


def test_auto_loans_bear_interest_for_whole_days_over_365_or_366() -> None:
    months = pl.read_parquet(data_file("auto_abs_2017_months.parquet")).sort("assetNumber", "k")
    loans = pl.read_parquet(data_file("auto_abs_2017_loans.parquet"))
    before = {name: pl.col(name).shift(1).over("assetNumber") for name in ("end_balance", "actual_payment")}
    regular = (
        months.with_columns(balance=before["end_balance"], paid_before=before["actual_payment"])
        .join(loans.select("assetNumber", rate="originalInterestRatePercentage"), on="assetNumber")
        .filter(
            (pl.col("actual_payment") == pl.col("sched_payment"))
            & (pl.col("paid_before") == pl.col("sched_payment"))
            & pl.col("interest_paid").is_not_null()
            & (pl.col("balance") > 0)
        )
        .select("balance", "rate", "interest_paid", "month")
    )
    assert len(regular) > 50_000
    whole = 0
    one_day = {
        year: year_fraction(date(year, 1, 1), date(year, 1, 2), DayCount.ACT_ACT)
        for year in range(2017, 2022)
    }
    assert one_day[2019] == Fraction(1, 365)
    assert one_day[2020] == Fraction(1, 366)
    for balance, rate, interest, month in regular.iter_rows():
        days = interest / (balance * rate * float(one_day[month.year]))
        whole += abs(days - round(days)) <= 0.05  # the servicer rounds to cents: 0.05 day is a cent or so
    assert whole / len(regular) >= 0.98


# Re-typed by hand, so that the suite does not depend on a folder: principal, interest, total, balance
HAND_CHECKED = [
    (
        ("1500.00", "0.12", 3, "2024-06-01"),
        [("495.03", "15.00", "510.03", "1004.97"), ("499.98", "10.05", "510.03", "504.99"),
         ("504.99", "5.05", "510.04", "0.00")],
    ),
    (
        ("120.00", "0.3529", 3, "2025-03-26"),
        [("38.85", "3.53", "42.38", "81.15"), ("39.99", "2.39", "42.38", "41.16"),
         ("41.16", "1.21", "42.37", "0.00")],
    ),
    (
        ("1000.00", "0.1219", 3, "2025-05-08"),
        [("329.97", "10.16", "340.13", "670.03"), ("333.32", "6.81", "340.13", "336.71"),
         ("336.71", "3.42", "340.13", "0.00")],
    ),
    (
        ("1000.00", "0.26", 4, "2024-01-01"),
        [("242.02", "21.67", "263.69", "757.98"), ("247.27", "16.42", "263.69", "510.71"),
         ("252.62", "11.07", "263.69", "258.09"), ("258.09", "5.59", "263.68", "0.00")],
    ),
    (
        ("200.00", "0.07", 6, "2025-01-01"),
        [("32.85", "1.17", "34.02", "167.15"), ("33.04", "0.98", "34.02", "134.11"),
         ("33.24", "0.78", "34.02", "100.87"), ("33.43", "0.59", "34.02", "67.44"),
         ("33.63", "0.39", "34.02", "33.81"), ("33.81", "0.20", "34.01", "0.00")],
    ),
    (("800.00", "0", 4, "2025-04-01"),
     [("200.00", "0.00", "200.00", f"{left}.00") for left in (600, 400, 200, 0)]),
]  # fmt: skip


@pytest.mark.parametrize(("terms", "expected"), HAND_CHECKED)
def test_hand_checked_tables(terms: tuple[str, str, int, str], expected: list[tuple[str, ...]]) -> None:
    principal, rate, instalments, disbursed_on = terms
    answer = fullrecall.schedule(
        {
            "currency": "EUR",
            "principal": principal,
            "rate_per_year": rate,
            "instalments": instalments,
            "every": "1 month",
            "disbursed_on": disbursed_on,
            "method": "annuity",
            "day_count": "30/360",
            "rounding": "half_even",
        }
    )
    assert [tuple(row[k] for k in FIGURES[1:]) for row in answer["rows"]] == expected
