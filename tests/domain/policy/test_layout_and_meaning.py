"""Format keeps the meaning and the comments; the id is the meaning; diff names what changed; rules in plain
words.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fullrecall.domain.policy import compile_python, diff, explain, explain_rule, format_policy, parse_policy

from .tape_rows import row

REPOSITORY = Path(__file__).parents[3]
SHIPPED = sorted((REPOSITORY / "src" / "fullrecall" / "policies").glob("*.yaml"))

UGLY = """\
# the ladder
recall: {approval: {when: exposure>50000}, scope: borrower}   # four eyes
rules:
  # first
  - {when: days_past_due>=30 AND NOT(past_due_amount<=100.0),
     id: a, reason: R, trigger: arrears, action: warn}
  - {id: b, when: "balance in (1,2.5) or (balance > 3)", reason: R, trigger: arrears, action: freeze}
features: {use: 'ratio( balance,credit_limit )'}
version: 1
policy: p
# the end
"""
PRETTY = """\
policy: p
version: 1
features:
  use: ratio(balance, credit_limit)
rules:
  # first
  - id: a
    when: days_past_due >= 30 and not past_due_amount <= 100.00
    action: warn
    trigger: arrears
    reason: R
  - id: b
    when: balance in (1.00, 2.50) or balance > 3.00
    action: freeze
    trigger: arrears
    reason: R
# the ladder
# four eyes
recall:
  scope: borrower
  approval:
    when: exposure > 50000.00
# the end
"""


def test_format() -> None:
    assert format_policy(UGLY) == PRETTY
    assert format_policy(PRETTY) == PRETTY
    assert parse_policy(UGLY).id == parse_policy(PRETTY).id


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_policies_are_formatted_and_read_no_protected_column(path: Path) -> None:
    text = path.read_text("utf-8")
    assert format_policy(text) == text
    policy = parse_policy(text, source=path.name)
    assert not {"sex", "education", "marriage", "age"} & {column.name for column in policy.columns}
    assert policy.currency is not None
    evaluator = compile_python(policy, policy.currency)
    calm = row(currency=policy.currency, past_due_amount=0, days_past_due=0)
    history: list = []
    for month in range(5, 0, -1):
        earlier = row(month, currency=policy.currency)
        history.append(evaluator.scored(earlier, history))
    assert evaluator.decide(calm, history).fired == ()
    late = row(currency=policy.currency, past_due_amount=500_000, days_past_due=90)
    assert evaluator.decide(late, history).action == "recall"


def test_the_id_is_the_meaning() -> None:
    plain = parse_policy(PRETTY)
    assert parse_policy(PRETTY.replace("100.00", "100")).id == plain.id
    assert (
        parse_policy(PRETTY.replace("  scope: borrower\n", "")).id == plain.id
    )  # the default, written or not
    assert parse_policy(PRETTY.replace("100.00", "100.01")).id != plain.id
    assert parse_policy(PRETTY.replace("freeze", "recall")).id != plain.id
    assert plain.id.startswith("sha256:")


def test_diff_says_what_changed_in_meaning() -> None:
    old = parse_policy(PRETTY)
    changed = (
        PRETTY.replace(">= 30", ">= 45").replace("action: freeze", "action: recall")
        .replace("50000.00", "60000.00")
        .replace("  scope: borrower\n", "  scope: line\n  notice: {cure_days: 20}\n")
        .replace("  use: ratio(balance, credit_limit)\n", "  use: ratio(exposure, credit_limit)\n")
    )  # fmt: skip
    assert [str(d) for d in diff(old, parse_policy(changed))] == [
        "feature use: ratio(balance, credit_limit) → ratio(exposure, credit_limit)",
        "rule a: days_past_due >= 30 → days_past_due >= 45",
        "rule b action: freeze → recall",
        "recall scope: borrower → line",
        "recall notice cure_days: 15 → 20",
        "recall approval: exposure > 50000.00 → exposure > 60000.00",
    ]
    removed = PRETTY[: PRETTY.index("  - id: b")] + PRETTY[PRETTY.index("# the ladder") :]
    assert [d.kind for d in diff(old, parse_policy(removed))] == ["removed"]
    assert [d.where for d in diff(parse_policy(removed), old)] == ["rule b"]
    assert diff(old, parse_policy(UGLY)) == ()


def test_a_rule_in_plain_words() -> None:
    rule = parse_policy(PRETTY).rule("a")
    said = explain_rule(rule)
    assert said.en == (
        "Warn when days past due is at least 30 days"
        " and it is not so that past due amount is at most 100.00 (R)."
    )
    assert said.zh == "当逾期天数不低于30天且并非“逾期金额不超过100.00”时，预警（R）。"


def test_explain_names_every_value_read() -> None:
    text = PRETTY.replace("balance > 3.00", "use > 0.50 and max_over(balance, 3) > 700.00")
    policy = parse_policy(text)
    current, history = row(balance=66_667, credit_limit=100_000), [row(1, balance=80_000)]
    decision = compile_python(policy, "CNY").decide(current, history)
    (found,) = explain(policy, decision, current, history)
    assert found.rule == "b"
    assert [(v.name, v.value) for v in found.values] == [
        ("balance", "666.67"),
        ("use", "0.666670"),
        ("credit_limit", "1000.00"),
        ("max_over(balance, 3)", "800.00"),
    ]


def test_a_feature_value_is_shown_half_even_at_six_digits() -> None:
    policy = parse_policy(PRETTY.replace("balance > 3.00", "use > 0.50"))
    for balance, shown in ((1, "0.000000"), (3, "0.000002"), (5, "0.000002"), (7, "0.000004")):
        # n / 2,000,000: 0.5, 1.5, 2.5 and 3.5 millionths tie to 0, 2, 2 and 4
        current = row(balance=2_000_001, credit_limit=2_000_000)
        tied = row(balance=balance, credit_limit=2_000_000)
        values = explain(policy, compile_python(policy, "CNY").decide(current, []), tied, [])[0].values
        assert dict((v.name, v.value) for v in values)["use"] == shown
