"""A jurisdiction pack: rules with parameters, citation, confidence and validity, and which of them are in
force."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from fullrecall.domain.vocabulary import Clock, LawStage, Mistake

UNSPECIFIED = "unspecified"  # the law gives no number: the lender must set one
CONSUMER_LOCAL = "consumer_local"  # a pack's timezone where the law counts hours at the borrower's place

Value = str | bool | int | Decimal | tuple[str | bool | int | Decimal, ...]


class PackMistake(Mistake):
    """A pack that cannot be read or used; the sentence names source, line and column where there is one."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, code="pack")


class Kind(StrEnum):
    """What a rule is to the engine."""

    GATE = "gate"
    TIMER = "timer"
    WINDOW = "window"
    LIMIT = "limit"
    CAP = "cap"
    CALCULATION = "calculation"
    TEMPLATE = "template"
    EVIDENCE = "evidence"


class Confidence(StrEnum):
    VERIFIED = "verified-from-source"
    FROM_MEMORY = "from-memory"


class SourceKind(StrEnum):
    PRIMARY = "primary"
    SECONDARY = "secondary"
    MIXED = "mixed"
    NONE = "none"


class Param(msgspec.Struct, frozen=True):
    """One number or word of a rule with its unit.

    starts: what a period counts from; legal: False marks a default of the product; confidence: given only
    when weaker than the rule's; basis: how the value was read.
    """

    value: Value
    unit: str = ""
    starts: str = ""
    legal: bool = True
    confidence: Confidence | None = None
    basis: str = ""


class Scope(msgspec.Struct, frozen=True):
    """Whom a rule reaches; an empty field does not narrow. `lenders` and `third_party_collector` name kinds
    of creditor."""

    grounds: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    states_except: tuple[str, ...] = ()
    lenders: tuple[str, ...] = ()
    home_secured: bool | None = None
    third_party_collector: bool | None = None


class Rule(msgspec.Struct, frozen=True):
    """One rule of law. `checks` names the predicate a gate runs per stage; without it the rule is shown, not
    decided.

    valid_from, valid_to: first day and first day no longer in force; None = unknown, treated as open and
    shown as "unknown". seen: where the text was read.
    """

    id: str
    stages: tuple[LawStage, ...]
    topic: str
    kind: Kind
    title: str
    citation: str
    confidence: Confidence
    source_kind: SourceKind
    valid_from: date | None
    valid_to: date | None
    params: dict[str, Param]
    checks: dict[LawStage, str]
    scope: Scope
    title_zh: str = ""
    applies_to: str = ""
    seen: str = ""
    notes: str = ""

    def in_force(self, law_as_of: date) -> bool:
        """Whether the rule counts on a day; an unknown end is open."""
        begun = self.valid_from is None or self.valid_from <= law_as_of
        return begun and (self.valid_to is None or law_as_of < self.valid_to)

    def number(self, name: str) -> Decimal | None:
        """A numeric parameter; None when the rule has none of that name or the law gives no number."""
        param = self.params.get(name)
        if param is None or isinstance(param.value, (bool, str, tuple)):
            return None
        return Decimal(param.value)

    def words(self, name: str) -> tuple[str, ...]:
        """A list parameter as words; empty when absent."""
        param = self.params.get(name)
        if param is None:
            return ()
        value = param.value if isinstance(param.value, tuple) else (param.value,)
        return tuple(str(item) for item in value)

    def text(self, name: str) -> str:
        param = self.params.get(name)
        return "" if param is None else str(param.value)


class Pack(msgspec.Struct, frozen=True):
    """All rules of one jurisdiction at one version; `content_hash` is the SHA-256 of the text it was read
    from."""

    id: str
    version: str
    content_hash: str
    name: str
    name_zh: str
    currency: str
    timezone: str
    language: str
    calendar: str
    status: str
    rules: tuple[Rule, ...]
    defaults: dict[str, Param]
    interrupts: dict[str, tuple[Clock, ...]]

    def in_force(self, law_as_of: date) -> tuple[Rule, ...]:
        """The rules that count under the law of a day, in the pack's order."""
        return tuple(rule for rule in self.rules if rule.in_force(law_as_of))

    def rule(self, rule_id: str) -> Rule:
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise PackMistake(
            f"Pack {self.id} {self.version} has no rule {rule_id!r}: check the spelling or the version."
        )
