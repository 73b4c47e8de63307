"""Whatever a document holds, the answer is figures or one sentence, never another kind of failure."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import fullrecall
from fullrecall.domain.vocabulary import Mistake
from fullrecall.use_cases.payoff_batch import payoff_batch

TERMS: dict[str, Any] = {
    "id": "a",
    "currency": "EUR",
    "principal": "100.00",
    "rate_per_year": "0.07",
    "instalments": 6,
    "every": "1 month",
    "disbursed_on": "2024-01-01",
    "first_due_on": None,
    "due_day": None,
    "method": "annuity",
    "day_count": "30/360",
    "rounding": "half_even",
    "instalment_rounding": None,
    "instalment_unit": "0.01",
    "within_period": None,
    "payments": [{"on": "2024-02-01", "amount": "17.01"}],
    "fees": [],
    "on": "2024-02-29",
    "kind": "accelerate",
    "settlement_rule": None,
    "apr_percent": None,
}
RATE: dict[str, Any] = {
    "regime": "us_reg_z_actuarial",
    "amount_advanced": "1000",
    "net_advance": "1000",
    "unit_periods_per_year": 12,
    "payments": [{"amount": 1100, "count": 1, "first_t_full_unit_periods": 1, "f_fraction": 0, "t_years": 1}],
    "dates": {"advance": "2024-01-01"},
    "amount": "1000",
    "payment": "100",
    "n": 12,
}
NUMBERS = "0 -0 -1 1 31 10 NaN sNaN Infinity -Infinity 1e999999999 1e-999999999 1_0 99999999999.99"
DATES = "9999-12-31 0001-01-01 1900-01-01 2999-12-31 2024-02-30 2024-W01-1 9999-12-01"
CHOICES = "flat interest_only equal_principal per_period act/act act/365 JPY up down cn_irr voluntary uk_2004"
WORDS = [
    *NUMBERS.split(),
    *DATES.split(),
    *CHOICES.split(),
    "366 days",
    "24 months",
    "53 weeks",
    "\ud800",
    "١٢",
]
SHAPES = [
    "", "1" * 5000, 0, -1, 1, 1200, 1201, 10**18, 2**70, True, False, None, [], {}, [None], [{}], [[]],
    {"advance": 5}, [{"on": "9999-12-31", "amount": "1"}], [{"amount": "1e400000000"}],
]  # fmt: skip
ODD = st.one_of(
    st.sampled_from([*WORDS, *SHAPES]), st.text(max_size=12), st.integers(), st.decimals(), st.floats()
)


NAMES = st.sampled_from(("on", "amount", "count", "f_fraction", "t_years", "first_t_full_unit_periods"))


@st.composite
def spoiled(draw: st.DrawFn, good: dict[str, Any]) -> dict[str, Any]:
    document = {**good, "payments": [dict(each) for each in good["payments"]]}
    for _ in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            document[draw(st.sampled_from(sorted(good)))] = draw(ODD)
        elif document["payments"] and isinstance(document["payments"], list):
            document["payments"] = [{**good["payments"][0], draw(NAMES): draw(ODD)}]
    return document


def figures_or_a_sentence(ask: Any, document: dict[str, Any]) -> None:
    try:
        answer = ask(document)
    except Mistake as mistake:
        assert mistake.sentence.endswith((".", "?", "...}.", "]."))
        assert "\n" not in mistake.sentence
        assert len(mistake.sentence) < 400
    else:
        for value in answer.values():
            if isinstance(value, str) and value is not document.get("id"):
                assert Decimal(value).is_finite() or value in document.values()


@settings(max_examples=600, deadline=None)
@given(spoiled(TERMS))
def test_schedules_and_payoffs(document: dict[str, Any]) -> None:
    document.pop("id", None)
    figures_or_a_sentence(fullrecall.schedule, document)
    figures_or_a_sentence(fullrecall.payoff, document)


@settings(max_examples=300, deadline=None)
@given(spoiled(RATE))
def test_rates(document: dict[str, Any]) -> None:
    try:
        answer = fullrecall.apr(document)
    except Mistake as mistake:
        assert "\n" not in mistake.sentence
    else:
        assert Decimal(answer["apr_percent"]) >= 0


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=60), spoiled(TERMS).map(lambda d: json.dumps(d, default=str).encode())))
def test_any_line_at_all(line: bytes) -> None:
    for answer in payoff_batch([line]):
        assert isinstance(json.loads(answer), dict)
