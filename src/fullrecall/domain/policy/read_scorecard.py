"""Reading the scorecard section of a policy document."""

from __future__ import annotations

from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.check import check_value
from fullrecall.domain.policy.checker import UNIT_WORDS, WHOLE, Names
from fullrecall.domain.policy.document import Bin, Characteristic, Scorecard
from fullrecall.domain.policy.mistakes import Collector, shown
from fullrecall.domain.policy.positions import Node
from fullrecall.domain.policy.read_fields import Fields, one_name
from fullrecall.domain.policy.read_literals import literal_of, reporter
from fullrecall.domain.policy.tree import Expr, Number, Unit

POINTS_MAX = 10_000
BINS_MAX = 50
_KEYS = ("model", "base_points", "scale", "reasons_max", "characteristics")


def read_scorecard(node: Node, names: Names, mistakes: Collector) -> Scorecard | None:
    """The scorecard; `names` must not offer `score`, which it writes."""
    fields = Fields(node, "The scorecard", _KEYS, mistakes)
    model = fields.name("model")
    base = fields.whole("base_points", None, -POINTS_MAX, POINTS_MAX)
    low, high = _scale(fields, mistakes)
    reasons_max = fields.whole("reasons_max", 4, 1, 10)
    items = fields.items("characteristics")
    if not items:
        fields.need("characteristics")
        return None
    read = [_characteristic(item, names, mistakes) for item in items]
    _refuse_twice(items, [c.name if c else "" for c in read], mistakes)
    kept = tuple(c for c in read if c is not None)
    return Scorecard(
        model=model,
        base_points=base,
        characteristics=kept,
        score_min=low,
        score_max=high,
        reasons_max=reasons_max,
    )


def _scale(fields: Fields, mistakes: Collector) -> tuple[int, int]:
    node = fields.get("scale")
    if node is None:
        return 350, 950
    scale = Fields(node, "The scale", ("min", "max"), mistakes)
    low, high = scale.whole("min", 350, 0, POINTS_MAX), scale.whole("max", 950, 0, POINTS_MAX)
    if low >= high:
        mistakes.add(node.place, "The scale ends before it begins.", "Write the smaller number as min.")
    return low, high


def _refuse_twice(items: list[Node], names: list[str], mistakes: Collector) -> None:
    seen: set[str] = set()
    for item, name in zip(items, names, strict=True):
        if name and name in seen:
            mistakes.add(item.place, f"The characteristic {name} stands twice.", "Give each its own name.")
        seen.add(name)


def _characteristic(node: Node, names: Names, mistakes: Collector) -> Characteristic | None:
    fields = Fields(node, "A characteristic", ("name", "of", "bins", "missing", "reason"), mistakes)
    name = fields.name("name")
    missing = fields.whole("missing", None, -POINTS_MAX, POINTS_MAX)
    reason_node = fields.need("reason")
    reason = one_name(reason_node, "`reason`", mistakes) if reason_node else ""
    of = fields.need("of")
    value = None
    if of is not None:
        value = check_value(of.text, names, reporter(of, mistakes)) if of.kind == "text" else None
        if of.kind != "text":
            mistakes.add(of.place, "`of` is not an expression.", "Write one expression.")
    bins = fields.items("bins")
    if not bins:
        fields.need("bins")
    if value is None or not bins:
        return None
    read = _bins(bins, value, names, mistakes)
    return Characteristic(name=name, value=value, bins=read, missing=missing, reason=reason) if read else None


def _bins(nodes: list[Node], value: Expr, names: Names, mistakes: Collector) -> tuple[Bin, ...]:
    if len(nodes) > BINS_MAX:
        mistakes.add(nodes[BINS_MAX].place, f"More than {BINS_MAX} bins.", "Join some.")
        return ()
    bins: list[Bin] = []
    for index, node in enumerate(nodes):
        bin_ = _bin(node, value, names, mistakes)
        if bin_ is None:
            return ()
        rest = bin_.below is None and not bin_.members
        if rest is not (index == len(nodes) - 1):
            hint = "The last bin, and only the last, has neither `below` nor `in`: it takes the rest."
            mistakes.add(node.place, "The bins do not cover every value once.", hint)
            return ()
        previous = bins[-1].below if bins else None
        if previous and bin_.below and bin_.below.ten_thousandths <= previous.ten_thousandths:
            mistakes.add(node.place, "The bounds do not rise.", "Order the bins by `below`.")
            return ()
        bins.append(bin_)
    return tuple(bins)


def _bin(node: Node, value: Expr, names: Names, mistakes: Collector) -> Bin | None:
    fields = Fields(node, "A bin", ("below", "in", "points"), mistakes)
    points = fields.whole("points", None, -POINTS_MAX, POINTS_MAX)
    below, members = fields.get("below"), fields.items("in")
    if below is not None and members is not None:
        mistakes.add(node.place, "A bin has `below` or `in`, not both.", "Make two bins.")
        return None
    if below is not None:
        return _bounded(below, points, value, names, mistakes)
    read = tuple(literal_of(member, value, names, mistakes) for member in members or [])
    kept = tuple(member for member in read if member is not None)
    if len(kept) < len(read):
        return None
    if members is not None and (not members or t.is_fraction(value)):
        mistakes.add(node.place, "`in` needs values, and a value that is not a ratio.", "Use `below`.")
        return None
    return Bin(points=points, members=kept)


def _bounded(below: Node, points: int, value: Expr, names: Names, mistakes: Collector) -> Bin | None:
    unit = t.unit_of(value)
    if unit not in (*WHOLE, Unit.RATIO):
        mistakes.add(below.place, f"{UNIT_WORDS[unit].capitalize()} has no bound.", "Use `in`.")
        return None
    bound = literal_of(below, value, names, mistakes)
    if bound is None:
        return None
    if not isinstance(bound, Number):
        mistakes.add(below.place, f"{shown(below.text)} is not a number.", "Write a number.")
        return None
    return Bin(points=points, below=bound)
