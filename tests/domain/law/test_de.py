"""Germany: freeze, accelerate and report, refused and allowed, with the dates worked out beside them."""

from datetime import date
from decimal import Decimal

import pytest
from law_lines import DE, DE_DAYS, DE_DEMAND, DE_LINE
from msgspec.structs import replace

from fullrecall.domain.law import Allowed, NoticeSeen, may
from fullrecall.domain.vocabulary import LawStage, Protection, Refused, Trigger

FREEZE, ACCELERATE, REPORT = LawStage.FREEZE, LawStage.ACCELERATE, LawStage.REPORT


def ask(stage=ACCELERATE, **changes):
    return may(DE, stage, replace(DE_LINE, **changes), DE_DAYS)


def test_two_weeks_from_receipt_end_on_the_matching_day():
    # received Wednesday 4 March 2026 + 2 weeks = Wednesday 18 March, to its end; lawful from 19 March
    refused = ask(on=date(2026, 3, 18))
    assert (refused.rule, refused.until) == ("de.acceleration-498", date(2026, 3, 19))
    assert ask(on=date(2026, 3, 19)).earliest == date(2026, 3, 19)


def test_a_deadline_that_ends_on_a_saturday_rolls_to_monday():
    # received Saturday 7 March 2026 + 2 weeks = Saturday 21 March -> Monday 23 March; lawful from 24 March
    saturday = replace(DE_DEMAND, sent_on=date(2026, 3, 6), arrived_on=date(2026, 3, 7))
    assert ask(notices=(saturday,), on=date(2026, 3, 23)).until == date(2026, 3, 24)
    assert ask(notices=(saturday,), on=date(2026, 3, 24)).earliest == date(2026, 3, 24)
    # received Friday 20 March + 14 = Good Friday 3 April -> closed to Easter Monday -> Tuesday 7 April
    easter = replace(DE_DEMAND, sent_on=date(2026, 3, 20), arrived_on=date(2026, 3, 20))
    assert ask(notices=(easter,), on=date(2026, 4, 7)).until == date(2026, 4, 8)


def test_two_instalments_of_24_fall_short_of_ten_percent():
    # 2 x 275.00 = 550.00 < 10 % of 6,000.00 = 600.00
    refused = ask(instalments_missed_consecutive=2, past_due_minor=55_000)
    assert (refused.rule, refused.until) == ("de.acceleration-498", None)
    assert "60000" in refused.why
    assert isinstance(ask(instalments_missed_consecutive=2, past_due_minor=60_000), Allowed)
    assert isinstance(ask(instalments_missed_consecutive=2, past_due_minor=59_999), Refused)


def test_a_term_over_three_years_needs_five_percent():
    # 2 x 150.00 = 300.00 >= 5 % of 6,000.00 = 300.00 over 48 months
    long = {"contract_term_years": Decimal(4), "instalments_missed_consecutive": 2, "past_due_minor": 30_000}
    assert isinstance(ask(**long), Allowed)
    assert ask(**long | {"past_due_minor": 29_999}).rule == "de.acceleration-498"
    # exactly three years is not "over": 10 % = 600.00 again; so is a line without a term
    assert ask(**long | {"contract_term_years": Decimal(3)}).rule == "de.acceleration-498"
    assert ask(**long | {"contract_term_years": None}).rule == "de.acceleration-498"


def test_one_missed_instalment_is_not_two_in_a_row():
    refused = ask(instalments_missed_consecutive=1)
    assert refused.rule == "de.acceleration-498"
    assert "1 consecutive instalments are missed; 2 are needed" in refused.why


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ("declares_acceleration", "whole balance"),
        ("names_amount", "amount to pay"),
        ("offers_talks", "amicable"),
        ("durable", "durable medium"),
    ],
)
def test_the_demand_must_say_and_be_what_498_asks(lacking, words):
    refused = ask(notices=(replace(DE_DEMAND, **{lacking: False}),))
    assert refused.rule == ("de.durable-medium" if lacking == "durable" else "de.acceleration-498")
    assert words in refused.why


def test_the_longer_of_two_weeks_and_the_policy_wins():
    # 4 March + 30 days of policy = Friday 3 April, Good Friday -> Tuesday 7 April; from 8 April
    assert ask(policy_cure_days=30).until == date(2026, 4, 8)


def test_no_plan_no_acceleration():
    assert ask(plan_offered=False).rule == "eu.forbearance-before-enforcement"


