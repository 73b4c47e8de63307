"""Reads the text of a product file into a product, and refuses what contradicts itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from fullrecall.domain.calendar import DayCount
from fullrecall.domain.money import Rounding, UnknownCurrency, digits_of
from fullrecall.domain.terms import product as p
from fullrecall.domain.terms.loan import INSTALMENTS_MAX, Method, PeriodUnit, WithinPeriod
from fullrecall.domain.terms.product_nodes import Node, ProductText

SCHEMA = "fullrecall-product/1"
_FIELDS = (
    "schema product version kind name currency pack valid_from limit interest rounding late allocation "
    "early_settlement"
)
_OPTIONAL = "valid_to grace_days advances statement holds conversion"
_EVERY = re.compile(r"([1-9]\d{0,2}) (day|week|month)s?").fullmatch
_OF_KIND = {
    p.ProductKind.PAY_LATER: (("statement", "holds"), ("advances",)),
    p.ProductKind.CASH_LOAN: (("advances",), ("statement", "holds", "conversion")),
}
_BY_DAYS = (DayCount.ACT_360, DayCount.ACT_365, DayCount.ACT_ACT)
_T = TypeVar("_T")


def parse_product(text: str, *, source: str) -> p.Product:
    """A product from YAML text; `source` is the file's name in messages.

    Raises ProductMistake with line and column.
    """
    doc = ProductText(text, source)
    top = doc.fields(doc.root, "A product", _FIELDS, _OPTIONAL)
    if doc.text(top["schema"]) != SCHEMA:
        doc.fail(top["schema"], f"This product has another schema: this version reads {SCHEMA!r}")
    kind = doc.word(top["kind"], p.ProductKind)
    _check_kind(doc, top, kind)
    currency = _currency(doc, top["currency"])
    title = doc.fields(top["name"], "name", "en zh")
    limit = doc.fields(top["limit"], "limit", "lowest highest")
    lowest, highest = (doc.amount(limit[end], currency) for end in ("lowest", "highest"))
    if lowest > highest:
        doc.fail(limit["lowest"], "The lowest limit is above the highest: swap them")
    interest = _interest(doc, top["interest"], kind)
    product = p.Product(
        name=doc.text(top["product"]),
        version=doc.whole(top["version"], "version", 1, 1_000_000),
        kind=kind,
        title_en=doc.text(title["en"]),
        title_zh=doc.text(title["zh"]),
        currency=currency,
        pack=doc.text(top["pack"]),
        valid_from=doc.day(top["valid_from"]),
        valid_to=_maybe(top, "valid_to", doc.day),
        limit_lowest=lowest,
        limit_highest=highest,
        interest=interest,
        rounding=_rounding(doc, top["rounding"], currency),
        late=_late(doc, top["late"], interest, currency),
        allocation=_allocation(doc, top["allocation"]),
        early=_early(doc, top["early_settlement"]),
        grace_days=_maybe(top, "grace_days", lambda n: doc.whole(n, "grace_days", 0, 60)) or 0,
        advances=_maybe(top, "advances", lambda n: _advances(doc, n, currency)),
        statement=_maybe(top, "statement", lambda n: _statement(doc, n, currency)),
        hold_days=_maybe(top, "holds", lambda n: _holds(doc, n)) or 0,
        **(_maybe(top, "conversion", lambda n: _conversions(doc, n)) or {}),
    )
    if product.valid_to and product.valid_to <= product.valid_from:
        doc.fail(top["valid_to"], f"valid_to {product.valid_to} is not after valid_from {product.valid_from}")
    return p.with_id(product)


def _maybe(found: dict[str, Node], name: str, read: Callable[[Node], _T]) -> _T | None:
    return read(found[name]) if name in found else None


def _check_kind(doc: ProductText, top: dict[str, Node], kind: p.ProductKind) -> None:
    """A field of the other kind contradicts the kind; without a field of its own a line could not run."""
    own, foreign = _OF_KIND[kind]
    for name in foreign:
        if name in top:
            doc.fail(top[name], f"A {kind} product has no {name!r}: remove it or change 'kind'")
    for name in own:
        if name not in top:
            doc.fail(doc.root, f"A {kind} product lacks the field {name!r}: add it")


def _currency(doc: ProductText, node: Node) -> str:
    currency = doc.text(node)
    try:
        digits_of(currency)
    except UnknownCurrency as mistake:
        doc.fail(node, mistake.sentence.rstrip("."))
    return currency


def _interest(doc: ProductText, node: Node, kind: p.ProductKind) -> p.Interest:
    found = doc.fields(node, "interest", "rate_per_year day_count", "within_period")
    day_count = doc.word(found["day_count"], DayCount)
    if kind is p.ProductKind.PAY_LATER and day_count not in _BY_DAYS:
        doc.fail(found["day_count"], f"Carried purchases bear interest by the day: use {_listed(_BY_DAYS)}")
    within = _maybe(found, "within_period", lambda n: doc.word(n, WithinPeriod))
    return p.Interest(
        rate_per_year=doc.rate(found["rate_per_year"], "rate_per_year"),
        day_count=day_count,
        within_period=within or WithinPeriod.ACTUAL_DAYS,
    )


def _rounding(doc: ProductText, node: Node, currency: str) -> p.RoundingRule:
    found = doc.fields(node, "rounding", "mode instalment unit")
    unit = doc.amount(found["unit"], currency)
    if not unit:
        doc.fail(found["unit"], "The instalment unit must be more than zero")
    return p.RoundingRule(
        mode=doc.word(found["mode"], Rounding), instalment=doc.word(found["instalment"], Rounding), unit=unit
    )


def _late(doc: ProductText, node: Node, interest: p.Interest, currency: str) -> p.Late:
    found = doc.fields(
        node, "late", "extra_per_year after_call_per_year day_count", "all_in_cap_per_year at_most_share fee"
    )
    day_count = doc.word(found["day_count"], DayCount)
    if day_count not in _BY_DAYS:
        doc.fail(found["day_count"], f"Late interest runs by the day: use {_listed(_BY_DAYS)}")
    cap = _maybe(found, "all_in_cap_per_year", lambda n: doc.rate(n, "all_in_cap_per_year"))
    extra = doc.rate(found["extra_per_year"], "extra_per_year")
    after = doc.rate(found["after_call_per_year"], "after_call_per_year")
    contract = interest.rate_per_year
    for rate, name in ((contract + extra, "extra_per_year"), (after, "after_call_per_year")):
        if cap is not None and rate > cap:
            doc.fail(found[name], f"Contract and late interest reach {rate}, above the cap {cap}: lower one")
    return p.Late(
        extra_per_year=extra,
        after_call_per_year=after,
        day_count=day_count,
        all_in_cap_per_year=cap,
        at_most_share=_maybe(found, "at_most_share", lambda n: doc.rate(n, "at_most_share")),
        fee=_maybe(found, "fee", lambda n: p.LateFee(amount=doc.amount(n, currency))),
    )


def _allocation(doc: ProductText, node: Node) -> tuple[p.AllocationOrder, ...]:
    orders: list[p.AllocationOrder] = []
    for item in doc.items(node, "allocation"):
        found = doc.fields(item, "An allocation order", "from_days_past_due by buckets first")
        buckets = tuple(doc.word(name, p.Bucket) for name in doc.items(found["buckets"], "buckets"))
        if sorted(buckets) != sorted(p.Bucket):
            doc.fail(found["buckets"], f"The order must name each of {_listed(p.Bucket)} once")
        start = doc.whole(found["from_days_past_due"], "from_days_past_due", 0, 36_500)
        if (not orders and start) or (orders and start <= orders[-1].from_days_past_due):
            doc.fail(found["from_days_past_due"], "Orders begin at 0 days past due and rise from there")
        by, first = doc.word(found["by"], p.AllocateBy), doc.word(found["first"], p.First)
        orders.append(p.AllocationOrder(from_days_past_due=start, by=by, buckets=buckets, first=first))
    return tuple(orders)


def _early(doc: ProductText, node: Node) -> p.EarlySettlement:
    found = doc.fields(node, "early_settlement", "fees quote_valid_days")
    days = doc.whole(found["quote_valid_days"], "quote_valid_days", 0, 60)
    return p.EarlySettlement(fees=doc.word(found["fees"], p.EarlyFees), quote_valid_days=days)


def _advances(doc: ProductText, node: Node, currency: str) -> p.Advances:
    found = doc.fields(node, "advances", "methods instalments every", "lowest")
    every = _EVERY(doc.text(found["every"]))
    if not every:
        doc.fail(found["every"], "A period is written '1 month', '3 months', '2 weeks' or '10 days'")
    return p.Advances(
        methods=_once(doc, found["methods"], "methods", lambda n: doc.word(n, Method)),
        instalments=_once(
            doc,
            found["instalments"],
            "instalments",
            lambda n: doc.whole(n, "instalments", 1, INSTALMENTS_MAX),
        ),
        every=int(every[1]),
        unit=PeriodUnit(every[2]),
        lowest=_maybe(found, "lowest", lambda n: doc.amount(n, currency)) or 0,
    )


def _once(doc: ProductText, node: Node, what: str, read: Callable[[Node], _T]) -> tuple[_T, ...]:
    seen: list[_T] = []
    for item in doc.items(node, what):
        value = read(item)
        if value in seen:
            doc.fail(item, f"{what} names {value} twice: keep one")
        seen.append(value)
    return tuple(seen)


def _statement(doc: ProductText, node: Node, currency: str) -> p.Statement:
    found = doc.fields(node, "statement", "closes_on_day due_on_day", "minimum")
    closes, due = (doc.whole(found[n], n, 1, 28) for n in ("closes_on_day", "due_on_day"))
    if closes == due:
        doc.fail(found["due_on_day"], "The due day must differ from the closing day: the borrower needs time")
    minimum = None
    if "minimum" in found:
        parts = doc.fields(found["minimum"], "minimum", "share lowest")
        share = doc.rate(parts["share"], "share", "1")
        if share == Decimal(0):
            doc.fail(parts["share"], "A minimum of nothing is none: raise the share or remove 'minimum'")
        minimum = p.Minimum(share=share, lowest=doc.amount(parts["lowest"], currency))
    return p.Statement(closes_on_day=closes, due_on_day=due, minimum=minimum)


def _holds(doc: ProductText, node: Node) -> int:
    return doc.whole(doc.fields(node, "holds", "expire_days")["expire_days"], "expire_days", 1, 90)


def _conversions(doc: ProductText, node: Node) -> dict[str, Any]:
    found = doc.fields(node, "conversion", "fee_charged offers")
    offers: dict[int, p.Conversion] = {}
    for item in doc.items(found["offers"], "offers"):
        parts = doc.fields(item, "An offer", "instalments fee_share")
        number = doc.whole(parts["instalments"], "instalments", 2, 120)
        if number in offers:
            doc.fail(parts["instalments"], f"Two offers have {number} instalments: keep one")
        fee = doc.rate(parts["fee_share"], "fee_share", "1")
        offers[number] = p.Conversion(instalments=number, fee_share=fee)
    charged = doc.word(found["fee_charged"], p.FeeCharged)
    return {"conversions": tuple(offers.values()), "fee_charged": charged}


def _listed(words: Any) -> str:
    return ", ".join(str(word) for word in words)
