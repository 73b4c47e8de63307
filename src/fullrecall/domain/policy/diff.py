"""What changed in meaning between two policies; layout, comments and spelling are not changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.document import Feature, Policy, Rule
from fullrecall.domain.policy.tree import Expr
from fullrecall.domain.policy.write_text import write_expression, write_literal


class Difference(msgspec.Struct, frozen=True):
    """kind: added, removed, threshold, condition, changed. where: 'rule arrears-30 action'. '' stands for
    absent.
    """

    kind: str
    where: str
    before: str
    after: str

    def __str__(self) -> str:
        if not self.before:
            return f"{self.where}: added {self.after}"
        if not self.after:
            return f"{self.where}: removed {self.before}"
        return f"{self.where}: {self.before} → {self.after}"


def diff(a: Policy, b: Policy) -> tuple[Difference, ...]:
    """Differences from `a` to `b`; empty exactly when both have the same id, up to the order of rules."""
    if a.id == b.id:
        return ()
    return (
        *_plain("policy", _header(a), _header(b)),
        *_features(a, b),
        *_rules(a, b),
        *_plain("scorecard", _scorecard(a), _scorecard(b)),
        *_plain("recall", _flat("", _bare_recall(a)), _flat("", _bare_recall(b))),
        *_approval(a, b),
        *_plain("reason", _reasons(a), _reasons(b)),
    )


def _header(policy: Policy) -> dict[str, str]:
    return {
        "name": policy.name, "version": str(policy.version), "currency": policy.currency or "",
        "unknown": policy.unknown.value,
    }  # fmt: skip


def _plain(what: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key, ""), after.get(key, "")
        if old != new:
            kind = "changed" if old and new else "added" if new else "removed"
            yield Difference(kind, f"{what} {key}", old, new)


def _features(a: Policy, b: Policy) -> Iterator[Difference]:
    old, new = ({f.name: f for f in policy.features} for policy in (a, b))
    for name in dict.fromkeys((*old, *new)):
        yield from _feature(old.get(name), new.get(name), f"feature {name}")


def _feature(old: Feature | None, new: Feature | None, where: str) -> Iterator[Difference]:
    if old is None or new is None:
        texts = ["" if f is None else write_expression(f.value) for f in (old, new)]
        yield Difference("added" if old is None else "removed", where, *texts)
    else:
        yield from _conditions(old.value, new.value, where)


def _rules(a: Policy, b: Policy) -> Iterator[Difference]:
    old, new = ({rule.id: rule for rule in policy.rules} for policy in (a, b))
    for rule_id in dict.fromkeys((*old, *new)):
        before, after = old.get(rule_id), new.get(rule_id)
        where = f"rule {rule_id}"
        if before is None or after is None:
            texts = ["" if rule is None else _rule(rule) for rule in (before, after)]
            yield Difference("added" if before is None else "removed", where, *texts)
            continue
        yield from _conditions(before.when, after.when, where)
        yield from _plain(where, _rule_fields(before), _rule_fields(after))


def _rule(rule: Rule) -> str:
    return f"{rule.action.value} when {write_expression(rule.when)}"


def _rule_fields(rule: Rule) -> dict[str, str]:
    return {"action": rule.action.value, "trigger": rule.trigger.value, "reason": rule.reason}


def _conditions(before: Expr, after: Expr, where: str) -> Iterator[Difference]:
    """Only literals differ: each moved threshold by itself; otherwise the condition as a whole."""
    if before == after:
        return
    pairs = _moved(before, after)
    if pairs is None:
        yield Difference("condition", where, write_expression(before), write_expression(after))
        return
    for holder_before, holder_after in dict.fromkeys(pairs):
        yield Difference("threshold", where, write_expression(holder_before), write_expression(holder_after))


def _moved(before: Expr, after: Expr) -> list[tuple[Expr, Expr]] | None:
    """The smallest pairs of conditions around literals that moved; None when the shape differs."""
    if before == after:
        return []
    if type(before) is not type(after):
        return None
    if isinstance(before, (t.Number, t.Text, t.Day)):
        return [(before, after)]
    old, new = t.children(before), t.children(after)
    if not old or len(old) != len(new) or _skeleton(before) != _skeleton(after):
        return None
    found: list[tuple[Expr, Expr]] = []
    for one, other in zip(old, new, strict=True):
        inner = _moved(one, other)
        if inner is None:
            return None
        found += inner
    holds = isinstance(before, (t.Compare, t.Between, t.In))
    return [(before, after)] if holds and found else found


def _skeleton(expr: Expr) -> tuple[object, ...]:
    """What a node says besides its parts."""
    names = ("op", "months", "kind", "factor", "unit", "name")
    return tuple(getattr(expr, name, None) for name in names)


def _scorecard(policy: Policy) -> dict[str, str]:
    card = policy.scorecard
    if card is None:
        return {}
    found = {
        "model": card.model,
        "base_points": str(card.base_points),
        "scale": f"{card.score_min}-{card.score_max}",
    }
    found["reasons_max"] = str(card.reasons_max)
    for c in card.characteristics:
        found[f"{c.name} of"] = write_expression(c.value)
        found[f"{c.name} missing"] = str(c.missing)
        found[f"{c.name} reason"] = c.reason
        found[f"{c.name} bins"] = ", ".join(_bin(bin_.below, bin_.members, bin_.points) for bin_ in c.bins)
    return found


def _bin(below: Expr | None, members: tuple[Expr, ...], points: int) -> str:
    if below is not None:
        return f"below {write_literal(below)}: {points}"
    return f"{'in ' + '/'.join(map(write_literal, members)) if members else 'else'}: {points}"


def _bare_recall(policy: Policy) -> msgspec.Struct:
    return msgspec.structs.replace(policy.recall, approval=None)


def _flat(prefix: str, value: object) -> dict[str, str]:
    """Fields of a struct by dotted name, defaults written out."""
    if isinstance(value, t.Number):
        return {prefix: write_literal(value)}
    if isinstance(value, msgspec.Struct):
        found: dict[str, str] = {}
        for name in value.__struct_fields__:
            found |= _flat(f"{prefix} {name}".strip(), getattr(value, name))
        return found
    if isinstance(value, tuple):
        return {prefix: ", ".join(map(str, value))}
    return {} if value is None else {prefix: str(value)}


def _approval(a: Policy, b: Policy) -> Iterator[Difference]:
    old, new = a.recall.approval, b.recall.approval
    if old is not None and new is not None:
        yield from _conditions(old, new, "recall approval")
    elif old is not new:
        texts = ["always" if expr is None else write_expression(expr) for expr in (old, new)]
        yield Difference("changed", "recall approval", *texts)


def _reasons(policy: Policy) -> dict[str, str]:
    return {text.code: f"{text.zh} / {text.en}" for text in policy.reasons}
