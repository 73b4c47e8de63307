"""Product files: what ships reads, contradictions are refused at their place, content names a product."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib import resources

import msgspec
import pytest

from fullrecall.domain.terms.product import Bucket, Product, content_id
from fullrecall.domain.terms.product_nodes import ProductMistake
from fullrecall.domain.terms.product_read import parse_product


def text_of(name: str) -> str:
    return (resources.files("fullrecall") / "products" / f"{name}.yaml").read_text("utf-8")


JIEBEI, HUABEI = text_of("jiebei"), text_of("huabei")


@pytest.mark.parametrize(
    ("name", "currency", "pack"),
    [("jiebei", "CNY", "cn"), ("huabei", "CNY", "cn"), ("us-line", "USD", "us"), ("eu-line", "EUR", "de")],
)
def test_shipped_products_read(name: str, currency: str, pack: str) -> None:
    product = parse_product(text_of(name), source=f"{name}.yaml")
    assert (product.name, product.currency, product.pack) == (name, currency, pack)
    assert product.id == content_id(product)
    assert product.in_force(date(2024, 1, 1)) and not product.in_force(date(2021, 12, 31))


def test_figures_are_exact() -> None:
    product = parse_product(JIEBEI, source="jiebei.yaml")
    assert product.interest.rate_per_year == Decimal("0.1460")
    assert (product.limit_lowest, product.limit_highest) == (500_00, 300_000_00)
    assert product.order_at(0).buckets == (Bucket.FEES, Bucket.LATE, Bucket.INTEREST, Bucket.PRINCIPAL)
    assert product.order_at(89).buckets[0] is Bucket.FEES
    assert product.order_at(90).buckets[0] is Bucket.PRINCIPAL


def test_comments_and_layout_do_not_change_the_name_but_figures_do() -> None:
    product = parse_product(JIEBEI, source="a")
    assert parse_product("# a remark\n" + JIEBEI.replace("  # 0.04 % a day", ""), source="b").id == product.id
    assert parse_product(JIEBEI.replace('"0.1460"', '"0.1461"'), source="c").id != product.id


def test_a_product_survives_json() -> None:
    product = parse_product(HUABEI, source="huabei.yaml")
    assert msgspec.json.decode(msgspec.json.encode(product), type=Product) == product


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        (JIEBEI, "currency: CNY", "currency: XXX", "Unknown currency 'XXX'"),
        (JIEBEI, "grace_days: 0", "grace_day: 0", "unknown field 'grace_day'"),
        (JIEBEI, "grace_days: 0", "grace_days: 0\ngrace_days: 1", "names 'grace_days' twice"),
        (JIEBEI, 'valid_from: "2022-01-01"\n', "", "lacks the field 'valid_from'"),
        (JIEBEI, '"0.1460"', "0.1460", "must be a quoted decimal"),
        (JIEBEI, '"0.1460"', '"14.6"', "from 0 to 10"),
        (JIEBEI, '"0.0730"', '"0.0950"', "0.2410, above the cap 0.2400"),
        (JIEBEI, '"500.00"', '"500.001"', "more decimals than CNY"),
        (JIEBEI, '"500.00"', '"500000.00"', "lowest limit is above the highest"),
        (JIEBEI, '"300000.00"', '"1000000000000000000"', "beyond 10000000000000 minor units"),
        (JIEBEI, "every: 1 month", "every: monthly", "A period is written"),
        (JIEBEI, "[1, 3, 6, 12]", "[1, 3, 3]", "names 3 twice"),
        (JIEBEI, "[1, 3, 6, 12]", "[10000]", "from 1 to 1200"),
        (JIEBEI, "from_days_past_due: 0,", "from_days_past_due: 5,", "begin at 0 days"),
        (JIEBEI, "[fees, late, interest, principal]", "[fees, interest, principal]", "name each of"),
        (JIEBEI, "kind: cash_loan", "kind: pay_later", "has no 'advances'"),
        (JIEBEI, "kind: cash_loan", "kind: credit", "is not one of pay_later, cash_loan"),
        (JIEBEI, "late:\n", "late: &a\n", ""),
        (HUABEI, "holds: {expire_days: 7}\n", "", "lacks the field 'holds'"),
        (HUABEI, "due_on_day: 10", "due_on_day: 1", "must differ from the closing day"),
        (HUABEI, "due_on_day: 10", "due_on_day: 31", "from 1 to 28"),
        (HUABEI, "day_count: act/365}", "day_count: 30/360}", "interest by the day"),
        (HUABEI, "instalments: 6,", "instalments: 3,", "Two offers have 3 instalments"),
        (HUABEI, 'share: "0.10"', 'share: "0"', "minimum of nothing"),
        (
            HUABEI,
            'valid_from: "2022-01-01"',
            'valid_from: "2022-01-01"\nvalid_to: "2021-01-01"',
            "is not after",
        ),
        (HUABEI, "schema: fullrecall-product/1", "schema: fullrecall-product/9", "another schema"),
    ],
)
def test_mistakes_name_their_place(text: str, old: str, new: str, said: str) -> None:
    assert old in text
    if not said:  # an anchor alone is harmless
        parse_product(text.replace(old, new, 1), source="x.yaml")
        return
    with pytest.raises(ProductMistake) as told:
        parse_product(text.replace(old, new, 1), source="x.yaml")
    sentence = told.value.sentence
    assert said in sentence and "(x.yaml, line " in sentence and ", column " in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "text", ["", "- a", "a: [", "a: &x 1\nb: *x", "[" * 60 + "]" * 60, "\x00", "x" * 100_001]
)
def test_anything_else_is_one_sentence(text: str) -> None:
    with pytest.raises(ProductMistake) as told:
        parse_product(text, source="x.yaml")
    assert "\n" not in told.value.sentence
