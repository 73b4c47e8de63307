"""What a gate is told about a line and its case, and what it answers when the step is lawful."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from fullrecall.domain.vocabulary import Mistake, Protection, Trigger

NoticeKind = Literal["warn", "demand", "freeze", "acceleration", "report"]
ContractKind = Literal["loan", "card", "instalment_sale"]
KINDS = ("loan", "card", "instalment_sale")
CROSS_DEFAULT = "cross_default"
GROUNDS = (*(trigger.value for trigger in Trigger), CROSS_DEFAULT)


class NoticeSeen(msgspec.Struct, frozen=True):
    """One notice of this case.

    sent_on / arrived_on: dates at the borrower's place; arrived_on None = no proof of arrival. durable: on
    paper or another medium the person can keep unaltered (BGB 126b; a bare SMS or push is not).
    declares_acceleration: says that the whole balance will be demanded. names_amount: says what is to be
    paid. offers_talks: offers a talk on an amicable solution. announces_report: says that arrears may be
    reported to a bureau (kind `report` always does). cure_ends_on: the last day to pay the notice itself
    names, None if it names none.
    """

    kind: NoticeKind
    sent_on: date
    arrived_on: date | None = None
    channel: str = ""
    durable: bool = False
    declares_acceleration: bool = False
    names_amount: bool = False
    offers_talks: bool = False
    announces_report: bool = False
    cure_ends_on: date | None = None

    def __post_init__(self) -> None:
        if self.arrived_on is not None and self.arrived_on < self.sent_on:
            raise Mistake(
                f"A notice sent on {self.sent_on} cannot have arrived on {self.arrived_on}: correct a date.",
                code="notice_dates",
            )

    def has_arrived(self, on: date) -> bool:
        return self.arrived_on is not None and self.arrived_on <= on


class LegalView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a gate may look at, on one day, for one line. Where nothing is said, the default is the one
    that refuses.

    The step
      on: the day the step would be taken; law_as_of: the day whose law is applied; ground: what set the case
      off; cross_default: this line is reached because another line of the borrower is in arrears.
    The contract
      kind; contract_term_years: agreed term in years, None for an open-ended line; governing_state: two
      letters, where the jurisdiction has states; home_secured: secured by the borrower's home;
      acceleration_clause_flagged, withdrawal_clause_flagged (cutting the limit), cross_default_flagged: the
      clause exists and was shown prominently, with proof.
    The arrears
      days_past_due: contractual; in_default_since: due date of the oldest unpaid instalment, before which no
      demand counts (None: taken as `on` less days_past_due); instalments_missed_consecutive: wholly or partly
      unpaid in a row; past_due_minor and nominal_minor: due and unpaid, and the amount lent (price, for a
      sale), in minor units of one currency.
    What was sent: notices, in any order.
    What the lender set
      policy_cure_days: the policy's cure period, 0 if none; lender_reasonable_days: the lender's answer where
      the law says only "reasonable"; None refuses where the law does.
    What was found out
      violation_severe_proven; deterioration_proven: material, not merely a lower score; ground_known_on: when
      the newest ground became known (None: not tracked); prior_cures_12m: cures in the twelve months before
      this notice; prior_defaults: earlier defaults on this contract.
    The borrower
      disputed, hardship, complaint_open, suspended (a court or authority stopped the case), protection;
      breathing_space_until: last day of a moratorium; objected_to_automation and human_reviewed: the borrower
      asked for a person, and a person decided.
    What was given
      explained: the specific reasons reached the borrower; plan_offered: a repayment plan was offered.
    The report and the freeze
      adverse: the entry to be furnished is adverse; consent_to_report; third_party_collector: the creditor
      acts as a debt collector for another; protective_freeze: the freeze protects the borrower or the estate
      and is no step of a demand.
    """

    on: date
    law_as_of: date
    ground: Trigger
    kind: ContractKind = "loan"
    cross_default: bool = False
    contract_term_years: Decimal | None = None
    governing_state: str | None = None
    home_secured: bool = False
    acceleration_clause_flagged: bool = False
    withdrawal_clause_flagged: bool = False
    cross_default_flagged: bool = False
    days_past_due: int = 0
    in_default_since: date | None = None
    instalments_missed_consecutive: int = 0
    past_due_minor: int = 0
    nominal_minor: int = 0
    notices: tuple[NoticeSeen, ...] = ()
    policy_cure_days: int = 0
    lender_reasonable_days: int | None = None
    violation_severe_proven: bool = False
    deterioration_proven: bool = False
    ground_known_on: date | None = None
    prior_cures_12m: int = 0
    prior_defaults: int = 0
    disputed: bool = False
    hardship: bool = False
    complaint_open: bool = False
    suspended: bool = False
    protection: Protection | None = None
    breathing_space_until: date | None = None
    objected_to_automation: bool = False
    human_reviewed: bool = False
    explained: bool = False
    plan_offered: bool = False
    adverse: bool = False
    consent_to_report: bool = False
    third_party_collector: bool = False
    protective_freeze: bool = False

    def __post_init__(self) -> None:
        for name in (
            "policy_cure_days",
            "lender_reasonable_days",
            "days_past_due",
            "past_due_minor",
            "nominal_minor",
        ):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise Mistake(f"{name} is {value}: it cannot be negative.", code="legal_view")

    @property
    def footing(self) -> str:
        """The ground as scopes of rules name it: a trigger, or cross_default for a line reached through
        another."""
        return CROSS_DEFAULT if self.cross_default else self.ground.value

    @property
    def default_began(self) -> date | None:
        """Due date of the oldest unpaid instalment, None when nothing is late."""
        if self.in_default_since is not None:
            return self.in_default_since
        return self.on - timedelta(days=self.days_past_due) if self.days_past_due > 0 else None

    def arrived(self, *kinds: NoticeKind) -> tuple[NoticeSeen, ...]:
        """Notices of these kinds that have arrived by `on`, first arrived first."""
        seen = (notice for notice in self.notices if notice.kind in kinds and notice.has_arrived(self.on))
        return tuple(sorted(seen, key=lambda notice: (notice.arrived_on or date.max, notice.sent_on)))


class Basis(msgspec.Struct, frozen=True):
    """One rule a step rests on; `note` carries the arithmetic."""

    rule_id: str
    citation: str
    note: str


class Duty(msgspec.Struct, frozen=True):
    """Something the law asks for because of the step; `by` is its last day, None = without delay or on
    request."""

    rule_id: str
    what: str
    by: date | None = None


class Allowed(msgspec.Struct, frozen=True):
    """The step is lawful. earliest: the first day it was; duties: what must follow it."""

    basis: tuple[Basis, ...]
    earliest: date
    duties: tuple[Duty, ...] = ()
