"""A decision is shown, replayed from what was known then, and asked again with what is known now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import text

from decision_book import FEBRUARY, JANUARY, Life, life, noon, policy, policy_text, row, rulebook
from fullrecall.domain import facts as f
from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports.change import Change
from fullrecall.use_cases.explain_decision import show_decision
from fullrecall.use_cases.observe_payments import observe_payments
from fullrecall.use_cases.record_signal import record_signal
from fullrecall.use_cases.replay_decision import decision_stands, replay_decision
from fullrecall.use_cases.verify_all import verify_all
from fullrecall.write_path import write

MARCH = date(2026, 3, 31)


@pytest.fixture
def lived(database: str) -> Iterator[Life]:
    """L is 61 days late with 300.00 past due in February; M was never late."""
    made = life(database)
    made.watch(row("L", JANUARY, 31, 5_000), row("M", JANUARY, 0, 0))
    made.watch(row("L", FEBRUARY, 61, 30_000), row("M", FEBRUARY, 0, 0))
    yield made
    made.store.engine.dispose()


def test_show_says_what_went_in_and_what_would_have_averted_it(lived: Life) -> None:
    shown = show_decision(lived.store, lived.book, "L:2026-02-28")
    assert (shown.action, shown.fired, list(shown.reasons)) == ("freeze", ("late-30", "late-60"), ["LATE"])
    assert shown.policy.id == policy(policy_text()).id
    assert shown.policy.text == policy_text()
    read = {value.name: value.value for rule in shown.rules for value in rule.values}
    assert read["past_due_amount"] == "300.00"
    assert read["worst_3m"] == "61"  # of 31 and 61
    assert [h["as_of"] for h in shown.history] == [JANUARY]
    # 300.00 - 200.00 = 100.00, which is not more than 100.00
    assert {a.rule: a.pay for a in shown.averting} == {"late-30": 20_000, "late-60": 20_000}
    assert shown.averting_kept is not None
    assert (shown.averting_kept.pay, shown.averting_kept.arrears_do) == (20_000, True)


def test_the_averting_payment_stands_in_warning_and_demand(lived: Life) -> None:
    lived.close(FEBRUARY)
    lived.close(date(2026, 3, 1))
    (case,) = lived.store.all_cases()
    said = {
        n.kind: json.loads(n.content)["averting"]["en"]
        for n in lived.store.notice_contents(case.state.case_id)
    }
    assert "at least CNY 200.00" in said["warn"]
    # Less than the demand is not promised: at 100.00 past due the ladder goes on.
    assert said["demand"].startswith("Paying CNY 300.00 by 2026-03-")
    assert "The rules behind it then no longer hold" in said["demand"]


def test_what_was_paid_since_counts_towards_the_averting_payment(lived: Life) -> None:
    lived.close(FEBRUARY)
    paid = [("L", "B-L", 12_000)]
    observe_payments(
        lived.store, lived.book, paid, date(2026, 3, 1), key="p", recorded_at=noon(date(2026, 3, 1))
    )
    lived.close(date(2026, 3, 1))
    (case,) = lived.store.all_cases()
    demand = [n for n in lived.store.notice_contents(case.state.case_id) if n.kind == "demand"][0]
    assert json.loads(demand.content)["averting"]["en"].startswith("Paying CNY 180.00")  # 300.00 - 120.00


def test_replay_is_the_same_byte_for_byte_under_a_newer_live_policy(lived: Life) -> None:
    lived.watch(row("L", MARCH, 0, 0), row("M", MARCH, 95, 50_000))
    newer = policy_text(version=2, freeze_from=90)
    book = rulebook(newer, lived.store.policy_texts())
    for line in ("L", "M"):
        for day in (JANUARY, FEBRUARY, MARCH):
            done = replay_decision(lived.store, book, f"{line}:{day}")
            assert done.same, done
            assert done.policy_id == policy(policy_text()).id


def test_replay_names_what_differs_when_a_stored_row_was_changed(lived: Life) -> None:
    with lived.store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(
            text("UPDATE tape SET past_due_amount = 9000 WHERE line_id = 'L' AND as_of = '2026-02-28'")
        )
    done = replay_decision(lived.store, lived.book, "L:2026-02-28")
    assert not done.same
    named = {d.field: (d.stored, d.replayed) for d in done.differences}
    assert named["action"] == ('"freeze"', '"none"')
    assert named["fired"] == ('["late-30","late-60"]', "[]")
    assert set(named) == {"action", "trigger", "fired", "reasons"}


def test_it_stands_while_nothing_was_learned(lived: Life) -> None:
    found = decision_stands(lived.store, lived.book, "L:2026-02-28")
    assert (found.stands, found.learned, found.moved) == (True, (), ())


def test_a_payment_of_that_day_learned_later_ends_it(lived: Life) -> None:
    late = [("L", "B-L", 25_000)]
    observe_payments(lived.store, lived.book, late, FEBRUARY, key="late", recorded_at=noon(date(2026, 3, 9)))
    found = decision_stands(lived.store, lived.book, "L:2026-02-28")
    assert (found.stands, found.action_then, found.action_now) == (False, "freeze", "none")
    assert [(one.what, one.on, one.amount) for one in found.learned] == [("payment_late", FEBRUARY, 25_000)]
    moved = {m.column: (m.then, m.now) for m in found.moved}
    assert moved["past_due_amount"] == (30_000, 5_000)  # 300.00 - 250.00
    assert replay_decision(lived.store, lived.book, "L:2026-02-28").same  # what was known then is as it was
    assert verify_all(lived.store).problems == ()


def test_a_small_late_payment_leaves_it_standing(lived: Life) -> None:
    late = [("L", "B-L", 19_999)]
    observe_payments(lived.store, lived.book, late, FEBRUARY, key="late", recorded_at=noon(date(2026, 3, 9)))
    found = decision_stands(lived.store, lived.book, "L:2026-02-28")
    assert (found.stands, found.action_now) == (True, "freeze")  # 100.01 is more than 100.00
    assert "1 things" in found.en


def test_a_corrected_row_of_the_month_before_turns_the_window(lived: Life) -> None:
    """March rests on February's 61 days; the lender's correction of February says 0 days and nothing past
    due.
    """
    lived.watch(row("L", MARCH, 40, 30_000))
    assert decision_stands(lived.store, lived.book, "L:2026-03-31").action_then == "freeze"
    keep_correction(lived, FEBRUARY, known_at=date(2026, 4, 2))
    found = decision_stands(lived.store, lived.book, "L:2026-03-31")
    assert (found.stands, found.action_then, found.action_now) == (False, "freeze", "warn")
    assert found.fired_now == ("late-30",)
    assert [one.what for one in found.learned] == ["row_corrected"]
    assert replay_decision(lived.store, lived.book, "L:2026-03-31").same


def keep_correction(lived: Life, day: date, known_at: date) -> None:
    cells = (
        "L",
        day,
        known_at,
        0,
        "CNY",
        200_000,
        100_000,
        0,
        0,
        0,
        0,
        100_000,
        100_000,
        None,
        None,
        0,
        2,
        None,
        None,
    )

    def decide(tx: object, change: Change) -> None:
        change.tape_rows.append(cells)

    write(lived.store, f"correct:{day}", [str(day)], noon(known_at), decide)


def test_a_dismissed_violation_ends_a_freeze(lived: Life) -> None:
    lived.misuse("M", date(2026, 3, 5))
    decision = "M:2026-03-05"
    assert decision_stands(lived.store, lived.book, decision).stands
    signal = f.ViolationDismissed("V-1", "bob", "the receipt was of another person")
    on = date(2026, 3, 20)
    record_signal(lived.store, lived.book, "M", signal, on=on, recorded_at=noon(on), key="dismiss")
    found = decision_stands(lived.store, lived.book, decision)
    assert (found.stands, found.action_then, found.action_now) == (False, "freeze", "none")
    assert [one.what for one in found.learned] == ["violation_dismissed"]


@pytest.mark.parametrize(
    ("decision_id", "said"),
    [
        ("L", "is no decision: write LINE:DATE"),
        ("L:tomorrow", "is no decision: write LINE:DATE"),
        ("X:2026-02-28", "line X has none"),
        ("L:2026-02-27", "the nearest is L:2026-02-28"),
        ("L:2026-02-28:1", "line L has 1 on 2026-02-28"),
    ],
)
def test_an_id_that_names_nothing_gets_one_sentence(lived: Life, decision_id: str, said: str) -> None:
    with pytest.raises(Mistake) as refused:
        show_decision(lived.store, lived.book, decision_id)
    assert said in refused.value.sentence
