"""The search for thresholds: what it turns, how it climbs within limits, and that the halves are apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hand_tape import POLICY

from fullrecall.analytics.backtest.search import Limits, Trial, climb, half_of, knobs_of, single_rules, turned
from fullrecall.domain.policy import parse_policy
from fullrecall.domain.vocabulary import Mistake
from fullrecall.wiring.backtest import Asked
from fullrecall.wiring.policy_search import search_policy, sentences, write_found
from fullrecall.wiring.rulebook import read_policy

TEXT = POLICY.format(version=1, recall_at=90)


def test_thresholds_are_found_and_turned_and_nothing_else() -> None:
    knobs = {knob.name: knob for knob in knobs_of(TEXT)}
    assert list(knobs) == [
        "arrears-30: days_past_due",
        "arrears-60: days_past_due",
        "arrears-90: days_past_due",
    ]
    assert knobs["arrears-90: days_past_due"].values == (30, 60, 90, 120, 150)
    other = turned(TEXT, {knobs["arrears-90: days_past_due"]: 120}, "other")
    policy = parse_policy(other)
    assert policy.name == "other"
    assert "days_past_due >= 120 and past_due_amount > 100.00" in other
    assert policy.rule("arrears-60").when == parse_policy(TEXT).rule("arrears-60").when
    assert policy.recall == parse_policy(TEXT).recall


def test_a_score_is_turned_around_its_own_value() -> None:
    knobs = [knob for knob in knobs_of(read_policy("taiwan")[1]) if knob.column == "score"]
    assert [(knob.rule, knob.values) for knob in knobs] == [("score-fell", (400, 440, 480, 520, 560))]


def test_a_policy_without_thresholds_has_nothing_to_search() -> None:
    with pytest.raises(Mistake, match="nothing to search"):
        knobs_of("rules: [{id: a, when: balance > 1.00}]")


def test_single_rules_are_policies() -> None:
    assert [(days, parse_policy(text).name) for days, text in single_rules(TEXT)][:2] == [
        (30, "single-30"),
        (60, "single-60"),
    ]


def valley(text: str, chosen: Mapping[str, int]) -> Trial:
    """Most at 60, 90, 120; calling later makes fewer wrongful recalls: 150 -> 0, 120 -> 0.03, 90 -> 0.06."""
    days = [chosen[f"arrears-{n}: days_past_due"] for n in (30, 60, 90)]
    net = -sum(abs(day - best) for day, best in zip(days, (60, 90, 120), strict=True))
    return Trial(text, net, 10, (150 - days[2]) / 1000, 1.0, 1, dict(chosen))


def test_it_climbs_to_the_top_and_stops_at_a_limit() -> None:
    best, tried = climb(TEXT, "found", Limits(), valley, lambda *_: None)
    assert (best.net, list(best.chosen.values())) == (0, [60, 90, 120])
    assert tried < 5**3
    within, _ = climb(TEXT, "found", Limits(wrongful_share_max=0.01), valley, lambda *_: None)
    assert (within.net, list(within.chosen.values())) == (-30, [60, 90, 150])


def test_halves_are_about_even_and_stay_what_they_are() -> None:
    halves = [half_of(f"borrower-{n}") for n in range(10_000)]
    assert 4800 < sum(halves) < 5200  # four standard deviations of a fair coin are 200
    assert [half_of(f"borrower-{n}") for n in range(100)] == halves[:100]


def asked_for(folder: Path) -> Asked:
    """A policy with one threshold, to keep the search short."""
    rule = "when: days_past_due >= 90 and past_due_amount > 100.00\n    action: recall\n    trigger: arrears"
    head = "policy: one\nversion: 1\nrules:\n  - id: late"
    text = f"{head}\n    {rule}\n    reason: LATE\nrecall: {{scope: borrower}}\n"
    (folder / "one.yaml").write_text(text)
    return Asked(str(folder / "one.yaml"), None, "simulated", None, "polars", None, "cn", None, (), 300, None)


def test_a_search_on_a_simulated_book_is_judged_on_borrowers_it_never_saw(tmp_path: Path) -> None:
    found = search_policy(asked_for(tmp_path), Limits(), lambda *_: None)
    assert sum(found.borrowers) == 300
    assert (
        found.found.training.net >= found.champion.training.net
    )  # on the half it was chosen on, never worse
    assert found.against_champion.estimate == found.found.held_out.net - found.champion.held_out.net
    assert "held-out" in sentences(found)[1]
    write_found(found, tmp_path / "found.yaml")
    policy, _ = read_policy(str(tmp_path / "found.yaml"))
    assert policy.name == "found"


def test_limits_that_nothing_keeps_are_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(
        Mistake, match="None of .* policies keeps within the limits; the nearest has messages"
    ):
        search_policy(asked_for(tmp_path), Limits(notices_day_max=0), lambda *_: None)
