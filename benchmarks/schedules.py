"""Schedules a second, one by one and in bulk, against QuantLib, numpy-financial and float NumPy.

    python benchmarks/schedules.py [--schedules 100000] [--json FILE]

All in one run; slow opponents on a part of the book. Ratios travel between machines, rates do not.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy_financial
import QuantLib as ql

import fullrecall
from fullrecall.analytics.schedules_bulk import schedules_bulk
from fullrecall.domain.calendar import DayCount
from fullrecall.domain.money import Rounding
from fullrecall.domain.terms.loan import LoanTerms, Method, PeriodUnit
from fullrecall.domain.terms.schedule import schedule_of
from fullrecall.use_cases.schedule_batch import schedule_batch

INSTALMENTS = 12
REPEATS = 3


def terms_of(principal: int, rate: int) -> LoanTerms:
    return LoanTerms(
        currency="USD",
        principal=principal,
        rate_numerator=rate,
        rate_denominator=10_000,
        instalments=INSTALMENTS,
        every=1,
        unit=PeriodUnit.MONTH,
        disbursed_on=date(2024, 1, 15),
        method=Method.ANNUITY,
        day_count=DayCount.THIRTY_360,
        rounding=Rounding.HALF_EVEN,
        instalment_rounding=Rounding.HALF_EVEN,
    )


def document_of(principal: int, rate: int) -> dict[str, object]:
    return {
        "id": "1",
        "currency": "USD",
        "principal": f"{principal // 100}.{principal % 100:02d}",
        "rate_per_year": f"0.{rate:04d}",
        "instalments": INSTALMENTS,
        "every": "1 month",
        "disbursed_on": "2024-01-15",
        "method": "annuity",
        "day_count": "30/360",
        "rounding": "half_even",
    }


def quantlib(book: list[tuple[int, int]]) -> None:
    for principal, rate in book:
        bond = ql.AmortizingFixedRateBond(
            0,
            ql.sinkingNotionals(
                ql.Period(INSTALMENTS, ql.Months), ql.Monthly, rate / 10_000, principal / 100
            ),
            ql.sinkingSchedule(
                ql.Date(15, 1, 2024), ql.Period(INSTALMENTS, ql.Months), ql.Monthly, ql.NullCalendar()
            ),
            [rate / 10_000],
            ql.Thirty360(ql.Thirty360.BondBasis),
        )
        [(flow.date(), flow.amount()) for flow in bond.cashflows()]


def numpy_financial_loop(book: list[tuple[int, int]]) -> None:
    for principal, rate in book:
        monthly = rate / 120_000
        for row in range(1, INSTALMENTS + 1):
            numpy_financial.ipmt(monthly, row, INSTALMENTS, principal / 100)
            numpy_financial.ppmt(monthly, row, INSTALMENTS, principal / 100)


def numpy_floats(principals: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """What most vectorised code does: floats rounded to cents, the same columns, exact to no contract."""
    monthly = rates / 120_000
    balance = principals / 100
    payment = np.round(balance * monthly / (1 - (1 + monthly) ** -INSTALMENTS), 2)
    columns = np.empty((3, INSTALMENTS, len(principals)))
    for row in range(INSTALMENTS):
        interest = np.round(balance * monthly, 2)
        repaid = payment - interest if row < INSTALMENTS - 1 else balance
        balance = balance - repaid
        columns[0, row], columns[1, row], columns[2, row] = interest, repaid, balance
    return columns


def one_by_one(answer: Callable[[Any], object], asked: Iterable[object]) -> None:
    for each in asked:
        answer(each)


def rate_of(run: Callable[[], object], number: int) -> float:
    best = float("inf")
    for _ in range(REPEATS):
        started = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - started)
    return number / best


def measure(number: int) -> dict[str, float]:
    random = np.random.default_rng(20240115)
    principals = random.integers(100_00, 50_000_00, number)
    rates = random.integers(1, 3_600, number)
    book = list(zip(principals.tolist(), rates.tolist(), strict=True))
    part, few = book[: number // 20], book[: max(number // 500, 20)]
    template, terms = terms_of(1, 0), [terms_of(*each) for each in book]
    documents = [document_of(*each) for each in part]
    lines = [json.dumps(each).encode() for each in documents]
    gc.freeze()  # the book itself is not to be walked by the collector while others are timed
    return {
        "numpy_financial_loop": rate_of(lambda: numpy_financial_loop(few), len(few)),
        "quantlib_one_by_one": rate_of(lambda: quantlib(part), len(part)),
        "numpy_floats_vectorised": rate_of(lambda: numpy_floats(principals, rates), number),
        "fullrecall_one_by_one": rate_of(lambda: one_by_one(schedule_of, terms), number),
        "fullrecall_documents": rate_of(lambda: one_by_one(fullrecall.schedule, documents), len(documents)),
        "fullrecall_json_lines": rate_of(lambda: sum(map(len, schedule_batch(lines))), len(lines)),
        "fullrecall_bulk": rate_of(lambda: schedules_bulk(template, principals, rates), number),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--schedules", type=int, default=100_000)
    parser.add_argument("--json", metavar="FILE", help="'-' is standard output")
    asked = parser.parse_args()
    rates = measure(asked.schedules)
    ratios = {
        "one_by_one_over_quantlib": rates["fullrecall_one_by_one"] / rates["quantlib_one_by_one"],
        "documents_over_quantlib": rates["fullrecall_documents"] / rates["quantlib_one_by_one"],
        "one_by_one_over_numpy_financial": rates["fullrecall_one_by_one"] / rates["numpy_financial_loop"],
        "bulk_over_numpy_financial": rates["fullrecall_bulk"] / rates["numpy_financial_loop"],
        "bulk_over_quantlib": rates["fullrecall_bulk"] / rates["quantlib_one_by_one"],
        "bulk_over_numpy_floats": rates["fullrecall_bulk"] / rates["numpy_floats_vectorised"],
    }
    report = {"schedules": asked.schedules, "instalments": INSTALMENTS, "per_second": rates, "ratios": ratios}
    shown = sys.stderr if asked.json == "-" else sys.stdout
    for name, value in rates.items():
        print(f"{name:34}{value:14,.0f} schedules/s", file=shown)
    for name, value in ratios.items():
        print(f"{name:34}{value:14,.1f} x", file=shown)
    if asked.json == "-":
        print(json.dumps(report, indent=1))
    elif asked.json:
        Path(asked.json).write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
