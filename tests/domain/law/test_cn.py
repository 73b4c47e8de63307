"""China: freeze, accelerate and report, refused and allowed, with the dates worked out beside them."""

from datetime import date

import pytest
from law_lines import CN, CN_DAYS, CN_LINE
from msgspec.structs import replace

from fullrecall.domain.law import Allowed, NoticeSeen, may
from fullrecall.domain.vocabulary import LawStage, Protection, Refused, Trigger

FREEZE, ACCELERATE, REPORT = LawStage.FREEZE, LawStage.ACCELERATE, LawStage.REPORT


def ask(stage=ACCELERATE, **changes):
    return may(CN, stage, replace(CN_LINE, **changes), CN_DAYS)


def test_acceleration_waits_for_the_lenders_reasonable_period_counted_from_arrival():
    # arrived 2 March, that day not counted, + 15 = 17 March is the last day to cure; lawful from 18 March
    refused = ask(on=date(2026, 3, 17))
    assert (refused.rule, refused.until) == ("cn.rescind-after-demand", date(2026, 3, 18))
    allowed = ask(on=date(2026, 3, 18))
    assert isinstance(allowed, Allowed)
    assert allowed.earliest == date(2026, 3, 18)
    notes = {basis.rule_id: basis.note for basis in allowed.basis}
    assert (
        "arrived 2026-03-02, lender 15 days -> 2026-03-17, policy 10 days -> 2026-03-12"
        in notes["cn.rescind-after-demand"]
    )
    assert all(basis.citation for basis in allowed.basis)


def test_the_longer_of_lender_policy_and_the_notices_own_word_wins():
    # 2 March + 20 days of policy = 22 March; from 23 March
    assert ask(policy_cure_days=20).until == date(2026, 3, 23)
    demand = replace(CN_LINE.notices[0], cure_ends_on=date(2026, 4, 10))
    assert ask(notices=(demand,)).until == date(2026, 4, 11)
    short = replace(demand, cure_ends_on=date(2026, 3, 5))  # a notice cannot shorten: still 18 March
    assert ask(notices=(short,)).earliest == date(2026, 3, 18)


def test_without_a_number_from_the_lender_the_law_gives_none():
    refused = ask(lender_reasonable_days=None)
    assert refused.rule == "cn.rescind-after-demand"
    assert "lender must set one" in refused.why
    assert refused.until is None


@pytest.mark.parametrize("arrived", [None, date(2026, 3, 25)])
def test_a_notice_that_was_sent_but_has_not_arrived_starts_nothing(arrived):
    # the notice that comes on 25 March is known to come: ask again then
    refused = ask(notices=(replace(CN_LINE.notices[0], arrived_on=arrived),))
    assert refused.rule in ("cn.notice-effective-on-arrival", "cn.rescind-after-demand")
    assert refused.until == arrived


def test_a_last_day_in_the_golden_week_rolls_on():
    # arrived 16 September 2026 + 15 = 1 October, closed to 7 October -> last day 8, lawful from 9 October
    demand = replace(CN_LINE.notices[0], sent_on=date(2026, 9, 16), arrived_on=date(2026, 9, 16))
    assert ask(notices=(demand,), on=date(2026, 10, 8)).until == date(2026, 10, 9)
    assert ask(notices=(demand,), on=date(2026, 10, 9)).earliest == date(2026, 10, 9)
    # 2005: arrived 20 September + 15 = 5 October, inside 1-7 -> 8 October (a Saturday, but no holiday)
    demand = replace(demand, sent_on=date(2005, 9, 20), arrived_on=date(2005, 9, 20))
    view = replace(CN_LINE, notices=(demand,), on=date(2005, 10, 9), in_default_since=date(2005, 8, 1))
    assert may(CN, ACCELERATE, view, CN_DAYS).earliest == date(2005, 10, 9)


def test_misuse_needs_proof_and_an_arrived_notice_but_no_cure_period():
    misuse = {"ground": Trigger.VIOLATION, "past_due_minor": 0, "days_past_due": 0, "policy_cure_days": 0}
    unclear = ask(on=date(2026, 3, 2), **misuse)
    assert unclear.rule == "cn.recall-misuse"
    proven = ask(
        on=date(2026, 3, 2), violation_severe_proven=True, acceleration_clause_flagged=False, **misuse
    )
    assert proven.earliest == date(2026, 3, 2)  # Art. 673: the day the notice arrives
    unsent = ask(violation_severe_proven=True, notices=(), **misuse)
    assert unsent.rule == "cn.notice-effective-on-arrival"
    # the policy's 10 days count even where the law asks for none: 2 + 10 = 12 March, from 13 March
    waited = ask(on=date(2026, 3, 12), violation_severe_proven=True, **(misuse | {"policy_cure_days": 10}))
    assert waited.until == date(2026, 3, 13)


@pytest.mark.parametrize("ground", [Trigger.SCORE, Trigger.DECISION])
def test_a_score_or_a_decision_rests_on_a_flagged_clause(ground):
    assert ask(ground=ground, acceleration_clause_flagged=False).rule == "cn.standard-terms"
    assert ask(ground=ground).earliest == date(2026, 3, 18)


