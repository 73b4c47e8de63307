"""Facts of every kind stay readable for ever: golden bodies, upcasts of old versions, the chain of hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fullrecall.domain import facts as f

GOLDEN = Path(__file__).parent / "golden" / "facts-v1.jsonl"


@dataclass
class Golden:
    kind: str
    version: int
    body: str
    fields: dict[str, Any]


def golden_lines() -> list[Golden]:
    return [
        msgspec.json.decode(line, type=Golden) for line in GOLDEN.read_text(encoding="utf-8").splitlines()
    ]


LINES = golden_lines()
RECORDED = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
PAID_ON = date(2026, 3, 1)


def of_kind(kind: str) -> Golden:
    return next(line for line in LINES if line.kind == kind)


def test_every_fact_has_a_golden_line() -> None:
    kept = {line.kind for line in LINES}
    missing = sorted(set(f.FACT_TYPES) - kept)
    assert not missing, f"add one line each to {GOLDEN.name} (never change an old one): {missing}"
    unknown = sorted(kept - set(f.FACT_TYPES))
    assert not unknown, f"stored facts of these kinds could no longer be read: {unknown}"
    assert len(LINES) == len(kept), "one golden line per kind"


@pytest.mark.parametrize("golden", LINES, ids=lambda line: line.kind)
def test_an_old_body_reads_as_it_was_meant(golden: Golden) -> None:
    fact = f.read_body(golden.kind, golden.version, golden.body.encode())
    read = msgspec.json.decode(msgspec.json.encode(fact))
    assert {name: read[name] for name in golden.fields} == golden.fields
    # A field may only be added, and only with a default; then old bodies get the default and nothing moves.
    added = {name: read[name] for name in read if name not in golden.fields and name != "kind"}
    defaults = {d.name: d for d in msgspec.structs.fields(type(fact))}
    assert all(not defaults[name].required for name in added)
    assert {name: v for name, v in read.items() if name not in added} == {
        "kind": golden.kind,
        **golden.fields,
    }
    kept = {name: value for name, value in read.items() if name not in added}
    assert msgspec.json.encode(kept).decode() == golden.body, "writing it again gives the stored bytes"
    if not added:
        assert f.record(f.GENESIS, "s", 1, PAID_ON, RECORDED, fact).body.decode() == golden.body


def test_a_body_of_a_made_up_older_version_is_brought_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version -1 called the amount `paid` and counted in whole units; version 0 had the unit right."""

    def name_it(body: dict[str, Any]) -> dict[str, Any]:
        return {"kind": body["kind"], "paid_minor": body["paid"] * 100}

    def rename(body: dict[str, Any]) -> dict[str, Any]:
        return {"kind": body["kind"], "amount": body["paid_minor"]}

    monkeypatch.setitem(f.UPCASTS, ("PaymentObserved", -1), name_it)
    monkeypatch.setitem(f.UPCASTS, ("PaymentObserved", 0), rename)
    # 392 yuan are 39,200 fen
    assert f.read_body("PaymentObserved", -1, b'{"kind":"PaymentObserved","paid":392}') == f.PaymentObserved(
        39_200
    )
    assert f.read_body(
        "PaymentObserved", 0, b'{"kind":"PaymentObserved","paid_minor":5}'
    ) == f.PaymentObserved(5)


def test_a_kind_without_an_upcast_is_read_as_it_is() -> None:
    line = of_kind("LineFrozen")
    assert f.read_body("LineFrozen", 0, line.body.encode()) == f.read_body(
        "LineFrozen", 1, line.body.encode()
    )


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError):
        f.read_body("LineForgotten", 1, b"{}")


def test_a_fact_knows_itself_from_its_row() -> None:
    recorded = f.record(f.GENESIS, "line:l-1", 1, PAID_ON, RECORDED, f.PaymentObserved(39_200))
    assert recorded.fact == f.PaymentObserved(39_200)
    assert (recorded.kind, recorded.version, recorded.body) == (
        "PaymentObserved",
        1,
        of_kind("PaymentObserved").body.encode(),
    )


CHAINED: dict[str, Any] = {
    "before": f.GENESIS,
    "stream": "line:l-1",
    "seq": 7,
    "kind": "PaymentObserved",
    "version": 1,
    "effective_on": PAID_ON,
    "recorded_at": RECORDED,
    "body": b'{"kind":"PaymentObserved","amount":39200}',
}
CHANGED: dict[str, Any] = {
    "before": b"\x01" + bytes(31),
    "stream": "line:l-2",
    "seq": 8,
    "kind": "RecoverySeen",
    "version": 2,
    "effective_on": PAID_ON + timedelta(days=1),
    "recorded_at": RECORDED + timedelta(microseconds=1),
    "body": b'{"kind":"PaymentObserved","amount":39201}',
}


@pytest.mark.parametrize("element", CHAINED)
def test_the_hash_changes_with_every_single_element(element: str) -> None:
    assert set(CHANGED) == set(CHAINED)
    assert f.chain_hash(**CHAINED) == f.chain_hash(**CHAINED)
    assert f.chain_hash(**(CHAINED | {element: CHANGED[element]})) != f.chain_hash(**CHAINED)


def test_a_fact_left_out_breaks_the_chain() -> None:
    one = f.record(f.GENESIS, "line:l-1", 1, PAID_ON, RECORDED, f.PaymentObserved(100))
    two = f.record(one.hash, "line:l-1", 2, PAID_ON, RECORDED, f.PaymentObserved(200))
    three = f.record(two.hash, "line:l-1", 3, PAID_ON, RECORDED, f.PaymentObserved(300))
    without_two = f.record(one.hash, "line:l-1", 3, PAID_ON, RECORDED, f.PaymentObserved(300))
    assert len({one.hash, two.hash, three.hash, without_two.hash}) == 4
