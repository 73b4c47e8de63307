"""Every fact a line or a case can record: past tense, typed, append-only, chained by hash.

A fact carries what happened and the amounts that were posted. Personal data never enters a fact: a borrower
is named by id. A field is only ever added with a default; any other change is a new schema version with an
entry in UPCASTS.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from fullrecall.domain.terms.product import Product

SCHEMA_VERSION = 1
GENESIS = bytes(32)


# Amounts a fact of a kept line posts: account word (ledger.BY_WORD) -> change in minor units, debit positive,
# summing to zero.
Posted = dict[str, int]


class Fact(msgspec.Struct, frozen=True, tag_field="kind", omit_defaults=False):
    """Base of all facts; the tag is the class name."""


# --- facts of a line -------------------------------------------------------------------------------


class LineOpened(Fact, frozen=True, tag=True):
    """A line came under watch. origin 'observed': kept in another core system; 'kept': kept here."""

    borrower_id: str
    currency: str
    cycle: int
    product: str
    pack: str
    origin: str
    source: str
    governing_state: str = ""
    cross_default_flagged: bool = False
    product_id: str = ""


class PositionObserved(Fact, frozen=True, tag=True):
    """The other core's absolute position at `effective_on`, known to us on `known_at`. Amounts in minor
    units.
    """

    credit_limit: int
    balance: int
    amount_due: int
    amount_paid: int
    past_due_amount: int
    days_past_due: int
    known_at: date


class PaymentObserved(Fact, frozen=True, tag=True):
    """Money that reached the other core between two positions."""

    amount: int


class ViolationReported(Fact, frozen=True, tag=True):
    """A breach of the terms of use. Only severe *and* proven violations count for the policy."""

    violation_id: str
    description: str
    severe: bool
    proven: bool
    evidence: str
    reported_by: str


class ViolationDismissed(Fact, frozen=True, tag=True):
    violation_id: str
    by: str
    why: str


class RiskDecisionMade(Fact, frozen=True, tag=True):
    """The risk department asks for an action on the line; it passes the same gates as any other trigger."""

    action: str
    by: str
    why: str


class LineFrozen(Fact, frozen=True, tag=True):
    """From this instant purchases and drawdowns are declined. A freeze always carries its review date."""

    case_id: str
    ground: str
    review_on: date
    full: bool = True


class LineUnfrozen(Fact, frozen=True, tag=True):
    case_id: str
    why: str


class LimitWithdrawn(Fact, frozen=True, tag=True):
    """The unused limit is gone; `limit_before` is what an unwind restores."""

    case_id: str
    limit_before: int


class LimitRestored(Fact, frozen=True, tag=True):
    case_id: str
    limit: int


class BalanceCalled(Fact, frozen=True, tag=True):
    """Everything owed falls due on `pay_by`; the amount is fixed on the fact's effective date."""

    case_id: str
    amount: int
    pay_by: date
    posted: Posted | None = None


class CallUnwound(Fact, frozen=True, tag=True):
    """The called amount still open is an ordinary balance again, as if never called."""

    case_id: str
    amount: int
    posted: Posted | None = None


class LineChargedOff(Fact, frozen=True, tag=True):
    """The claim leaves the performing book. It is still owed. `called` and `open` are the parts written
    off.
    """

    case_id: str
    called: int
    open: int
    posted: Posted | None = None


class RecordReported(Fact, frozen=True, tag=True):
    """One month of the credit record, as furnished. `days` is the bureau count: max(contractual,
    accelerated).
    """

    month: str
    status: str
    days: int
    adverse: bool
    amount_past_due: int
    balance: int
    basis: str


# --- facts of a line that is kept here -------------------------------------------------------------


class ContractMade(Fact, frozen=True, tag=True):
    """The terms the line is kept by, whole: the contract pins them, whatever the product becomes later."""

    product: Product


class LimitSet(Fact, frozen=True, tag=True):
    """A limit granted or changed, always with a reason."""

    credit_limit: int
    reason: str
    by: str


