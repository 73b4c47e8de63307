"""What an engine does for a policy, as named columns in steps: the one plan that every engine carries out.

    tape columns -> points of the scorecard -> score -> windows -> features -> rules -> why rules are NULL

`Past` columns are a column of the row that stands for an earlier month: `x@3` is `x` three months back, and
`here@3` is NULL if there is no such row. How an engine finds it is its own affair (shifts, lag, joins).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Generic

import msgspec

from fullrecall.analytics.engines.algebra import Algebra, E
from fullrecall.analytics.engines.blame import HISTORY, Bits, BlameScope, blame
from fullrecall.analytics.engines.lower import Scope, Value, kind_of, lower, top_of
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.document import Policy, Rule
from fullrecall.domain.policy.probe import features_of
from fullrecall.domain.policy.python_windows import windows_in
from fullrecall.domain.policy.scorecard import points_tree
from fullrecall.domain.policy.tree import Expr, Op, Unit, WindowKind

WORD_BITS = 60  # rules told in one whole number
HERE = "here"
LAST = 10**6  # the level above all features
Level = list[tuple[str, E]]


class EarlierScores(StrEnum):
    """Whose score earlier rows carry when a policy with a scorecard reads `lag(score, n)`."""

    POLICY = "policy"  # this policy's, as if it had been live all along: a tape is replayed
    TAPE = "tape"  # the one that stands on the row: the live table, where another version may have written it


class Past(msgspec.Struct):
    """Columns wanted of earlier months: name -> months back."""

    wanted: dict[str, set[int]] = {}

    def at(self, name: str, back: int) -> str:
        self.wanted.setdefault(name, set()).add(back)
        return f"{name}@{back}"

    @property
    def backs(self) -> set[int]:
        return set().union(*self.wanted.values()) if self.wanted else set()


class Round(msgspec.Struct, Generic[E]):
    """Columns of each row by itself, then columns of earlier months, then columns made of both. Levels build
    on each other; within a level nothing does.
    """

    local: list[Level[E]] = msgspec.field(default_factory=list)
    past: Past = msgspec.field(default_factory=Past)
    then: list[Level[E]] = msgspec.field(default_factory=list)


class Plan(msgspec.Struct, Generic[E]):
    """card makes `score_now`, main the features `f*`, rules `r*` and `fired_*`, why the masks `m*`, NULL
    where a rule is known. tape: tape column -> its name inside the engine.
    """

    policy: Policy
    rules: tuple[Rule, ...]
    tape: dict[str, tuple[str, Unit]]
    bits: Bits
    card: Round[E]
    main: Round[E]
    why: Round[E]
    score: E
    model: E
    features: list[tuple[str, Unit, str, str]]  # name, unit, column, column of the denominator or ''
    words: list[str]


def plan_of(
    policy: Policy, currency: str, algebra: Algebra[Any], rules: tuple[Rule, ...], earlier: EarlierScores
) -> Plan[Any]:
    """The plan for some rules of the policy (all of them, or a block), for rows of one currency."""
    return _Planner(policy, currency, algebra, rules, earlier).plan()


class _Planner:
    def __init__(
        self, policy: Policy, currency: str, a: Algebra[Any], rules: tuple[Rule, ...], earlier: EarlierScores
    ) -> None:
        self.policy, self.a, self.rules = policy, a, rules
        self.currency = currency
        self.features = features_of(policy)
        self.replayed = earlier is EarlierScores.POLICY
        self.tape = _tape_columns(policy)
        self.bits = Bits(sorted(self.tape))
        self.card: Round[Any] = Round()
        self.main: Round[Any] = Round()
        self.why: Round[Any] = Round()
        self.known: dict[Expr, Value[Any]] = {}  # of the row being decided
        self.masks: dict[Expr, Any | None] = {}
        self.now = Scope(a, currency, self._column_now, self.known)
        self.now_why = BlameScope(self.now, self.features, self.bits, self.masks, self._blame_now)
        self.names = 0
        self.inner: dict[tuple[Expr, str], tuple[str, str]] = {}
        self.inner_known: dict[str, dict[Expr, Value[Any]]] = {}
        self.inner_blamed: dict[str, dict[Expr, Any | None]] = {}
        self.inner_masks: dict[tuple[Expr, str], str] = {}

    def plan(self) -> Plan[Any]:
        self._score()
        trees = [rule.when for rule in self.rules] + list(self.features.values())
        self._windows(trees, self.main)
        self._features(list(self.features), self.main)
        self._rules()
        self._why(trees)
        columns = [
            (name, t.unit_of(tree), self._held(name), self._held(name, bottom=True))
            for name, tree in self.features.items()
        ]
        words = [f"fired_{index}" for index in range(-(-len(self.rules) // WORD_BITS))]
        return Plan(
            self.policy, self.rules, self.tape, self.bits, self.card, self.main, self.why, self.score,
            self.model, columns, words,
        )  # fmt: skip

    # how columns are read

    def _raw(self, name: str) -> Any:
        return self.a.column(self.tape[name][0])

    @property
    def score(self) -> Any:
        return self.a.column("score_now") if self.policy.scorecard else self._raw("score")

    @property
    def model(self) -> Any:
        return self.a.text(self.policy.scorecard.model) if self.policy.scorecard else self._raw("score_model")

    def _column_now(self, name: str, unit: Unit) -> Any:
        if name == "as_of":
            return self.a.column(name)
        return self.score if name == "score" else self.model if name == "score_model" else self._raw(name)

    def _blame_now(self, column: t.ColumnRef) -> Any | None:
        if self.policy.scorecard and column.name in ("score", "score_model"):
            return None
        return self._if_null(self._column_now(column.name, column.unit), self.bits.of(column.name))

    def _if_null(self, value: Any, bit: int) -> Any:
        return self.a.pick([(self.a.is_null(value), self.a.whole(bit))], self.a.whole(0))

    def _variants(self, expr: Expr) -> tuple[str, str]:
        """How a windowed tree is read, (now, on earlier rows): a score of another model is NULL.

        '' reads the row as it stands; 'other' without its score, for rows of another model (the row decided
        tells which those are, see _at); 'kept' with the score that stands on it, if this card made it.
        """
        nodes = {n.name for n in t.walk_open([expr], self.features) if isinstance(n, t.ColumnRef)}
        if not nodes & {"score", "score_model"} or (self.policy.scorecard and self.replayed):
            return "", ""
        if self.policy.scorecard:
            return "", "kept"
        return ("", "other") if "score" in nodes else ("", "")

    def _inner_scope(self, variant: str) -> Scope[Any]:
        def column(name: str, unit: Unit) -> Any:
            if variant == "other" and name == "score":
                return self.a.null(kind_of(Unit.SCORE))
            if variant == "kept" and name == "score":
                return self.a.pick([(self._kept_model(), self._raw("score"))], None)
            if variant == "kept" and name == "score_model":
                return self._raw(name)
            return self._column_now(name, unit)

        return Scope(self.a, self.currency, column, self.inner_known.setdefault(variant, {}))

    def _kept_model(self) -> Any:
        return self.a.same(self._raw("score_model"), self.model)

    def _inner_blame(self, variant: str) -> BlameScope[Any]:
        def column(ref: t.ColumnRef) -> Any | None:
            if variant == "other" and ref.name == "score":
                return self.a.whole(HISTORY)
            if variant == "kept" and ref.name == "score":
                missing = self._if_null(self._raw("score"), self.bits.of("score"))
                return self.a.pick([(self._kept_model(), missing)], self.a.whole(HISTORY))
            if variant == "kept" and ref.name == "score_model":
                return self._if_null(self._raw("score_model"), self.bits.of("score_model"))
            return self._blame_now(ref)

        blamed = self.inner_blamed.setdefault(variant, {})
        return BlameScope(self._inner_scope(variant), self.features, self.bits, blamed, column)

    # windows

    def _windows(self, trees: list[Expr], to: Round[Any]) -> None:
        windows = [window for window in windows_in(trees, self.features) if window not in self.known]
        local: Level[Any] = []
        for window in windows:
            for variant in dict.fromkeys(self._variants(window.value)):
                self._inner(window.value, variant, local)
        to.local += self._inner_features(windows) + [local]
        level: Level[Any] = []
        for window in windows:
            value = self._window(window, to.past)
            name = f"w{len(self.known)}"
            self.known[window] = self._keep(name, value, level)
        to.then.append(level)

    def _inner_features(self, windows: list[t.Lag | t.Window]) -> list[Level[Any]]:
        """Features that windowed trees use, in columns of every row, those that use others above them."""
        levels: dict[int, Level[Any]] = {}
        for window in windows:
            for variant in dict.fromkeys(self._variants(window.value)):
                scope = self._inner_scope(variant)
                depth: dict[str, int] = {}
                for name in self._used([window.value]):
                    depth[name] = self._depth(name, depth)
                    if self._reference(name) not in scope.known:
                        value = lower(self.features[name], scope)
                        column = f"g{self._fresh()}"
                        kept = self._keep(column, value, levels.setdefault(depth[name], []))
                        self.inner_known[variant][self._reference(name)] = kept
        return [levels[key] for key in sorted(levels)]

    def _fresh(self) -> int:
        self.names += 1
        return self.names

    def _depth(self, name: str, depth: dict[str, int]) -> int:
        inside = [n.name for n in t.walk(self.features[name]) if isinstance(n, t.FeatureRef)]
        return 1 + max((depth.get(used, 0) for used in inside), default=0)

    def _keep(self, name: str, value: Value[Any], level: Level[Any]) -> Value[Any]:
        level.append((name, value.top))
        if value.bottom is None:
            return Value(self.a.column(name))
        level.append((f"{name}b", value.bottom))
        return Value(self.a.column(name), self.a.column(f"{name}b"))

    def _inner(self, expr: Expr, variant: str, level: Level[Any]) -> None:
        """A column of every row that holds a windowed tree."""
        if (expr, variant) in self.inner:
            return
        if isinstance(expr, t.ColumnRef) and not variant and expr.name not in ("score", "score_model"):
            self.inner[expr, variant] = self.tape[expr.name][0], ""
            return
        name = f"x{len(self.inner)}"
        value = lower(expr, self._inner_scope(variant))
        self._keep(name, value, level)
        self.inner[expr, variant] = name, "" if value.bottom is None else f"{name}b"

    def _at(self, expr: Expr, back: int, past: Past) -> Value[Any]:
        """A windowed tree on the row of an earlier month, or (back 0) on the row itself."""
        now, then = self._variants(expr)
        if not back:
            name, bottom = self.inner[expr, now]
            return Value(self.a.column(name), self.a.column(bottom) if bottom else None)
        name, bottom = self.inner[expr, "" if then == "other" else then]
        value = self.a.column(past.at(name, back))
        if then == "other" and isinstance(expr, t.ColumnRef):  # the score itself
            return Value(self.a.pick([(self._same_model(back, past), value)], None))
        if then == "other":
            other, _ = self.inner[expr, then]
            value = self.a.pick([(self._same_model(back, past), value)], self.a.column(past.at(other, back)))
        if not bottom:
            return Value(value)
        low = self.a.column(past.at(bottom, back))
        if then == "other":
            other_bottom = self.a.column(past.at(self.inner[expr, then][1], back))
            low = self.a.pick([(self._same_model(back, past), low)], other_bottom)
        return Value(value, low)

    def _same_model(self, back: int, past: Past) -> Any:
        model = self.tape["score_model"][0]
        return self.a.same(self.a.column(past.at(model, back)), self.model)

    def _window(self, window: t.Lag | t.Window, past: Past) -> Value[Any]:
        a = self.a
        if isinstance(window, t.Lag):
            return self._at(window.value, window.months, past)
        parts = [self._at(window.value, back, past).top for back in range(window.months)]
        match window.kind:
            case WindowKind.MAX:
                return Value(a.largest(parts))
            case WindowKind.MIN:
                return Value(a.smallest(parts))
            case WindowKind.COUNT:
                total = a.holding(parts)
            case _:
                total = a.total(parts)
        seen = a.known(parts)
        top = a.pick([(a.compare(Op.GT, seen, a.whole(0)), total)], None)
        return Value(top, seen if window.kind is WindowKind.AVG else None)

    # score, features, rules

    def _score(self) -> None:
        card, a = self.policy.scorecard, self.a
        if card is None:
            return
        trees = [c.value for c in card.characteristics]
        self._windows(trees, self.card)
        self._features(self._used(trees), self.card)
        values: Level[Any] = []
        points: Level[Any] = []
        for index, characteristic in enumerate(card.characteristics):
            kept = self._keep(f"k{index}", lower(characteristic.value, self.now), values)
            own = Scope(a, self.currency, self._column_now, {**self.known, characteristic.value: kept})
            points.append((f"p{index}", top_of(points_tree(characteristic), own)))
        total = a.total([a.whole(card.base_points), *(a.column(name) for name, _ in points)])
        low, high = a.whole(card.score_min), a.whole(card.score_max)
        self.card.then += [values, points, [("total", total)]]
        total = a.column("total")
        cut = a.pick([(a.compare(Op.LT, total, low), low), (a.compare(Op.GT, total, high), high)], total)
        self.card.then.append([("score_now", cut)])

    def _used(self, trees: list[Expr]) -> list[str]:
        used = {n.name for n in t.walk_open(trees, self.features) if isinstance(n, t.FeatureRef)}
        return [name for name in self.features if name in used]

    def _reference(self, name: str) -> t.FeatureRef:
        tree = self.features[name]
        return t.FeatureRef(name, t.unit_of(tree), t.is_fraction(tree))

    def _features(self, names: list[str], to: Round[Any]) -> None:
        """Each feature in a column; one that uses others stands a level above them."""
        order = list(self.features)
        levels: dict[int, Level[Any]] = {}
        depth: dict[str, int] = {}
        for name in names:
            depth[name] = self._depth(name, depth)
            reference = self._reference(name)
            if reference not in self.known:
                value = lower(self.features[name], self.now)
                level = levels.setdefault(depth[name], [])
                self.known[reference] = self._keep(f"f{order.index(name)}", value, level)
        to.then += [levels[key] for key in sorted(levels)]

    def _held(self, name: str, *, bottom: bool = False) -> str:
        index = list(self.features).index(name)
        if not bottom:
            return f"f{index}"
        return f"f{index}b" if self.known[self._reference(name)].bottom is not None else ""

    def _rules(self) -> None:
        a = self.a
        rules: Level[Any] = [
            (f"r{index}", top_of(rule.when, self.now)) for index, rule in enumerate(self.rules)
        ]
        words: Level[Any] = []
        for start in range(0, len(rules), WORD_BITS):
            bits = [
                a.pick([(a.column(name), a.whole(1 << index))], None)
                for index, (name, _) in enumerate(rules[start : start + WORD_BITS])
            ]
            words.append((f"fired_{start // WORD_BITS}", a.total(bits)))
        self.main.then += [rules, words]

    # why

    def _why(self, trees: list[Expr]) -> None:
        windows = windows_in(trees, self.features)
        local: dict[int, Level[Any]] = {}
        for window in windows:
            for variant in dict.fromkeys(self._variants(window.value)):
                self._inner_mask(window.value, variant, local)
        self.why.local += [local[key] for key in sorted(local)]
        level: Level[Any] = []
        for window in windows:
            self.masks[window] = self._keep_mask(self._window_mask(window), level)
        self.why.then.append(level)
        self._feature_masks()
        rules: Level[Any] = []
        for index, rule in enumerate(self.rules):
            mask = blame(rule.when, self.now_why)
            unknown = self.a.is_null(self.a.column(f"r{index}"))
            rules.append(
                (f"m{index}", self.a.pick([(unknown, self.a.whole(0) if mask is None else mask)], None))
            )
        self.why.then.append(rules)

    def _inner_mask(self, expr: Expr, variant: str, levels: dict[int, Level[Any]]) -> None:
        """A column of every row that holds why a windowed tree is NULL there; features it uses come below."""
        if (expr, variant) in self.inner_masks:
            return
        to = self._inner_blame(variant)
        depth: dict[str, int] = {}
        for name in self._used([expr]):
            depth[name] = self._depth(name, depth)
            if self._reference(name) not in to.known:
                level = levels.setdefault(depth[name], [])
                self.inner_blamed[variant][self._reference(name)] = self._keep_mask(
                    blame(self.features[name], to), level
                )
        mask = blame(expr, to)
        self.inner_masks[expr, variant] = ""
        if mask is not None:
            self.inner_masks[expr, variant] = f"y{self._fresh()}"
            levels.setdefault(LAST, []).append((self.inner_masks[expr, variant], mask))

    def _keep_mask(self, mask: Any | None, level: Level[Any]) -> Any | None:
        if mask is None:
            return None
        level.append((f"y{self._fresh()}", mask))
        return self.a.column(level[-1][0])

    def _mask_at(self, expr: Expr, back: int) -> Any | None:
        now, then = self._variants(expr)
        past = self.why.past
        if not back:
            name = self.inner_masks[expr, now]
            return self.a.column(name) if name else None
        name = self.inner_masks[expr, "" if then == "other" else then]
        mask = self.a.column(past.at(name, back)) if name else None
        if then != "other":
            return mask
        other = self.inner_masks[expr, then]
        zero = self.a.whole(0)
        otherwise = self.a.column(past.at(other, back)) if other else zero
        return self.a.pick([(self._same_model(back, past), zero if mask is None else mask)], otherwise)

    def _window_mask(self, window: t.Lag | t.Window) -> Any | None:
        a, value = self.a, self.known[window].top
        if isinstance(window, t.Lag):
            here = a.column(self.why.past.at(HERE, window.months))
            mask = self._mask_at(window.value, window.months)
            then = a.whole(0) if mask is None else a.first([mask, a.whole(0)])
            return a.pick([(a.is_null(here), a.whole(HISTORY))], then)
        masks = [self._mask_at(window.value, back) for back in range(window.months)]
        some = [mask for mask in masks if mask is not None]
        return a.pick([(a.is_null(value), a.joined_bits(some))], a.whole(0)) if some else None

    def _feature_masks(self) -> None:
        levels: dict[int, Level[Any]] = {}
        depth: dict[str, int] = {}
        for name, tree in self.features.items():
            depth[name] = self._depth(name, depth)
            mask = blame(tree, self.now_why)
            self.masks[self._reference(name)] = self._keep_mask(mask, levels.setdefault(depth[name], []))
        self.why.then += [levels[key] for key in sorted(levels)]


def _tape_columns(policy: Policy) -> dict[str, tuple[str, Unit]]:
    """Every tape column the policy's trees read, and the score as it stands, with the name it has inside."""
    trees = [rule.when for rule in policy.rules] + [feature.value for feature in policy.features]
    if policy.scorecard:
        trees += [characteristic.value for characteristic in policy.scorecard.characteristics]
    read = {node.name: node.unit for tree in trees for node in t.walk(tree) if isinstance(node, t.ColumnRef)}
    read |= {"score": Unit.SCORE, "score_model": Unit.TEXT}
    return {name: (f"c{index}", read[name]) for index, name in enumerate(sorted(read))}
