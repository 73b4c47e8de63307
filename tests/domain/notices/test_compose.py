"""What a notice of a real case says: each is complete and promises only what is true."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest

from fullrecall.domain import facts as f
from fullrecall.domain.notices.compose import LenderProfile, compose, plan_options
from fullrecall.domain.notices.content import Bilingual, Consequence, NoticeContent
from fullrecall.domain.notices.required import refusal_of
from fullrecall.domain.recall import ladder
from fullrecall.domain.recall.ladder import Command
from fullrecall.domain.vocabulary import Action, Stage, Trigger

sys.path.insert(0, str(Path(__file__).parents[1] / "recall"))

from case_life import BALANCE, PAST_DUE, Life, a_line, at_stage, called, current, demanded, frozen  # noqa: E402

WORD = Bilingual("词", "word")
PROFILE = LenderProfile(WORD, WORD, WORD, WORD, WORD, WORD)
REASONS = {"ARREARS": Bilingual("逾期", "past due"), "R": Bilingual("原因", "reason")}
PLANS = (3, 6, 12)
BASIS = (f.Basis("cn.rescind-after-demand", "民法典 563", "15 days"),)


def said(life: Life, kind: str) -> NoticeContent:
    """The last notice of a kind, composed from the state that stands."""
    on, fact = [(d, x) for d, name, x in life.told if name == "NoticeIssued" and x.notice == kind][-1]
    return compose(fact, life.case, life.lines, PROFILE, REASONS, BASIS, on, PLANS)


KINDS = [
    ("warn", Stage.WARNED), ("demand", Stage.NOTIFIED), ("freeze", Stage.FROZEN),
    ("plan_offer", Stage.RUN_OFF),
    ("acceleration", Stage.ACCELERATED), ("clearing_reminder", Stage.CLEARING), ("settled", Stage.SETTLED),
    ("reinstated", Stage.CURED), ("withdrawn", Stage.WITHDRAWN),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "stage"), KINDS, ids=[kind for kind, _ in KINDS])
def test_every_notice_of_the_ladder_is_complete(kind: str, stage: Stage) -> None:
    content = said(at_stage(stage), kind)
    assert refusal_of(content) is None, refusal_of(content)
    assert content.what_happens_next is not None


def test_every_notice_the_table_names_is_tested_here() -> None:
    named = {notice for row in ladder.BY_COMMAND.values() for notice in row.notices}
    assert named == {kind for kind, _ in KINDS}


def test_a_demand_names_amount_day_and_what_follows() -> None:
    content = said(demanded(Life()), "demand")
    assert content.pay_by == content.cure_ends_on == date(2026, 3, 18)
    assert content.declared == (Consequence.LIMIT_WITHDRAWN, Consequence.BALANCE_CALLED)
    (line,) = content.lines
    assert (line.past_due_minor, line.called_minor) == (PAST_DUE, BALANCE)
    assert content.averting is not None
    assert content.averting.en == "Paying CNY 392.00 by 2026-03-18 ends this matter."
    assert content.averting.zh == "在2026年03月18日前还清 CNY 392.00，此事即告结束。"


def test_no_notice_promises_an_end_that_money_does_not_bring() -> None:
    life = Life(a_line(violations=(("v", True),)), action=Action.RECALL, trigger=Trigger.VIOLATION)
    life.days(date(2026, 3, 2), date(2026, 3, 4))
    content = said(life, "demand")
    assert content.averting is None
    assert content.what_happens_next is not None and "will be frozen" not in content.what_happens_next.en


def test_a_warning_with_nothing_due_asks_for_nothing() -> None:
    content = said(Life(current("l-1"), action=Action.WARN, trigger=Trigger.SCORE), "warn")
    assert content.what_happens_next is not None and content.what_happens_next.en.startswith(
        "Nothing is past due"
    )


def test_an_acceleration_names_the_called_amount_and_its_day() -> None:
    content = said(called(Life(action=Action.RECALL)), "acceleration")
    assert content.totals[0].called_minor == BALANCE
    assert content.pay_by == date(2026, 4, 5)  # 21 March + 15 days
    assert [(p.instalments, p.instalment_minor) for p in content.plan_options] == [
        (3, 130_434),  # 391300 / 3 = 130433.33: the first takes the odd cent
        (6, 65_217),  # 391300 / 6 = 65216.67
        (12, 32_609),  # 391300 / 12 = 32608.33
    ]


def test_a_freeze_says_when_it_is_looked_at_again() -> None:
    assert said(frozen(Life()), "freeze").review_on == date(2026, 4, 18)


def test_a_plan_is_never_of_less_than_a_cent_an_instalment() -> None:
    assert [p.instalments for p in plan_options(5, "CNY", PLANS, date(2026, 4, 1))] == [3]
    assert sum([2, 2, 1]) == plan_options(5, "CNY", PLANS, date(2026, 4, 1))[0].total_minor


def test_a_reminder_that_had_to_wait_does_not_ask_for_yesterday() -> None:
    life = called(Life(action=Action.RECALL))
    life.interrupt("suspension", date(2026, 3, 21))
    life.resume("suspension", date(2026, 5, 1))
    assert life.days(date(2026, 5, 2), date(2026, 5, 2)) == [(date(2026, 5, 2), Command.CLEAR)]
    assert refusal_of(said(life, "clearing_reminder")) is None
