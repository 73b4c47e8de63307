"""The generated function against a second interpreter, on generated conditions, rows and histories."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullrecall.domain.policy import parse_policy
from fullrecall.domain.policy.write_text import write_expression
from fullrecall.domain.tape import TapeRow

from .naive import MONEY, Expr, Naive, text
from .tape_rows import EXTRA, outcome, policy_text, row

OPS = ("=", "<>", "<", "<=", ">", ">=")
CENTS = st.integers(-300, 300)


def money_column() -> st.SearchStrategy[Expr]:
    return st.sampled_from(MONEY).map(lambda name: ("column", name))


def money(depth: int, window: bool) -> st.SearchStrategy[Expr]:
    if depth == 0:
        return money_column()
    inner = money(depth - 1, window)
    choices = [
        money_column(),
        st.tuples(st.sampled_from(("+", "-")), inner, inner | CENTS.map(lambda c: ("money", c))),
        st.tuples(st.just("times"), st.integers(-3, 3), inner),
        st.tuples(st.just("negate"), inner),
        st.tuples(st.just("coalesce"), inner, inner | CENTS.map(lambda c: ("money", c))),
        st.tuples(st.just("case"), condition(depth - 1, window), inner, st.none() | inner),
    ]
    if window:
        kinds = st.sampled_from(("max_over", "min_over", "sum_over", "lag"))
        choices.append(st.tuples(kinds, money(depth - 1, False), st.integers(1, 4)))
    return st.one_of(choices)


def days(window: bool) -> st.SearchStrategy[Expr]:
    plain = st.just(("column", "days_past_due"))
    if not window:
        return plain
    kinds = st.sampled_from(("max_over", "min_over", "avg_over", "lag"))
    return plain | st.tuples(kinds, plain, st.integers(1, 4))


def compared(depth: int, window: bool) -> st.SearchStrategy[Expr]:
    ops = st.sampled_from(OPS)
    number = st.integers(0, 90).map(lambda n: ("number", n))
    amount, literal = money(depth, window), CENTS.map(lambda c: ("money", c))
    ratio = st.tuples(st.just("ratio"), money(min(depth, 1), window), money_column())
    choices = [
        st.tuples(ops, amount, amount | literal),
        st.tuples(st.just("between"), amount, literal, literal | amount),
        st.tuples(st.just("in"), amount, st.lists(literal, min_size=1, max_size=3)),
        st.tuples(ops, days(window), number),
        st.tuples(ops, ratio, st.sampled_from((0, 1, 2)).map(lambda n: ("number", n))),
        st.tuples(
            ops, st.just(("column", "score")), st.sampled_from((550, 600)).map(lambda n: ("number", n))
        ),
        st.tuples(st.sampled_from(("is null", "is not null")), amount | ratio | days(window)),
    ]
    if window:
        counted = st.tuples(st.just("count_over"), condition(min(depth, 1), False), st.integers(1, 4))
        lagged = st.tuples(st.just("lag"), st.just(("column", "score")), st.integers(1, 3))
        drop = st.tuples(st.just("-"), lagged, st.just(("column", "score")))
        choices += [
            st.tuples(ops, counted, st.integers(0, 3).map(lambda n: ("number", n))),
            st.tuples(ops, drop, st.just(("number", 50))),
        ]
    return st.one_of(choices)


def condition(depth: int, window: bool) -> st.SearchStrategy[Expr]:
    if depth <= 0:
        return compared(0, window)
    inner = condition(depth - 1, window)
    return st.one_of(
        compared(depth - 1, window),
        st.tuples(st.sampled_from(("and", "or")), inner, inner),
        st.tuples(st.just("not"), inner),
        st.tuples(st.just("is null"), inner),
        st.tuples(st.just("coalesce"), inner, inner | st.booleans().map(lambda b: ("truth", b))),
        st.tuples(st.just("case"), inner, inner, st.none() | inner),
    )


@st.composite
def rows(draw: st.DrawFn, months_ago: int = 0) -> TapeRow:
    values = {name: draw(st.none() | CENTS) for name in MONEY}
    values["days_past_due"] = draw(st.none() | st.sampled_from((0, 29, 30, 60, 90)))
    values["score"] = draw(st.none() | st.sampled_from((500, 549, 550, 600, 650)))
    values["score_model"] = draw(st.sampled_from(("m1", "m2", None)))
    late = draw(st.sampled_from((0, 0, 0, 40, 200)))
    day = row(months_ago).as_of - timedelta(days=draw(st.integers(0, 27)))
    return row(months_ago, as_of=day, known_at=day + timedelta(days=late), **values)


histories = st.lists(st.integers(-1, 5).flatmap(rows), max_size=8)


@settings(max_examples=400, deadline=None)
@given(condition(3, True), rows(), histories)
def test_same_as_a_second_interpreter(e: Expr, current: TapeRow, history: list[TapeRow]) -> None:
    assert outcome(text(e), current, history) == Naive(current, history).outcome(e)


@settings(max_examples=150, deadline=None)
@given(condition(3, True))
def test_writing_a_tree_and_reading_it_gives_the_same_policy(e: Expr) -> None:
    policy = parse_policy(policy_text(text(e)), EXTRA)
    again = parse_policy(policy_text(write_expression(policy.rules[0].when)), EXTRA)
    assert again.id == policy.id


KNOWN = {"t": "days_past_due = 0", "f": "days_past_due = 1", "n": "amount_due = 1"}


@pytest.mark.parametrize(
    ("a", "b", "conjunction", "disjunction"),
    [
        ("t", "t", "true", "true"), ("t", "f", "false", "true"), ("t", "n", "amount_due", "true"),
        ("f", "t", "false", "true"), ("f", "f", "false", "false"), ("f", "n", "false", "amount_due"),
        ("n", "t", "amount_due", "true"), ("n", "f", "false", "amount_due"),
        ("n", "n", "amount_due", "amount_due"),
    ],
)  # fmt: skip
def test_truth_tables(a: str, b: str, conjunction: str, disjunction: str) -> None:
    current = row(amount_due=None)
    assert outcome(f"{KNOWN[a]} and {KNOWN[b]}", current) == conjunction
    assert outcome(f"{KNOWN[a]} or {KNOWN[b]}", current) == disjunction
    assert outcome(f"not ({KNOWN[a]})", current) == {"t": "false", "f": "true", "n": "amount_due"}[a]
