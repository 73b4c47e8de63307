"""Open a line that is kept here: its contract pins the product, the limit has a reason."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.money import show
from fullrecall.domain.terms.product import Product, content_id
from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports import Store, Transaction
from fullrecall.ports.change import Change
from fullrecall.write_path import line_work, write


class NewLine(msgspec.Struct, frozen=True):
    """Who gets which line. `cycle`: its billing cycle; `reason`: why this limit (minor units) was granted."""

    line_id: str
    borrower_id: str
    credit_limit: int
    reason: str
    by: str
    cycle: int = 1
    governing_state: str = ""
    cross_default_flagged: bool = False


def open_line(
    store: Store, product: Product, new: NewLine, *, on: date, key: str, at: datetime
) -> line_work.LineAnswer:
    """Raises Mistake when the line exists, the product is not in force, or the limit lies outside it."""
    _check(product, new, on)

    def decide(tx: Transaction, change: Change) -> line_work.LineAnswer:
        if tx.lines([new.line_id]):
            raise Mistake(f"Line {new.line_id} exists already: choose another id.", code="line_exists")
        opening = f.LineOpened(
            new.borrower_id, product.currency, new.cycle, product.name, product.pack, "kept", "fullrecall",
            new.governing_state, new.cross_default_flagged, product.id,
        )  # fmt: skip
        head = change.open_line(new.line_id, opening, on)
        change.line_fact(new.line_id, f.ContractMade(product), on)
        return line_work.answer(change, head, f.LimitSet(new.credit_limit, new.reason, new.by), on)

    return line_work.read(write(store, key, [new, product.id, on], at, decide))


def set_limit(
    store: Store, line_id: str, credit_limit: int, *, reason: str, by: str, on: date, key: str, at: datetime
) -> line_work.LineAnswer:
    """Change a limit, always with a reason."""

    def decide(tx: Transaction, change: Change) -> line_work.LineAnswer:
        head = line_work.load(tx, change, line_id)
        kept = head.state.kept
        assert kept is not None  # noqa: S101 - load refuses other lines
        _check_limit(kept.product, credit_limit, lowest=0)
        return line_work.answer(change, head, f.LimitSet(credit_limit, reason, by), on)

    return line_work.read(write(store, key, [line_id, credit_limit, reason, by, on], at, decide))


def _check(product: Product, new: NewLine, on: date) -> None:
    if product.id != content_id(product):
        raise Mistake(
            f"Product {product.name} was changed after it was named: read its file again.", code="product"
        )
    if not product.in_force(on):
        raise Mistake(
            f"Product {product.name} version {product.version} is not in force on {on}: use another version.",
            code="product_not_in_force",
        )
    if not new.line_id.strip() or not new.borrower_id.strip():
        raise Mistake("A line needs an id and a borrower: give both.", code="missing_field")
    _check_limit(product, new.credit_limit, lowest=product.limit_lowest)


def _check_limit(product: Product, limit: int, lowest: int) -> None:
    if not lowest <= limit <= product.limit_highest:
        raise Mistake(
            f"The limit {show(limit, product.currency)} lies outside product {product.name}: "
            f"{show(lowest, product.currency)} to {show(product.limit_highest, product.currency)}.",
            code="limit",
        )
