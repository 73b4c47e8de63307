"""The working parts of one derivation of a kept line: its advances, and the instalments that were billed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from fullrecall.domain.line.kept_interest import LoanInterest
from fullrecall.domain.terms.product import AllocateBy, AllocationOrder, Bucket, First


class Advance:
    """One drawdown, purchase or instalment plan. `unbilled`: principal in no instalment yet.

    exact: contract interest of the running period, unrounded; interest_billed: what earlier periods brought.
    """

    def __init__(self, id_: str, kind: str, on: date, principal: int) -> None:
        self.id = id_
        self.kind = kind  # drawdown, purchase or plan
        self.on = on
        self.principal = principal
        self.unbilled = principal
        self.loan: LoanInterest | None = None
        self.index = 0
        self.exact = Fraction(0)
        self.interest_billed = 0
        self.late_earned = 0  # of instalments paid and forgotten
        self.billed_rows = 0
        self.parts: list[int] = []  # of a plan: principal still to be billed, statement by statement
        self.fee_parts: list[int] = []  # fees to be earned with them
        self.fees_up_front = False
        self.fees_unbilled = 0  # charged, in no instalment yet
        self.fees_unearned = 0
        self.fees_earned = 0
        self.stopped = False  # contract interest runs no more
        self.called = False
        self.written = False
        self.converted_to: Advance | None = None
        self.repaid = 0
        self.refunded = 0
        self.shares: dict[str, int] = {}

    @property
    def runs(self) -> bool:
        """Whether there is anything left that the calendar may bill."""
        return not self.stopped and bool(self.unbilled or self.exact or self.parts)


class Row:
    """One instalment, or one purchase on a statement: what is unpaid of it, minor units.

    minimum: principal that must be paid by the due day, None for all of it; by_call: due because of a call.
    """

    def __init__(self, advance: Advance, n: int, due_on: date, late_from: date, principal: int) -> None:
        self.advance = advance
        self.n = n
        self.due_on = due_on
        self.late_from = late_from
        self.billed = principal
        self.principal = principal
        self.interest = 0
        self.fees = 0
        self.minimum: int | None = None
        self.late_before_call = (
            0  # principal x days past due (kept_late weighs them) while contract interest runs
        )
        self.late_after_call = 0
        self.late_total = 0
        self.late_paid = 0
        self.by_call = False

    @property
    def late(self) -> int:
        return self.late_total - self.late_paid

    @property
    def owed(self) -> int:
        return self.principal + self.interest + self.fees + self.late

    @property
    def principal_due(self) -> int:
        """The principal that is past due once the due day is over."""
        if self.minimum is None:
            return self.principal
        return min(max(self.minimum - (self.billed - self.principal), 0), self.principal)

    @property
    def due(self) -> int:
        return self.principal_due + self.interest + self.fees + self.late

    @property
    def age(self) -> tuple[date, date, str, int]:
        return self.due_on, self.advance.on, self.advance.id, self.n

    def unpaid(self, bucket: Bucket) -> int:
        return int(getattr(self, bucket.value))

    def pay(self, bucket: Bucket, amount: int) -> None:
        if bucket is Bucket.LATE:
            self.late_paid += amount
        elif bucket is Bucket.PRINCIPAL:
            self.principal -= amount
            self.advance.repaid += amount
        elif bucket is Bucket.INTEREST:
            self.interest -= amount
        else:
            self.fees -= amount


def slots(rows: Iterable[Row], order: AllocationOrder) -> Iterable[tuple[Row, Bucket]]:
    """Where a payment goes, in order. Claims written off come first, then called ones, then the rest."""
    aged = sorted(rows, key=lambda row: row.age, reverse=order.first is First.NEWEST)
    aged.sort(key=lambda row: 0 if row.advance.written else 1 if row.advance.called else 2)
    if order.by is AllocateBy.BUCKET:
        return [(row, bucket) for bucket in order.buckets for row in aged]
    return [(row, bucket) for row in aged for bucket in order.buckets]
