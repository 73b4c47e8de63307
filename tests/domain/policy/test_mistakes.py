"""Every mistake in a policy file is told, at its line and column, and nothing but PolicyMistakes ever comes
out.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fullrecall.domain.policy import PolicyMistakes, parse_policy

from .tape_rows import EXTRA, outcome, policy_text, row

GOOD = policy_text("days_past_due >= 30")


def mistakes(text: str, currency: str | None = None) -> list[tuple[int, int, str]]:
    with pytest.raises(PolicyMistakes) as caught:
        parse_policy(text, EXTRA, currency=currency)
    return [(m.line, m.column, f"{m.message} {m.hint}") for m in caught.value.mistakes]


def one(text: str, currency: str | None = None) -> tuple[int, int, str]:
    found = mistakes(text, currency)
    assert len(found) == 1, found
    return found[0]


# `when: "` takes 11 characters of line 5, so the first character of the expression stands in column 12.
@pytest.mark.parametrize(
    ("when", "column", "says"),
    [
        ("balanc > 1.00", 12, "Did you mean balance?"),
        ("balance > 1.00 and days_pastdue > 3", 31, "Did you mean days_past_due?"),
        ("balance > days_past_due", 22, "An amount of money is compared with days."),
        ("ratio(balance, credit_limit) > balance", 43, "A ratio is compared with an amount of money."),
        ("balance > 'x'", 22, "compared with a text"),
        ("score < 550.5", 20, "whole"),
        ("balance / 3 > 1", 20, "compare a ratio"),
        ("balance % 3 > 1", 20, "not allowed"),
        ("round(balance) > 1", 12, "Engines round differently"),
        ("cast(balance) > 1", 12, "There is no cast"),
        ("read_csv('/etc/passwd')", 12, "The functions are coalesce"),
        ("manual_action like 'x'", 26, "Texts are compared with = and in"),
        ("days_between(opened_on, now()) > 3", 36, "Use as_of"),
        ("balance > 1; balance > 2", 23, "one expression"),
        ("balance > nan", 22, "NaN is never a value"),
        ("balance > 1.23456", 22, "more than four decimals"),
        ("balance > 10000000000001", 22, "beyond 10^13"),
        ("balance > 1e3", 22, "not a number"),
        ("balance > 1_000", 22, "not a number"),
        ("balance > .5", 22, "begins with a digit"),
        ("balance", 12, "A condition is needed"),
        ("balance > null", 12, "is null"),
        ("balance is 3", 12, "`is` only tests for NULL"),
        ("balance * 1.10 > credit_limit", 12, "compare a ratio"),
        ("balance * balance > 1", 12, "not multiplied"),
        ("balance + days_past_due > 1", 22, "An amount of money is added to days"),
        ("opened_on > 'yesterday'", 24, "not a date"),
        ("opened_on - as_of > 1", 12, "days_between"),
        ("region < 'x'", 12, "order texts differently"),
        ("max_over(lag(balance, 1), 3) > 1", 21, "cannot be nested"),
        ("max_over(balance, 61) > 1", 30, "from 1 to 60"),
        ("lag(balance, 1.5) > 1", 25, "from 1 to 60"),
        ("count_over(balance, 3) > 1", 12, "takes a condition"),
        ("sum_over(balance > 1, 3) > 1", 12, "takes a value"),
        ("max_over(ratio(balance, credit_limit), 3) > 0.9", 12, "count_over"),
        ("ratio(balance, days_past_due) > 1", 27, "An amount of money is divided by days"),
        ("ratio(balance, credit_limit) + 1 > 1", 12, "can only be compared"),
        ("coalesce(balance) > 1", 12, "two values or more"),
        ("coalesce > 1", 12, "needs its arguments"),
        ("ratio(balance, credit_limit) > lag(ratio(balance, credit_limit), 1)", 12, "64 bits"),
        ("balance > 1 and", 24, "cannot be understood"),
        ("balance > > 1", 22, "cannot be understood"),
        ("(balance > 1", 23, "cannot be understood"),
        ("balance between 1", 28, "cannot be understood"),
        ("balance > 1 -- all", 22, "comment"),
        ("region = 'x", 21, "not closed"),
        ("case balance when 1 then 2 end > 1", 17, "case when"),
        ("region in (region)", 12, "literals only"),
        ('"balance" > 1', 12, "without quotes"),
        ("(" * 500 + "balance > 1" + ")" * 500, 32, "Nested deeper than 20"),
        ("not " * 30 + "balance > 1", 92, "Nested deeper than 20"),
        (" and ".join(["balance > 1"] * 500), 12, "words"),
    ],
)
def test_an_expression_mistake_has_its_place(when: str, column: int, says: str) -> None:
    line, found, sentence = one(policy_text(when))
    assert says in sentence
    assert line == 5
    if "words" not in says:
        assert found == column


def test_all_mistakes_are_told_in_the_order_of_the_file() -> None:
    text = """\