def test_an_instalment_sale_needs_a_fifth_of_the_price():
    # price 3,000.00 -> 1/5 = 600.00; arrears 500.00 are short of it, 600.00 reach it
    sale = {"kind": "instalment_sale", "nominal_minor": 300_000}
    refused = ask(past_due_minor=50_000, **sale)
    assert refused.rule == "cn.instalment-sale-20pct"
    assert "60000" in refused.why
    assert isinstance(ask(past_due_minor=60_000, **sale), Allowed)
    assert isinstance(ask(past_due_minor=59_999, **sale), Refused)
    assert isinstance(ask(past_due_minor=50_000, kind="loan", nominal_minor=300_000), Allowed)


def test_the_right_lapses_a_year_after_the_ground_was_known():
    # known 18 March 2025 -> usable until 18 March 2026; the one gate that closes as days pass
    assert isinstance(ask(ground_known_on=date(2025, 3, 18)), Allowed)
    assert ask(ground_known_on=date(2025, 3, 18), on=date(2026, 3, 19)).rule == "cn.rescission-right-lapses"


def test_a_payment_before_the_effect_wins():
    assert ask(past_due_minor=0).rule == "cn.rescind-after-demand"
    assert ask(FREEZE, past_due_minor=0).rule == "house.nothing-overdue"


def test_a_demand_for_arrears_since_paid_does_not_count():
    # the instalment of 5 March is the oldest unpaid one: the demand of 1 March was for another
    refused = ask(in_default_since=date(2026, 3, 5), on=date(2026, 6, 1))
    assert (refused.rule, refused.until) == ("cn.rescind-after-demand", None)


def test_freeze_is_its_own_gate():
    assert ask(FREEZE, withdrawal_clause_flagged=False).rule == "cn.standard-terms"
    allowed = ask(FREEZE, notices=(), acceleration_clause_flagged=False, on=date(2026, 3, 1))
    assert allowed.earliest == date(2026, 3, 1)
    assert ask(FREEZE, ground=Trigger.VIOLATION).rule == "cn.recall-misuse"
    proven = ask(
        FREEZE, ground=Trigger.VIOLATION, violation_severe_proven=True, withdrawal_clause_flagged=False
    )
    assert {basis.rule_id for basis in proven.basis} == {"cn.recall-misuse", "cn.adm"}
    objected = ask(FREEZE, objected_to_automation=True)
    assert objected.rule == "cn.adm"
    assert isinstance(ask(FREEZE, objected_to_automation=True, human_reviewed=True), Allowed)


def test_an_adverse_entry_waits_for_the_arrival_of_its_notice():
    told = NoticeSeen(kind="report", sent_on=date(2026, 3, 16), arrived_on=date(2026, 3, 17))
    assert ask(REPORT, adverse=True).rule == "cn.bureau-prior-notice"
    # arrived 17 March: "beforehand" means a later day, 18 March
    same_day = ask(REPORT, adverse=True, notices=(told,), on=date(2026, 3, 17))
    assert (same_day.rule, same_day.until) == ("cn.bureau-prior-notice", date(2026, 3, 18))
    assert ask(REPORT, adverse=True, notices=(told,)).earliest == date(2026, 3, 18)
    assert ask(REPORT, adverse=True, notices=(told,), consent_to_report=False).rule == "cn.bureau-consent"
    assert isinstance(ask(REPORT, adverse=False), Allowed)  # good news needs no prior notice
    disputed = ask(REPORT, adverse=True, notices=(told,), disputed=True)
    assert [duty.rule_id for duty in disputed.duties] == ["cn.bureau-dispute"]


def test_a_recall_alone_is_not_adverse():
    refused = ask(REPORT, adverse=True, past_due_minor=0, days_past_due=0, in_default_since=None)
    assert refused.rule in ("cn.bureau-prior-notice", "house.recall-is-not-adverse")
    told = NoticeSeen(kind="report", sent_on=date(2026, 3, 1), arrived_on=date(2026, 3, 1))
    refused = ask(
        REPORT, adverse=True, past_due_minor=0, days_past_due=0, in_default_since=None, notices=(told,)
    )
    assert refused.rule == "house.recall-is-not-adverse"


def test_another_line_is_called_only_through_a_flagged_clause():
    other = {"cross_default": True, "past_due_minor": 0, "days_past_due": 0, "in_default_since": None}
    assert ask(**other).rule == "house.cross-default"
    assert ask(cross_default_flagged=True, **other).earliest == date(2026, 3, 18)
    assert isinstance(ask(FREEZE, **other), Allowed)  # cutting the other line's limit is the default


@pytest.mark.parametrize("protection", list(Protection))
def test_protected_persons_are_not_demanded_from(protection):
    for stage in (LawStage.WARN, LawStage.NOTICE, LawStage.COLLECT, ACCELERATE, REPORT):
        assert ask(stage, protection=protection).rule == "house.protected-person"
    freeze = ask(FREEZE, protection=protection)
    assert isinstance(freeze, Allowed) == (protection is Protection.IDENTITY_THEFT)
    assert isinstance(ask(FREEZE, protection=protection, protective_freeze=True), Allowed)


def test_the_law_of_2005_had_none_of_these_rules():
    assert ask(law_as_of=date(2005, 10, 1)).rule == "house.no-rule-in-force"