class PurchaseHeld(Fact, frozen=True, tag=True):
    """Part of the limit set aside for a purchase; honoured when captured on or before `expires_on`."""

    hold_id: str
    amount: int
    merchant: str
    expires_on: date


class PurchaseReleased(Fact, frozen=True, tag=True):
    """A hold that became nothing. outcome: 'voided' or 'expired'."""

    hold_id: str
    outcome: str


class PurchaseCaptured(Fact, frozen=True, tag=True):
    """A purchase, from a hold; what was held beyond `amount` is free again. shares: creditor -> 1/10,000."""

    hold_id: str
    advance_id: str
    amount: int
    posted: Posted
    shares: dict[str, int] = {}


class PurchaseRefunded(Fact, frozen=True, tag=True):
    """Money back from the merchant on one purchase."""

    refund_id: str
    advance_id: str
    amount: int
    posted: Posted


class InstalmentsAgreed(Fact, frozen=True, tag=True):
    """Purchases that become one advance in instalments, with a fee for it."""

    advance_id: str
    purchases: tuple[str, ...]
    amount: int
    instalments: int
    fee: int
    posted: Posted


class DrawdownMade(Fact, frozen=True, tag=True):
    """Cash paid out; the schedule follows from these figures and the product. shares: as for a purchase."""

    advance_id: str
    amount: int
    method: str
    instalments: int
    posted: Posted
    first_due_on: date | None = None
    shares: dict[str, int] = {}


class AccrualPosted(Fact, frozen=True, tag=True):
    """Interest and fees earned until the date, and what fell due. why: 'month_end', 'due_day', another
    touch.
    """

    why: str
    posted: Posted


class StatementIssued(Fact, frozen=True, tag=True):
    """What the borrower was told: owed on the statement, the least to pay, by when."""

    due_on: date
    amount: int
    minimum: int


class PaymentReceived(Fact, frozen=True, tag=True):
    """The borrower's money, on its value date; a value date in the past is re-computed from there."""

    payment_id: str
    amount: int
    method: str
    posted: Posted


class PaymentReversed(Fact, frozen=True, tag=True):
    """The payment never was (a debit that bounced): everything since its date is as without it."""

    payment_id: str
    amount: int
    why: str
    posted: Posted


class GoodwillGiven(Fact, frozen=True, tag=True):
    """The lender waives part of what is owed."""

    goodwill_id: str
    amount: int
    why: str
    by: str
    posted: Posted


class PayoffQuoted(Fact, frozen=True, tag=True):
    """What settles these advances: totals[k] does so k days after the fact's date, and no later than the
    last.

    per_diem: the exact interest of the first day in minor units, as a fraction 'n/d'.
    """

    quote_id: str
    advance_ids: tuple[str, ...]
    principal: int
    interest: int
    fees: int
    late: int
    fees_rebated: int
    totals: tuple[int, ...]
    per_diem: str


class AdvancesSettled(Fact, frozen=True, tag=True):
    """The borrower ends advances early: everything on them falls due today and is paid with `amount`."""

    payment_id: str
    quote_id: str
    advance_ids: tuple[str, ...]
    amount: int
    method: str
    posted: Posted


class LineClosed(Fact, frozen=True, tag=True):
    """Nothing is owed and nothing more can be drawn."""

    why: str


# --- facts of a case -------------------------------------------------------------------------------


class Basis(msgspec.Struct, frozen=True):
    """One legal ground of a step: the rule, its citation, and the arithmetic in words."""

    rule: str
    citation: str
    note: str = ""


class CaseOpened(Fact, frozen=True, tag=True):
    """A recall case: borrower-wide, with policy, product and pack pinned. `action` is what the policy asked
    for.
    """

    borrower_id: str
    line_ids: tuple[str, ...]
    line_id: str
    trigger: str
    action: str
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    policy_id: str
    pack: str
    pack_version: str
    law_as_of: date
    exposure: int
    currency: str
    asked_by: str = ""


class TriggerJoined(Fact, frozen=True, tag=True):
    """A later decision about a borrower whose case is already open."""

    line_id: str
    trigger: str
    action: str
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    asked_by: str = ""


