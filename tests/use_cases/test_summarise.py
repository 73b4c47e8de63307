"""The figures of a run, against a book worked out by hand (tests/hand_book.py) and identities on any book."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullrecall.domain import facts as f
from fullrecall.domain.vocabulary import Mistake, Stage
from fullrecall.ports.summary import Summary
from fullrecall.storage.store import SqlStore
from fullrecall.use_cases.summarise import summarise
from fullrecall.use_cases.summarise.case_book import CaseBook, CaseTrace, stages_by_day
from fullrecall.use_cases.summarise.tape_book import auc_by_ranks, bucket_of
from fullrecall.use_cases.summarise.words import has_words
from fullrecall.use_cases.verify_all import verify_all
from hand_book import DEFAULTED, run_hand_book
from small_house import HeldTape, House


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    store = run_hand_book(tmp_path_factory.mktemp("hand"))
    yield store
    store.engine.dispose()


@pytest.fixture(scope="module")
def summary(hand: SqlStore) -> Summary:
    return summarise(hand, verified=verify_all(hand), seconds=2.5)


def test_the_json_has_the_promised_keys_first_and_in_order(summary: Summary) -> None:
    plain = msgspec.to_builtins(summary)
    assert list(plain)[:13] == [
        "dataset", "lines", "positions", "alerts", "cases", "notices", "refused_by_law", "recalled_exposure",
        "cleared_amount", "outcome", "ledger", "verify", "seconds",
    ]  # fmt: skip
    inner = {name: set(plain[name]) for name in ("alerts", "cases", "notices", "outcome", "ledger", "verify")}
    assert inner == {
        "alerts": {"by_trigger"},
        "cases": {"opened", "by_stage"},
        "notices": {"sent", "arrived", "held"},
        "outcome": {"recalled_defaulted", "recalled_paid", "defaulted_not_recalled", "base_default_rate"},
        "ledger": {"trial_balance", "line_minus_ledger"},
        "verify": {"streams", "facts", "problems"},
    }
    assert msgspec.json.decode(msgspec.json.encode(summary), type=Summary).lines == 6


def test_counts_of_the_hand_book(summary: Summary) -> None:
    assert (summary.dataset, summary.seconds) == ("by-hand", 2.5)
    assert (summary.lines, summary.positions) == (6, 24)  # six lines, four months
    assert summary.alerts.by_trigger == {"arrears": 4}  # H-2, H-3, H-4 and H-6; no later alert is news
    at_the_end = {stage: n for stage, n in summary.cases.by_stage.items() if n}
    assert summary.cases.opened == 4
    assert at_the_end == {"closed": 1, "run_off": 1, "clearing": 1, "warned": 1}  # H-2, H-3, H-4, H-6
    # Four warnings on two channels; on three: H-2 one (reinstated), H-3 three (demand, freeze, plan), H-4
    # four (demand, freeze, acceleration, clearing): 4 x 2 + 8 x 3 = 32. Warnings are written at six in the
    # morning and wait for contact hours: 4 x 2 = 8.
    assert (summary.notices.sent, summary.notices.arrived, summary.notices.held) == (32, 32, 8)
    assert (summary.ledger.trial_balance, summary.ledger.line_minus_ledger) == (0, 0)
    assert (summary.verify.streams, summary.verify.problems) == (10, 0)  # six lines, four cases
    assert (summary.book.currency, summary.book.policy_version) == ("TWD", 3)


def test_money_called_cleared_and_spent_later(summary: Summary) -> None:
    # H-4: 80,000.00 called on 21 May, 30,000.00 paid on 15 June; 56,000.00 owed in July is 6,000.00
    # more than the 50,000.00 still called.
    assert summary.recalled_exposure == 8_000_000
    assert summary.cleared_amount == 3_000_000
    assert summary.later_spending == 5_600_000 - 5_000_000
    rows = {row.month: (row.called, row.cleared, row.still_called) for row in summary.called_and_cleared}
    assert rows == {
        "2005-04": (0, 0, 0),
        "2005-05": (8_000_000, 0, 8_000_000),
        "2005-06": (0, 3_000_000, 5_000_000),
        "2005-07": (0, 0, 5_000_000),
    }


def test_what_really_happened(summary: Summary) -> None:
    # Defaulted: H-3 (frozen), H-4 (called), H-5 (no step): 3 of 6.
    outcome = summary.outcome
    assert (outcome.recalled_defaulted, outcome.recalled_paid) == (1, 0)
    assert (outcome.defaulted_not_recalled, outcome.base_default_rate) == (2, 0.5)
    groups = {g.group: (g.lines, g.defaulted, g.paid, g.without_follow_up) for g in summary.outcome_detail}
    assert groups == {
        "recalled": (1, 1, 0, 0),
        "frozen": (1, 1, 0, 0),
        "warned": (2, 0, 2, 1),
        "none": (2, 1, 1, 0),
    }


def test_the_score_is_judged_by_ranks(summary: Summary) -> None:
    # Payers 800, 700, 650. H-3 at 500 and H-4 at 450 lie below all three: 6 pairs. H-5 at 700 lies below
    # one and beside one: 1.5. Of 3 x 3 pairs, 7.5 / 9.
    assert summary.score_check is not None
    assert summary.score_check.auc == pytest.approx(7.5 / 9)
    assert (summary.score_check.lines, summary.score_check.model) == (6, "given-1")


def test_roll_rates_and_what_is_set_apart(tmp_path: Path, summary: Summary) -> None:
    rates = summary.roll_rates
    at = rates.buckets.index
    assert sum(map(sum, rates.pooled)) == 18  # six lines, three steps
    assert rates.pooled[at("0")][at("0")] == 9  # H-1 three, H-2 one (June to July), H-5 three, H-6 two
    assert rates.pooled[at("0")][at("30-59")] == 2  # H-2 in May, H-6 in July
    assert rates.pooled[at("60-89")][at("60-89")] == 3  # H-3
    assert (rates.set_apart, rates.note) == (None, None)
    said = [{"en": "Status 1 appears in July only, so its rise is not news.", "zh": "并非新信息。"}]
    store = run_hand_book(tmp_path, assumptions=said)
    other = summarise(store, verified=verify_all(store), seconds=0).roll_rates
    store.engine.dispose()
    assert other.set_apart is not None and other.note is not None
    assert other.set_apart.until == date(2005, 7, 31)
    assert other.pooled[at("0")][at("30-59")] == 1  # July's is apart


def test_portfolio_and_stages_over_time(summary: Summary) -> None:
    june = {
        p.stage: (p.lines, p.exposure) for p in summary.portfolio_by_stage if p.as_of == date(2005, 6, 30)
    }
    # H-1 1,000 + H-2 7,000 + H-5 4,000 + H-6 7,000 have no open case.
    assert june == {"watched": (4, 1_900_000), "run_off": (1, 5_000_000), "clearing": (1, 5_500_000)}
    days, cases = summary.stages_by_day.days, summary.stages_by_day.cases
    # Demand arrives on 1 May and names 17 May; on the 18th both lines are frozen, the next day H-3 runs off.
    # H-4's limit goes on the 19th; the call is asked for on the 20th, approved, and made on the 21st.
    on = {day: {s: n[i] for s, n in cases.items() if n[i]} for i, day in enumerate(days)}
    assert on[date(2005, 5, 17)] == {"notified": 2}
    assert on[date(2005, 5, 18)] == {"frozen": 2}
    assert on[date(2005, 5, 20)] == {"frozen": 1, "run_off": 1}
    assert on[date(2005, 5, 21)] == {"accelerated": 1, "run_off": 1}
    assert on[date(2005, 6, 15)] == {"cured": 1, "run_off": 1, "clearing": 1}
    assert on[date(2005, 7, 31)] == {"warned": 1, "run_off": 1, "clearing": 1}


def test_the_funnel(summary: Summary) -> None:
    assert {step.step: step.cases for step in summary.funnel} == {
        "warned": 4, "noticed": 2, "cured": 1, "frozen": 2, "run_off": 1, "limits_withdrawn": 1,
        "accelerated": 1, "cleared_in_part": 1, "settled": 0, "charged_off": 0,
    }  # fmt: skip


def test_the_worked_case_is_the_partly_cleared_one_and_tells_all(hand: SqlStore, summary: Summary) -> None:
    case = summary.worked_case
    assert case is not None
    assert (case.line_ids, case.stage, case.defaulted) == (("H-4",), "clearing", True)
    streams = {entry.stream for entry in case.entries}
    kept = [row for stream in streams for row in hand.facts_of(stream)]
    assert sorted(e.hash for e in case.entries) == sorted(
        row.hash.hex() for row in kept
    )  # no fact is left out
    first_call = next(e for e in case.entries if e.kind == "BalanceCalled")
    assert first_call.before is not None and first_call.after is not None
    assert (first_call.before.called, first_call.after.called) == (0, 8_000_000)
    called = next(e for e in case.entries if e.kind == "CaseAccelerated")
    assert any("563" in ground.citation for ground in called.grounds)  # Civil Code Art. 563(1)(3)
    demand = next(e for e in case.entries if e.notice and e.notice.kind == "demand")
    assert demand.notice is not None
    assert [p.channel for p in demand.notice.proofs] == ["sms", "email", "push"]
    assert all(p.arrived_at and len(p.content_sha256) == 64 for p in demand.notice.proofs)
    times = [entry.recorded_at for entry in case.entries]
    assert times == sorted(times)


def test_another_case_may_be_asked_for(hand: SqlStore) -> None:
    wanted = next(c.state for c in hand.all_cases() if c.state.borrower_id == "B-H-2")
    told = summarise(hand, verified=verify_all(hand), seconds=0, worked_case=wanted.case_id).worked_case
    assert told is not None and told.outcome == "cured"
    with pytest.raises(Mistake, match="no case 'nothing'"):
        summarise(hand, verified=verify_all(hand), seconds=0, worked_case="nothing")


def test_assumptions_of_book_and_run(summary: Summary) -> None:
    said = " ".join(a.en for a in summary.assumptions)
    assert all(a.zh and a.en for a in summary.assumptions)
    for part in (
        "All of it is made up.",
        "not observed",
        "2026-11-23",
        "simulated-approver, approvals: 1",
        "32 messages",
    ):
        assert part in said
    assert "have no follow-up and stand as open: 1." in said  # H-6


def test_an_empty_house_has_empty_figures(tmp_path: Path) -> None:
    from fullrecall.wiring.house import open_store, prepare_database

    prepare_database(str(tmp_path / "empty.db"))
    store = open_store(str(tmp_path / "empty.db"))
    empty = summarise(store, verified=verify_all(store), seconds=0)
    store.engine.dispose()
    assert (empty.lines, empty.cases.opened, empty.worked_case, empty.outcome.base_default_rate) == (
        0,
        0,
        None,
        None,
    )


def test_identities_hold_on_any_book(small: House, tape: HeldTape) -> None:
    """Every figure that can be reached in two ways is the same in both; on both databases."""
    small.run(tape)
    s = summarise(small.store, verified=verify_all(small.store), seconds=0)
    assert sum(s.cases.by_stage.values()) == s.cases.opened > 0
    assert sum(p.lines for p in s.portfolio_by_stage) == s.positions
    assert sum(map(sum, s.roll_rates.pooled)) == s.positions - s.lines
    assert sum(g.lines for g in s.outcome_detail) == s.lines
    month = s.called_and_cleared
    accounted = sum(m.cleared + m.reduced_by_position + m.unwound + m.charged_off for m in month)
    assert s.recalled_exposure == accounted + month[-1].still_called
    stored = [head.state for head in small.store.all_lines()]
    assert month[-1].still_called == sum(line.called for line in stored)
    assert s.cases.by_stage == _stages_of(small.store)
    receivable = {a.account: a.debit - a.credit for a in s.accounts}
    assert receivable.get(1110, 0) == month[-1].still_called  # the ledger's own answer


def _stages_of(store: SqlStore) -> dict[str, int]:
    found = dict.fromkeys((stage.value for stage in Stage), 0)
    for head in store.all_cases():
        found[head.state.stage.value] += 1
    return found


def test_every_fact_has_words() -> None:
    assert [kind.__name__ for kind in (*f.LINE_FACTS, *f.CASE_FACTS) if not has_words(kind)] == []


def test_refusals_are_counted_by_rule() -> None:
    opened = f.CaseOpened(
        "b", ("l",), "l", "score", "warn", (), (), "p", "cn", "1", date(2026, 1, 1), 5, "CNY"
    )
    by_law = f.StepRefused("freeze", "cn.x", "not yet", date(2026, 2, 1), True)
    by_ladder = f.StepRefused("accelerate", "ladder.nothing-owed", "nothing", None, False)
    book = CaseBook().read(iter(_chain("case:c", [opened, by_law, by_law, by_ladder])))
    assert book.refused_by_law == 2
    assert [(r.rule, r.count, r.by_law) for r in book.refused_rules()] == [
        ("cn.x", 2, True),
        ("ladder.nothing-owed", 1, False),
    ]


def _chain(stream: str, facts: list[Any]) -> Iterator[f.RecordedFact]:
    before = f.GENESIS
    for n, fact in enumerate(facts, 1):
        row = f.record(before, stream, n, date(2026, 1, n), datetime(2026, 1, n, tzinfo=UTC), fact)
        before = row.hash
        yield row


@given(st.lists(st.tuples(st.integers(350, 370), st.booleans()), max_size=60))
def test_auc_is_the_share_of_pairs_in_order(judged: list[tuple[int, bool]]) -> None:
    bad = [score for score, defaulted in judged if defaulted]
    good = [score for score, defaulted in judged if not defaulted]
    if not bad or not good:
        assert auc_by_ranks(judged) is None
        return
    won = sum((b < g) + 0.5 * (b == g) for b in bad for g in good)
    assert auc_by_ranks(judged) == pytest.approx(won / (len(bad) * len(good)))


@given(st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=5, unique=True), max_size=8))
def test_every_case_stands_somewhere_from_its_first_day(starts: list[list[int]]) -> None:
    first, order = date(2026, 1, 1), [Stage.WARNED, Stage.NOTIFIED, Stage.FROZEN, Stage.RUN_OFF, Stage.CURED]
    traces = [
        CaseTrace(
            str(n),
            (),
            [(first + timedelta(days=d), order[i]) for i, d in enumerate(sorted(days))],
            1,
            False,
            False,
        )
        for n, days in enumerate(starts)
    ]
    daily = stages_by_day(traces, first, first + timedelta(days=40))
    for n, day in enumerate(daily.days):
        counted = {stage: counts[n] for stage, counts in daily.cases.items() if counts[n]}
        one_by_one: dict[str, int] = {}
        for trace in traces:
            if (stage := trace.stage_on(day)) is not None:
                one_by_one[stage.value] = one_by_one.get(stage.value, 0) + 1
        assert counted == one_by_one


@pytest.mark.parametrize(
    ("days", "bucket"), [(0, 0), (1, 1), (29, 1), (30, 2), (59, 2), (60, 3), (90, 4), (119, 4), (240, 5)]
)
def test_buckets_are_half_open(days: int, bucket: int) -> None:
    assert bucket_of(days) == bucket


def test_the_outcomes_are_those_of_the_book(hand: SqlStore) -> None:
    assert {line for line, bad in hand.outcomes().items() if bad} == DEFAULTED