policy: test
version: two
features:
  f: ratio(balance, limit)
rules:
  - {id: a, when: days_past_due >= 30, action: shout, trigger: arrears, reason: R}
  - {id: a, when: balance > days_past_due, action: warn, trigger: arrears, reason: R}
colour: blue
recall: {scope: world}
"""
    places = [(line, column) for line, column, _ in mistakes(text)]
    # "two" 2:10, limit 4:21, shout 6:48, second a 7:10, days 7:29, colour 8:1, world 9:17
    assert places == [(2, 10), (4, 21), (6, 48), (7, 10), (7, 29), (8, 1), (9, 17)]


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        (GOOD + "---\n" + GOOD, (10, 1), "A second policy begins here"),
        (GOOD.replace("recall: {scope: line}\n", ""), (1, 1), "no `recall`"),
        (GOOD.replace("version: 1", "version: 1\nversion: 2"), (3, 1), "stands twice"),
        (GOOD.replace("policy: test", "policy: &a test"), (1, 9), "anchor"),
        (GOOD.replace("version: 1", "version: *a"), (2, 10), "Aliases"),
        (GOOD.replace("version: 1", "version: !!python/object:os.system 1"), (2, 10), "tag"),
        (GOOD.replace("action: warn", "action: none"), (6, 13), "can be left out"),
        (GOOD.replace("version: 1", "version: 1\nunknown: recall"), (3, 10), "write refer"),
        (GOOD.replace("version: 1", "version: 1\ncurrency: XXX"), (3, 11), "Unknown currency"),
        (GOOD.replace("version: 1", "version: 1\n  bad: [" ), (4, 6), "YAML"),
        ("[" * 100 + "]" * 100, (1, 13), "levels"),
        ("", (1, 1), "empty"),
        ("- a\n- b\n", (1, 1), "mapping"),
        ("\x00", (1, 1), "characters"),
    ],
)  # fmt: skip
def test_a_file_mistake_has_its_place(text: str, place: tuple[int, int], says: str) -> None:
    found = mistakes(text)
    assert says in found[0][2], found
    if says != "YAML":
        assert found[0][:2] == place


@pytest.mark.parametrize(
    ("spelled", "place"),
    [
        ("when: balance > days_past_due", (5, 21)),
        ("when: 'balance > days_past_due'", (5, 22)),
        ("when: 'region = ''x'' and balance > days_past_due'", (5, 41)),
        ("when: \"region = '\\u4e2d' and balance > days_past_due\"", (5, 44)),
        ("when: >\n      balance\n      > days_past_due", (7, 9)),
        ("when: |\n      balance >\n        days_past_due", (7, 9)),
        ("when: balance\n      > days_past_due", (6, 9)),
        ('when: "balance \\\n      > days_past_due"', (6, 9)),
        ("when: balance >\t days_past_due", (5, 22)),
    ],
)
def test_a_place_inside_any_kind_of_yaml_text(spelled: str, place: tuple[int, int]) -> None:
    text = GOOD.replace('when: "days_past_due >= 30"', spelled)
    line, column, says = one(text)
    assert "compared with days" in says
    assert (line, column) == place


def test_a_comma_inside_braces_is_explained() -> None:
    text = GOOD.replace(
        GOOD[GOOD.index("  - id") : GOOD.index("recall")],
        "  - {id: r, when: balance in (1, 2), action: warn, trigger: arrears, reason: R}\n",
    )
    assert any("double quotes" in sentence for _, _, sentence in mistakes(text))


def test_money_is_held_by_the_currency() -> None:
    text = policy_text("balance > 100.50")
    assert parse_policy(text, currency="CNY")
    assert one(text, "JPY")[:2] == (5, 22)
    with_currency = policy_text("balance > 100.50", head="currency: CNY\n")
    assert "The policy is in CNY, the tape in USD" in one(with_currency, "USD")[2]


def test_a_feature_stands_above_its_use() -> None:
    text = policy_text("a > 1.00", features="features:\n  a: b + balance\n  b: balance\n")
    assert "Move it up" in mistakes(text)[0][2]
    text = policy_text("balance > 1.00", features="features:\n  balance: credit_limit\n")
    assert "cannot be called" in mistakes(text)[0][2]


def test_features_that_double_do_not_grow_the_work() -> None:
    chain = "".join(
        f"  f{i + 1}: (f{i} and days_past_due > 1) or (f{i} and balance > 1)\n" for i in range(90)
    )
    features = f"features:\n  f0: days_past_due >= 30\n{chain}"
    assert outcome("f90", row(days_past_due=30), features=features) == "true"
    assert outcome("f90", row(days_past_due=None), features=features) == "days_past_due"
    assert outcome("count_over(f90, 6) > 1", row(days_past_due=None), features=features) == "days_past_due"
    chain = "".join(f"  f{i + 1}: f{i} + f{i}\n" for i in range(90))
    text = policy_text("f90 > 1.00", features=f"features:\n  f0: balance\n{chain}")
    assert "64 bits" in mistakes(text)[0][2]


def test_nested_conditions_do_not_grow_the_work() -> None:
    nested = "days_past_due > 1"
    for turn in range(16):
        nested = f"({nested}) is null" if turn % 2 else f"coalesce({nested}, balance > 1)"
    assert outcome(nested, row(days_past_due=None)) == "false"  # `is null` is never NULL itself


def test_mistakes_are_capped() -> None:
    rule = "  - {id: r, when: x, action: warn, trigger: arrears, reason: R}\n"
    assert len(mistakes("policy: p\nversion: 1\nrules:\n" + rule * 500)) == 100


WORDS = (
    "balance days_past_due ( ) , and or not between in is null case when then else end 1 2.50 'x' "
    "as_of 余额 0x1F ratio( lag( max_over( count_over( coalesce( > >= = <> + - * ; -- /* \" ' . : [ ] { } @ $"
)
words = st.sampled_from(WORDS.split())


@settings(max_examples=400, deadline=None)
@given(st.lists(words, max_size=25).map(" ".join))
@example("t1 t2")
def test_fuzzed_expressions_raise_nothing_else(when: str) -> None:
    try:
        parse_policy(policy_text(when), EXTRA)
    except PolicyMistakes as refused:
        assert all(m.line == 5 and m.column >= 1 for m in refused.mistakes)


LINES = """\
policy: p|version: 1|rules:|  - id: r|    when: balance > 1|recall:|  notice:|  - a|? b|    cure_days: x
scorecard: {}|features: [|}|a: &x|b: *x|<<: y|---|...|%YAML 1.1|reasons: {A: {zh: x}}|unknown: []
  scope: {}|'|"|>|!!binary x|  caps: {lines_per_run: -1}|currency: 1|  approval: {when: []}
scorecard: {characteristics: [{bins: [{below: x}]}]}"""
lines = st.sampled_from([line for block in LINES.split("\n") for line in block.split("|")] + ["\t", "| "])


@settings(max_examples=300, deadline=None)
@given(st.lists(lines, max_size=12).map("\n".join) | st.text(max_size=60))
def test_fuzzed_files_raise_nothing_else(text: str) -> None:
    try:
        parse_policy(text)
    except PolicyMistakes as refused:
        assert refused.mistakes
