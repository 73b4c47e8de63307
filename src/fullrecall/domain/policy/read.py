"""From the text of a policy file to a Policy, or to every mistake in it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec.structs import replace

from fullrecall.domain import tape
from fullrecall.domain.money import digits_of
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.bounds import bound
from fullrecall.domain.policy.check import check_condition, check_value
from fullrecall.domain.policy.checker import Names
from fullrecall.domain.policy.document import Feature, Policy, ReasonText, Recall, Rule, Scorecard, with_id
from fullrecall.domain.policy.mistakes import Collector, PolicyMistakes, TooManyMistakes, shown
from fullrecall.domain.policy.positions import Node, read_yaml
from fullrecall.domain.policy.pricing import price_refusal
from fullrecall.domain.policy.read_fields import Fields, one_name
from fullrecall.domain.policy.read_literals import reporter
from fullrecall.domain.policy.read_recall import read_recall
from fullrecall.domain.policy.read_scorecard import read_scorecard
from fullrecall.domain.policy.syntax import RESERVED
from fullrecall.domain.policy.tree import Expr, Unit
from fullrecall.domain.tape import Column
from fullrecall.domain.vocabulary import Action, Mistake, Trigger

_KEYS = ("policy", "version", "currency", "unknown", "features", "scorecard", "rules", "reasons", "recall")
_FEATURE = re.compile(r"[^\W\d]\w*\Z")
FEATURES_MAX = 100
_REFUSED_RULE = {Action.NONE: "A rule that asks for nothing can be left out."}
_REFUSED_UNKNOWN = {Action.RECALL: "What is unknown is no ground for a recall: write refer."}


def parse_policy(
    text: str,
    columns: Mapping[str, Column] = tape.COLUMNS,
    *,
    source: str = "policy.yaml",
    currency: str | None = None,
) -> Policy:
    """The policy of a YAML text over the columns of a tape.

    columns: the tape's columns, with those its mapping declared beyond tape.COLUMNS. currency: checks money
    literals against it now (compile_python does it otherwise). Raises PolicyMistakes with all mistakes found.
    """
    mistakes = Collector()
    policy = None
    try:
        root = read_yaml(text, mistakes)
        if root is not None:
            policy = _Reader(columns, currency, mistakes).read(root)
    except TooManyMistakes:
        pass
    if mistakes.found or policy is None:
        raise PolicyMistakes(source, mistakes.found)
    return policy


class _Reader:
    def __init__(self, columns: Mapping[str, Column], currency: str | None, mistakes: Collector) -> None:
        self.columns = columns
        self.currency = currency
        self.mistakes = mistakes
        units = {name: Unit(column.type.value) for name, column in columns.items() if name not in RESERVED}
        self.names = Names(columns=units, features={}, price=self._price)

    def _price(self, number: t.Number) -> str:
        return price_refusal(number, self.currency)

    def read(self, root: Node) -> Policy | None:
        fields = Fields(root, "The policy", _KEYS, self.mistakes)
        if root.kind != "map":
            return None
        name = fields.name("policy")
        version = fields.whole("version", None, 1, 10**9)
        declared = self._currency(fields)
        unknown = fields.choice("unknown", Action, Action.REFER, _REFUSED_UNKNOWN) or Action.REFER
        features = self._features(fields)
        scorecard = self._scorecard(fields)
        rules = self._rules(fields)
        reasons = self._reasons(fields, rules, scorecard)
        recall_node = fields.need("recall")
        recall = read_recall(recall_node, self.names, self.mistakes) if recall_node else Recall()
        if self.mistakes.found:
            return None
        policy = Policy(
            name=name, version=version, rules=rules, recall=recall, currency=declared, unknown=unknown,
            features=features, scorecard=scorecard, reasons=reasons,
        )  # fmt: skip
        return with_id(_with_columns(policy, self.columns))

    def _currency(self, fields: Fields) -> str | None:
        node = fields.get("currency")
        if node is None:
            return None
        declared = fields.text("currency")
        try:
            digits_of(declared)
        except Mistake as mistake:
            self.mistakes.add(node.place, mistake.sentence)
            return None
        if self.currency not in (None, declared):
            hint = f"Use a policy for {self.currency}."
            self.mistakes.add(node.place, f"The policy is in {declared}, the tape in {self.currency}.", hint)
        self.currency = declared
        return declared

    def _features(self, fields: Fields) -> tuple[Feature, ...]:
        node = fields.get("features")
        if node is None:
            return ()
        section = Fields(node, "The features", (), self.mistakes)
        declared = list(section.by_key)
        if len(declared) > FEATURES_MAX:
            place = section.key_nodes[declared[FEATURES_MAX]].place
            self.mistakes.add(place, f"There are more than {FEATURES_MAX} features.", "Split the policy.")
            return ()
        read = []
        for index, name in enumerate(declared):
            value = self._feature(name, section, declared[index + 1 :])
            if value is not None:
                read.append(Feature(name=name, value=value))
                self._declare(name, value)
        return tuple(read)

    def _feature(self, name: str, section: Fields, later: list[str]) -> Expr | None:
        key, value = section.key_nodes[name], section.by_key[name]
        if not _FEATURE.match(name) or len(name) > 80 or name.lower() in RESERVED or name in self.columns:
            hint = "Letters, digits and _; not a column, not a word of the language."
            self.mistakes.add(key.place, f"A feature cannot be called {shown(name)}.", hint)
            return None
        if value.kind != "text":
            self.mistakes.add(
                value.place, f"The feature {name} is not an expression.", "Write one expression."
            )
            return None
        return check_value(value.text, self._names_before(later), reporter(value, self.mistakes))

    def _declare(self, name: str, value: Expr) -> None:
        bounds = {**self.names.bounds, name: bound(value, self.names.bounds)}
        self.names = replace(self.names, features={**self.names.features, name: value}, bounds=bounds)

    def _names_before(self, later: list[str]) -> Names:
        return replace(self.names, later=tuple(later))

    def _scorecard(self, fields: Fields) -> Scorecard | None:
        node = fields.get("scorecard")
        if node is None:
            return None
        units = {k: v for k, v in self.names.columns.items() if k not in ("score", "score_model")}
        features = {k: v for k, v in self.names.features.items() if not _reads_score(v, self.names.features)}
        return read_scorecard(node, replace(self.names, columns=units, features=features), self.mistakes)

    def _rules(self, fields: Fields) -> tuple[Rule, ...]:
        items = fields.items("rules")
        if not items:
            fields.need("rules")
            if items == [] and fields.node.kind == "map":
                self.mistakes.add(fields.by_key["rules"].place, "There is no rule.", "Write at least one.")
            return ()
        read: list[Rule] = []
        seen: set[str] = set()
        for item in items:
            rule = self._rule(item, seen)
            if rule is not None:
                read.append(rule)
        return tuple(read)

    def _rule(self, node: Node, seen: set[str]) -> Rule | None:
        fields = Fields(node, "The rule", ("id", "when", "action", "trigger", "reason"), self.mistakes)
        rule_id = fields.name("id")
        if rule_id and rule_id in seen:
            self.mistakes.add(
                fields.by_key["id"].place, f"The rule id {rule_id} stands twice.", "Give each its own."
            )
        seen.add(rule_id)
        when = fields.need("when")
        condition = None
        if when is not None and when.kind == "text":
            condition = check_condition(when.text, self.names, reporter(when, self.mistakes))
        elif when is not None:
            self.mistakes.add(when.place, "`when` is not an expression.", "Put double quotes around it.")
        action = fields.choice("action", Action, None, _REFUSED_RULE)
        trigger = fields.choice("trigger", Trigger, None, {})
        reason = fields.name("reason")
        if condition is None or action is None or trigger is None:
            return None
        return Rule(id=rule_id, when=condition, action=action, trigger=trigger, reason=reason)

    def _reasons(
        self, fields: Fields, rules: tuple[Rule, ...], scorecard: Scorecard | None
    ) -> tuple[ReasonText, ...]:
        node = fields.get("reasons")
        if node is None:
            return ()
        section = Fields(node, "The reasons", (), self.mistakes)
        read = []
        for code, value in section.by_key.items():
            one_name(section.key_nodes[code], "A reason code", self.mistakes)
            texts = Fields(value, f"The reason {shown(code)}", ("zh", "en"), self.mistakes)
            read.append(ReasonText(code=code, zh=texts.text("zh"), en=texts.text("en")))
        used = {rule.reason for rule in rules} | {
            c.reason for c in (scorecard.characteristics if scorecard else ())
        }
        for code in sorted(used - set(section.by_key) - {""}):
            self.mistakes.add(
                node.place, f"The reason {code} has no text.", f"Add {code}: {{zh: ..., en: ...}}."
            )
        return tuple(sorted(read, key=lambda text: text.code))


def _reads_score(expr: Expr, features: Mapping[str, Expr]) -> bool:
    return any(
        isinstance(node, t.ColumnRef) and node.name in ("score", "score_model")
        for node in t.walk_open([expr], features)
    )


def _with_columns(policy: Policy, columns: Mapping[str, Column]) -> Policy:
    trees = [rule.when for rule in policy.rules] + [feature.value for feature in policy.features]
    if policy.scorecard:
        trees += [characteristic.value for characteristic in policy.scorecard.characteristics]
    if policy.recall.approval is not None:
        trees.append(policy.recall.approval)
    read = {node.name for tree in trees for node in t.walk(tree) if isinstance(node, t.ColumnRef)}
    return replace(policy, columns=tuple(columns[name] for name in sorted(read)))
