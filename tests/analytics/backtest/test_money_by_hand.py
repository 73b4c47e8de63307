"""The money of five lines, every figure worked out beside the number (in yuan; the code counts in fen)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hand_tape import played

from fullrecall.analytics.backtest.assumptions import shipped, with_given
from fullrecall.analytics.backtest.money import FLOWS, flows_of, values_of
from fullrecall.analytics.backtest.result import Played, side_of, switch_of
from fullrecall.analytics.backtest.tape_view import TapeView
from fullrecall.domain.vocabulary import Mistake

YUAN = 100


@pytest.fixture(scope="module")
def both() -> tuple[TapeView, Played]:
    return played()


def case_of(view: TapeView, done: Played, line: str) -> dict[str, object]:
    return done.replayed.cases.filter(pl.col("line") == view.line_ids.index(line)).row(0, named=True)


def test_the_days_of_a_recall(both: tuple[TapeView, Played]) -> None:
    case = case_of(*both, "A")
    assert case["opened_on"] == date(2024, 5, 31)
    assert case["demanded_on"] == date(2024, 6, 1)  # the next close
    # The demand names a period that would start on the next day: 2 June + 15 days = 17 June, a Monday.
    assert case["cure_ends_on"] == date(2024, 6, 17)
    assert case["frozen_on"] == date(2024, 6, 18)
    assert case["limits_withdrawn_on"] == date(2024, 6, 19)
    assert case["accelerated_on"] == date(2024, 6, 20)
    assert case["demanded"] == 600 * YUAN
    assert case["called"] == 4900 * YUAN  # 5,000 at the end of May less the 100 of 15 June
    assert case["cleared"] == 200 * YUAN  # July
    assert case["stage"] == "clearing"


def test_a_demand_paid_in_time_is_a_cure_and_no_freeze(both: tuple[TapeView, Played]) -> None:
    case = case_of(*both, "C")
    assert (case["demanded"], case["cured_on"], case["frozen_on"]) == (500 * YUAN, date(2024, 6, 15), None)
    assert case["stage"] == "closed"


def test_frozen_without_a_recall_runs_off(both: tuple[TapeView, Played]) -> None:
    case = case_of(*both, "E")
    assert (case["frozen_on"], case["run_off_on"]) == (date(2024, 6, 18), date(2024, 6, 19))
    assert (case["accelerated_on"], case["stage"]) == (None, "run_off")


@pytest.mark.parametrize(
    ("name", "amount", "kind"),
    [
        ("cases_opened", 4, "observed"),
        ("lines_called", 2, "observed"),  # A and B
        ("lines_frozen", 3, "observed"),  # A, B, E
        ("called_and_defaulted", 1, "observed"),  # A
        ("wrongful_recalls", 1, "observed"),  # B: sound from July to October, four rows, and no default
        ("balance_called", 7900 * YUAN, "observed"),  # 4,900 + 3,000
        ("cash_after_call", 1200 * YUAN, "observed"),  # A: 200; B: 700 + 300. The 100 of 15 June came before
        ("called_from_wrongful", 3000 * YUAN, "observed"),
        ("cash_from_wrongful", 1000 * YUAN, "observed"),
        # A: July 6,000 - 5,400 + 200 = 800, August 300; E: July 2,500 - 2,000 + 100 = 600.
        # June holds the freeze and is left out.
        ("spending_after_freeze", 1700 * YUAN, "observed"),
        ("spending_by_defaulters", 1100 * YUAN, "observed"),
        ("messages", 47, "observed"),  # A and B: 2 + 4 x 3 = 14; C: 2 + 2 x 3 = 8; E: 2 + 3 x 3 = 11
        ("loss_avoided_by_freeze", 825 * YUAN, "assumed"),  # 1,100 x 0.75
        ("effect_of_recall", 0, "assumed"),
        # B: month ends 3,000 + 2,300 + 3 x 2,000 = 11,300 x 0.15 / 12 = 141.25; E: 600 for 4 months = 30.00
        ("interest_given_up", -17125, "assumed"),
        ("lost_customers", -225 * YUAN, "assumed"),  # 3,000 x 0.5 x 0.15 x 12 / 12
        ("staff", -69 * YUAN, "assumed"),  # three freezes of 3 minutes, two calls of 30, 60 an hour
        ("message_costs", -470, "assumed"),  # 47 x 0.10
        ("net", 35505, "assumed"),  # 825 - 171.25 - 225 - 69 - 4.70
        # 90+ days: six rows of A default, two of B do not: 0.75. PD x LGD = 0.5625.
        # A: 5,000 + half of 5,000; B: 3,000 + half of 7,000; E: none of its arrears rows defaulted.
        ("expected_loss_before", 787500, "assumed"),  # (7,500 + 6,500) x 0.5625
        ("expected_loss_after", 450000, "assumed"),  # (5,000 + 3,000) x 0.5625
    ],
)
def test_every_figure(both: tuple[TapeView, Played], name: str, amount: int, kind: str) -> None:
    figure = next(f for f in both[1].money.figures if f.name == name)
    assert (figure.amount, figure.kind) == (amount, kind)


def test_sums_by_line_cohort_and_month_are_sums_of_the_same_rows(both: tuple[TapeView, Played]) -> None:
    view, done = both
    flows = done.money.flows
    by_line = dict(flows.group_by("line").agg(pl.col("net").sum()).iter_rows())
    assert {view.line_ids[line]: net for line, net in by_line.items()} == {
        "A": 82500 - 3300 - 140,  # 33 minutes; 14 messages
        "B": -14125 - 22500 - 3300 - 140,
        "C": -80,
        "E": -3000 - 300 - 110,
    }
    for by in ("cohort", "month", "borrower"):
        assert flows.group_by(by).agg(pl.col("net").sum())["net"].sum() == done.money.net == 35505
    assert flows["net"].to_list() == flows.select(pl.sum_horizontal(FLOWS)).to_series().to_list()


def test_the_tornado_walks_harm_as_well_as_help(both: tuple[TapeView, Played]) -> None:
    view, done = both
    side = side_of(
        view, done, shipped("CNY"), ("by-hand", 90, "id"), ["arrears-30", "arrears-60", "arrears-90"]
    )
    bars = {bar.parameter.name: bar for bar in side.tornado}
    effect = bars["effect_of_recall"]
    assert effect.at_base == 35505
    assert effect.at_high == 35505 + 100500  # unpaid 4,700 + 2,000 = 6,700 x 0.15
    assert effect.at_low == 35505 - 18000  # of the 1,200 that came, 0.15 would not have come
    assert effect.crosses_at is None
    assert bars["loss_given_default"].at_low == 35505 - 27500  # 1,100 x (0.75 - 0.50)
    assert side.tornado[0].parameter.name == "effect_of_recall"
    assert side.fired == {"arrears-30": 15, "arrears-60": 15, "arrears-90": 8}  # A 6, B 2, C 1, E 6; A 6, B 2
    assert side.queue["freezes"] == {
        "total": 3, "busiest": 3, "on": date(2024, 6, 18), "days": 1, "by_day": {"2024-06-18": 3}
    }  # fmt: skip


def test_where_the_sign_changes(both: tuple[TapeView, Played]) -> None:
    view, done = both
    parameters = with_given(shipped("CNY"), ["loss_given_default=0.50", "worth_months=12"])
    side = side_of(view, done, parameters, ("by-hand", 90, "id"), [])
    bars = {bar.parameter.name: bar for bar in side.tornado}
    effect = bars["effect_of_recall"]
    assert effect.at_base == 8005  # 550 - 171.25 - 225 - 69 - 4.70
    # At -0.15 it is 80.05 - 180 = -99.95; zero lies where 1,200 x = 80.05.
    assert effect.crosses_at == pytest.approx(-80.05 / 1200)


def test_a_challenger_that_recalls_earlier_swaps_one_line(both: tuple[TapeView, Played]) -> None:
    view, champion = both
    _, challenger = played(recall_at=60)
    switch = switch_of(view, champion, challenger, shipped("CNY"), "same rules")
    assert [
        (s.champion, s.challenger, s.lines, s.exposure) for s in switch.swaps if s.champion != s.challenger
    ] == [("frozen", "called", 1, 2000 * YUAN)]
    flip = switch.flips[0]
    assert (flip["line_id"], flip["differs_on"]) == ("E", date(2024, 5, 31))
    assert flip["reason"] == (
        "champion: freeze (arrears-30, arrears-60); challenger: recall (arrears-30, arrears-60, arrears-90)"
    )
    # E besides: 2,000 called at the ends of June to October: 10,000 x 0.0125 = 125.00; 30 minutes; one notice
    # more
    # (acceleration and reminder in place of the plan: 3 messages).
    net = next(i for i in switch.difference if i.name == "net")
    assert net.estimate == -(12500 + 3000 + 30)
    assert net.low <= net.estimate <= net.high


def test_flows_are_linear_in_what_is_assumed(both: tuple[TapeView, Played]) -> None:
    _, done = both
    values = values_of(shipped("CNY"), loss_given_default=Decimal("0.9"))
    flows = flows_of(done.replayed, done.seen, values, "CNY")
    assert flows["loss_avoided_by_freeze"].sum() == 99000  # 1,100 x 0.9


@pytest.mark.parametrize(
    "given", ["nonsense=1", "loss_given_default=2", "loss_given_default=abc", "worth_months"]
)
def test_an_assumption_that_cannot_be_is_refused(given: str) -> None:
    with pytest.raises(Mistake):
        with_given(shipped("CNY"), [given])
