"""The shipped packs are whole, and a mistake in a pack is told with its line and column."""

import re
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from law_lines import CN, DE, PACKS, US, text_of

from fullrecall.domain.law import Kind, PackMistake, parse_pack

ROOT = Path(__file__).parents[3]
RULES = [(pack, rule) for pack in PACKS.values() for rule in pack.rules]


def test_every_pack_says_what_it_is():
    # 51 rules of cn; 32 of us = 30 researched + 2 of the house; 41 of de = 21 German + 20 of the Union
    assert {pack_id: len(pack.rules) for pack_id, pack in PACKS.items()} == {"cn": 51, "de": 41, "us": 32}
    for pack_id, pack in PACKS.items():
        assert pack.id == pack_id
        assert pack.status.startswith("Draft for counsel.")
        assert pack.version == "2026-11-23"
        assert pack.content_hash == sha256(text_of(pack_id).encode()).hexdigest()
    assert (CN.calendar, DE.calendar, US.calendar) == ("CN", "DE", "US")
    assert (CN.currency, DE.currency, US.currency) == ("CNY", "EUR", "USD")


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=lambda value: value.id)
def test_every_rule_carries_citation_confidence_validity_and_units(pack, rule):
    assert rule.citation.strip()
    assert rule.confidence in ("verified-from-source", "from-memory")
    assert (rule.source_kind == "none") <= (rule.confidence == "from-memory")
    assert bool(rule.title_zh) == (pack.id == "cn")
    entry = text_of(pack.id).split(f"- id: {rule.id}\n")[1].split("\n  - id: ")[0]
    for field in ("valid_from", "valid_to"):
        assert re.search(rf"^    {field}: ('\d{{4}}-\d\d-\d\d'|unknown)$", entry, re.MULTILINE)
    for name, param in rule.params.items():
        number = isinstance(param.value, int) and not isinstance(param.value, bool)
        assert param.unit or not number, f"{rule.id}.{name} has no unit"


def test_validity_is_half_open_and_unknown_is_open():
    legacy = CN.rule("cn.rate-36-legacy")  # repealed 2020-08-20, start unknown
    assert legacy.in_force(date(2020, 8, 19))
    assert not legacy.in_force(date(2020, 8, 20))
    window = CN.rule("cn.contact-window")  # from 2025-02-28
    assert not window.in_force(date(2025, 2, 27))
    assert window in CN.in_force(date(2025, 2, 28))
    with pytest.raises(PackMistake, match="has no rule 'cn.nothing'"):
        CN.rule("cn.nothing")


def test_decimals_are_exact():
    assert str(DE.rule("de.acceleration-498").number("share_of_nominal_mortgage")) == "2.5"
    assert str(US.rule("us.reg-z-apr").number("tolerance_regular")) == "0.125"


