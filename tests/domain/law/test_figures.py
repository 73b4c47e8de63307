"""What other rooms ask a pack for: hours, caps, retention, allocation, the cost cap, repair."""

from datetime import date, time
from decimal import Decimal

import pytest
from law_lines import CN, CN_DAYS, CN_LINE, DE, DE_DAYS, DE_LINE, US, US_DAYS, US_LINE
from msgspec.structs import replace

from fullrecall.domain.law import (
    PackMistake,
    allocation_order,
    cap_all_in_rate,
    contact_window,
    cure_ends,
    first_delinquency,
    furnish_after_arrival,
    may,
    repair_hidden_from,
    report_retention,
)
from fullrecall.domain.vocabulary import LawStage


def test_contact_hours_and_caps():
    cn = contact_window(CN)
    assert (cn.allowed_from, cn.allowed_to, cn.timezone, cn.legal) == (
        time(8),
        time(22),
        "Asia/Shanghai",
        True,
    )
    assert [cn.is_open(time(*at)) for at in ((7, 59), (8, 0), (21, 59), (22, 0))] == [
        False,
        True,
        True,
        False,
    ]
    answered = {cap.counts: cap.limit for cap in cn.caps}
    assert answered == {"answered": 3, "attempted": 6}
    assert cn.max_per_day("call") == 3
    assert cn.max_per_day("sms") is None  # the law caps calls; messages are the policy's to cap
    us = contact_window(US)
    assert (us.allowed_from, us.allowed_to, us.timezone) == (time(8), time(21), "consumer_local")
    # 8 calls in 7 days are more than 7: presumed violation
    (cap,) = us.caps
    assert (cap.limit, cap.window, cap.each, cap.cooldown_days) == (7, "rolling_7_days", "debt", 7)
    assert cap.limit < 8
    de = contact_window(DE)
    assert (de.legal, de.caps) == (False, ())


def test_contact_hours_by_date():
    with pytest.raises(PackMistake, match="sets no contact hours"):
        contact_window(CN, date(2025, 2, 27))  # GB/T 45251 applies from 2025-02-28
    assert contact_window(CN, date(2025, 2, 28)).caps[0].rule_id == "cn.contact-cap-answered"
    assert len(contact_window(CN, date(2025, 2, 28)).caps) == 1  # the cap on attempts came on 2026-01-30


def test_how_long_a_bureau_keeps_an_entry():
    # CN: five years from the end of the event
    assert report_retention(CN).expires_on(date(2026, 3, 2)) == date(2031, 3, 2)
    # US: 1 January 1997 + 180 days (151 to 1 June, + 29) = 30 June 1997, + 7 years = 30 June 2004
    assert report_retention(US).expires_on(date(1997, 1, 1)) == date(2004, 6, 30)
    assert report_retention(DE) is None


def test_first_delinquency_is_never_re_aged():
    # first missed January 1997, reported by the creditor in March 1997: January counts
    assert first_delinquency(date(1997, 1, 1), date(1997, 3, 1), date(1998, 8, 31)) == date(1997, 1, 1)


def test_allocation_order():
    assert allocation_order(CN).order == ("costs", "interest", "principal")
    assert allocation_order(CN).contract_may_override
    assert allocation_order(DE).order == ("enforcement_costs", "amount_due", "default_interest")
    assert not allocation_order(DE).contract_may_override
    assert allocation_order(US).excess == "descending_apr"


def test_the_cap_on_the_all_in_cost():
    assert cap_all_in_rate(CN, date(2026, 11, 23)) == Decimal("0.24")
    assert cap_all_in_rate(DE, date(2026, 11, 23)) is None
    assert cap_all_in_rate(US, date(2026, 11, 23)) is None  # 36 % binds loans to servicemembers only


def test_whether_a_report_waits_for_its_notice():
    assert [furnish_after_arrival(pack) for pack in (CN, DE, US)] == [True, True, False]


@pytest.mark.parametrize(
    ("amount", "overdue", "repaid", "hidden"),
    [
        ("9000", date(2024, 5, 10), date(2025, 11, 30), date(2026, 1, 1)),
        ("10000", date(2025, 12, 5), date(2026, 1, 15), date(2026, 2, 28)),  # end of the month after January
        ("10000.01", date(2025, 12, 5), date(2026, 1, 15), None),  # one cent over the limit
        ("5000", date(2025, 6, 1), date(2026, 4, 1), None),  # one day after 31 March 2026
        ("5000", date(2019, 12, 31), date(2025, 6, 1), None),  # before the window opens
    ],
)
def test_one_off_credit_repair(amount, overdue, repaid, hidden):
    assert repair_hidden_from(CN, Decimal(amount), overdue, repaid) == hidden


@pytest.mark.parametrize(
    ("pack", "calendar", "line", "arrived", "policy_days", "last", "rule"),
    [
        (CN, CN_DAYS, CN_LINE, date(2026, 3, 2), 10, date(2026, 3, 17), "cn.rescind-after-demand"),  # 15 > 10
        (CN, CN_DAYS, CN_LINE, date(2026, 3, 2), 20, date(2026, 3, 22), "cn.rescind-after-demand"),  # 20 > 15
        (
            CN,
            CN_DAYS,
            CN_LINE,
            date(2026, 9, 16),
            0,
            date(2026, 10, 8),
            "cn.rescind-after-demand",
        ),  # 1 Oct rolls
        (
            DE,
            DE_DAYS,
            DE_LINE,
            date(2026, 3, 7),
            0,
            date(2026, 3, 23),
            "de.acceleration-498",
        ),  # Saturday rolls
        (US, US_DAYS, US_LINE, date(2026, 3, 11), 0, date(2026, 3, 31), "us.co-right-to-cure"),  # 11 + 20
    ],
)
def test_cure_ends(pack, calendar, line, arrived, policy_days, last, rule):
    ends, basis = cure_ends(pack, arrived, policy_days, calendar, line)
    assert (ends, basis.rule_id) == (last, rule)
    assert str(arrived) in basis.note


def test_cure_ends_where_neither_law_nor_lender_gives_a_number():
    line = replace(CN_LINE, lender_reasonable_days=None)
    # 2 + 10 days of policy = 12 March; the gate still refuses until the lender has set its number
    assert cure_ends(CN, date(2026, 3, 2), 10, CN_DAYS, line)[0] == date(2026, 3, 12)
    old = replace(CN_LINE, law_as_of=date(2005, 1, 1))
    ends, basis = cure_ends(CN, date(2026, 3, 2), 10, CN_DAYS, old)
    assert (ends, basis.rule_id) == (date(2026, 3, 12), "house.policy-cure")


def test_another_packs_calendar_is_refused():
    with pytest.raises(PackMistake, match="counts days by CN, not DE"):
        may(CN, LawStage.FREEZE, CN_LINE, DE_DAYS)
