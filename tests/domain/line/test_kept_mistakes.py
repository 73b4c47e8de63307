"""Wrong input on a kept line: one sentence each, and nothing half-done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from kept_lines import HUABEI, JIEBEI, KeptLine

from fullrecall.domain import facts as f
from fullrecall.domain.line import LineState, fold, opened
from fullrecall.domain.line import kept_decide as k
from fullrecall.domain.vocabulary import Mistake, Refused

ON, LATER = date(2024, 1, 15), date(2024, 2, 15)


def loan() -> KeptLine:
    line = KeptLine(JIEBEI)
    line.draw(1_200_00, ON, "annuity", 12)
    line.pay(100_00, ON, "p")
    return line


def shop() -> KeptLine:
    line = KeptLine(HUABEI)
    line.buy(500_00, ON)
    return line


def draw(*rest: Any) -> Callable[[LineState], Any]:
    return lambda s: k.draw(s, "x", 500_00, "CNY", *rest)


CASES: list[tuple[str, Callable[[], KeptLine], Callable[[LineState], Any], str]] = [
    ("refund above the purchase", shop, lambda s: k.refund(s, "r", "h-1", 500_01, "CNY", LATER),
     "above what is left of purchase h-1, 500.00 CNY"),
    ("refund of nothing bought", shop, lambda s: k.refund(s, "r", "h-9", 1, "CNY", LATER), "no purchase h-9"),
    ("refund before the purchase", shop, lambda s: k.refund(s, "r", "h-1", 1, "CNY", date(2024, 1, 14)),
     "before the purchase of 2024-01-15"),
    ("payment before the line", loan, lambda s: k.receive(s, "x", 1, "CNY", "m", date(2023, 12, 31)),
     "before line l-1 was opened, 2024-01-01"),
    ("a quintillion", loan, lambda s: k.receive(s, "x", 10**18, "CNY", "m", LATER), "beyond 10000000000000"),
    ("nothing", loan, lambda s: k.receive(s, "x", 0, "CNY", "m", LATER), "more than zero, not 0"),
    ("less than nothing", loan, lambda s: k.draw(s, "x", -5, "CNY", "annuity", 12, LATER), "more than zero"),
    ("another currency", loan, lambda s: k.receive(s, "x", 5, "USD", "m", LATER),
     "in CNY, the amount in USD"),
    ("one id twice", loan, lambda s: k.receive(s, "p", 5, "CNY", "m", LATER), "'p' is already used"),
    ("a reversed id again", loan, lambda s: k.reverse(s, "zzz", "why", LATER), "no payment zzz"),
    ("10,000 instalments", loan, draw("annuity", 10_000, LATER),
     "does not offer annuity in 10000 instalments"),
    ("a method not offered", loan, draw("flat", 12, LATER), "does not offer"),
    ("too little", loan, lambda s: k.draw(s, "x", 99_99, "CNY", "annuity", 12, LATER), "at least 100.00 CNY"),
    ("due before drawn", loan, draw("annuity", 12, LATER, ON), "must be after"),
    ("shares of 90 %", loan,
     draw("annuity", 12, LATER, None, {"own": 9_000}), "must sum to 10,000"),
    ("drawn in the past", loan, draw("annuity", 12, date(2024, 1, 14)),
     "up to which line l-1 is known"),
    ("drawn on a pay-later line", shop, draw("annuity", 12, LATER),
     "for purchases"),
    ("bought on a cash loan", loan, lambda s: k.hold_purchase(s, "x", 5, "CNY", "shop", LATER),
     "a cash loan"),
    ("converted unknown", shop, lambda s: k.convert(s, "x", ["h-7"], 3, LATER), "h-7 is not a purchase"),
    ("converted twice at once", shop, lambda s: k.convert(s, "x", ["h-1", "h-1"], 3, LATER), "named twice"),
    ("converted into five", shop, lambda s: k.convert(s, "x", ["h-1"], 5, LATER), "offered are 3, 6, 12, 24"),
    ("quote of the unknown", loan, lambda s: k.quote(s, "q", ["nope"], LATER), "no advance nope"),
    ("paid no quote", loan, lambda s: k.pay_off(s, "x", "q", 5, "CNY", "m", LATER), "no quote q"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "act", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_one_sentence(make: Callable[[], KeptLine], act: Callable[[LineState], Any], said: str) -> None:
    line = make()
    with pytest.raises(Mistake) as told:
        act(line.state)
    assert said in told.value.sentence
    assert told.value.sentence.endswith(".") and "\n" not in told.value.sentence


def test_a_payment_is_reversed_once() -> None:
    line = loan()
    line.reverse("p", LATER)
    again = k.reverse(line.state, "p", "why", LATER)
    assert isinstance(again, Refused) and again.rule == "line.reversed-before"


def test_a_watched_line_is_not_kept_here() -> None:
    watched = opened("w", f.LineOpened("b", "CNY", 1, "card", "cn", "observed", "t"))
    with pytest.raises(Mistake, match="kept in another system"):
        k.receive(watched, "p", 1, "CNY", "m", LATER)


def test_nothing_happens_on_a_closed_line() -> None:
    line = KeptLine(JIEBEI)
    line.record(f.LineClosed("asked"), ON)
    with pytest.raises(Mistake, match="is closed"):
        k.receive(line.state, "p", 1, "CNY", "m", LATER)


@pytest.mark.parametrize(
    "fact", [f.PositionObserved(1, 1, 0, 0, 0, 0, ON), f.PaymentObserved(1)], ids=["position", "payment"]
)
def test_nothing_is_observed_of_a_kept_line(fact: f.Fact) -> None:
    with pytest.raises(Mistake, match="Line l-1 is kept here"):
        fold(loan().state, fact, LATER)
