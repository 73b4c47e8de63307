"""The shipped packs, hand-made calendars and one line per jurisdiction that each test changes a little."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import fullrecall
from fullrecall.domain.calendar import BusinessCalendar
from fullrecall.domain.law import LegalView, NoticeSeen, Pack, parse_pack
from fullrecall.domain.vocabulary import Trigger

FOLDER = Path(fullrecall.__file__).parent / "packs"
AS_OF = date(2026, 11, 23)


def text_of(pack_id: str) -> str:
    return (FOLDER / f"{pack_id}.yaml").read_text(encoding="utf-8")


def load(pack_id: str) -> Pack:
    return parse_pack(text_of(pack_id), source=f"{pack_id}.yaml")


CN, DE, US = load("cn"), load("de"), load("us")
PACKS = {"cn": CN, "de": DE, "us": US}


def days(month: tuple[int, int], first: int, last: int) -> set[date]:
    return {date(month[0], month[1], day) for day in range(first, last + 1)}


# China rolls statutory holidays only (Civil Code Art. 203 as researched): the golden weeks of 1-7 October.
CN_DAYS = BusinessCalendar(
    name="CN",
    holidays=frozenset(days((2005, 10), 1, 7) | days((2026, 10), 1, 7)),
    weekends_roll=False,
)
# Germany rolls weekends and public holidays: Good Friday 3, Easter Monday 6 April 2026, Unity Day, Christmas.
DE_DAYS = BusinessCalendar(
    name="DE",
    holidays=frozenset(
        {date(2026, 4, 3), date(2026, 4, 6), date(2026, 10, 3), date(2026, 12, 25), date(2026, 12, 26)}
    ),
)
US_DAYS = BusinessCalendar(name="US")
CALENDARS = {"cn": CN_DAYS, "de": DE_DAYS, "us": US_DAYS}

# CN: 60 days late; a demand arrived on 2 March 2026; the lender waits 15 days where the law is silent.
CN_LINE = LegalView(
    on=date(2026, 3, 18),
    law_as_of=AS_OF,
    ground=Trigger.ARREARS,
    acceleration_clause_flagged=True,
    withdrawal_clause_flagged=True,
    days_past_due=60,
    in_default_since=date(2026, 1, 17),
    past_due_minor=120_000,
    nominal_minor=1_000_000,
    notices=(
        NoticeSeen(kind="demand", sent_on=date(2026, 3, 1), arrived_on=date(2026, 3, 2), names_amount=True),
    ),
    policy_cure_days=10,
    lender_reasonable_days=15,
    consent_to_report=True,
)

# DE: EUR 6,000 over 24 months, three instalments of 275 missed = 825 >= 10 % of 6,000 = 600.
DE_DEMAND = NoticeSeen(
    kind="demand",
    sent_on=date(2026, 3, 2),
    arrived_on=date(2026, 3, 4),
    channel="email",
    durable=True,
    declares_acceleration=True,
    names_amount=True,
    offers_talks=True,
)
DE_LINE = LegalView(
    on=date(2026, 3, 19),
    law_as_of=AS_OF,
    ground=Trigger.ARREARS,
    contract_term_years=Decimal(2),
    withdrawal_clause_flagged=True,
    in_default_since=date(2025, 12, 31),
    days_past_due=78,
    instalments_missed_consecutive=3,
    past_due_minor=82_500,
    nominal_minor=600_000,
    notices=(DE_DEMAND,),
    policy_cure_days=14,
    explained=True,
    plan_offered=True,
)

# US: a Colorado contract, payment due 1 March 2026 unpaid; notice of the right to cure given on 11 March.
US_LINE = LegalView(
    on=date(2026, 4, 1),
    law_as_of=AS_OF,
    ground=Trigger.ARREARS,
    governing_state="CO",
    acceleration_clause_flagged=True,
    days_past_due=31,
    in_default_since=date(2026, 3, 1),
    instalments_missed_consecutive=2,
    past_due_minor=45_000,
    nominal_minor=500_000,
    notices=(
        NoticeSeen(kind="demand", sent_on=date(2026, 3, 11), arrived_on=date(2026, 3, 11), names_amount=True),
    ),
)
LINES = {"cn": CN_LINE, "de": DE_LINE, "us": US_LINE}
