"""Reading the recall section of a policy document; every field has the default that document.Recall names."""

from __future__ import annotations

from fullrecall.domain.policy.check import check_condition
from fullrecall.domain.policy.checker import Names
from fullrecall.domain.policy.document import Clearing, Freeze, Notice, Recall
from fullrecall.domain.policy.mistakes import Collector
from fullrecall.domain.policy.positions import Node
from fullrecall.domain.policy.read_fields import Fields, one_choice, one_whole
from fullrecall.domain.policy.read_literals import number_of, reporter
from fullrecall.domain.policy.tree import Expr, Number, Unit
from fullrecall.domain.vocabulary import Channel

_KEYS = ("scope", "warn", "notice", "freeze", "clearing", "charge_off_dpd", "approval", "caps")
DAYS_MAX = 3_650


def read_recall(node: Node, names: Names, mistakes: Collector) -> Recall:
    fields = Fields(node, "The recall section", _KEYS, mistakes)
    scope = fields.text("scope", "borrower")
    if scope not in ("borrower", "line", ""):
        mistakes.add(fields.by_key["scope"].place, "`scope` is borrower or line.", "Write one of the two.")
    lines, exposure = _caps(fields, names, mistakes)
    default = Recall()
    return Recall(
        scope=scope,
        warn_channels=_channels(
            _inner(fields, "warn", ("channels",), mistakes), default.warn_channels, mistakes
        ),
        notice=_notice(fields, mistakes),
        freeze=_freeze(fields, mistakes),
        clearing=_clearing(fields, mistakes),
        charge_off_dpd=fields.whole("charge_off_dpd", default.charge_off_dpd, 1, DAYS_MAX),
        approval=_approval(fields, names, mistakes),
        lines_per_run_max=lines,
        exposure_per_run_max=exposure,
    )


def _inner(fields: Fields, key: str, known: tuple[str, ...], mistakes: Collector) -> Fields | None:
    node = fields.get(key)
    return None if node is None else Fields(node, f"`{key}`", known, mistakes)


def _channels(
    fields: Fields | None, default: tuple[Channel, ...], mistakes: Collector
) -> tuple[Channel, ...]:
    items = fields.items("channels") if fields else None
    if fields is None or items is None:
        return default
    if not items:
        mistakes.add(fields.node.place, "There is no channel.", "Write channels: [sms, email, push].")
    found = [one_choice(item, "A channel", Channel, {}, mistakes) for item in items]
    return tuple(dict.fromkeys(channel for channel in found if channel is not None))


def _notice(fields: Fields, mistakes: Collector) -> Notice:
    inner = _inner(fields, "notice", ("channels", "cure_days"), mistakes)
    default = Notice()
    if inner is None:
        return default
    cure_days = inner.whole("cure_days", default.cure_days, 0, DAYS_MAX)
    return Notice(channels=_channels(inner, default.channels, mistakes), cure_days=cure_days)


def _freeze(fields: Fields, mistakes: Collector) -> Freeze:
    inner = _inner(fields, "freeze", ("review_days", "offer_plan"), mistakes)
    default = Freeze()
    if inner is None:
        return default
    review_days = inner.whole("review_days", default.review_days, 1, DAYS_MAX)
    return Freeze(review_days=review_days, offer_plan=inner.truth("offer_plan", default.offer_plan))


def _clearing(fields: Fields, mistakes: Collector) -> Clearing:
    inner = _inner(fields, "clearing", ("pay_within_days", "plan_instalments"), mistakes)
    default = Clearing()
    if inner is None:
        return default
    items = inner.items("plan_instalments")
    plans = default.plan_instalments
    if items is not None:
        plans = tuple(one_whole(item, "A plan", 1, 120, mistakes) for item in items)
    within = inner.whole("pay_within_days", default.pay_within_days, 0, DAYS_MAX)
    return Clearing(pay_within_days=within, plan_instalments=plans)


def _approval(fields: Fields, names: Names, mistakes: Collector) -> Expr | None:
    inner = _inner(fields, "approval", ("when",), mistakes)
    when = inner.need("when") if inner else None
    if when is None:
        return None
    if when.kind != "text":
        mistakes.add(when.place, "`when` is not an expression.", "Put double quotes around it.")
        return None
    return check_condition(when.text, names, reporter(when, mistakes), windows=False)


def _caps(fields: Fields, names: Names, mistakes: Collector) -> tuple[int | None, Number | None]:
    inner = _inner(fields, "caps", ("lines_per_run", "exposure_per_run"), mistakes)
    if inner is None:
        return None, None
    exposure = inner.get("exposure_per_run")
    lines = inner.whole("lines_per_run", 0, 1, 10**9) if inner.get("lines_per_run") is not None else None
    if exposure is None:
        return lines, None
    return lines, number_of(exposure, Unit.MONEY, False, names, mistakes)
