"""Tapes and policies that do not fit: one sentence each, or a sensible result."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hand_tape import MONTHS, POLICY, played, positions, prepared, view

from fullrecall.analytics.backtest.assumptions import shipped
from fullrecall.analytics.backtest.report import render_backtest
from fullrecall.analytics.backtest.result import Backtest, Played, Side, side_of
from fullrecall.analytics.backtest.tape_view import TapeView
from fullrecall.analytics.backtest.words import figures_table, sentences, verdict
from fullrecall.domain.vocabulary import Mistake
from fullrecall.wiring.backtest import Asked, engine_of, open_named, replay_policy, run_backtest

RULES = ["arrears-30", "arrears-60", "arrears-90"]


def side(tape: TapeView, done: Played, rules: list[str] | None = None) -> Side:
    return side_of(tape, done, shipped("CNY"), ("by-hand", 1, "id"), rules or RULES)


def backtest(tape: TapeView, found: Side) -> Backtest:
    told = {
        "label": tape.label,
        "simulated": True,
        "currency": "CNY",
        "lines": 5,
        "borrowers": 5,
        "rows": 35,
        "months": [str(day) for day in tape.months],
        "fingerprint": "0",
        "outcome_on": None,
        "source": "",
        "licence": "",
    }
    law = {"pack": "cn", "version": "1", "as_of": "2026-11-23"}
    return Backtest(told, found, None, None, tuple(shipped("CNY").values()), law, "polars", ())


def test_a_tape_with_one_month_says_that_nothing_follows() -> None:
    tape, done = played(frame=positions().filter(pl.col("as_of") == MONTHS[1]))
    found = side(tape, done)
    assert found.figure("cases_opened") == 4
    assert found.figure("cases_demanded") == 0  # the demand would be made the day after the tape ends
    assert any(flag.startswith("The tape has one month") for flag in found.flags)
    html = render_backtest(backtest(tape, found))
    assert "Whether it pays for itself is not shown by this tape" in html


def test_a_policy_that_never_fires_does_nothing_and_says_so() -> None:
    text = POLICY.format(version=1, recall_at=90).replace(">= 30 ", ">= 3000 ").replace(">= 60 ", ">= 3000 ")
    tape, done = played(text=text.replace(">= 90 ", ">= 3000 "))
    found = side(tape, done)
    assert (found.figure("cases_opened"), found.figure("net")) == (0, 0)
    assert "No rule ever fires on this tape: the policy does nothing here." in found.flags
    assert verdict(backtest(tape, found)).answer == "not_shown"
    assert "Nothing to draw" in render_backtest(backtest(tape, found))


def test_a_policy_that_always_fires_is_replayed_and_named() -> None:
    rule = "{id: all, when: balance >= 0.00, action: recall, trigger: score, reason: ALL}"
    text = f"policy: always\nversion: 1\ncurrency: CNY\nrules:\n  - {rule}\nrecall: {{scope: line}}\n"
    tape, done = played(text=text)
    found = side(tape, done, ["all"])
    assert found.figure("cases_opened") == 5
    assert "Rules that fire on every row of this tape: all." in found.flags


def test_a_window_longer_than_the_history_is_named() -> None:
    rule = '{id: old, when: "lag(balance, 24) > 1.00", action: warn, trigger: arrears, reason: OLD}'
    text = f"policy: window\nversion: 1\ncurrency: CNY\nrules:\n  - {rule}\nrecall: {{scope: line}}\n"
    tape, done = played(text=text)
    assert any("shorter than the window of old" in flag for flag in side(tape, done, ["old"]).flags)


def test_a_tape_without_outcome_and_payments_is_counted_with_what_is_assumed() -> None:
    tape, done = played(frame=positions().drop("outcome", "payment"))
    found = side(tape, done)
    assert found.figure("cash_after_call") == 0
    assert sum("tells no" in flag for flag in found.flags) == 2
    assert found.figure("expected_loss_before") > 0


@pytest.mark.parametrize("missing", ["balance", "as_of", "borrower_id"])
def test_a_missing_column_is_one_sentence(missing: str) -> None:
    with pytest.raises(Mistake, match=rf"The tape has no column {missing}, which a back-test needs"):
        view(positions().drop(missing))


def test_an_empty_tape_is_one_sentence() -> None:
    with pytest.raises(Mistake, match="no rows"):
        view(positions().clear())


def test_a_policy_for_another_currency_is_one_sentence() -> None:
    with pytest.raises(Mistake, match="in CNY, not in TWD"):
        replay_policy(view(currency="TWD"), prepared(), lambda *_: None)


def test_a_policy_that_reads_a_column_the_tape_lacks_is_one_sentence(tmp_path: Path) -> None:
    policy = tmp_path / "p.yaml"
    policy.write_text(
        POLICY.format(version=1, recall_at=90)
        .replace("days_past_due >= 30", "income > 30")
        .replace("CNY", "TWD")
    )
    asked = Asked(str(policy), None, "simulated", None, "polars", None, "cn", None, (), 50, None)
    with pytest.raises(Mistake, match="income"):
        run_backtest(asked, lambda *_: None)


@pytest.mark.parametrize(
    ("tape", "says"), [("nowhere.parquet", "--mapping"), ("taiwan.csv", "--mapping")]
)  # fmt: skip
def test_a_file_needs_a_mapping(tape: str, says: str) -> None:
    with pytest.raises(Mistake, match=says):
        open_named(tape, None)


def test_an_unknown_engine_and_a_server_without_address() -> None:
    with pytest.raises(Mistake, match="polars, duckdb, postgres or spark"):
        engine_of("excel", None)
    with pytest.raises(Mistake, match="--db"):
        engine_of("postgres", None)(prepared().policy, "CNY", view().rows)


def test_duckdb_gives_the_same_cases() -> None:
    pytest.importorskip("duckdb")
    tape = view()
    by = {
        name: replay_policy(tape, prepared(), lambda *_: None, engine_of(name, None))[1]
        for name in ("polars", "duckdb")
    }
    assert by["polars"].cases.equals(by["duckdb"].cases)
    assert by["polars"].events.equals(by["duckdb"].events)


def test_postgres_gives_the_same_cases_and_keeps_nothing(new_database: object, kind: str) -> None:
    if kind != "postgresql":
        pytest.skip("a server is needed")
    place = new_database()  # type: ignore[operator]
    tape = view()
    there = replay_policy(tape, prepared(), lambda *_: None, engine_of("postgres", place))[1]
    here = replay_policy(tape, prepared(), lambda *_: None)[1]
    assert there.cases.equals(here.cases)


def test_the_report_and_the_words_say_the_same() -> None:
    tape, done = played()
    whole = backtest(tape, side(tape, done))
    said = sentences(whole)
    html = render_backtest(whole)
    assert "SIMULATED" in html
    assert "would have opened 4 cases on 5 lines, frozen 3 lines and called 2 with 7,900.00 CNY" in said[1]
    assert "7,900.00 CNY" in html
    assert html.count("<svg") >= 4
    assert "http://" not in html.replace("http://www.w3.org", "")
    head, rows = figures_table(whole)
    assert head[1:] == ["kind", "by-hand 1"]
    assert ["Net benefit", "assumed", "355.05 CNY"] in rows
