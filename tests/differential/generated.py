"""Rules, features and rows that Hypothesis draws: every form of the language, NULLs, zeros, boundaries, huge
values, several rows a month, gaps, facts learned late.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fullrecall.domain.calendar import add_months, month_end
from fullrecall.domain.policy import Policy, parse_policy
from fullrecall.domain.policy.mistakes import PolicyMistakes
from fullrecall.domain.tape import COLUMNS, Column, ColumnType, TapeRow

SEPTEMBER = date(2005, 9, 30)
HUGE = 10**13
MONEY = ("balance", "amount_due", "past_due_amount", "credit_limit")
EXTRA = {
    "opened_on": Column("opened_on", ColumnType.DATE, "开户日", "day the line was opened"),
    "region": Column("region", ColumnType.TEXT, "地区", "region"),
    "hardship": Column("hardship", ColumnType.BOOL, "困难安排", "in a hardship plan"),
    "年龄": Column("年龄", ColumnType.COUNT, "年龄", "age"),
}
EXTRA_DTYPES = {"opened_on": pl.Date, "region": pl.String, "hardship": pl.Boolean, "年龄": pl.Int64}
READ = {**COLUMNS, **EXTRA}
OPS = st.sampled_from(("=", "<>", "<", "<=", ">", ">="))
CENTS = st.one_of(st.integers(-3, 3), st.sampled_from((9_999, 10_000, 10_001, HUGE - 1, HUGE, -HUGE)))
MONTHS = st.integers(1, 5)
TEXTS = ("north", "o'neill", "back\\slash", "东", "%s", "")
DAYS = (date(2005, 1, 31), date(2005, 9, 30), date(2004, 2, 29))


def _literal(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _say(template: str, *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda found: template.format(*found))


MONEY_LITERAL = CENTS.map(_literal)


def money(depth: int, window: bool) -> st.SearchStrategy[str]:
    column = st.sampled_from(MONEY)
    if depth == 0:
        return column
    inner = money(depth - 1, window)
    more = inner | MONEY_LITERAL
    choices = [
        column,
        _say("({} {} {})", inner, st.sampled_from("+-"), more),
        _say("({} * {})", st.integers(-3, 3), inner),
        _say("(-{})", inner),
        _say("coalesce({}, {})", inner, more),
        _say("(case when {} then {} else {} end)", condition(depth - 1, window), inner, more),
        _say("(case when {} then {} end)", condition(depth - 1, window), inner),
    ]
    if window:
        kinds = st.sampled_from(("max_over", "min_over", "sum_over", "lag"))
        choices.append(_say("{}({}, {})", kinds, money(depth - 1, False), MONTHS))
    return st.one_of(choices)


def whole(window: bool) -> st.SearchStrategy[str]:
    """Days, with literals of its size."""
    between = _say("days_between({}, {})", *2 * (st.sampled_from(("opened_on", "as_of", "'2005-03-01'")),))
    plain = st.just("days_past_due") | between.filter(lambda said: said.count("'") < 4)
    if not window:
        return plain
    kinds = st.sampled_from(("max_over", "min_over", "avg_over", "sum_over", "lag"))
    return plain | _say("{}({}, {})", kinds, plain, MONTHS)


def score(window: bool) -> st.SearchStrategy[str]:
    plain = st.just("score") | st.just("coalesce(score, 500)")
    if not window:
        return plain
    kinds = st.sampled_from(("max_over", "min_over", "sum_over", "lag"))
    back = _say("{}({}, {})", kinds, plain, MONTHS)
    return plain | back | _say("({} - {})", back, plain)


def ratio(depth: int, window: bool) -> st.SearchStrategy[str]:
    plain = _say("ratio({}, {})", money(min(depth, 1), window), money(0, window))
    if not window:
        return plain
    inner = _say("ratio({}, {})", money(min(depth, 1), False), money(0, False))
    return (
        plain
        | _say("lag({}, {})", inner, MONTHS)
        | _say("avg_over({}, {})", money(1, False), MONTHS).map(
            lambda said: said if depth else "ratio(balance, credit_limit)"
        )
    )


def _compared(depth: int, window: bool) -> st.SearchStrategy[str]:
    amount = money(depth, window)
    number = st.sampled_from((0, 29, 30, 60, 90))
    share = st.sampled_from(("0", "1", "0.9999", "0.25", "1.0001"))
    choices = [
        _say("({} {} {})", amount, OPS, amount | MONEY_LITERAL),
        _say("({} between {} and {})", amount, MONEY_LITERAL, MONEY_LITERAL | amount),
        _say("({} in ({}))", amount, st.lists(MONEY_LITERAL, min_size=1, max_size=3).map(", ".join)),
        _say("({} {} {})", whole(window), OPS, number),
        _say("({} {} {})", score(window), OPS, st.sampled_from((0, 50, 550, 600))),
        _say("({} {} {})", _say("ratio({}, {})", money(min(depth, 1), window), money(0, window)), OPS, share),
        _say("({} {})", amount | whole(window) | score(window), st.sampled_from(("is null", "is not null"))),
        _say("(region {} {})", st.sampled_from(("=", "<>")), st.sampled_from(TEXTS).map(_quoted)),
        _say(
            "(region in ({}))",
            st.lists(st.sampled_from(TEXTS).map(_quoted), min_size=1, max_size=3).map(", ".join),
        ),
        _say("(coalesce(region, score_model) = {})", st.sampled_from((*TEXTS, "m1")).map(_quoted)),
        _say("(score_model = {})", st.sampled_from(("'m1'", "'card-1'"))),
        _say("(opened_on {} {})", OPS, st.sampled_from(DAYS).map(lambda day: f"'{day}'") | st.just("as_of")),
        _say("(年龄 {} {})", OPS, st.sampled_from((0, 18, 65))),
        st.just("hardship"),
    ]
    if window:
        counted = _say("count_over({}, {})", condition(min(depth, 1), False), MONTHS)
        choices += [
            _say("({} {} {})", counted, OPS, st.integers(0, 3)),
            _say("({} {} {})", ratio(depth, True).filter(lambda s: s.startswith("lag")), OPS, share),
            _say("(avg_over({}, {}) {} {})", money(min(depth, 1), False), MONTHS, OPS, MONEY_LITERAL),
            _say("(lag(region, {}) = {})", MONTHS, st.sampled_from(TEXTS).map(_quoted)),
            _say("(lag(opened_on, {}) {} opened_on)", MONTHS, OPS),
        ]
    return st.one_of(choices)


def condition(depth: int, window: bool) -> st.SearchStrategy[str]:
    if depth <= 0:
        return _compared(0, window)
    inner = condition(depth - 1, window)
    return st.one_of(
        _compared(depth - 1, window),
        _say("({} {} {})", inner, st.sampled_from(("and", "or")), inner),
        _say("(not {})", inner),
        _say("({} is null)", inner),
        _say("coalesce({}, {})", inner, inner | st.sampled_from(("true", "false"))),
        _say("(case when {} then {} else {} end)", inner, inner, inner),
        _say("(case when {} then {} end)", inner, inner),
    )


VALUES: dict[str, st.SearchStrategy[Any]] = {
    **{name: st.none() | CENTS for name in MONEY},
    "days_past_due": st.none() | st.sampled_from((0, 29, 30, 60, 90)),
    "score": st.none() | st.sampled_from((500, 549, 550, 600, 650)),
    "score_model": st.sampled_from(("m1", "m1", "m2", "card-1", None)),
}
EXTRA_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "opened_on": st.none() | st.sampled_from(DAYS),
    "region": st.none() | st.sampled_from(TEXTS),
    "hardship": st.none() | st.booleans(),
    "年龄": st.none() | st.sampled_from((0, 18, 64, 65)),
}
_LATE = st.sampled_from((0, 0, 0, 1, 40, 200))


@st.composite
def _row(draw: st.DrawFn, months_ago: int) -> TapeRow:
    day = month_end(add_months(SEPTEMBER, -months_ago)) - timedelta(
        days=draw(st.sampled_from((0, 0, 0, 1, 20)))
    )
    values = {name: draw(strategy) for name, strategy in VALUES.items()}
    extra = {name: draw(strategy) for name, strategy in EXTRA_VALUES.items()}
    return TapeRow("", day, day + timedelta(days=draw(_LATE)), "CNY", **values, extra=extra)


_REGULAR = st.integers(1, 8).map(lambda count: list(range(count)))  # every month
_LINE = st.one_of(_REGULAR, st.lists(st.integers(0, 7), min_size=1, max_size=9)).flatmap(
    lambda months: st.tuples(*(_row(month) for month in months))
)


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """So many examples of a strategy, to be judged together: an engine is asked once for all of them."""
    found: list[Any] = []

    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    return found


def book(lines: int) -> list[TapeRow]:
    """So many lines; a plain one too, so that both ways of looking back are taken."""
    rows: list[TapeRow] = []
    for index, line in enumerate(drawn(_LINE, lines)):
        rows += [TapeRow(f"L{index:04}", *list(_fields(row))[1:]) for row in line]
    return rows


def _fields(row: TapeRow) -> list[Any]:
    return [getattr(row, name) for name in TapeRow.__struct_fields__]


_VALUE = st.one_of(money(2, True), whole(True), score(True), ratio(1, True), condition(2, True))
_CARD_VALUE = st.one_of(money(1, True), whole(True), ratio(1, True)).filter(lambda said: "score" not in said)
CARD = """
scorecard:
  model: card-1
  base_points: 560
  scale: {min: 350, max: 950}
  characteristics:
    - name: utilisation
      of: ratio(balance, credit_limit)
      bins: [{below: 0.5, points: 40}, {below: 1, points: 0}, {points: -60}]
      missing: -5
      reason: A
    - name: worst
      of: max_over(days_past_due, 4)
      bins: [{below: 30, points: 30}, {below: 90, points: -10}, {points: -400}]
      missing: 7
      reason: B
    - name: region
      of: region
      bins: [{in: [north, 东], points: 11}, {points: -3}]
      missing: 0
      reason: C
    - name: hard
      of: hardship
      bins: [{in: [true], points: -20}, {points: 13}]
      missing: 1
      reason: D
