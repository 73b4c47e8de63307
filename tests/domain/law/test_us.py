"""United States: freeze, accelerate and report, refused and allowed, with the dates worked out."""

from datetime import date, timedelta

import pytest
from law_lines import US, US_DAYS, US_LINE
from msgspec.structs import replace

from fullrecall.domain.law import Allowed, NoticeSeen, may
from fullrecall.domain.vocabulary import LawStage, Protection, Refused, Trigger

FREEZE, ACCELERATE, REPORT = LawStage.FREEZE, LawStage.ACCELERATE, LawStage.REPORT


def ask(stage=ACCELERATE, **changes):
    return may(US, stage, replace(US_LINE, **changes), US_DAYS)


def test_without_a_governing_state_nothing_is_called():
    assert ask(governing_state=None).rule == "us.governing-state"
    assert ask(governing_state="XX").rule == "us.governing-state"
    assert ask(acceleration_clause_flagged=False).rule == "us.governing-state"


def test_colorado_ten_days_in_default_and_twenty_to_cure():
    # due 1 March + 10 = notice not before 11 March; given 11 March + 20 = 31 March, the last day to cure;
    # so from 1 April ("not before notice + 20 days": the twentieth day is still the borrower's)
    refused = ask(on=date(2026, 3, 31))
    assert (refused.rule, refused.until) == ("us.co-right-to-cure", date(2026, 4, 1))
    allowed = ask(on=date(2026, 4, 1))
    assert allowed.earliest == date(2026, 4, 1)
    note = next(basis.note for basis in allowed.basis if basis.rule_id == "us.co-right-to-cure")
    assert "due 2026-03-01, notice not before 2026-03-11" in note


def test_a_notice_given_too_early_does_not_count():
    # given 10 March, one day before 11 March
    early = replace(US_LINE.notices[0], sent_on=date(2026, 3, 10), arrived_on=date(2026, 3, 10))
    refused = ask(notices=(early,), on=date(2026, 6, 1))
    assert refused.rule == "us.co-right-to-cure"
    assert "2026-03-11" in refused.why
    again = replace(early, sent_on=date(2026, 3, 12), arrived_on=date(2026, 3, 14))
    # the second, timely one arrived 14 March + 20 = 3 April; from 4 April
    assert ask(notices=(early, again), on=date(2026, 4, 4)).earliest == date(2026, 4, 4)


@pytest.mark.parametrize(
    ("state", "sent", "first"),
    [
        ("KS", date(2026, 3, 11), date(2026, 4, 1)),  # 10 days, 11 March + 20 = 31 March
        ("ME", date(2026, 3, 11), date(2026, 4, 1)),  # model text: 10 and 20
        ("WI", date(2026, 3, 12), date(2026, 3, 28)),  # more than 10 days = 11: 12 March + 15 = 27 March
        ("WV", date(2026, 3, 5), date(2026, 3, 16)),  # no days in default asked: 5 March + 10 = 15 March
    ],
)
def test_other_states_by_their_own_numbers(state, sent, first):
    notice = replace(US_LINE.notices[0], sent_on=sent, arrived_on=sent)
    line = {"governing_state": state, "notices": (notice,), "instalments_missed_consecutive": 2}
    assert ask(on=first - timedelta(days=1), **line).until == first
    assert ask(on=first, **line).earliest == first


def test_wisconsin_needs_more_than_one_full_payment_outstanding():
    refused = ask(governing_state="WI", instalments_missed_consecutive=1)
    assert refused.rule == "us.wi-right-to-cure"
    assert "No more than 1 full payment" in refused.why


def test_a_used_up_right_to_cure_leaves_the_policys_days():
    # Colorado: a second default within 12 months has no new right; with 5 policy days 11 March + 5 = 16 March
    repeat = {"prior_cures_12m": 1, "policy_cure_days": 5}
    assert ask(on=date(2026, 3, 16), **repeat).until == date(2026, 3, 17)
    assert ask(on=date(2026, 3, 17), **repeat).earliest == date(2026, 3, 17)
    # Wisconsin: only after two cures; West Virginia: after three defaults
    assert isinstance(ask(governing_state="WI", on=date(2026, 3, 20), prior_cures_12m=1), Refused)
    assert isinstance(ask(governing_state="WV", on=date(2026, 3, 20), prior_defaults=2), Refused)
    assert isinstance(ask(governing_state="WV", on=date(2026, 3, 20), prior_defaults=3), Allowed)


def test_a_state_outside_the_pack_needs_the_lenders_own_number():
    assert ask(governing_state="TX").rule == "us.state-unlisted"
    # 11 March + 30 = 10 April; from 11 April
    assert ask(governing_state="TX", lender_reasonable_days=30, on=date(2026, 4, 10)).until == date(
        2026, 4, 11
    )
    assert ask(governing_state="TX", lender_reasonable_days=30, on=date(2026, 4, 11)).earliest == date(
        2026, 4, 11
    )


def test_home_secured_plans_know_three_grounds_only():
    assert ask(home_secured=True, ground=Trigger.SCORE).rule == "us.heloc-acceleration"
    assert isinstance(ask(home_secured=True), Allowed)


def test_freeze_for_current_arrears_owes_no_reasons_and_for_a_score_within_thirty_days():
    allowed = ask(FREEZE, notices=())
    assert allowed.duties == ()
    # 1 April + 30 = 1 May
    early = ask(FREEZE, ground=Trigger.SCORE, past_due_minor=0, days_past_due=0)
    assert [(duty.rule_id, duty.by) for duty in early.duties] == [("us.adverse-action-30", date(2026, 5, 1))]
    assert ask(FREEZE, ground=Trigger.SCORE, explained=True).duties == ()


def test_freeze_refused():
    assert ask(FREEZE, home_secured=True, ground=Trigger.SCORE).rule == "us.heloc-suspend"
    assert ask(FREEZE, past_due_minor=0).rule == "house.nothing-overdue"
    assert ask(FREEZE, ground=Trigger.VIOLATION).rule == "house.violation-unproven"


def test_a_creditor_may_furnish_and_owes_notice_within_thirty_days():
    # 1 April + 30 = 1 May
    allowed = ask(REPORT, adverse=True)
    assert [(duty.rule_id, duty.by) for duty in allowed.duties] == [
        ("us.fcra-negative-notice", date(2026, 5, 1))
    ]
    told = NoticeSeen(kind="report", sent_on=date(2026, 3, 20), arrived_on=date(2026, 3, 23))
    assert ask(REPORT, adverse=True, notices=(told,)).duties == ()


def test_a_collector_writes_and_waits_fourteen_days():
    # written 11 March + 14 = 25 March; from 26 March
    collector = {"adverse": True, "third_party_collector": True}
    refused = ask(REPORT, on=date(2026, 3, 25), **collector)
    assert (refused.rule, refused.until) == ("us.regf-furnish-gate", date(2026, 3, 26))
    assert ask(REPORT, on=date(2026, 3, 26), **collector).earliest == date(2026, 3, 26)
    assert ask(REPORT, notices=(), **collector).rule == "us.regf-furnish-gate"


def test_a_stolen_identity_is_frozen_but_never_reported():
    assert ask(REPORT, adverse=True, protection=Protection.IDENTITY_THEFT).rule == "house.protected-person"
    assert isinstance(ask(FREEZE, protection=Protection.IDENTITY_THEFT), Allowed)
