"""A product as data: what a line of it may cost, how it is repaid, in which order money is used, how it ends.

A product is published, never edited: `id` is its content, and a contract pins it. Amounts are minor units,
rates decimals (0.146 is 14.6 % a year).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

import msgspec

from fullrecall.domain.calendar import DayCount
from fullrecall.domain.money import Rounding
from fullrecall.domain.terms.loan import Method, PeriodUnit, WithinPeriod


class ProductKind(StrEnum):
    PAY_LATER = "pay_later"  # purchases, monthly statement, interest-free until the due day
    CASH_LOAN = "cash_loan"  # drawdowns, each with its own schedule


class Bucket(StrEnum):
    """What a payment can pay; the allocation order names each once."""

    FEES = "fees"
    LATE = "late"
    INTEREST = "interest"
    PRINCIPAL = "principal"


class AllocateBy(StrEnum):
    BUCKET = "bucket"  # all fees of all instalments, then all late interest, and so on
    INSTALMENT = "instalment"  # one instalment after the other, its buckets in order


class First(StrEnum):
    OLDEST = "oldest"
    NEWEST = "newest"


class FeeCharged(StrEnum):
    EACH_INSTALMENT = "each_instalment"
    UP_FRONT = "up_front"


class EarlyFees(StrEnum):
    """What happens to fees not yet earned when an advance ends early or is called."""

    REFUND_UNEARNED = "refund_unearned"
    KEEP = "keep"


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Interest(_Part, frozen=True):
    """Contract rate: of drawdowns, and of purchases carried past their due day."""

    rate_per_year: Decimal
    day_count: DayCount
    within_period: WithinPeriod = WithinPeriod.ACTUAL_DAYS


class RoundingRule(_Part, frozen=True):
    """`mode` rounds interest; instalments are rounded by `instalment` to multiples of `unit` minor units."""

    mode: Rounding
    instalment: Rounding
    unit: int = 1


class Advances(_Part, frozen=True):
    """What a drawdown may look like."""

    methods: tuple[Method, ...]
    instalments: tuple[int, ...]
    every: int
    unit: PeriodUnit
    lowest: int = 0


class Minimum(_Part, frozen=True):
    """Minimum payment on purchases: a share of them, at least `lowest`, at most all."""

    share: Decimal
    lowest: int


class Statement(_Part, frozen=True):
    """Closes at the start of a day of the month; due on the first `due_on_day` after it."""

    closes_on_day: int
    due_on_day: int
    minimum: Minimum | None = None


class Conversion(_Part, frozen=True):
    """Purchases into `instalments`, for a fee of `fee_share` of the amount."""

    instalments: int
    fee_share: Decimal


class LateFee(_Part, frozen=True):
    """A fixed fee once per missed due day, never more than what is past due."""

    amount: int


class Late(_Part, frozen=True):
    """Late interest: `extra_per_year` on past-due principal, on top of contract interest; after a call, when
    contract interest has stopped, `after_call_per_year`. Never more than `at_most_share` of the instalment's
    principal, and with contract interest never above `all_in_cap_per_year`. None on late interest itself.
    """

    extra_per_year: Decimal
    after_call_per_year: Decimal
    day_count: DayCount
    all_in_cap_per_year: Decimal | None = None
    at_most_share: Decimal | None = None
    fee: LateFee | None = None


class AllocationOrder(_Part, frozen=True):
    """The order of use of a payment for a line that many days past due or more, at the start of the day."""

    from_days_past_due: int
    by: AllocateBy
    buckets: tuple[Bucket, ...]
    first: First


class EarlySettlement(_Part, frozen=True):
    """Interest to the day; fees by rule; a quote holds for `quote_valid_days` after its date."""

    fees: EarlyFees
    quote_valid_days: int


class Product(_Part, frozen=True):
    """A whole product; `advances` belong to cash loans, `statement`, holds and `conversions` to pay-later."""

    name: str
    version: int
    kind: ProductKind
    title_en: str
    title_zh: str
    currency: str
    pack: str
    valid_from: date
    limit_lowest: int
    limit_highest: int
    interest: Interest
    rounding: RoundingRule
    late: Late
    allocation: tuple[AllocationOrder, ...]
    early: EarlySettlement
    grace_days: int = 0
    valid_to: date | None = None
    advances: Advances | None = None
    statement: Statement | None = None
    hold_days: int = 0
    conversions: tuple[Conversion, ...] = ()
    fee_charged: FeeCharged = FeeCharged.EACH_INSTALMENT
    id: str = ""

    def in_force(self, on: date) -> bool:
        """Whether a contract may be made under it on a day; `valid_to` is the first day it may not."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)

    def conversion(self, instalments: int) -> Conversion | None:
        return next((c for c in self.conversions if c.instalments == instalments), None)

    def order_at(self, days_past_due: int) -> AllocationOrder:
        """The allocation order that holds at so many days past due."""
        return [o for o in self.allocation if o.from_days_past_due <= days_past_due][-1]


def with_id(product: Product) -> Product:
    """The product named by its content: sha256 over its canonical form, layout and comments left out."""
    return msgspec.structs.replace(product, id=content_id(product))


def content_id(product: Product) -> str:
    bare = msgspec.structs.replace(product, id="")
    return "sha256:" + sha256(msgspec.json.encode(bare, order="sorted")).hexdigest()
