"""A kept line driven by facts, compared bucket by bucket with the ledger after each; and scripts of lives."""

from __future__ import annotations

import os
from datetime import date, timedelta
from importlib import resources
from typing import Any, NamedTuple

from hypothesis import strategies as st

from fullrecall.domain import facts as f
from fullrecall.domain.ledger import LedgerBalance, Transfer, buckets_of, post
from fullrecall.domain.line import LineState, completed, fold, kept_decide, on_day, opened
from fullrecall.domain.terms.product import Product
from fullrecall.domain.terms.product_read import parse_product

OPENED = date(2024, 1, 1)
LIVES_TIMES = int(os.environ.get("FULLRECALL_LIVES_TIMES", "1"))  # how many times as many lives to generate


def product(name: str, *changes: tuple[str, str]) -> Product:
    """A shipped product, with parts of its text exchanged."""
    text = (resources.files("fullrecall") / "products" / f"{name}.yaml").read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return parse_product(text, source=name)


JIEBEI, HUABEI, US, EU = (product(name) for name in ("jiebei", "huabei", "us-line", "eu-line"))


class KeptLine:
    """Facts in, both folds moved. `facts` are as recorded, `transfers` as posted."""

    def __init__(self, terms: Product = JIEBEI, limit: int = 1_000_000_00, on: date = OPENED) -> None:
        opening = f.LineOpened(
            "b-1", terms.currency, 1, terms.name, terms.pack, "kept", "test", product_id=terms.id
        )
        self.state: LineState = opened("l-1", opening)
        self.ledger = LedgerBalance()
        self.transfers: list[Transfer] = []
        self.facts: list[tuple[date, f.Fact]] = []
        self.number = 0
        self.record(f.ContractMade(terms), on)
        self.record(f.LimitSet(limit, "granted", "test"), on)

    def record(self, fact: Any, on: date) -> Any:
        assert isinstance(fact, f.Fact), fact
        fact, foreseen = completed(self.state, fact, on)
        self.state = fold(self.state, fact, on)
        assert self.state == foreseen
        self.ledger, transfers = post(self.ledger, fact)
        self.transfers += transfers
        self.facts.append((on, fact))
        self.agree()
        return fact

    def agree(self) -> None:
        """The two folds, bucket by bucket; and nothing out of nothing."""
        accounts = self.accounts
        assert buckets_of(self.transfers) == accounts
        assert sum(accounts.values()) == 0
        s = self.state
        assert (self.ledger.receivable, self.ledger.called) == (s.open_balance, s.called)
        assert self.ledger.charged_off == s.charged_off
        for word in ("principal", "interest", "fees", "late", "claims"):
            assert accounts.get(word, 0) >= 0 and accounts.get("called_" + word, 0) >= 0, accounts
        for word in ("borrower_money", "unearned_fees"):
            assert accounts.get(word, 0) <= 0, accounts

    @property
    def accounts(self) -> dict[str, int]:
        assert self.state.kept is not None
        return self.state.kept.accounts

    def of(self, word: str) -> int:
        return self.accounts.get(word, 0)

    def id(self, what: str) -> str:
        self.number += 1
        return f"{what}-{self.number}"

    def draw(self, amount: int, on: date, method: str = "annuity", n: int = 12, **more: Any) -> str:
        name = self.id("d")
        self.record(
            kept_decide.draw(self.state, name, amount, self.state.currency, method, n, on, **more), on
        )
        return name

    def buy(self, amount: int, on: date) -> str:
        name = self.id("h")
        currency = self.state.currency
        self.record(kept_decide.hold_purchase(self.state, name, amount, currency, "shop", on), on)
        self.record(kept_decide.capture(self.state, name, amount, currency, on), on)
        return name

    def refund(self, purchase: str, amount: int, on: date) -> None:
        self.record(
            kept_decide.refund(self.state, self.id("r"), purchase, amount, self.state.currency, on), on
        )

    def convert(self, purchases: list[str], n: int, on: date) -> str:
        name = self.id("i")
        self.record(kept_decide.convert(self.state, name, purchases, n, on), on)
        return name

    def pay(self, amount: int, on: date, name: str = "") -> str:
        name = name or self.id("p")
        self.record(kept_decide.receive(self.state, name, amount, self.state.currency, "manual", on), on)
        return name

    def reverse(self, payment: str, on: date) -> None:
        self.record(kept_decide.reverse(self.state, payment, "bounced", on), on)

    def touch(self, on: date) -> Any:
        return self.record(f.AccrualPosted("test", {}), on)

    def call(self, on: date, pay_by: date) -> Any:
        owed = on_day(self.state, on)
        return self.record(f.BalanceCalled("c-1", owed.balance - owed.charged_off, pay_by), on)

    def unwind(self, on: date) -> None:
        self.record(f.CallUnwound("c-1", on_day(self.state, on).called), on)

    def charge_off(self, on: date) -> None:
        owed = on_day(self.state, on)
        self.record(f.LineChargedOff("c-1", owed.called, max(owed.open_balance, 0)), on)


class Step(NamedTuple):
    """What happens `gap` days after the step before; `size` and `pick` are read by the kind of step."""

    gap: int
    kind: str
    size: int
    pick: int


def steps(kinds: list[str], most: int = 10) -> st.SearchStrategy[list[Step]]:
    step = st.builds(
        Step, st.integers(0, 45), st.sampled_from(kinds), st.integers(1, 200_000), st.integers(0, 11)
    )
    return st.lists(step, min_size=1, max_size=most)


LOAN_STEPS = ["draw", "pay", "pay", "pay", "wait"]
BUY_STEPS = ["buy", "buy", "pay", "pay", "refund", "convert", "wait"]


def play(line: KeptLine, script: list[Step], start: date = OPENED) -> date:
    """Plays a script; what a rule refuses is passed over. Returns the last day."""
    day = start
    for step in script:
        day += timedelta(days=step.gap)
        take(line, step, day)
    return day


def take(line: KeptLine, step: Step, day: date) -> None:
    kept = line.state.kept
    assert kept is not None
    offered = kept.product.advances
    if step.kind == "draw" and offered:
        method = offered.methods[step.pick % len(offered.methods)]
        n = offered.instalments[step.pick % len(offered.instalments)]
        line.draw(offered.lowest + step.size, day, method, n)
    elif step.kind == "buy":
        line.buy(step.size, day)
    elif step.kind == "pay":
        line.pay(step.size, day)
    elif step.kind in ("refund", "convert"):
        bought = [m for m in kept.log if m.id.startswith("h-")]
        if not bought:
            return
        chosen = bought[step.pick % len(bought)]
        back = sum(m.amount for m in kept.log if m.id.startswith("r-") and m.targets == (chosen.id,))
        if step.kind == "refund" and chosen.amount > back:
            line.refund(chosen.id, min(step.size, chosen.amount - back), day)
        elif step.kind == "convert":
            n = kept.product.conversions[step.pick % len(kept.product.conversions)].instalments
            decided = kept_decide.convert(line.state, line.id("i"), [chosen.id], n, day)
            if isinstance(decided, f.Fact):
                line.record(decided, day)