SMALL = """\
schema: fullrecall-pack/1
pack: xx
version: '1'
name: {en: Nowhere, zh: '无'}
currency: EUR
timezone: UTC
language: en
calendar: XX
status: Draft for counsel.
rules:
  - id: xx.one
    stages: [accelerate]
    topic: waiting_period
    kind: timer
    title: Wait
    params:
      cure: {value: 14, unit: days, starts: arrival}
    checks: {accelerate: cure_run}
    citation: Nowhere Code 1
    confidence: from-memory
    source_kind: none
    valid_from: '2020-01-01'
    valid_to: unknown
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: timer", "kind: tymer", "'tymer' is not one of gate, .* line 14, column 11"),
        ("    title: Wait\n", "", "lacks the field 'title' .* line 11, column 5"),
        ("title: Wait", "title: Wait\n    tittle: Wait", "unknown field 'tittle'.* line 16, column 5"),
        ("title: Wait", "title: Wait\n    title: Wait", "names 'title' twice .* line 16, column 5"),
        ("cure_run}", "cure_walk}", "no check 'cure_walk'.* line 18, column 26"),
        (
            "{accelerate: cure_run}",
            "{freeze: cure_run}",
            "checks 'freeze' but does not list .* line 18, column 14",
        ),
        ("unit: days", "unit: fortnights", "its unit must be one of .* line 17, column 13"),
        ("      cure: ", "      care: ", "check 'cure_run' needs the parameter 'cure' .* line 18, column 26"),
        ("value: 14", "value: two", "a whole number or unspecified.* line 17, column 13"),
        ("value: 14", "value: -3", "a whole number or unspecified"),
        ("value: 14", "value: 1.5", "a whole number or unspecified"),
        ("    checks", "      notice_must: {value: [loud]}\n    checks", "'loud' is nothing a notice can be"),
        ("value: 14", "value: .nan", "'.nan' is not a plain number.* line 17, column 21"),
        ("value: 14", "value: 1_4", "'1_4' is not a plain number"),
        ("value: 14", "value: 22:00", "'22:00' is not a plain number.* quote it"),
        ("value: 14", "value: yes", "'yes' is not a plain number"),
        ("'2020-01-01'", "'2020-02-30'", "is not a date.* line 22, column 17"),
        ("valid_to: unknown", "valid_to: '2019-01-01'", "not after valid_from"),
        ("fullrecall-pack/1", "fullrecall-pack/9", "another schema.* line 1, column 9"),
        ("rules:\n", "rules: [\n", "is not YAML"),
        ("citation: Nowhere Code 1", "citation: ''", "found nothing .* line 19, column 15"),
        ("title: Wait", "title: &a Wait", None),
        ("topic: waiting_period", "topic: *a", "Aliases are not allowed"),
        ("title: Wait", "title: " + "[" * 5000, "nests deeper than 12"),
        ("title: Wait", "title: [Wait]", "Expected text, found a list or mapping"),
        ("title: Wait", "title: Wait\n    scope: {grounds: [fun]}", "'fun' is none of the grounds"),
        ("title: Wait", "title: \x00", "is not YAML"),
    ],
)
def test_a_mistake_is_told_with_its_place(old, new, says):
    assert old in SMALL
    if says is None:
        assert parse_pack(SMALL.replace(old, new), source="xx.yaml").id == "xx"
        return
    with pytest.raises(PackMistake, match=says) as told:
        parse_pack(SMALL.replace(old, new), source="xx.yaml")
    assert "xx.yaml" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("text", ["", "# nothing", "- a list", "just words", "x" * 2_000_000])
def test_text_that_is_no_pack(text):
    with pytest.raises(PackMistake):
        parse_pack(text, source="xx.yaml")


def test_a_rule_that_stands_twice():
    body = SMALL.split("rules:\n")[1]
    with pytest.raises(PackMistake, match="'xx.one' stands twice"):
        parse_pack(SMALL + body, source="xx.yaml")


def table() -> str:
    """The counts of shipped rules, as docs/concepts/law.md shows them."""
    lines = [
        "| pack | "
        + " | ".join(kind.value for kind in Kind)
        + " | all | verified | from memory | decided by a gate |"
    ]
    lines.append("|---" * (len(Kind) + 5) + "|")
    for pack_id, pack in PACKS.items():
        kinds = [sum(rule.kind is kind for rule in pack.rules) for kind in Kind]
        sure = sum(rule.confidence == "verified-from-source" for rule in pack.rules)
        decided = sum(bool(rule.checks) for rule in pack.rules)
        cells = [pack_id, *kinds, len(pack.rules), sure, len(pack.rules) - sure, decided]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def test_the_documented_counts_are_the_shipped_ones():
    page = (ROOT / "docs" / "concepts" / "law.md").read_text(encoding="utf-8")
    shown = page.split("<!-- rule counts -->\n")[1].split("\n<!-- end -->")[0]
    assert shown == table(), f"put this table into docs/concepts/law.md:\n{table()}"
