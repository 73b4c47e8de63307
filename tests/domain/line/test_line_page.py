"""The worked table of docs/concepts/line.md, posted row by row."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from fullrecall.domain import facts as f
from fullrecall.domain.ledger import LedgerBalance, Transfer, post
from fullrecall.domain.line import fold, opened
from fullrecall.domain.money import to_minor

PAGE = Path(__file__).resolve().parents[3] / "docs" / "concepts" / "line.md"
ON = date(2026, 3, 31)


def minor(text: str) -> int:
    return to_minor(text.replace(",", ""), "CNY")


def rows() -> list[list[str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("| fact | debit"))
    table = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return table
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    return table


def fact_of(words: str, ledger: LedgerBalance) -> f.Fact:
    number = re.search(r"[\d,]+\.\d\d", words)
    amount = minor(number[0]) if number else 0
    if words.startswith("position"):
        return f.PositionObserved(500_000, amount, 0, 0, 0, 0, ON)
    if words.startswith("payment"):
        return f.PaymentObserved(amount)
    if words == "balance called":
        return f.BalanceCalled("c", ledger.receivable, ON)
    assert words == "charged off"
    return f.LineChargedOff("c", ledger.called, ledger.receivable)


def test_the_table_of_the_page() -> None:
    line, ledger = opened("l", f.LineOpened("b", "CNY", 1, "card", "cn", "observed", "t")), LedgerBalance()
    waiting: list[Transfer] = []
    for words, debit, credit, amount, *after in rows():
        if words:
            assert not waiting, "the page leaves a transfer out"
            fact = fact_of(words, ledger)
            ledger, transfers = post(ledger, fact)
            line, waiting = fold(line, fact, ON), list(transfers)
        first = waiting.pop(0)
        assert (int(first.debit), int(first.credit), first.amount) == (int(debit), int(credit), minor(amount))
        if not waiting:
            assert [ledger.receivable, ledger.called, ledger.charged_off] == [minor(cell) for cell in after]
            assert [line.open_balance, line.called, line.charged_off] == [minor(cell) for cell in after]
