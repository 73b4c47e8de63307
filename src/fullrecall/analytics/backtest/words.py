"""The back-test in sentences: should we switch, what would it cost whom. The report, the terminal and tests
read these.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from fullrecall.analytics.backtest.result import Backtest, Side, Switch
from fullrecall.analytics.backtest.uncertainty import Bar, Interval
from fullrecall.domain.money import show

LABELS: dict[str, tuple[str, str]] = {
    "cases_opened": ("Cases opened", "开立案件"),
    "cases_demanded": ("Cases with a formal demand", "发出催告的案件"),
    "cases_frozen": ("Cases frozen", "冻结的案件"),
    "cases_called": ("Cases called in", "提前到期的案件"),
    "cases_cured": ("Cases cured", "补救完成的案件"),
    "cases_settled": ("Cases settled", "结清的案件"),
    "cases_charged_off": ("Cases charged off", "核销的案件"),
    "lines_frozen": ("Lines frozen", "冻结额度数"),
    "lines_called": ("Lines called", "提前到期额度数"),
    "lines_called_without_follow_up": ("Called too late to see what followed", "后续观察不足的提前到期额度"),
    "wrongful_recalls": (
        "Called, though they cured anyway and stayed cured",
        "本会自行还清并保持正常却被回收",
    ),
    "wrongful_freezes": (
        "Frozen, though they cured anyway and stayed cured",
        "本会自行还清并保持正常却被冻结",
    ),
    "called_and_defaulted": ("Called, and defaulted in truth", "被回收且实际违约"),
    "messages": ("Messages that arrived", "送达消息数"),
    "balance_called": ("Balance called", "提前到期余额"),
    "cash_after_call": ("Cash that really came after the call", "提前到期后实际收到的现金"),
    "cleared_of_called": (
        "Of it, within the called balance while the case ran",
        "其中在案件期间清偿的提前到期余额",
    ),
    "called_from_wrongful": ("Called from those who cured anyway", "向本会还清者提前到期的余额"),
    "cash_from_wrongful": ("Cash that came from those who cured anyway", "本会还清者实际支付的现金"),
    "spending_after_freeze": ("Spending after the freeze, in whole months", "冻结后的支用（整月）"),
    "spending_by_defaulters": ("Of it, by lines that defaulted", "其中由违约额度支用"),
    "charged_off": ("Balance charged off", "核销余额"),
    "recovered": ("Recovered after the charge-off", "核销后收回"),
    "loss_avoided_by_freeze": ("Loss avoided by freezing", "冻结避免的损失"),
    "effect_of_recall": ("What calling changes in payment", "提前到期对还款的影响"),
    "interest_given_up": ("Interest given up", "放弃的利息"),
    "lost_customers": ("Good customers lost", "流失的优质客户"),
    "staff": ("Staff", "人工成本"),
    "message_costs": ("Messages", "消息成本"),
    "net": ("Net benefit", "净收益"),
    "expected_loss_before": ("Expected loss of these lines before", "此前的预期损失"),
    "expected_loss_after": ("Expected loss of these lines after", "此后的预期损失"),
}


class Verdict(msgspec.Struct, frozen=True):
    """answer: yes, only_if (a range of an assumption takes it away), unless (one brings it), no, or
    not_shown.
    """

    answer: str
    head: str
    head_zh: str
    sentences: tuple[str, ...]


def verdict(found: Backtest) -> Verdict:
    return _switching(found, found.switch) if found.switch and found.challenger else _alone(found)


def _answer(net: Interval | None, bars: Sequence[Bar]) -> tuple[str, list[Bar]]:
    crossing = [bar for bar in bars if bar.crosses_at is not None]
    if net is None or net.low <= 0 <= net.high:
        return "not_shown", crossing
    if crossing:
        return ("only_if" if net.estimate > 0 else "unless"), crossing
    return ("yes" if net.estimate > 0 else "no"), crossing


def _alone(found: Backtest) -> Verdict:
    side = found.champion
    followed = len(found.tape["months"]) > 1
    answer, crossing = _answer(side.interval("net") if followed else None, side.tornado)
    heads = {
        "yes": (
            "It pays for itself on this tape, whatever single assumption is moved",
            "在本数据上可盈利，且不因单项假设改变结论",
        ),
        "only_if": (
            "It pays for itself on this tape, but not under every assumption",
            "在本数据上可盈利，但并非在所有假设下均成立",
        ),
        "no": ("It costs more than it brings on this tape", "在本数据上成本大于收益"),
        "unless": (
            "It costs more than it brings on this tape, unless an assumption below is far off",
            "在本数据上成本大于收益，除非下列假设偏离较大",
        ),
        "not_shown": ("Whether it pays for itself is not shown by this tape", "本数据无法证明其盈利与否"),
    }
    return Verdict(
        answer, *heads[answer], (*_done(found, side), *_netted(found, side), *_crossings(found, crossing))
    )


def _switching(found: Backtest, switch: Switch) -> Verdict:
    money = partial(show, currency=found.tape["currency"])
    net = next((i for i in switch.difference if i.name == "net"), None)
    answer, crossing = _answer(net, switch.tornado)
    heads = {
        "yes": ("Yes: switch, on this tape and under these assumptions", "建议切换（在本数据与所列假设下）"),
        "only_if": ("Only if you hold the assumptions below", "仅在下列假设成立时建议切换"),
        "no": ("No: the challenger is worse on this tape", "不建议切换：挑战政策在本数据上更差"),
        "unless": ("No, unless an assumption named below is off", "不建议切换，除非下列假设另有取值"),
        "not_shown": (
            "Not shown: this tape does not tell the two apart",
            "无法判断：本数据不足以区分两项政策",
        ),
    }
    assert found.challenger is not None and net is not None  # noqa: S101 - a switch has two sides
    told = [
        f"Switching from {found.champion.policy} to {found.challenger.policy} moves the net benefit by "
        f"{money(round(net.estimate))} (95 %: {money(round(net.low))} to {money(round(net.high))}), "
        f"under the stated assumptions."
    ]
    harder = sum(s.lines for s in switch.swaps if _deeper(s.champion, s.challenger))
    softer = sum(s.lines for s in switch.swaps if _deeper(s.challenger, s.champion))
    newly = sum(s.lines for s in switch.swaps if s.challenger == "called" != s.champion)
    spared = sum(s.lines for s in switch.swaps if s.champion == "called" != s.challenger)
    told.append(
        f"{harder:,} lines are treated harder and {softer:,} softer; {newly:,} are newly called and "
        f"{spared:,} no longer."
    )
    a, b = found.champion, found.challenger
    told.append(
        f"Called though they cured anyway: {a.figure('wrongful_recalls'):,} lines before, "
        f"{b.figure('wrongful_recalls'):,} "
        f"after; balance called {money(a.figure('balance_called'))} before, "
        f"{money(b.figure('balance_called'))} after."
    )
    return Verdict(answer, *heads[answer], (*told, *_whom(a, b), *_crossings(found, crossing)))


def _deeper(a: str, b: str) -> bool:
    order = ("none", "warned", "demanded", "frozen", "called")
    return order.index(b) > order.index(a)


def _whom(a: Side, b: Side) -> list[str]:
    """The group, large enough to judge, whose share of called lines moves most."""
    before = {(g.column, g.value): g.rate for g in a.groups}
    moved = [(g.rate - before.get((g.column, g.value), 0.0), g) for g in b.groups if g.lines >= 100]
    if not moved:
        return []
    change, group = max(moved, key=lambda item: abs(item[0]))
    return [
        f"The group whose share of called lines moves most is {group.column} {group.value}: "
        f"{100 * (group.rate - change):.1f} % to {100 * group.rate:.1f} % of {group.lines:,} lines."
    ]


def _done(found: Backtest, side: Side) -> list[str]:
    money = partial(show, currency=found.tape["currency"])
    f = side.figure
    return [
        f"{side.policy} version {side.version} would have opened {f('cases_opened'):,} cases on "
        f"{found.tape['lines']:,} lines, "
        f"frozen {f('lines_frozen'):,} lines and called {f('lines_called'):,} with "
        f"{money(f('balance_called'))}.",
        f"Of the called lines {f('called_and_defaulted'):,} defaulted in truth and "
        f"{f('wrongful_recalls'):,} cured anyway and "
        f"stayed cured; {money(f('cash_after_call'))} really came after the call.",
    ]


def _netted(found: Backtest, side: Side) -> list[str]:
    money = partial(show, currency=found.tape["currency"])
    net = side.interval("net")
    if net is None:
        return []
    return [
        f"Net benefit under the stated assumptions {money(round(net.estimate))} (95 %: "
        f"{money(round(net.low))} to "
        f"{money(round(net.high))})."
    ]


def _crossings(found: Backtest, bars: Sequence[Bar]) -> list[str]:
    if not bars:
        return ["No single assumption, moved through its range, changes the sign."]
    told = ", ".join(
        f"{bar.parameter.name.replace('_', ' ')} at {bar.crosses_at:.3g} (assumed {bar.parameter.base}, "
        f"range "
        f"{bar.parameter.low} to {bar.parameter.high})"
        for bar in bars
    )
    return [f"The sign changes with: {told}."]


def sentences(found: Backtest) -> list[str]:
    """For the terminal: the head, its sentences, and what the tape cannot tell."""
    said = verdict(found)
    return [f"{said.head}. {said.head_zh}。", *said.sentences, *(f"Mind: {flag}" for flag in flags_of(found))]


def flags_of(found: Backtest) -> list[str]:
    """What the tape cannot tell, each once; with the policy's name where it holds for one of two only."""
    sides = [side for side in (found.champion, found.challenger) if side]
    shared = set.intersection(*(set(side.flags) for side in sides))
    told = [flag if flag in shared else f"{side.policy}: {flag}" for side in sides for flag in side.flags]
    return list(dict.fromkeys(told))


def figures_table(found: Backtest) -> tuple[list[str], list[list[str]]]:
    currency = found.tape["currency"]
    sides = [side for side in (found.champion, found.challenger) if side]
    head = ["", "kind", *(f"{side.policy} {side.version}" for side in sides)]
    rows = [
        [
            LABELS[figure.name][0],
            figure.kind,
            *(_told(side.figure(figure.name), figure.unit, currency) for side in sides),
        ]
        for figure in found.champion.figures
    ]
    return head, rows


def _told(amount: int, unit: str, currency: str) -> str:
    return show(amount, currency) if unit == "money" else f"{amount:,}"
