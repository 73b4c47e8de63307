"""What a back-test cannot observe, as named parameters with a range: the only place where assumed numbers
come from.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

import msgspec
from msgspec.structs import replace

from fullrecall.domain.vocabulary import Mistake

BASIS_POINTS = 10_000


class Parameter(msgspec.Struct, frozen=True):
    """low and high are the range the tornado walks; unit: share, per_year, months, minutes or amount (major
    units).
    """

    name: str
    unit: str
    low: Decimal
    base: Decimal
    high: Decimal
    en: str
    zh: str


def _p(name: str, unit: str, low: str, base: str, high: str, en: str, zh: str) -> Parameter:
    return Parameter(name, unit, Decimal(low), Decimal(base), Decimal(high), en, zh)


# Of each currency: a message, an hour of staff, in major units. Round figures to be replaced by the lender's
# own.
_COSTS = {"CNY": ("0.10", "60"), "TWD": ("0.80", "300"), "USD": ("0.02", "30"), "EUR": ("0.02", "30")}
_COSTS_ELSEWHERE = ("0.02", "30")


def shipped(currency: str) -> dict[str, Parameter]:
    """The shipped parameters by name. They are starting points, not findings."""
    message, hour = (Decimal(cost) for cost in _COSTS.get(currency, _COSTS_ELSEWHERE))
    half, double = Decimal("0.5"), Decimal(2)
    parameters = (
        _p(
            "effect_of_recall",
            "share",
            "-0.15",
            "0",
            "0.15",
            "What calling a balance does to payment. Above zero: this share of what stayed unpaid would "
            "have come besides; "
            "below zero: this share of the cash that came would not have come, because a called balance "
            "ended instalments",
            "提前到期对还款的影响。为正：未还部分中另有该比例会被收回；为负：已收现金中该比例本不会收到，因为提前到期中断了分期",
        ),
        _p(
            "loss_given_default",
            "share",
            "0.50",
            "0.75",
            "0.90",
            "Share of an unsecured balance lost when the borrower defaults",
            "无担保余额在违约时的损失率",
        ),
        _p(
            "freeze_stops",
            "share",
            "0.70",
            "1",
            "1",
            "Share of the later spending on a frozen line that the freeze would really have stopped",
            "冻结真正能够阻止的后续支用比例",
        ),
        _p(
            "interest_rate",
            "per_year",
            "0.10",
            "0.15",
            "0.20",
            "Interest a balance would have earned had it not been called or stopped",
            "未被回收或阻止的余额本可赚取的年利率",
        ),
        _p(
            "draw_before_default",
            "share",
            "0.20",
            "0.50",
            "0.80",
            "Share of the unused limit drawn before default (credit conversion), for expected loss only",
            "违约前对未用额度的提取比例，仅用于预期损失",
        ),
        _p(
            "leaves_after_wrong_recall",
            "share",
            "0",
            "0.50",
            "1",
            "Chance that a borrower who would have paid anyway, and was called, is lost as a customer",
            "本会还清却被回收的借款人流失的概率",
        ),
        _p(
            "worth_months",
            "months",
            "6",
            "12",
            "24",
            "Months of interest on the called balance that a lost customer was worth",
            "流失客户的价值，以被回收余额若干个月的利息计",
        ),
        _p("minutes_freeze", "minutes", "1", "3", "10", "Staff minutes for a freeze", "每次冻结的人工分钟数"),
        _p(
            "minutes_approval",
            "minutes",
            "5",
            "10",
            "30",
            "Minutes of the second person",
            "复核审批的人工分钟数",
        ),
        _p(
            "minutes_call",
            "minutes",
            "10",
            "30",
            "60",
            "Staff minutes for a called case",
            "每个提前到期案件的人工分钟数",
        ),
        Parameter(
            "cost_message",
            "amount",
            message * half,
            message,
            message * double,
            "Cost of one message",
            "每条消息成本",
        ),
        Parameter(
            "cost_hour",
            "amount",
            hour * half,
            hour,
            hour * double,
            "Cost of an hour of staff",
            "每小时人工成本",
        ),
    )
    return {parameter.name: parameter for parameter in parameters}


def with_given(parameters: dict[str, Parameter], given: Iterable[str]) -> dict[str, Parameter]:
    """`name=value` replaces a base; the range is widened where it would no longer hold it."""
    changed = dict(parameters)
    for text in given:
        name, _, value = text.partition("=")
        if name not in changed:
            raise Mistake(
                f"There is no assumption {name!r}: write NAME=VALUE with one of {', '.join(changed)}."
            )
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        known = changed[name]
        if not number.is_finite() or not _sensible(known, number):
            raise Mistake(
                f"The assumption {name}={value[:20]} is not a {known.unit} this can be: write such as "
                f"{known.base}."
            )
        changed[name] = replace(known, base=number, low=min(known.low, number), high=max(known.high, number))
    return changed


def _sensible(parameter: Parameter, number: Decimal) -> bool:
    lowest = Decimal(-1) if parameter.name == "effect_of_recall" else Decimal(0)
    highest = Decimal(1) if parameter.unit in ("share", "per_year") else Decimal(100_000)
    return lowest <= number <= highest


def basis_points(value: Decimal) -> int:
    return int((value * BASIS_POINTS).to_integral_value())
