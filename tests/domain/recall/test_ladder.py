"""What the ladder does to a borrower, day by day: triggers, cure, protection, interrupts, approval, several
lines.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from case_life import (
    BALANCE,
    DAY,
    LENDER,
    OPENED,
    PAST_DUE,
    Life,
    a_line,
    at_stage,
    called,
    current,
    demanded,
    frozen,
)
from msgspec.structs import replace

from fullrecall.domain import facts as f
from fullrecall.domain.recall import alerts, ladder
from fullrecall.domain.recall.ladder import Command, LadderTerms
from fullrecall.domain.vocabulary import Action, AlreadyDone, Clock, Done, Protection, Refused, Stage, Trigger


def march(day: int) -> date:
    return date(2026, 3, day)


CURE_ENDS = march(18)  # demanded on the 2nd for the 3rd at the latest, 15 days: 3 + 15 = 18


# --- four triggers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trigger", Trigger)
def test_each_trigger_leads_to_its_own_reason(trigger: Trigger) -> None:
    opening = alerts.opening(
        a_line(), trigger=trigger, action=Action.WARN, rules=("r",), reasons=(f"REASON_{trigger}",),
        policy_id="p", pack_version="v", law_as_of=OPENED, scope_lines=("l-1",), exposure=1,
    )  # fmt: skip
    assert (opening.trigger, opening.reasons) == (str(trigger), (f"REASON_{trigger}",))


def test_arrears_are_demanded_before_a_freeze() -> None:
    life = Life(action=Action.FREEZE)
    assert life.close(march(2)) is Command.DEMAND
    (issued,) = [n for n in life.facts("NoticeIssued") if n.notice == "demand"]
    assert (issued.amount, issued.line_amounts, issued.pay_by) == (PAST_DUE, {"l-1": PAST_DUE}, CURE_ENDS)


def test_a_proven_violation_freezes_first_and_its_balance_is_demanded_before_a_call() -> None:
    line = current("l-1", violations=(("v-1", True),))
    life = Life(line, action=Action.RECALL, trigger=Trigger.VIOLATION)
    steps = life.days(march(2), march(4))
    assert [c for _, c in steps] == [Command.FREEZE, Command.WITHDRAW_LIMITS, Command.DEMAND_AGAIN]
    (issued,) = [n for n in life.facts("NoticeIssued") if n.notice == "demand"]
    assert issued.amount == BALANCE, (
        "nothing is past due: the balance that would be called is what is demanded"
    )
    life.arrive(march(4))
    # named for arrival on the 5th: 5 + 15 = 20 March; lawful from the 21st
    assert life.days(march(5), march(21)) == [(march(21), Command.ACCELERATE)]
    assert life.case.called == {"l-1": BALANCE}


def test_an_unproven_violation_freezes_nothing() -> None:
    life = Life(current("l-1", violations=(("v-1", False),)), action=Action.FREEZE, trigger=Trigger.VIOLATION)
    life.close(march(2))
    assert life.case.stage is Stage.WARNED
    assert [r.rule for r in life.facts("StepRefused")] == ["cn.recall-misuse"]


def test_a_limit_exceeded_does_not_take_the_cure_period_from_arrears() -> None:
    life = Life(action=Action.WARN, trigger=Trigger.VIOLATION)
    life.join(Action.FREEZE, Trigger.ARREARS, OPENED)
    assert life.close(march(2)) is Command.DEMAND


def test_a_decision_with_nothing_to_pay_freezes_without_a_demand_for_nothing() -> None:
    life = Life(current("l-1", manual_action="freeze"), action=Action.FREEZE, trigger=Trigger.DECISION)
    assert [c for _, c in life.days(march(2), march(3))] == [Command.FREEZE, Command.RUN_OFF]


# --- every ground can end -----------------------------------------------------------------------------------


def test_a_score_warning_stands_while_the_policy_asks_and_ends_when_it_asks_nothing() -> None:
    life = Life(current("l-1"), action=Action.WARN, trigger=Trigger.SCORE)
    # opened 1 March, reviewed after 30 days on 31 March, and kept
    assert life.days(march(2), date(2026, 4, 10)) == [(march(31), Command.REVIEW)]
    life.observe(date(2026, 4, 15), BALANCE, 0, 0, asks=Action.REFER)
    assert life.case.stage is Stage.WARNED, "not known is not nothing"
    life.observe(date(2026, 4, 30), BALANCE, 0, 0, asks=Action.NONE)
    assert life.case.stage is Stage.CURED
    assert life.days(date(2026, 5, 1), date(2026, 5, 2)) == [(date(2026, 5, 1), Command.CLOSE)]


def test_a_warning_for_small_arrears_ends_when_the_policy_asks_nothing() -> None:
    life = Life(action=Action.WARN)
    life.observe(march(31), 380_000, 5_000, 30, asks=Action.NONE)
    assert life.case.stage is Stage.CURED


def test_a_quiet_line_does_not_end_the_case_of_another() -> None:
    life = Life(current("l-1"), current("l-2"), action=Action.WARN, trigger=Trigger.SCORE)
    life.observe(march(31), BALANCE, 0, 0, line_id="l-2", asks=Action.NONE)
    assert life.case.stage is Stage.WARNED
    assert not life.kinds("TriggerLapsed")


def test_a_violation_freeze_ends_when_the_violation_is_dismissed() -> None:
    life = Life(current("l-1", violations=(("v-1", True),)), action=Action.FREEZE, trigger=Trigger.VIOLATION)
    life.days(march(2), march(3))
    assert life.case.stage is Stage.RUN_OFF and life.lines["l-1"].frozen == "full"
    life.line_fact("l-1", f.ViolationDismissed("v-1", "officer", "the invoices were genuine"), march(9))
    life.plan(march(9))
    assert life.days(march(9), march(10)) == [(march(10), Command.CURE)]
    assert life.lines["l-1"].frozen == ""


def test_money_does_not_cure_a_proven_violation() -> None:
    line = a_line(violations=(("v-1", True),))
    life = Life(line, action=Action.FREEZE, trigger=Trigger.ARREARS)
    life.join(Action.FREEZE, Trigger.VIOLATION, OPENED)
    life.days(march(2), march(2))
    life.pay(PAST_DUE, march(3))
    assert life.case.stage is Stage.FROZEN


def test_a_decision_ends_when_it_is_taken_back() -> None:
    life = Life(current("l-1", manual_action="freeze"), action=Action.FREEZE, trigger=Trigger.DECISION)
    life.days(march(2), march(3))
    life.line_fact("l-1", f.RiskDecisionMade("none", "officer", "documents came"), march(9))
    life.plan(march(9))
    assert life.days(march(10), march(10)) == [(march(10), Command.CURE)]


def test_withdrawing_a_case_takes_the_decision_back_too() -> None:
    life = Life(current("l-1", manual_action="recall"), action=Action.RECALL, trigger=Trigger.DECISION)
    life.days(march(2), march(3))
    life.apply(ladder.withdraw(life.case, life.around, "officer", "wrong person"), march(4))
    line = life.lines["l-1"]
    assert (line.manual_action, line.frozen, line.limit_withdrawn) == ("", "", False)
    again = ladder.withdraw(life.case, life.around, "officer", "wrong person")
    assert isinstance(again.answer, AlreadyDone)


def test_a_decision_to_recall_is_carried_out_by_the_call() -> None:
    line = a_line(manual_action="recall")
    life = called(Life(line, action=Action.RECALL, trigger=Trigger.ARREARS))
    assert life.lines["l-1"].manual_action == "", "or the next month would open a new case on an old decision"


# --- cure: the last day belongs to the borrower -------------------------------------------------------------


def test_paying_on_the_last_day_cures() -> None:
    life = demanded(Life())
    assert life.case.cure_ends_on == CURE_ENDS
    assert life.days(march(3), CURE_ENDS) == []
    life.pay(PAST_DUE, CURE_ENDS)
    assert life.case.stage is Stage.CURED
    assert life.days(march(19), march(20)) == [(march(19), Command.CLOSE)]
    assert not life.kinds("LineFrozen")


def test_a_day_late_is_frozen_and_paying_then_restores() -> None:
    life = frozen(Life())
    life.pay(PAST_DUE, march(19))
    assert life.case.stage is Stage.CURED and life.lines["l-1"].frozen == ""


def test_a_part_is_not_the_whole() -> None:
    life = demanded(Life())
    life.pay(PAST_DUE - 1, march(10))
    assert life.case.demand_open == {"l-1": 1}
    assert life.days(march(10), march(19)) == [(march(19), Command.FREEZE)]


def test_money_on_another_line_does_not_meet_the_demand() -> None:
    life = demanded(Life(a_line(), current()))
    life.pay(PAST_DUE, march(10), line_id="l-2")
    assert (life.case.stage, life.case.paid_since_demand) == (Stage.NOTIFIED, 0)


def test_what_fell_due_after_the_demand_is_not_part_of_it() -> None:
    life = demanded(Life())
    life.observe(march(10), BALANCE, 2 * PAST_DUE, 69)
    life.pay(PAST_DUE, march(11))
    assert life.case.stage is Stage.CURED


def test_a_payment_between_notice_and_freeze_wins_at_the_moment_of_effect() -> None:
    life = demanded(Life())
    paid = replace(life.lines["l-1"], past_due_amount=0, days_past_due=0)
    life.lines["l-1"] = paid  # booked, but the case was not told
    answer = life.take(Command.FREEZE, march(19))
    assert isinstance(answer, Refused) and answer.rule == "house.nothing-overdue"
    assert life.days(march(19), march(19)) == [(march(19), Command.CURE)]


def test_a_demand_nobody_received_is_made_again_three_times_then_once_a_review() -> None:
    life = Life()
    steps = life.days(march(2), date(2026, 5, 31))
    assert {c for _, c in steps} == {Command.DEMAND, Command.DEMAND_AGAIN}
    # 2 March; more than 7 days later 10 and 18 March; then more than 30 days later 18 April, 19 May
    assert [d for d, _ in steps] == [march(2), march(10), march(18), date(2026, 4, 18), date(2026, 5, 19)]


def test_a_stale_demand_does_not_carry_a_new_default() -> None:
    life = frozen(Life(a_line(violations=(("v-1", True),)), action=Action.RECALL, trigger=Trigger.ARREARS))
    life.close(march(20))
    life.join(Action.RECALL, Trigger.VIOLATION, march(20))
    life.pay(PAST_DUE, march(20))  # the violation keeps the case open
    life.observe(date(2026, 4, 30), BALANCE, PAST_DUE, 20)
    assert life.lines["l-1"].in_default_since == date(2026, 4, 10)
    assert Command.DEMAND_AGAIN in [c for _, c in life.days(date(2026, 5, 1), date(2026, 5, 2))]


# --- limit and balance are two powers -----------------------------------------------------------------------


def test_limit_and_balance_are_two_steps_with_two_gates() -> None:
    life = frozen(Life(action=Action.RECALL))
    assert life.close(march(20)) is Command.WITHDRAW_LIMITS
    line = life.lines["l-1"]
    assert line.limit_withdrawn and line.called == 0, "no balance falls due by withdrawing a limit"
    assert life.close(march(21)) is Command.ACCELERATE
    assert (life.lines["l-1"].called, life.lines["l-1"].open_balance) == (BALANCE, 0)


def test_a_limit_that_may_not_be_withdrawn_does_not_keep_the_balance_from_its_gate() -> None:
    life = frozen(Life(action=Action.RECALL))
    life.lender = replace(LENDER, withdrawal_clause_flagged=False)
    assert life.close(march(20)) is Command.WITHDRAW_LIMITS and not life.case.limits_withdrawn
    life.plan(march(20))
    assert life.close(march(21)) is Command.ACCELERATE
    assert life.case.stage is Stage.ACCELERATED and not life.lines["l-1"].limit_withdrawn


def test_an_acceleration_without_its_clause_is_refused_once_and_asked_weekly() -> None:
    life = frozen(Life(action=Action.RECALL))
    life.lender = replace(LENDER, acceleration_clause_flagged=False)
    steps = life.days(march(20), date(2026, 4, 30))
    refused = [r for r in life.facts("StepRefused") if r.command == "accelerate"]
    assert [r.rule for r in refused] == ["cn.standard-terms"]
    asked = [d for d, c in steps if c is Command.ACCELERATE]
    assert asked[:2] == [march(21), march(28)], "seven days between asks"
    # what cannot be had by the review date, 19 March + 30 days, goes on as run-off with a plan
    assert (date(2026, 4, 18), Command.ACCELERATE) in steps or (date(2026, 4, 18), Command.RUN_OFF) in steps
    assert life.case.stage is Stage.RUN_OFF


# --- run-off and review -------------------------------------------------------------------------------------


def test_a_freeze_carries_its_review_date_and_goes_on_as_run_off() -> None:
    life = frozen(Life(action=Action.FREEZE))
    assert life.case.review_on == life.lines["l-1"].review_on == date(2026, 4, 18)  # 19 March + 30 days
    assert life.close(march(20)) is Command.RUN_OFF
    assert life.case.review_on == date(2026, 4, 19)
    (began,) = life.facts("RunOffBegan")
    assert began.plan_instalments == (3, 6, 12)
    assert life.days(march(21), date(2026, 5, 19)) == [
        (date(2026, 4, 19), Command.REVIEW),
        (date(2026, 5, 19), Command.REVIEW),
    ]


def test_a_run_off_that_is_asked_to_freeze_stays_a_run_off() -> None:
    life = at_stage(Stage.RUN_OFF)
    life.join(Action.FREEZE, Trigger.SCORE, march(21))
    assert life.days(march(21), march(30)) == [] and life.case.stage is Stage.RUN_OFF


def test_a_run_off_that_is_asked_to_recall_is_called() -> None:
    life = at_stage(Stage.RUN_OFF)
    life.join(Action.RECALL, Trigger.ARREARS, march(21))
    assert [c for _, c in life.days(march(22), march(23))] == [Command.WITHDRAW_LIMITS, Command.ACCELERATE]


# --- a second person ----------------------------------------------------------------------------------------


def waiting_for_approval(**kw: object) -> Life:
    life = frozen(Life(action=Action.RECALL, approval=True, **kw))  # type: ignore[arg-type]
    life.days(march(20), march(21))
    assert life.case.approval == "asked" and life.case.stage is Stage.FROZEN
    return life


def test_a_second_person_is_asked_once_and_given_calls() -> None:
    life = waiting_for_approval()
    assert life.days(march(22), march(30)) == []
    assert len(life.facts("ApprovalAsked")) == 1
    life.case_fact(f.ApprovalGiven("accelerate", "approver"), march(30))
    life.plan(march(30))
    assert life.close(march(31)) is Command.ACCELERATE and life.case.stage is Stage.ACCELERATED


def test_denied_goes_on_as_run_off() -> None:
    life = waiting_for_approval()
    life.case_fact(f.ApprovalDenied("accelerate", "approver", "a plan was agreed"), march(25))
    life.plan(march(25))
    assert life.days(march(26), march(26)) == [(march(26), Command.RUN_OFF)]


def test_an_approval_nobody_gives_is_not_given_but_may_still_come() -> None:
    life = waiting_for_approval()
    assert life.days(march(22), date(2026, 4, 18)) == [(date(2026, 4, 18), Command.RUN_OFF)]
    life.case_fact(f.ApprovalGiven("accelerate", "approver"), date(2026, 4, 20))
    life.plan(date(2026, 4, 20))
    assert life.days(date(2026, 4, 21), date(2026, 4, 21)) == [(date(2026, 4, 21), Command.ACCELERATE)]


def test_whoever_asked_is_kept_from_approving() -> None:
    life = Life(action=Action.WARN, asked_by="officer-1")
    life.join(Action.RECALL, Trigger.DECISION, march(2), by="officer-2")
    assert life.case.asked_by == ("officer-1", "officer-2")


# --- interrupts ---------------------------------------------------------------------------------------------


def test_a_dispute_stops_cure_and_enforcement_and_gives_the_days_back() -> None:
    life = demanded(Life())
    assert set(life.interrupt("dispute", march(8))) == {Clock.CURE, Clock.ENFORCEMENT}
    assert life.days(march(8), march(28)) == [], "the period would have ended on the 18th"
    life.resume("dispute", march(28))
    # ten days were left on 8 March (9..18 March inclusive of the 18th); 28 - 8 = 20 days come back: 7 April
    assert life.case.cure_ends_on == date(2026, 4, 7)
    assert life.days(march(29), date(2026, 4, 8)) == [(date(2026, 4, 8), Command.FREEZE)]


def test_overlapping_interrupts_give_a_day_back_once() -> None:
    life = demanded(Life())
    life.interrupt("dispute", march(5))
    life.interrupt("hardship", march(7))
    life.resume("dispute", march(9))
    assert life.case.cure_ends_on == CURE_ENDS, "hardship still stops the clock"
    life.resume("hardship", march(15))
    assert life.case.cure_ends_on == CURE_ENDS + timedelta(days=10), "15 - 5 = 10, not 4 + 8"


def test_a_complaint_stops_enforcement_only() -> None:
    life = demanded(Life())
    assert life.interrupt("complaint", march(5)) == (Clock.ENFORCEMENT,)
    assert life.days(march(5), march(25)) == []
    life.resume("complaint", march(25))
    assert life.case.cure_ends_on == CURE_ENDS
    assert life.days(march(26), march(26)) == [(march(26), Command.FREEZE)]


def test_a_breathing_space_ends_by_itself() -> None:
    life = demanded(Life())
    life.interrupt("breathing_space", march(5), until=march(20))
    # the 20th is its last day; on the 21st the clocks run again: 21 - 5 = 16 days back, 18 + 16 = 3 April
    assert life.days(march(6), date(2026, 4, 4)) == [
        (march(21), Command.RESUME),
        (date(2026, 4, 4), Command.FREEZE),
    ]
    assert life.case.cure_ends_on == date(2026, 4, 3) and not life.case.interrupts


def test_payment_in_a_dispute_still_cures() -> None:
    life = demanded(Life())
    life.interrupt("dispute", march(5))
    life.pay(PAST_DUE, march(9))
    assert life.case.stage is Stage.CURED


def test_an_arrival_in_a_dispute_counts_from_the_resumption() -> None:
    life = Life()
    life.close(march(2))
    life.interrupt("dispute", march(3))
    life.arrive(march(5))
    assert life.case.cure_ends_on == date(2026, 3, 20)  # 5 + 15
    life.resume("dispute", march(12))
    assert life.case.cure_ends_on == march(27)  # 12 - 5 = 7 days more


def test_charge_off_has_its_own_clock_even_while_disputed() -> None:
    life = demanded(Life())
    life.interrupt("dispute", march(5))
    life.observe(date(2026, 6, 29), BALANCE, PAST_DUE, 180)
    assert life.next_on == date(2026, 6, 30)
    assert life.days(date(2026, 6, 30), date(2026, 6, 30)) == [(date(2026, 6, 30), Command.CHARGE_OFF)]
    assert life.lines["l-1"].charged_off == BALANCE


@pytest.mark.parametrize(
    "stage", [Stage.WARNED, Stage.NOTIFIED, Stage.FROZEN, Stage.RUN_OFF, Stage.ACCELERATED, Stage.CLEARING]
)
def test_charge_off_from_any_stage(stage: Stage) -> None:
    life = at_stage(stage)
    life.observe(date(2026, 7, 1), BALANCE, PAST_DUE, 180)
    assert life.days(date(2026, 7, 2), date(2026, 7, 2)) == [(date(2026, 7, 2), Command.CHARGE_OFF)]


def test_only_the_line_that_reached_the_limit_is_written_off() -> None:
    life = Life(a_line(), current())
    life.observe(date(2026, 7, 1), BALANCE, PAST_DUE, 180)
    life.close(date(2026, 7, 2))
    assert (life.lines["l-1"].charged_off, life.lines["l-2"].charged_off) == (BALANCE, 0)
    (charged,) = life.facts("CaseChargedOff")
    assert (charged.amount, charged.days_past_due) == (BALANCE, 180)


def test_a_called_balance_that_is_never_paid_is_written_off_by_the_clock_of_the_call() -> None:
    """The other core knows of no arrears; the call's own days count: 22 March + 15 = 6 April, 180 more: 3
    October.
    """
    line = current("l-1", manual_action="recall")
    life = Life(line, action=Action.RECALL, trigger=Trigger.DECISION)
    life.days(march(2), march(4))
    life.arrive(march(4))
    assert life.days(march(5), march(23))[-2:] == [
        (march(21), Command.ACCELERATE),
        (march(22), Command.CLEAR),
    ]
    assert life.case.pay_by == date(2026, 4, 5)
    assert life.days(march(24), date(2026, 10, 3)) == [(date(2026, 10, 2), Command.CHARGE_OFF)]
    assert life.lines["l-1"].charged_off == BALANCE


# --- protected persons --------------------------------------------------------------------------------------


@pytest.mark.parametrize("protection", Protection)
@pytest.mark.parametrize(
    ("stage", "command"),
    [
        (Stage.WARNED, Command.DEMAND),
        (Stage.NOTIFIED, Command.DEMAND_AGAIN),
        (Stage.NOTIFIED, Command.FREEZE),
        (Stage.FROZEN, Command.ACCELERATE),
        (Stage.ACCELERATED, Command.CLEAR),
    ],
)
def test_a_protected_person_is_not_pursued(protection: Protection, stage: Stage, command: Command) -> None:
    life = at_stage(stage)
    life.join(Action.RECALL, Trigger.ARREARS, march(22))
    life.case_fact(f.BorrowerProtected(protection, "certificate", "officer"), march(22))
    answer = life.take(command, march(25))
    assert isinstance(answer, Refused) and answer.rule == "ladder.stands-still"
    assert str(protection) in answer.why and answer.until is None
    life.plan(march(22))
    assert life.days(march(23), date(2026, 6, 20)) in ([], [(march(31), Command.REVIEW)], [
        (march(31), Command.REVIEW), (date(2026, 4, 30), Command.REVIEW), (date(2026, 5, 30), Command.REVIEW),
    ])  # fmt: skip


def test_a_protection_lifted_gives_the_cure_days_back() -> None:
    life = demanded(Life())
    life.case_fact(f.BorrowerProtected("deceased", "report", "officer"), march(8))
    life.apply(
        ladder.lift_protection(life.case, by="officer", why="mistaken identity", today=march(12)), march(12)
    )
    assert life.case.cure_ends_on == march(22)  # 18 + (12 - 8)
    life.plan(march(12))
    assert life.days(march(13), march(23)) == [(march(23), Command.FREEZE)]


# --- several lines ------------------------------------------------------------------------------------------


def test_the_other_line_is_frozen_but_called_only_by_its_flagged_clause() -> None:
    life = called(Life(a_line(), current(), action=Action.RECALL))
    assert [line.frozen for line in life.lines.values()] == ["full", "full"]
    assert life.case.called == {"l-1": BALANCE}
    flagged = called(Life(a_line(), current(cross_default_flagged=True), action=Action.RECALL))
    assert flagged.case.called == {"l-1": BALANCE, "l-2": BALANCE}


def test_settling_what_was_called_lets_the_other_line_go() -> None:
    life = called(Life(a_line(), current(), action=Action.RECALL))
    life.pay(BALANCE, march(22))
    assert life.case.stage is Stage.SETTLED
    assert (life.lines["l-1"].frozen, life.lines["l-2"].frozen) == ("full", "")


def test_each_line_asks_its_own_pack() -> None:
    """German law wants two consecutive instalments and 10 % of the nominal: 392.00 of 20,000.00 is 1.96 %."""
    life = called(Life(a_line(), a_line("l-2", "de"), action=Action.RECALL))
    assert life.case.called == {"l-1": BALANCE}
    assert life.lines["l-2"].called == 0
    allowed = life.facts("CaseAccelerated")[0].basis
    assert all(basis.rule.startswith(("cn.", "house.")) for basis in allowed)


# --- money that ends a case ---------------------------------------------------------------------------------


def test_a_position_settles_what_was_called_as_a_payment_does() -> None:
    life = called(Life(action=Action.RECALL))
    life.observe(march(31), 0, 0, 0)
    assert life.case.stage is Stage.SETTLED
    assert life.facts("CaseSettled")[0].paid == BALANCE
    assert life.days(date(2026, 4, 1), date(2026, 4, 1)) == [(date(2026, 4, 1), Command.CLOSE)]
    assert life.next_on is None


def test_clearing_waits_for_the_call_and_part_payments_count() -> None:
    life = called(Life(action=Action.RECALL))
    life.pay(100_000, march(21))
    assert life.close(march(22)) is Command.CLEAR
    assert life.facts("ClearingBegan")[0].amount == BALANCE - 100_000 == 291_300
    life.pay(291_300, march(28))
    assert life.case.stage is Stage.SETTLED


def test_recoveries_until_nothing_is_owed_then_closed() -> None:
    life = at_stage(Stage.CHARGED_OFF)
    july = date(2026, 7, 5)
    life.pay(91_300, july)
    assert (life.case.stage, life.case.recovered) == (Stage.RECOVERING, 91_300)
    life.pay(300_000, july + DAY)
    assert (life.case.recovered, life.lines["l-1"].charged_off) == (BALANCE, 0)
    assert life.days(july + 2 * DAY, july + 2 * DAY) == [(july + 2 * DAY, Command.CLOSE)]


def test_a_position_that_clears_a_charge_off_closes_the_case() -> None:
    life = at_stage(Stage.CHARGED_OFF)
    life.observe(date(2026, 7, 31), 0, 0, 0)
    assert life.days(date(2026, 8, 1), date(2026, 8, 1)) == [(date(2026, 8, 1), Command.CLOSE)]


def test_withdrawing_undoes_freeze_limit_and_call() -> None:
    life = called(Life(action=Action.RECALL))
    before = life.lines["l-1"].balance
    answer = life.apply(
        ladder.withdraw(life.case, life.around, "officer", "booked to the wrong line"), march(25)
    )
    assert isinstance(answer, Done)
    line = life.lines["l-1"]
    assert (line.balance, line.open_balance, line.called, line.called_on) == (before, BALANCE, 0, None)
    assert (line.frozen, line.limit_withdrawn) == ("", False)


# --- refusals and dates -------------------------------------------------------------------------------------


def test_a_refusal_to_furnish_does_not_hide_that_a_step_waits() -> None:
    life = frozen(Life(action=Action.RECALL))
    life.case_fact(f.StepRefused("accelerate", "r", "w", date(2026, 5, 1), True), march(21))
    life.case_fact(f.StepRefused("report", "r2", "w2", None, True), march(31))
    assert (life.case.refused_command, life.case.refused_until) == ("accelerate", date(2026, 5, 1))
    assert life.case.knows("report", "r2", None)


def test_news_makes_a_refused_step_be_asked_again_the_next_day() -> None:
    life = frozen(Life(action=Action.RECALL))
    life.lender = replace(LENDER, acceleration_clause_flagged=False)
    life.days(march(20), march(22))
    life.lender = LENDER
    life.pay(100, march(24))
    assert life.days(march(23), march(25)) == [(march(25), Command.ACCELERATE)]


def test_terms_count_in_days() -> None:
    life = demanded(Life(terms=LadderTerms(cure_days=30)))
    assert life.case.cure_ends_on == date(2026, 4, 2), "the longer of law (15) and policy (30) from 3 March"
