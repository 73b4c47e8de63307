"""Reads the text of a pack into rules; every mistake says where it stands and what to write instead."""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import TypeVar

import msgspec
import yaml

from fullrecall.domain.law.checks import CHECKS, NEEDED_PARAMS
from fullrecall.domain.law.cure import CONTENT
from fullrecall.domain.law.interrupts import Interrupt
from fullrecall.domain.law.pack import UNSPECIFIED, Confidence, Kind, Pack, Param, Rule, Scope, SourceKind
from fullrecall.domain.law.view import GROUNDS, KINDS
from fullrecall.domain.law.yaml_nodes import Source
from fullrecall.domain.vocabulary import Clock, LawStage

SCHEMA = "fullrecall-pack/1"
_PACK_FIELDS = "schema pack version name currency timezone language calendar status rules"
_RULE_FIELDS = "id stages topic kind title citation confidence source_kind valid_from valid_to"
_RULE_OPTIONAL = "zh params scope applies_to checks seen notes"
_SCOPE_LISTS = "grounds kinds states states_except lenders"
_SCOPE_TRUTHS = "home_secured third_party_collector"
_PERIOD_UNITS = ("days", "weeks", "months", "years")
# Parameters the engine adds to a date.
_PERIODS = ("cure", "lapse", "retention", "latest", "wait", "min_since_first", "min_days_in_default")
_Word = TypeVar("_Word", bound=StrEnum)


def parse_pack(text: str, *, source: str) -> Pack:
    """A pack from YAML text; `source` is the file's name in messages. Raises PackMistake with line and
    column."""
    doc = Source(text, source)
    top = doc.fields(doc.root, "A pack", _PACK_FIELDS, "interrupts defaults")
    if doc.text(top["schema"]) != SCHEMA:
        doc.fail(top["schema"], f"This pack has another schema; this version reads {SCHEMA!r}")
    name = doc.fields(top["name"], "name", "en zh")
    pack_id = doc.text(top["pack"])
    return Pack(
        id=pack_id,
        version=doc.text(top["version"]),
        content_hash=sha256(text.encode()).hexdigest(),
        name=doc.text(name["en"]),
        name_zh=doc.text(name["zh"]),
        currency=doc.text(top["currency"]),
        timezone=doc.text(top["timezone"]),
        language=doc.text(top["language"]),
        calendar=doc.text(top["calendar"]),
        status=doc.text(top["status"]),
        rules=_rules(doc, top["rules"]),
        defaults=_params(doc, top.get("defaults")),
        interrupts=_interrupts(doc, top.get("interrupts")),
    )


def _rules(doc: Source, node: yaml.Node) -> tuple[Rule, ...]:
    rules: dict[str, Rule] = {}
    for item in doc.items(node, "rules"):
        rule = _rule(doc, item)
        if rule.id in rules:
            doc.fail(item, f"Rule {rule.id!r} stands twice in this pack")
        rules[rule.id] = rule
    if not rules:
        doc.fail(node, "A pack needs at least one rule")
    return tuple(rules.values())


def _rule(doc: Source, node: yaml.Node) -> Rule:
    found = doc.fields(node, "A rule", _RULE_FIELDS, _RULE_OPTIONAL)
    stages = tuple(_word(doc, item, LawStage) for item in doc.items(found["stages"], "stages"))
    begin, end = doc.day_or_unknown(found["valid_from"]), doc.day_or_unknown(found["valid_to"])
    if begin and end and end <= begin:
        doc.fail(found["valid_to"], f"valid_to {end} is not after valid_from {begin}")

    params = _params(doc, found.get("params"))

    def optional(field: str) -> str:
        return doc.text(found[field]) if field in found else ""

    return Rule(
        id=doc.text(found["id"]),
        stages=stages,
        topic=doc.text(found["topic"]),
        kind=_word(doc, found["kind"], Kind),
        title=doc.text(found["title"]),
        title_zh=optional("zh"),
        citation=doc.text(found["citation"]),
        confidence=_word(doc, found["confidence"], Confidence),
        source_kind=_word(doc, found["source_kind"], SourceKind),
        valid_from=begin,
        valid_to=end,
        params=params,
        checks=_checks(doc, found.get("checks"), stages, params),
        scope=_scope(doc, found.get("scope")),
        applies_to=optional("applies_to"),
        seen=optional("seen"),
        notes=optional("notes"),
    )