"""


def policy(rules: int, features: int, *, card: bool) -> Policy:
    """One policy of many drawn rules; those whose numbers do not fit in 64 bits are left out."""
    values = [text for text in drawn(_VALUE, features) if _sound("features", text, card)][:90]
    named = {f"feature_{index}": text for index, text in enumerate(values)}
    conditions = [text for text in drawn(condition(3, True), rules) if _sound("rules", text, card)]
    uses = [
        f"({name} is null or {text})" for name, text in zip(named, conditions, strict=False)
    ]  # features inside rules, NULL or not
    windowed = [f"coalesce(count_over({text}, 3) >= 2, {text})" for text in drawn(condition(1, False), 10)]
    more = [text for text in windowed if _sound("rules", text, card)]
    return parse_policy(_text(named, conditions + uses + more, card), READ)


def _sound(section: str, text: str, card: bool) -> bool:
    named, rules = ({"x": text}, ["days_past_due > 1"]) if section == "features" else ({}, [text])
    try:
        parse_policy(_text(named, rules, card), READ)
    except PolicyMistakes as mistakes:
        if "64 bits" not in str(mistakes):
            raise
        return False
    return True


_ACTIONS = ("refer", "warn", "reduce_limit", "freeze", "recall")
_TRIGGERS = ("score", "arrears", "violation", "decision")


def _text(named: dict[str, str], rules: list[str], card: bool) -> str:
    text = "policy: drawn\nversion: 1\nunknown: warn\n"
    if named:
        text += "features:\n" + "".join(f"  {name}: {_yaml(value)}\n" for name, value in named.items())
    text += CARD if card else ""
    text += "rules:\n"
    for index, rule in enumerate(rules):
        action, trigger = _ACTIONS[index % 5], _TRIGGERS[index % 4]
        text += (
            f"  - {{id: r{index}, when: {_yaml(rule)}, action: {action}, trigger: {trigger}, reason: R}}\n"
        )
    return text + "recall: {scope: line}\n"


def _yaml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