class TriggerLapsed(Fact, frozen=True, tag=True):
    """The newest decision about this line asks for nothing any more."""

    line_id: str


class NoticeIssued(Fact, frozen=True, tag=True):
    """`line_amounts`: of a demand, what is asked for line by line; money on another line does not meet it."""

    notice_id: str
    notice: str
    channels: tuple[str, ...]
    languages: tuple[str, ...]
    amount: int
    pay_by: date | None = None
    declares_acceleration: bool = False
    offers_plan: bool = False
    announces_report: bool = False
    line_amounts: dict[str, int] = {}


class NoticeSent(Fact, frozen=True, tag=True):
    notice_id: str
    channel: str
    content_sha256: str
    receipt: str


class NoticeArrived(Fact, frozen=True, tag=True):
    notice_id: str
    channel: str
    arrival_basis: str


class NoticeFailed(Fact, frozen=True, tag=True):
    notice_id: str
    channel: str
    why: str


class CureStarted(Fact, frozen=True, tag=True):
    """The clock that runs from arrival of the demand; `amount` paid by `ends_on` ends the matter."""

    notice_id: str
    arrived_on: date
    ends_on: date
    amount: int
    basis: tuple[Basis, ...]


class CureExtended(Fact, frozen=True, tag=True):
    ends_on: date
    by: str
    why: str


class CasePaymentSeen(Fact, frozen=True, tag=True):
    line_id: str
    amount: int


class StepRefused(Fact, frozen=True, tag=True):
    """A step that was due was not lawful, or not allowed by the ladder, yet."""

    command: str
    rule: str
    why: str
    until: date | None
    by_law: bool


class ApprovalAsked(Fact, frozen=True, tag=True):
    step: str
    exposure: int
    why: str


class ApprovalGiven(Fact, frozen=True, tag=True):
    step: str
    by: str


class ApprovalDenied(Fact, frozen=True, tag=True):
    step: str
    by: str
    why: str


class CaseFrozen(Fact, frozen=True, tag=True):
    review_on: date
    basis: tuple[Basis, ...]


class RunOffBegan(Fact, frozen=True, tag=True):
    """Frozen, schedule continues: a durable outcome with a review date; a plan is offered."""

    review_on: date
    plan_instalments: tuple[int, ...]


class FreezeReviewed(Fact, frozen=True, tag=True):
    review_on: date
    outcome: str


class LimitsWithdrawn(Fact, frozen=True, tag=True):
    line_ids: tuple[str, ...]
    basis: tuple[Basis, ...]


class CaseAccelerated(Fact, frozen=True, tag=True):
    """Balances called line by line; a line whose own gate refused is not in `called`."""

    called: dict[str, int]
    pay_by: date
    basis: tuple[Basis, ...]


class ClearingBegan(Fact, frozen=True, tag=True):
    amount: int
    pay_by: date
    plan_instalments: tuple[int, ...]


class CaseCured(Fact, frozen=True, tag=True):
    """Contractual cure: contract and money as if nothing had happened; past record months stay."""

    why: str
    paid: int


class CaseWithdrawn(Fact, frozen=True, tag=True):
    by: str
    why: str


class CaseSettled(Fact, frozen=True, tag=True):
    paid: int


class CaseChargedOff(Fact, frozen=True, tag=True):
    amount: int
    days_past_due: int


class RecoverySeen(Fact, frozen=True, tag=True):
    line_id: str
    amount: int


class CaseClosed(Fact, frozen=True, tag=True):
    outcome: str


class InterruptBegan(Fact, frozen=True, tag=True):
    """dispute, hardship, suspension, breathing_space or complaint; `stops` names the clocks that stand
    still.
    """

    interrupt: str
    stops: tuple[str, ...]
    by: str
    why: str
    until: date | None = None


class InterruptEnded(Fact, frozen=True, tag=True):
    interrupt: str
    by: str
    why: str


class BorrowerProtected(Fact, frozen=True, tag=True):
    """deceased, identity_theft, minor or insolvent: no demand, debit, furnishing or cross-default from now
    on.
    """

    protection: str
    evidence: str
    by: str


