"""Batches: a line in, a line out, in order; a bad line is answered with a sentence and the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import fullrecall
from fullrecall.use_cases.apr_batch import apr_batch
from fullrecall.use_cases.payoff_batch import payoff_batch
from fullrecall.use_cases.schedule_batch import schedule_batch

TERMS: dict[str, Any] = {
    "id": "t1",
    "currency": "USD",
    "principal": "1000.00",
    "rate_per_year": "0.12",
    "instalments": 3,
    "every": "1 month",
    "disbursed_on": "2024-01-01",
    "method": "annuity",
    "day_count": "30/360",
    "rounding": "half_even",
}


def lines(*documents: object) -> list[bytes]:
    return [each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n" for each in documents]


def test_the_rest_goes_on_after_bad_lines() -> None:
    answers = [
        json.loads(line)
        for line in schedule_batch(
            lines(
                TERMS,
                {**TERMS, "id": "t2", "principal": "-1"},
                b"{not json}\n",
                b"\n",
                b"[1, 2]\r\n",
                b'{"id": "nan", "principal": NaN}\n',
                b"\xff\xfe\n",
                {"id": 7},
                {**TERMS, "id": None, "instalments": 10_000},
                {**TERMS, "id": "t9"},
            )
        )
    ]
    assert [answer["id"] for answer in answers] == ["t1", "t2", None, None, None, None, 7, None, "t9"]
    assert answers[0] == fullrecall.schedule(TERMS)
    assert answers[1]["error"] == "Line 2, id 't2': Field 'principal' is '-1': it must be more than zero."
    assert answers[2]["error"].startswith("Line 3: this is not JSON (")
    assert (
        answers[3]["error"]
        == 'Line 5: this is not a JSON object: write one object a line, such as {"id": "1", ...}.'
    )
    assert answers[4]["error"].startswith("Line 6: this is not JSON (")
    assert answers[5]["error"].startswith("Line 7: this is not JSON (")
    assert answers[6]["error"] == "Line 8, id 7: Field 'currency' is missing: add it."
    assert answers[7]["error"] == "Line 9: Field 'instalments' is 10000: it must lie from 1 to 1200."
    assert "error" not in answers[8]
    assert all("rows" not in answer for answer in answers if "error" in answer)


def test_json_numbers_are_read_as_the_decimals_they_are_written_as() -> None:
    plain = json.dumps({**TERMS, "principal": 0, "rate_per_year": 0}).replace(
        '"principal": 0', '"principal": 1000.10'
    )
    line = plain.replace('"rate_per_year": 0', '"rate_per_year": 0.12').encode()
    written = {**TERMS, "principal": "1000.10"}
    assert [json.loads(answer) for answer in schedule_batch([line])] == [fullrecall.schedule(written)]
    # a number no float can hold stays exact, and is refused for its decimals rather than rounded
    odd = line.replace(b"1000.10", b"1000.100000000000000000000000001")
    assert "more decimals than USD" in json.loads(next(schedule_batch([odd])))["error"]


def test_a_byte_order_mark_is_passed_over() -> None:
    (answer,) = schedule_batch([b"\xef\xbb\xbf" + json.dumps(TERMS).encode()])
    assert json.loads(answer)["id"] == "t1"


def test_one_line_is_held_at_a_time() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield json.dumps(TERMS).encode()

    answers = schedule_batch(endless())
    for _ in range(5):
        next(answers)
    assert taken == 5


def test_deep_nesting_and_long_lines_are_sentences() -> None:
    deep, long = schedule_batch([b"[" * 100_000, b"1" * 4_000_001])
    assert "not JSON" in json.loads(deep)["error"]
    assert "split it" in json.loads(long)["error"]


def test_payoffs_and_rates_answer_the_same_way() -> None:
    asked = {**TERMS, "on": "2024-01-16", "kind": "voluntary", "payments": []}
    good, bad = payoff_batch(lines(asked, {**asked, "on": "soon"}))
    assert json.loads(good) == fullrecall.payoff(asked)
    assert "Line 2, id 't1': Field 'on': 'soon' is not a date" in json.loads(bad)["error"]
    rate = {
        "id": "r",
        "regime": "eu_aprc",
        "net_advance": 1000,
        "payments": [{"amount": 1100.5, "t_years": 1}],
    }
    good, bad = apr_batch(lines(rate, {**rate, "regime": None}))
    assert json.loads(good)["apr_percent"] == "10.05"
    assert "Field 'regime' is missing" in json.loads(bad)["error"]