def test_other_grounds():
    assert ask(ground=Trigger.SCORE).rule == "de.no-termination-bad-assessment"
    # proven deterioration: a warning and a reasonable time, which the lender sets: 4 + 14 = 18 March
    proven = {"ground": Trigger.SCORE, "deterioration_proven": True}
    assert ask(**proven).rule == "de.deterioration"  # no number set
    assert ask(lender_reasonable_days=14, **proven).earliest == date(2026, 3, 19)
    assert ask(ground=Trigger.VIOLATION).rule == "de.deterioration"
    assert ask(ground=Trigger.DECISION).rule == "de.no-termination-fixed-term"
    # open-ended: two months' notice from 4 March = 4 May, a Monday; lawful from 5 May
    decision = {"ground": Trigger.DECISION, "contract_term_years": None}
    assert ask(**decision).until == date(2026, 5, 5)
    assert ask(on=date(2026, 5, 5), **decision).earliest == date(2026, 5, 5)


def test_a_lent_line_is_not_called_because_of_another():
    # 498 asks for arrears of this contract, flagged clause or not
    other = {"past_due_minor": 0, "instalments_missed_consecutive": 0}
    assert ask(cross_default=True, cross_default_flagged=True, **other).rule == "de.acceleration-498"


def test_freeze_needs_an_agreed_objective_reason_and_its_explanation():
    assert ask(FREEZE, explained=False).rule == "de.freeze-objective-reason"
    assert ask(FREEZE, withdrawal_clause_flagged=False).rule == "de.freeze-objective-reason"
    assert ask(FREEZE, ground=Trigger.DECISION).rule == "de.freeze-objective-reason"
    # no deadline stands between the reason and the freeze: same day, no notice of 498 needed
    assert ask(FREEZE, notices=(), on=date(2026, 2, 1)).earliest == date(2026, 2, 1)
    assert ask(FREEZE, ground=Trigger.VIOLATION).rule == "de.freeze-objective-reason"
    assert isinstance(ask(FREEZE, ground=Trigger.SCORE), Allowed)


def reminders(first: date, second: date, *, announces: bool = True) -> tuple[NoticeSeen, ...]:
    return (
        NoticeSeen(kind="warn", sent_on=first, arrived_on=first, durable=True, announces_report=announces),
        NoticeSeen(kind="demand", sent_on=second, arrived_on=second, durable=True),
    )


def test_two_written_reminders_the_first_four_weeks_old():
    # first reminder 2 February 2026 + 4 weeks = 2 March, to its end; may be furnished from 3 March
    sent = reminders(date(2026, 2, 2), date(2026, 2, 16))
    refused = ask(REPORT, adverse=True, notices=sent, on=date(2026, 3, 2))
    assert (refused.rule, refused.until) == ("de.bureau-gate", date(2026, 3, 3))
    allowed = ask(REPORT, adverse=True, notices=sent, on=date(2026, 3, 3))
    assert allowed.earliest == date(2026, 3, 3)
    # the borrower is told of the entry within 30 days: 3 March + 30 = 2 April; here the reminder told already
    assert allowed.duties == ()


def test_what_else_bars_a_report():
    on = {"on": date(2026, 3, 3), "adverse": True}
    sent = reminders(date(2026, 2, 2), date(2026, 2, 16))
    assert ask(REPORT, notices=sent[:1], **on).rule == "de.bureau-gate"
    silent = reminders(date(2026, 2, 2), date(2026, 2, 16), announces=False)
    assert "not told" in ask(REPORT, notices=silent, **on).why
    assert "disputed" in ask(REPORT, notices=sent, disputed=True, **on).why
    twice = (
        sent[0],
        replace(sent[0], channel="letter", arrived_on=date(2026, 2, 5)),
    )  # one reminder, two ways
    assert "1 written reminders" in ask(REPORT, notices=twice, **on).why
    by_sms = tuple(replace(notice, durable=False) for notice in sent)
    assert "0 written reminders" in ask(REPORT, notices=by_sms, **on).why
    early = ask(
        REPORT, notices=sent, in_default_since=date(2026, 2, 10), **on
    )  # a reminder before the due date
    assert "1 written reminders" in early.why
    assert ask(REPORT, notices=sent, protection=Protection.INSOLVENT, **on).rule == "house.protected-person"
    assert isinstance(ask(REPORT, adverse=False, notices=()), Allowed)
