"""A rule in plain Chinese and English, word by word from its tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from fullrecall.domain import tape
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.document import Policy, Rule
from fullrecall.domain.policy.tree import Expr, Number, Op, Unit, WindowKind
from fullrecall.domain.policy.write_text import write_literal, write_number
from fullrecall.domain.tape import Column
from fullrecall.domain.vocabulary import Action


class Said(msgspec.Struct, frozen=True):
    """The same sentence in both languages."""

    zh: str
    en: str


ACTIONS: dict[Action, Said] = {
    Action.NONE: Said("不处理", "do nothing"),
    Action.REFER: Said("转人工审核", "refer to a person"),
    Action.WARN: Said("预警", "warn"),
    Action.REDUCE_LIMIT: Said("调低额度", "reduce the limit"),
    Action.FREEZE: Said("冻结额度", "freeze the line"),
    Action.RECALL: Said("全额回收", "recall the whole balance"),
}
_COMPARED: dict[Op, Said] = {
    Op.EQ: Said("等于", "is"), Op.NE: Said("不等于", "is not"), Op.LT: Said("低于", "is below"),
    Op.LE: Said("不超过", "is at most"), Op.GT: Said("高于", "is above"),
    Op.GE: Said("不低于", "is at least"),
}  # fmt: skip
_WINDOWS: dict[WindowKind, Said] = {
    WindowKind.MAX: Said("近{n}个月{v}的最大值", "the highest {v} of the last {n} months"),
    WindowKind.MIN: Said("近{n}个月{v}的最小值", "the lowest {v} of the last {n} months"),
    WindowKind.SUM: Said("近{n}个月{v}之和", "the sum of {v} over the last {n} months"),
    WindowKind.AVG: Said("近{n}个月{v}的平均值", "the average {v} of the last {n} months"),
    WindowKind.COUNT: Said("近{n}个月中“{v}”的月数", "the number of the last {n} months in which {v}"),
}


def explain_rule(rule: Rule, policy: Policy | None = None) -> Said:
    """One sentence per language: what the rule asks for and when. `policy` opens features and names extra
    columns.
    """
    said = Speaker(policy).say(rule.when)
    action = ACTIONS[rule.action]
    reason = policy.reason_text(rule.reason) if policy else Said(rule.reason, rule.reason)
    en = f"{action.en[0].upper()}{action.en[1:]} when {said.en} ({reason.en})."
    return Said(f"当{said.zh}时，{action.zh}（{reason.zh}）。", en)


class Speaker:
    """Says trees in words; features are opened."""

    def __init__(self, policy: Policy | None) -> None:
        self.columns: Mapping[str, Column] = tape.COLUMNS
        self.features: Mapping[str, Expr] = {}
        self.currency = ""
        if policy is not None:
            self.columns = {**tape.COLUMNS, **{column.name: column for column in policy.columns}}
            self.features = {feature.name: feature.value for feature in policy.features}
            self.currency = policy.currency or ""

    def say(self, expr: Expr) -> Said:
        return _SAY[type(expr)](self, expr)

    def inner(self, expr: Expr) -> Said:
        """A part of a longer condition, in parentheses when it joins conditions itself."""
        said = self.say(expr)
        opened = expr
        while isinstance(opened, t.FeatureRef) and opened.name in self.features:
            opened = self.features[opened.name]
        if isinstance(opened, (t.And, t.Or, t.Add, t.Subtract)):
            return Said(f"（{said.zh}）", f"({said.en})")
        return said


def _template(zh: str, en: str) -> Callable[[Speaker, Expr], Said]:
    def say(speaker: Speaker, expr: Expr) -> Said:
        parts = [speaker.inner(child) for child in t.children(expr)]
        return Said(zh.format(*(p.zh for p in parts)), en.format(*(p.en for p in parts)))

    return say


def _column(speaker: Speaker, expr: Expr) -> Said:
    assert isinstance(expr, t.ColumnRef)  # noqa: S101
    column = speaker.columns.get(expr.name)
    return Said(column.zh if column else expr.name, expr.name.replace("_", " "))


def _feature(speaker: Speaker, expr: Expr) -> Said:
    assert isinstance(expr, t.FeatureRef)  # noqa: S101
    definition = speaker.features.get(expr.name)
    return speaker.say(definition) if definition is not None else Said(expr.name, expr.name.replace("_", " "))


def _number(speaker: Speaker, expr: Expr) -> Said:
    assert isinstance(expr, Number)  # noqa: S101
    text = write_number(expr)
    match expr.unit:
        case Unit.MONEY:
            text = f"{text} {speaker.currency}".strip()
            return Said(text, text)
        case Unit.RATIO:
            percent = write_number(Number(expr.ten_thousandths * 100, Unit.RATIO))
            return Said(f"{percent}%", f"{percent}%")
        case Unit.DAYS:
            return Said(f"{text}天", f"{text} days")
        case Unit.SCORE:
            return Said(f"{text}分", f"{text} points")
        case _:
            return Said(text, text)


def _literal(speaker: Speaker, expr: Expr) -> Said:
    if isinstance(expr, t.Truth):
        return Said("恒成立" if expr.value else "恒不成立", "always" if expr.value else "never")
    text = write_literal(expr).strip("'").replace("''", "'")
    return Said(f"“{text}”", f'"{text}"') if isinstance(expr, t.Text) else Said(text, text)


def _joined(zh: str, en: str) -> Callable[[Speaker, Expr], Said]:
    def say(speaker: Speaker, expr: Expr) -> Said:
        parts = [speaker.inner(part) for part in t.children(expr)]
        return Said(zh.join(p.zh for p in parts), en.join(p.en for p in parts))

    return say


def _compare(speaker: Speaker, expr: Expr) -> Said:
    assert isinstance(expr, t.Compare)  # noqa: S101
    left, right, word = speaker.inner(expr.left), speaker.inner(expr.right), _COMPARED[expr.op]
    return Said(f"{left.zh}{word.zh}{right.zh}", f"{left.en} {word.en} {right.en}")


def _member(speaker: Speaker, expr: Expr) -> Said:
    assert isinstance(expr, t.In)  # noqa: S101
    value, options = speaker.inner(expr.value), [speaker.say(option) for option in expr.options]
    zh = f"{value.zh}为{'、'.join(o.zh for o in options)}之一"
    return Said(zh, f"{value.en} is one of {', '.join(o.en for o in options)}")


def _times(speaker: Speaker, expr: Expr) -> Said:
    assert isinstance(expr, t.Times)  # noqa: S101
    value = speaker.inner(expr.value)
    return Said(f"{value.zh}的{expr.factor}倍", f"{expr.factor} times {value.en}")


def _case(speaker: Speaker, expr: Expr) -> Said:
    assert isinstance(expr, t.Case)  # noqa: S101
    pairs = [(speaker.say(when.condition), speaker.say(when.value)) for when in expr.whens]
    zh, en = [f"若{c.zh}则为{v.zh}" for c, v in pairs], [f"{v.en} if {c.en}" for c, v in pairs]
    if expr.otherwise is not None:
        other = speaker.say(expr.otherwise)
        zh, en = [*zh, f"否则为{other.zh}"], [*en, f"otherwise {other.en}"]
    return Said(f"（{'，'.join(zh)}）", f"({', '.join(en)})")


def _coalesce(speaker: Speaker, expr: Expr) -> Said:
    assert isinstance(expr, t.Coalesce)  # noqa: S101
    if isinstance(expr.parts[-1], t.Truth) and len(expr.parts) == 2:
        said, yes = speaker.inner(expr.parts[0]), expr.parts[-1].value
        counts = (
            Said("未知视为是", "unknown counts as yes") if yes else Said("未知视为否", "unknown counts as no")
        )
        return Said(f"{said.zh}（{counts.zh}）", f"{said.en} ({counts.en})")
    parts = [speaker.inner(part) for part in expr.parts]
    return Said("，未知时取".join(p.zh for p in parts), ", or if unknown ".join(p.en for p in parts))


def _window(speaker: Speaker, expr: Expr) -> Said:
    assert isinstance(expr, t.Window)  # noqa: S101
    value, words = speaker.say(expr.value), _WINDOWS[expr.kind]
    return Said(words.zh.format(n=expr.months, v=value.zh), words.en.format(n=expr.months, v=value.en))


def _lag(speaker: Speaker, expr: Expr) -> Said:
    assert isinstance(expr, t.Lag)  # noqa: S101
    value = speaker.say(expr.value)
    ago = "1 month ago" if expr.months == 1 else f"{expr.months} months ago"
    return Said(f"{expr.months}个月前的{value.zh}", f"{value.en} {ago}")


_SAY: dict[type, Callable[[Speaker, Expr], Said]] = {
    t.ColumnRef: _column,
    t.FeatureRef: _feature,
    t.AsOf: lambda speaker, expr: Said("当日", "the day of the row"),
    t.Number: _number,
    t.Text: _literal,
    t.Day: _literal,
    t.Truth: _literal,
    t.Compare: _compare,
    t.Between: _template("{0}在{1}至{2}之间（含）", "{0} is between {1} and {2}"),
    t.In: _member,
    t.IsNull: _template("{0}未知", "{0} is unknown"),
    t.Not: _template("并非“{0}”", "it is not so that {0}"),
    t.And: _joined("且", " and "),
    t.Or: _joined("或", " or "),
    t.Add: _template("{0}加{1}", "{0} plus {1}"),
    t.Subtract: _template("{0}减{1}", "{0} minus {1}"),
    t.Times: _times,
    t.Negate: _template("负的{0}", "minus {0}"),
    t.Case: _case,
    t.Coalesce: _coalesce,
    t.Ratio: _template("{0}占{1}的比例", "{0} as a share of {1}"),
    t.DaysBetween: _template("自{0}至{1}的天数", "the days from {0} to {1}"),
    t.Lag: _lag,
    t.Window: _window,
}
