"""What a notice says, as data in both languages; wording and layout are the templates' business.

No personal data beyond ids stands here: the addressee's name and address are given at rendering and
sending, so that facts which hold a notice survive the erasure of a person's data.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import msgspec

from fullrecall.domain.vocabulary import Stage


class NoticeKind(StrEnum):
    WARN = "warn"
    DEMAND = "demand"
    FREEZE = "freeze"
    PLAN_OFFER = "plan_offer"
    ACCELERATION = "acceleration"
    CLEARING_REMINDER = "clearing_reminder"
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"
    REPORT_PRIOR = "report_prior"
    CHARGED_OFF = "charged_off"
    RUN_OFF = "run_off"
    SETTLED = "settled"


class Consequence(StrEnum):
    """What a demand announces. Two powers, declared apart: withdrawing a limit and calling a balance."""

    LIMIT_WITHDRAWN = "limit_withdrawn"
    BALANCE_CALLED = "balance_called"


# The notice a borrower is due when a case enters a stage. Plan offers, reminders and notices before a
# report to the bureau are due on their own days, not on a stage. Recovering and closed tell the borrower
# nothing new.
NOTICE_ON_ENTERING: dict[Stage, NoticeKind] = {
    Stage.WARNED: NoticeKind.WARN,
    Stage.NOTIFIED: NoticeKind.DEMAND,
    Stage.FROZEN: NoticeKind.FREEZE,
    Stage.RUN_OFF: NoticeKind.RUN_OFF,
    Stage.ACCELERATED: NoticeKind.ACCELERATION,
    Stage.CLEARING: NoticeKind.CLEARING_REMINDER,
    Stage.SETTLED: NoticeKind.SETTLED,
    Stage.CHARGED_OFF: NoticeKind.CHARGED_OFF,
    Stage.CURED: NoticeKind.REINSTATED,
    Stage.WITHDRAWN: NoticeKind.WITHDRAWN,
}


class Bilingual(msgspec.Struct, frozen=True):
    zh: str
    en: str


class NoticeLine(msgspec.Struct, frozen=True):
    """One line named by the notice; amounts in minor units of `currency`.

    called_minor is all that is payable once the balance is called, the past due part included (in a demand:
    what would be); 0 if only a limit is at stake.
    """

    line_id: str
    product: Bilingual
    currency: str
    balance_minor: int
    past_due_minor: int
    called_minor: int = 0


class CurrencyTotal(msgspec.Struct, frozen=True):
    currency: str
    balance_minor: int
    past_due_minor: int
    called_minor: int


class NoticeReason(msgspec.Struct, frozen=True):
    code: str
    zh: str
    en: str


class LegalBasis(msgspec.Struct, frozen=True):
    """The id of a pack's rule and its citation, as the pack has it."""

    rule: str
    citation: str


class PlanOption(msgspec.Struct, frozen=True):
    """A repayment plan on offer: equal monthly instalments, the last one takes the rest; total_minor is all
    of it.
    """

    instalments: int
    instalment_minor: int
    total_minor: int
    currency: str
    first_due_on: date


class NoticeContent(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one notice says. `required_content(kind)` names the fields a kind cannot do without."""

    notice_id: str
    kind: NoticeKind
    case_id: str
    borrower_id: str
    creditor: Bilingual
    lines: tuple[NoticeLine, ...]
    totals: tuple[CurrencyTotal, ...]
    issued_on: date
    contact: Bilingual | None = None
    reasons: tuple[NoticeReason, ...] = ()
    pay_by: date | None = None
    cure_ends_on: date | None = None
    review_on: date | None = None
    declared: tuple[Consequence, ...] = ()
    how_to_pay: Bilingual | None = None
    how_to_dispute: Bilingual | None = None
    how_to_ask_person: Bilingual | None = None
    averting: Bilingual | None = None
    legal_basis: tuple[LegalBasis, ...] = ()
    plan_options: tuple[PlanOption, ...] = ()
    what_happens_next: Bilingual | None = None


def totals_of(lines: Sequence[NoticeLine]) -> tuple[CurrencyTotal, ...]:
    """Sums per currency, in the order the currencies first appear; amounts of two currencies are never
    added.
    """
    sums: dict[str, list[int]] = {}
    for line in lines:
        total = sums.setdefault(line.currency, [0, 0, 0])
        total[0] += line.balance_minor
        total[1] += line.past_due_minor
        total[2] += line.called_minor
    return tuple(CurrencyTotal(currency, *total) for currency, total in sums.items())