class ProtectionLifted(Fact, frozen=True, tag=True):
    by: str
    why: str


LINE_FACTS: tuple[type[Fact], ...] = (
    LineOpened,
    PositionObserved,
    PaymentObserved,
    ViolationReported,
    ViolationDismissed,
    RiskDecisionMade,
    LineFrozen,
    LineUnfrozen,
    LimitWithdrawn,
    LimitRestored,
    BalanceCalled,
    CallUnwound,
    LineChargedOff,
    RecordReported,
    ContractMade,
    LimitSet,
    PurchaseHeld,
    PurchaseReleased,
    PurchaseCaptured,
    PurchaseRefunded,
    InstalmentsAgreed,
    DrawdownMade,
    AccrualPosted,
    StatementIssued,
    PaymentReceived,
    PaymentReversed,
    GoodwillGiven,
    PayoffQuoted,
    AdvancesSettled,
    LineClosed,
)
CASE_FACTS: tuple[type[Fact], ...] = (
    CaseOpened,
    TriggerJoined,
    TriggerLapsed,
    NoticeIssued,
    NoticeSent,
    NoticeArrived,
    NoticeFailed,
    CureStarted,
    CureExtended,
    CasePaymentSeen,
    StepRefused,
    ApprovalAsked,
    ApprovalGiven,
    ApprovalDenied,
    CaseFrozen,
    RunOffBegan,
    FreezeReviewed,
    LimitsWithdrawn,
    CaseAccelerated,
    ClearingBegan,
    CaseCured,
    CaseWithdrawn,
    CaseSettled,
    CaseChargedOff,
    RecoverySeen,
    CaseClosed,
    InterruptBegan,
    InterruptEnded,
    BorrowerProtected,
    ProtectionLifted,
)
FACT_TYPES: dict[str, type[Fact]] = {fact.__name__: fact for fact in (*LINE_FACTS, *CASE_FACTS)}

# (kind, old version) -> function from the old body to the next version's body. Old bodies stay readable for
# ever.
UPCASTS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}


class RecordedFact(NamedTuple):
    """A fact at its place: `stream` and `seq` are unique; `hash` chains it to the one before."""

    stream: str
    seq: int
    kind: str
    version: int
    effective_on: date
    recorded_at: datetime
    body: bytes
    hash: bytes

    @property
    def fact(self) -> Fact:
        return read_body(self.kind, self.version, self.body)


_encode = msgspec.json.Encoder(order="deterministic").encode
_decoders = {kind: msgspec.json.Decoder(fact) for kind, fact in FACT_TYPES.items()}


def read_body(kind: str, version: int, body: bytes) -> Fact:
    """The fact of a stored body, whatever schema version it was written in. Raises KeyError for an unknown
    kind.
    """
    if version == SCHEMA_VERSION:
        return _decoders[kind].decode(body)
    plain = msgspec.json.decode(body)
    while version < SCHEMA_VERSION:
        upcast = UPCASTS.get((kind, version))
        plain = upcast(plain) if upcast else plain
        version += 1
    return msgspec.convert(plain, FACT_TYPES[kind])


def chain_hash(
    before: bytes,
    stream: str,
    seq: int,
    kind: str,
    version: int,
    effective_on: date,
    recorded_at: datetime,
    body: bytes,
) -> bytes:
    """sha256 over the previous hash and everything the fact's row says."""
    head = f"{stream}\n{seq}\n{kind}\n{version}\n{effective_on.isoformat()}\n{recorded_at.isoformat()}\n"
    return sha256(before + head.encode() + body).digest()


def record(
    before: bytes, stream: str, seq: int, effective_on: date, recorded_at: datetime, fact: Fact
) -> RecordedFact:
    """Place a fact after the hash `before` of its stream. `recorded_at` must be timezone-aware UTC."""
    kind = type(fact).__name__
    body = _encode(fact)
    digest = chain_hash(before, stream, seq, kind, SCHEMA_VERSION, effective_on, recorded_at, body)
    return RecordedFact(stream, seq, kind, SCHEMA_VERSION, effective_on, recorded_at, body, digest)
