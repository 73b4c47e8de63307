"""The characteristics a scorecard may choose from: expressions of the policy language, each with the
direction in which risk grows and the reason that points lost are told with.

The direction is stated, not learned: no line loses points for paying more or for being late less. That is why
new use counts what was paid in the month as well as the change of the balance, so that a payment leaves it
as it was, and why no ratio has this month's balance below the line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import StrEnum

import msgspec

from fullrecall.domain.vocabulary import Mistake


class Worse(StrEnum):
    """Which way risk grows; FREE is decided by the training rows (for columns the user names)."""

    UP = "up"
    DOWN = "down"
    FREE = "free"


class Candidate(msgspec.Struct, frozen=True):
    """of: the expression. columns: tape columns it reads. months_back: earlier months it reaches."""

    name: str
    of: str
    worse: Worse
    reason: str
    columns: tuple[str, ...]
    months_back: int


def offered(filled: Collection[str], months: int, extra: Collection[str] = ()) -> list[Candidate]:
    """Candidates whose columns the tape fills and whose months it reaches, then columns the user named."""
    found = [
        candidate
        for candidate in _all()
        if all(column in filled for column in candidate.columns) and candidate.months_back < months
    ]
    found += [Candidate(name, name, Worse.FREE, f"COLUMN_{name.upper()}", (name,), 0) for name in extra]
    if not found:
        raise Mistake(
            "The tape fills none of the columns a scorecard is made of (days_past_due, balance, amount_paid, "
            "credit_limit, past_due_amount): declare them in its mapping."
        )
    return found


def _all() -> Iterator[Candidate]:
    yield from _arrears()
    yield from _use()
    yield from _payments()
    yield Candidate("credit_limit", "credit_limit", Worse.DOWN, "SMALL_LIMIT", ("credit_limit",), 0)


def _ago(column: str, months: int) -> str:
    return f"lag({column}, {months})" if months else column


def _arrears() -> Iterator[Candidate]:
    late, due = ("days_past_due",), ("past_due_amount", "credit_limit")
    for k in range(6):
        reason = "LATE_BEFORE" if k else "LATE_NOW"
        yield Candidate(
            f"days_past_due_{k}m_ago" if k else "days_past_due_now",
            _ago("days_past_due", k), Worse.UP, reason, late, k,
        )  # fmt: skip
        yield Candidate(
            f"past_due_share_{k}m_ago" if k else "past_due_share_now",
            f"ratio({_ago('past_due_amount', k)}, credit_limit)", Worse.UP, reason, due, k,
        )  # fmt: skip
    for n in (3, 6):
        of = f"max_over(days_past_due, {n})"
        yield Candidate(f"worst_arrears_{n}m", of, Worse.UP, "LATE_BEFORE", late, n - 1)
    for n in (2, 3, 6):
        of = f"sum_over(days_past_due, {n})"
        yield Candidate(f"days_late_added_{n}m", of, Worse.UP, "LATE_OFTEN", late, n - 1)
    for n in (2, 3):
        of = f"min_over(days_past_due, {n})"
        yield Candidate(f"least_arrears_{n}m", of, Worse.UP, "LATE_OFTEN", late, n - 1)
    for n in (3, 6):
        of = f"ratio(sum_over(past_due_amount, {n}), credit_limit)"
        yield Candidate(f"past_due_share_added_{n}m", of, Worse.UP, "LATE_OFTEN", due, n - 1)
    yield Candidate("past_due_now", "past_due_amount", Worse.UP, "LATE_NOW", due[:1], 0)
    for days in (1, 60):
        of = f"count_over(days_past_due >= {days}, 6)"
        yield Candidate(f"months_late_{days}_6m", of, Worse.UP, "LATE_OFTEN", late, 5)


def _use() -> Iterator[Candidate]:
    use = ("balance", "credit_limit")
    for k in range(6):
        of = f"ratio({_ago('balance', k)}, credit_limit)"
        name = f"utilisation_{k}m_ago" if k else "utilisation_now"
        yield Candidate(name, of, Worse.UP, "HIGH_USE", use, k)
    for word, kind in (("highest", "max"), ("lowest", "min"), ("added", "sum")):
        of = f"ratio({kind}_over(balance, 6), credit_limit)"
        yield Candidate(f"utilisation_{word}_6m", of, Worse.UP, "HIGH_USE", use, 5)
    yield Candidate("balance_now", "balance", Worse.UP, "HIGH_BALANCE", ("balance",), 0)
    flow = ("balance", "amount_paid", "credit_limit")
    for k in range(5):
        used = f"{_ago('balance', k)} - lag(balance, {k + 1}) + {_ago('amount_paid', k)}"
        name = f"new_use_{k}m_ago" if k else "new_use_now"
        yield Candidate(name, f"ratio({used}, credit_limit)", Worse.DOWN, "LITTLE_NEW_USE", flow, k + 1)
        yield Candidate(f"{name}_amount", used, Worse.DOWN, "LITTLE_NEW_USE", flow[:2], k + 1)
    for n in (3, 5):
        used = f"balance - lag(balance, {n}) + sum_over(amount_paid, {n})"
        yield Candidate(
            f"new_use_{n}m", f"ratio({used}, credit_limit)", Worse.DOWN, "LITTLE_NEW_USE", flow, n
        )
        yield Candidate(f"new_use_{n}m_amount", used, Worse.DOWN, "LITTLE_NEW_USE", flow[:2], n)


def _payments() -> Iterator[Candidate]:
    paid, both, owed = ("amount_paid",), ("amount_paid", "credit_limit"), ("amount_paid", "balance")
    for k in range(6):
        tail = f"{k}m_ago" if k else "now"
        came = _ago("amount_paid", k)
        yield Candidate(f"paid_{tail}", came, Worse.DOWN, "LITTLE_PAID", paid, k)
        of = f"ratio({came}, credit_limit)"
        yield Candidate(f"paid_of_limit_{tail}", of, Worse.DOWN, "LITTLE_PAID", both, k)
        # A month's money pays the bill of the month before.
        of = f"ratio({came}, lag(balance, {k + 1}))"
        yield Candidate(f"share_of_bill_paid_{tail}", of, Worse.DOWN, "LITTLE_PAID", owed, k + 1)
    for n in (3, 6):
        for word, kind in (("added", "sum"), ("least", "min")):
            of = f"{kind}_over(amount_paid, {n})"
            yield Candidate(f"paid_{word}_{n}m", of, Worse.DOWN, "LITTLE_PAID", paid, n - 1)
        of = f"count_over(amount_paid <= 0, {n})"
        yield Candidate(f"months_nothing_paid_{n}m", of, Worse.UP, "NOTHING_PAID", paid, n - 1)
    for word, kind in (("most", "max"), ("added", "sum")):
        of = f"ratio({kind}_over(amount_paid, 6), credit_limit)"
        yield Candidate(f"paid_of_limit_{word}_6m", of, Worse.DOWN, "LITTLE_PAID", both, 5)
