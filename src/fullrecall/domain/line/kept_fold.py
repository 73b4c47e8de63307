"""How each fact changes what a kept line remembers. Amounts a fact says were posted are never read here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from msgspec.structs import replace

from fullrecall.domain import facts as f
from fullrecall.domain.line.kept_moves import derive
from fullrecall.domain.line.kept_reading import Figures, accounts_of, difference, figures_of
from fullrecall.domain.line.kept_state import Hold, KeptState, Move, Movement, Quote, with_movement

__all__ = ["KINDS", "Figures", "difference", "figures_on", "fold", "opened"]


def opened(fact: f.ContractMade, on: date) -> KeptState:
    return KeptState(fact.product, on)


def fold(kept: KeptState, as_of: date, fact: f.Fact, on: date) -> tuple[KeptState, Figures | None]:
    """What the line remembers after a fact, and its figures on `as_of` if the fact moved money."""
    quiet = _QUIET.get(type(fact))
    if quiet is not None:
        return quiet(kept, fact, on), None
    after = _MOVING[type(fact)](kept, fact, on)
    run = derive(after, as_of)
    return replace(after, accounts=accounts_of(run)), figures_of(run, after)


def figures_on(kept: KeptState, day: date) -> Figures:
    """The figures the line has on a day, nothing recorded."""
    return figures_of(derive(kept, day), kept)


def _moved(kept: KeptState, on: date, move: Move, id_: str, **more: Any) -> KeptState:
    movement = Movement(on, move, kept.arrived, id_, **more)
    return replace(kept, log=with_movement(kept.log, movement), arrived=kept.arrived + 1)


def _without_hold(kept: KeptState, hold_id: str) -> KeptState:
    left = {id_: hold for id_, hold in kept.holds.items() if id_ != hold_id}
    return replace(kept, holds=left, ended_ids=(*kept.ended_ids, hold_id))


def _captured(kept: KeptState, x: f.PurchaseCaptured, on: date) -> KeptState:
    free = _without_hold(kept, x.hold_id)
    return _moved(free, on, Move.CAPTURE, x.advance_id, amount=x.amount, shares=x.shares)


def _drawn(kept: KeptState, x: f.DrawdownMade, on: date) -> KeptState:
    return _moved(
        kept, on, Move.DRAW, x.advance_id, amount=x.amount, method=x.method, instalments=x.instalments,
        pay_by=x.first_due_on, shares=x.shares,
    )  # fmt: skip


def _agreed(kept: KeptState, x: f.InstalmentsAgreed, on: date) -> KeptState:
    return _moved(
        kept, on, Move.CONVERT, x.advance_id, amount=x.amount, targets=x.purchases, instalments=x.instalments,
        fee=x.fee,
    )  # fmt: skip


def _settled(kept: KeptState, x: f.AdvancesSettled, on: date) -> KeptState:
    return _moved(
        kept, on, Move.SETTLE, x.payment_id, amount=x.amount, targets=x.advance_ids, method=x.method
    )


def _reversed(kept: KeptState, x: f.PaymentReversed, on: date) -> KeptState:
    log = tuple(m for m in kept.log if not (m.move in (Move.PAY, Move.SETTLE) and m.id == x.payment_id))
    return replace(kept, log=log, ended_ids=(*kept.ended_ids, x.payment_id))


def _uncalled(kept: KeptState, x: f.CallUnwound, on: date) -> KeptState:
    calls = [m for m in kept.log if m.move is Move.CALL]
    return replace(kept, log=tuple(m for m in kept.log if not calls or m is not calls[-1]))


_MOVING: dict[type[f.Fact], Callable[[KeptState, Any, date], KeptState]] = {
    f.PurchaseCaptured: _captured,
    f.PurchaseRefunded: lambda k, x, on: _moved(
        k, on, Move.REFUND, x.refund_id, amount=x.amount, targets=(x.advance_id,)
    ),
    f.InstalmentsAgreed: _agreed,
    f.DrawdownMade: _drawn,
    f.AccrualPosted: lambda k, x, on: k,
    f.PaymentReceived: lambda k, x, on: _moved(
        k, on, Move.PAY, x.payment_id, amount=x.amount, method=x.method
    ),
    f.PaymentReversed: _reversed,
    f.GoodwillGiven: lambda k, x, on: _moved(k, on, Move.GOODWILL, x.goodwill_id, amount=x.amount),
    f.AdvancesSettled: _settled,
    f.BalanceCalled: lambda k, x, on: _moved(k, on, Move.CALL, x.case_id, pay_by=x.pay_by),
    f.CallUnwound: _uncalled,
    f.LineChargedOff: lambda k, x, on: _moved(k, on, Move.CHARGE_OFF, x.case_id),
}
_QUIET: dict[type[f.Fact], Callable[[KeptState, Any, date], KeptState]] = {
    f.PurchaseHeld: lambda k, x, on: replace(k, holds={**k.holds, x.hold_id: Hold(x.amount, x.expires_on)}),
    f.PurchaseReleased: lambda k, x, on: _without_hold(k, x.hold_id),
    f.PayoffQuoted: lambda k, x, on: replace(
        k, quotes={**k.quotes, x.quote_id: Quote(on, x.advance_ids, x.totals)}
    ),
    f.LineClosed: lambda k, x, on: replace(k, closed=True),
}
KINDS = frozenset((*_MOVING, *_QUIET))