def _params(doc: Source, node: yaml.Node | None) -> dict[str, Param]:
    if node is None:
        return {}
    params: dict[str, Param] = {}
    for key, item in doc.entries(node, "params"):
        found = doc.fields(item, "A parameter", "value", "unit starts legal confidence basis")
        name = doc.text(key)
        param = Param(
            value=doc.value(found["value"]),
            unit=doc.text(found["unit"]) if "unit" in found else "",
            starts=doc.text(found["starts"]) if "starts" in found else "",
            legal=doc.truth(found["legal"]) if "legal" in found else True,
            confidence=_word(doc, found["confidence"], Confidence) if "confidence" in found else None,
            basis=doc.text(found["basis"]) if "basis" in found else "",
        )
        _sound(doc, item, name, param)
        params[name] = param
    return params


def _sound(doc: Source, node: yaml.Node, name: str, param: Param) -> None:
    """A period is a count with a unit, or unspecified; a notice must say only what it can say."""
    if name in _PERIODS:
        if param.unit not in _PERIOD_UNITS:
            doc.fail(node, f"{name!r} is a period: its unit must be one of {', '.join(_PERIOD_UNITS)}")
        whole = (
            isinstance(param.value, int) and not isinstance(param.value, bool) and 0 <= param.value <= 1000
        )
        if not whole and param.value != UNSPECIFIED:
            doc.fail(node, f"{name!r} is a period: its value must be a whole number or {UNSPECIFIED}")
    if name == "notice_must":
        for word in param.value if isinstance(param.value, tuple) else (param.value,):
            if word not in CONTENT:
                doc.fail(node, f"{word!r} is nothing a notice can be; known are {', '.join(CONTENT)}")


def _checks(
    doc: Source, node: yaml.Node | None, stages: tuple[LawStage, ...], params: dict[str, Param]
) -> dict[LawStage, str]:
    checks: dict[LawStage, str] = {}
    for key, item in doc.entries(node, "checks") if node else ():
        stage, check = _word(doc, key, LawStage), doc.text(item)
        if stage not in stages:
            doc.fail(key, f"The rule checks {stage.value!r} but does not list it among its stages")
        if check not in CHECKS:
            doc.fail(item, f"There is no check {check[:40]!r}; known are {', '.join(sorted(CHECKS))}")
        for needed in NEEDED_PARAMS.get(check, ()):
            if needed not in params:
                doc.fail(item, f"The check {check!r} needs the parameter {needed!r}")
        checks[stage] = check
    return checks


def _scope(doc: Source, node: yaml.Node | None) -> Scope:
    if node is None:
        return Scope()
    found = doc.fields(node, "scope", "", f"{_SCOPE_LISTS} {_SCOPE_TRUTHS}")
    lists = {name: doc.texts(found[name], name) for name in _SCOPE_LISTS.split() if name in found}
    truths = {name: doc.truth(found[name]) for name in _SCOPE_TRUTHS.split() if name in found}
    scope = msgspec.convert({**lists, **truths}, Scope)
    for name, words, known in (("grounds", scope.grounds, GROUNDS), ("kinds", scope.kinds, KINDS)):
        for word in words:
            if word not in known:
                doc.fail(found[name], f"{word[:40]!r} is none of the {name} {', '.join(known)}")
    return scope


def _interrupts(doc: Source, node: yaml.Node | None) -> dict[str, tuple[Clock, ...]]:
    stops: dict[str, tuple[Clock, ...]] = {}
    for key, item in doc.entries(node, "interrupts") if node else ():
        clocks = tuple(_word(doc, clock, Clock) for clock in doc.items(item, "interrupts"))
        stops[_word(doc, key, Interrupt).value] = clocks
    return stops


def _word(doc: Source, node: yaml.Node, words: type[_Word]) -> _Word:
    text = doc.text(node)
    try:
        return words(text)
    except ValueError:
        doc.fail(node, f"{text[:40]!r} is not one of {', '.join(word.value for word in words)}")
