"""A policy as data: what parse_policy makes of a YAML document, frozen, compared by meaning, named by its
content.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import msgspec

from fullrecall.domain.policy.tree import Expr, Number
from fullrecall.domain.tape import Column
from fullrecall.domain.vocabulary import Action, Channel, Trigger


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Feature(_Part, frozen=True):
    """A named value; it may use columns and the features above it."""

    name: str
    value: Expr


class Rule(_Part, frozen=True):
    """Fires when `when` is TRUE; asks for `action`, because of `trigger`, and says `reason` to the
    borrower.
    """

    id: str
    when: Expr
    action: Action
    trigger: Trigger
    reason: str


class Bin(_Part, frozen=True):
    """Points for values below a bound (the bound itself is in the next bin), in a set, or, with neither, for
    the rest.
    """

    points: int
    below: Number | None = None
    members: tuple[Expr, ...] = ()


class Characteristic(_Part, frozen=True):
    """One line of the scorecard. `missing` are the points of a NULL value; `reason` names points lost
    here.
    """

    name: str
    value: Expr
    bins: tuple[Bin, ...]
    missing: int
    reason: str

    @property
    def points_best(self) -> int:
        return max(bin_.points for bin_ in self.bins)


class Scorecard(_Part, frozen=True):
    """score = base_points + the points of each characteristic, cut to score_min..score_max; it is never
    NULL.
    """

    model: str
    base_points: int
    characteristics: tuple[Characteristic, ...]
    score_min: int = 350
    score_max: int = 950
    reasons_max: int = 4  # how many codes explain a score, most points lost first


class ReasonText(_Part, frozen=True):
    """What a reason code says to people."""

    code: str
    zh: str
    en: str


class Notice(_Part, frozen=True):
    """Default: SMS, e-mail and push; 15 days to cure, counted from arrival. The law's period wins when it is
    longer.
    """

    channels: tuple[Channel, ...] = (Channel.SMS, Channel.EMAIL, Channel.PUSH)
    cure_days: int = 15


class Freeze(_Part, frozen=True):
    """Default: looked at again after 30 days; a repayment plan is offered."""

    review_days: int = 30
    offer_plan: bool = True


class Clearing(_Part, frozen=True):
    """Default: a called balance is paid within 15 days, or in a plan of 3, 6 or 12 instalments."""

    pay_within_days: int = 15
    plan_instalments: tuple[int, ...] = (3, 6, 12)


class Recall(_Part, frozen=True):
    """How a case is carried.

    scope: 'borrower' (default: every line of the borrower is looked at, each through its own gate) or 'line'.
    warn_channels: default SMS and push. charge_off_dpd: default 180 days past due.
    approval: a second person must agree when this is TRUE or NULL; without it, always.
    lines_per_run_max, exposure_per_run_max (major units): a run that would freeze or recall more stops and
    asks; without them there is no such breaker.
    """

    scope: str = "borrower"
    warn_channels: tuple[Channel, ...] = (Channel.SMS, Channel.PUSH)
    notice: Notice = Notice()
    freeze: Freeze = Freeze()
    clearing: Clearing = Clearing()
    charge_off_dpd: int = 180
    approval: Expr | None = None
    lines_per_run_max: int | None = None
    exposure_per_run_max: Number | None = None


class Policy(_Part, frozen=True):
    """A whole policy.

    currency: the only currency it may be compiled for, or None for any.
    unknown: what a rule asks for that is NULL although history is long enough; never recall.
    columns: the tape columns it reads, with their names for people; not part of its identity.
    """

    name: str
    version: int
    rules: tuple[Rule, ...]
    recall: Recall
    currency: str | None = None
    unknown: Action = Action.REFER
    features: tuple[Feature, ...] = ()
    scorecard: Scorecard | None = None
    reasons: tuple[ReasonText, ...] = ()
    columns: tuple[Column, ...] = ()
    id: str = ""

    def feature(self, name: str) -> Expr:
        """The tree of a feature; KeyError if there is none of that name."""
        for feature in self.features:
            if feature.name == name:
                return feature.value
        raise KeyError(name)

    def rule(self, rule_id: str) -> Rule:
        """A rule by id; KeyError if there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    def reason_text(self, code: str) -> ReasonText:
        """What a code says; a code without a text stands for itself."""
        for text in self.reasons:
            if text.code == code:
                return text
        return ReasonText(code=code, zh=code, en=code)


def with_id(policy: Policy) -> Policy:
    """The policy named by its content: sha256 over its canonical form; layout, comments, column texts left
    out.
    """
    bare = msgspec.structs.replace(policy, id="", columns=())
    content = msgspec.json.encode(_canonical(bare), order="sorted")
    return msgspec.structs.replace(policy, id="sha256:" + sha256(content).hexdigest())


def _canonical(value: object) -> object:
    """Plain data; fields at their default are left out, so that a field added later keeps every id as it
    was.
    """
    if isinstance(value, tuple):
        return [_canonical(part) for part in value]
    if not isinstance(value, msgspec.Struct):
        return value
    found: dict[str, object] = {"is": type(value).__name__}
    for name, default in _defaults(type(value)):
        part = getattr(value, name)
        if part != default:
            found[name] = _canonical(part)
    return found


@cache
def _defaults(kind: type[msgspec.Struct]) -> tuple[tuple[str, object], ...]:
    return tuple((field.name, field.default) for field in msgspec.structs.fields(kind))
