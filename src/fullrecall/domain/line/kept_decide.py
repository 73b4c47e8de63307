"""What may happen on a kept line: each function answers with the fact to record, or refuses with a rule.

Wrong input raises Mistake with one sentence. The facts carry no amounts yet; `completed` adds what they post.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

from msgspec.structs import replace

from fullrecall.domain import facts as f
from fullrecall.domain.line.authorise import Authorisation, authorise
from fullrecall.domain.line.kept_interest import drawdown_terms
from fullrecall.domain.line.kept_moves import derive
from fullrecall.domain.line.kept_reading import payoff
from fullrecall.domain.line.kept_state import KeptState, Move
from fullrecall.domain.line.state import LineState, on_day
from fullrecall.domain.money import AMOUNT_MAX, round_to, show
from fullrecall.domain.terms.schedule import schedule_of
from fullrecall.domain.vocabulary import Mistake, Refused


def kept_of(state: LineState) -> KeptState:
    if state.kept is None:
        raise Mistake(
            f"Line {state.line_id} is kept in another system: record this there.", code="line_not_kept"
        )
    return state.kept


def check_amount(state: LineState, amount: int, currency: str) -> None:
    """More than zero, in the line's currency, within what arithmetic holds."""
    if currency != state.currency:
        raise Mistake(
            f"Line {state.line_id} is in {state.currency}, the amount in {str(currency)[:9]}: convert it.",
            code="currency_mismatch",
        )
    if amount <= 0:
        raise Mistake(f"The amount must be more than zero, not {amount}: correct it.", code="amount")
    if amount > AMOUNT_MAX:
        raise Mistake(
            f"The amount is beyond {AMOUNT_MAX} minor units of {currency}: correct it.", code="amount"
        )


def _check_day(state: LineState, on: date, what: str, *, back: bool = False) -> KeptState:
    """The line must exist on the day; what cannot be back-dated must not lie before what is known."""
    kept = kept_of(state)
    if on < kept.opened_on:
        raise Mistake(
            f"The {what} of {on} is before line {state.line_id} was opened, {kept.opened_on}: correct it.",
            code="before_the_line",
        )
    if not back and state.as_of and on < state.as_of:
        raise Mistake(
            f"The {what} of {on} is before {state.as_of}, up to which line {state.line_id} is known: "
            "give that day or a later one.",
            code="back_dated",
        )
    if kept.closed:
        raise Mistake(f"Line {state.line_id} is closed: nothing more happens on it.", code="line_closed")
    return kept


def _ready(state: LineState, on: date) -> LineState:
    """The line on a day, without the holds that have run out."""
    now = on_day(state, on)
    kept = kept_of(now)
    running = {id_: hold for id_, hold in kept.holds.items() if hold.expires_on >= on}
    return replace(now, kept=replace(kept, holds=running))


def _unused(kept: KeptState, id_: str, what: str) -> None:
    if id_ in kept.holds or id_ in kept.ended_ids or any(m.id == id_ for m in kept.log):
        raise Mistake(
            f"The {what} id {id_[:60]!r} is already used on this line: use a new one.", code="id_used"
        )


def hold_purchase(
    state: LineState, hold_id: str, amount: int, currency: str, merchant: str, on: date
) -> f.PurchaseHeld | Authorisation:
    """Set part of the limit aside, or the Authorisation that says why not."""
    check_amount(state, amount, currency)
    kept = _check_day(state, on, "purchase")
    if kept.product.statement is None:
        raise Mistake(
            f"Line {state.line_id} is a cash loan: draw on it instead of purchasing.", code="product"
        )
    _unused(kept, hold_id, "hold")
    answer = authorise(_ready(state, on), amount)
    if not answer.approved:
        return answer
    return f.PurchaseHeld(hold_id, amount, merchant, on + timedelta(days=kept.product.hold_days))


def capture(
    state: LineState, hold_id: str, amount: int, currency: str, on: date
) -> f.PurchaseCaptured | Refused:
    """A hold becomes a purchase of at most its amount; a freeze since then does not matter."""
    check_amount(state, amount, currency)
    kept = _check_day(state, on, "capture")
    hold = kept.holds.get(hold_id)
    if hold is None:
        ended = hold_id in kept.ended_ids
        why = f"hold {hold_id} was captured or released before" if ended else f"there is no hold {hold_id}"
        return Refused("line.no-hold", why)
    if on > hold.expires_on:
        return Refused("line.hold-expired", f"hold {hold_id} expired on {hold.expires_on}")
    if amount > hold.amount:
        held = show(hold.amount, currency)
        return Refused(
            "line.capture-above-hold", f"hold {hold_id} is {held}, the capture {show(amount, currency)}"
        )
    return f.PurchaseCaptured(hold_id, hold_id, amount, {})


def release(
    state: LineState, hold_id: str, on: date, *, expired: bool = False
) -> f.PurchaseReleased | Refused:
    kept = _check_day(state, on, "release")
    hold = kept.holds.get(hold_id)
    if hold is None:
        return Refused("line.no-hold", f"hold {hold_id} was captured or released before, or never made")
    if expired and on <= hold.expires_on:
        return Refused("line.hold-runs", f"hold {hold_id} runs until {hold.expires_on}", hold.expires_on)
    return f.PurchaseReleased(hold_id, "expired" if expired else "voided")


def refund(
    state: LineState, refund_id: str, advance_id: str, amount: int, currency: str, on: date
) -> f.PurchaseRefunded:
    """Money back on one purchase, at most what is left of it."""
    check_amount(state, amount, currency)
    kept = _check_day(state, on, "refund", back=True)
    _unused(kept, refund_id, "refund")
    bought = kept.movement(Move.CAPTURE, advance_id)
    if bought is None:
        raise Mistake(
            f"Line {state.line_id} has no purchase {advance_id[:60]}: check the id.", code="no_purchase"
        )
    if on < bought.on:
        raise Mistake(f"The refund of {on} is before the purchase of {bought.on}: correct it.", code="refund")
    back = sum(m.amount for m in kept.log if m.move is Move.REFUND and m.targets == (advance_id,))
    if amount > bought.amount - back:
        raise Mistake(
            f"The refund of {show(amount, currency)} is above what is left of purchase {advance_id}, "
            f"{show(bought.amount - back, currency)}: correct it.",
            code="refund_above_purchase",
        )
    return f.PurchaseRefunded(refund_id, advance_id, amount, {})


def draw(
    state: LineState,
    advance_id: str,
    amount: int,
    currency: str,
    method: str,
    instalments: int,
    on: date,
    first_due_on: date | None = None,
    shares: dict[str, int] | None = None,
) -> f.DrawdownMade | Authorisation:
    """Pay cash out with a schedule the product offers, or the Authorisation that says why not."""
    check_amount(state, amount, currency)
    kept = _check_day(state, on, "drawdown")
    offered = kept.product.advances
    if offered is None:
        raise Mistake(f"Line {state.line_id} is for purchases: it has no drawdowns.", code="product")
    _unused(kept, advance_id, "advance")
    if method not in tuple(offered.methods) or instalments not in offered.instalments:
        raise Mistake(
            f"Product {kept.product.name} does not offer {str(method)[:20]} in {instalments} instalments: "
            f"choose one of {', '.join(offered.methods)} in {', '.join(map(str, offered.instalments))}.",
            code="not_offered",
        )
    if amount < offered.lowest:
        raise Mistake(f"A drawdown is at least {show(offered.lowest, currency)}: raise it.", code="amount")
    if shares and sum(shares.values()) != 10_000:
        raise Mistake("The shares of the creditors must sum to 10,000 (100 %): correct them.", code="shares")
    answer = authorise(_ready(state, on), amount)
    if not answer.approved:
        return answer
    schedule_of(
        drawdown_terms(kept.product, amount, method, instalments, on, first_due_on)
    )  # refuses bad dates
    return f.DrawdownMade(advance_id, amount, method, instalments, {}, first_due_on, shares or {})


def convert(
    state: LineState, advance_id: str, purchases: Sequence[str], instalments: int, on: date
) -> f.InstalmentsAgreed | Refused:
    """Purchases that are not past due become one plan; nothing may be drawn anew while the line is frozen."""
    kept = _check_day(state, on, "conversion")
    _unused(kept, advance_id, "advance")
    offer = kept.product.conversion(instalments)
    if offer is None:
        known = ", ".join(str(c.instalments) for c in kept.product.conversions) or "none"
        raise Mistake(
            f"Product {kept.product.name} does not offer {instalments} instalments: offered are {known}.",
            code="not_offered",
        )
    run = derive(kept, on)
    amount = 0
    for id_ in purchases:
        advance = run.advances.get(id_)
        if advance is None or advance.kind != "purchase" or purchases.count(id_) > 1:
            raise Mistake(
                f"{id_[:60]} is not a purchase of this line, or named twice: check it.", code="no_purchase"
            )
        amount += run.outstanding(advance)
        if advance.stopped or advance in [row.advance for row in run.past_due_rows]:
            return Refused("line.past-due", f"purchase {id_} is past due or called: it cannot be converted")
    if state.frozen or state.called_on:
        return Refused("line.frozen", f"line {state.line_id} is frozen or called: no conversion")
    if not amount:
        return Refused("line.nothing-owed", "nothing is owed on these purchases")
    fee = round_to(amount * Fraction(offer.fee_share), kept.product.rounding.mode)
    return f.InstalmentsAgreed(advance_id, tuple(purchases), amount, instalments, fee, {})


def receive(
    state: LineState, payment_id: str, amount: int, currency: str, method: str, on: date
) -> f.PaymentReceived:
    """A payment on its value date, which may lie in the past."""
    check_amount(state, amount, currency)
    kept = _check_day(state, on, "payment", back=True)
    _unused(kept, payment_id, "payment")
    return f.PaymentReceived(payment_id, amount, method, {})


def reverse(state: LineState, payment_id: str, why: str, on: date) -> f.PaymentReversed | Refused:
    """Take a payment back as if it had never come."""
    kept = _check_day(state, on, "reversal")
    paid = kept.movement(Move.PAY, payment_id) or kept.movement(Move.SETTLE, payment_id)
    if paid is None:
        if payment_id in kept.ended_ids:
            return Refused("line.reversed-before", f"payment {payment_id} was reversed before")
        raise Mistake(
            f"Line {state.line_id} has no payment {payment_id[:60]}: check the id.", code="no_payment"
        )
    return f.PaymentReversed(payment_id, paid.amount, why, {})


def waive(
    state: LineState, goodwill_id: str, amount: int, currency: str, why: str, by: str, on: date
) -> f.GoodwillGiven:
    """Waive part of what has been billed, in the allocation order."""
    check_amount(state, amount, currency)
    kept = _check_day(state, on, "goodwill credit")
    _unused(kept, goodwill_id, "goodwill")
    owed = sum(row.owed for row in derive(kept, on).rows)
    if amount > owed:
        raise Mistake(
            f"Only {show(owed, currency)} is billed and unpaid on {on}: waive at most that.", code="goodwill"
        )
    return f.GoodwillGiven(goodwill_id, amount, why, by, {})


def quote(state: LineState, quote_id: str, advance_ids: Sequence[str], on: date) -> f.PayoffQuoted | Refused:
    """What settles advances (none named: all that are owed) on a day and each day of the quote's validity."""
    kept = _check_day(state, on, "quote")
    if quote_id in kept.quotes:
        raise Mistake(f"The quote id {quote_id[:60]!r} is already used: use a new one.", code="id_used")
    wanted = tuple(advance_ids) or open_advances(kept, on)
    known = derive(kept, on).advances
    for id_ in wanted:
        if id_ not in known:
            raise Mistake(f"Line {state.line_id} has no advance {id_[:60]}: check the id.", code="no_advance")
    if not wanted:
        return Refused("line.nothing-owed", f"nothing is owed on line {state.line_id}")
    days = range(kept.product.early.quote_valid_days + 1)
    first = payoff(kept, wanted, on)
    totals = tuple(payoff(kept, wanted, on + timedelta(days=day)).total for day in days)
    return f.PayoffQuoted(
        quote_id, wanted, first.principal, first.interest, first.fees, first.late, first.fees_rebated, totals,
        str(first.per_diem),
    )  # fmt: skip


def open_advances(kept: KeptState, on: date) -> tuple[str, ...]:
    """Advances on which anything is owed."""
    run = derive(kept, on)
    billed = {row.advance.id for row in run.rows if row.owed}
    return tuple(
        id_ for id_, advance in run.advances.items() if advance.unbilled or advance.exact or id_ in billed
    )


def pay_off(
    state: LineState, payment_id: str, quote_id: str, amount: int, currency: str, method: str, on: date
) -> f.AdvancesSettled | f.PaymentReceived:
    """Pay a quote. Late or short, the money is an ordinary payment: it pays what is due, the rest is kept."""
    check_amount(state, amount, currency)
    kept = _check_day(state, on, "payment")
    _unused(kept, payment_id, "payment")
    made = kept.quotes.get(quote_id)
    if made is None:
        raise Mistake(f"Line {state.line_id} has no quote {quote_id[:60]}: ask for one.", code="no_quote")
    day = (on - made.on).days
    if not 0 <= day < len(made.totals) or amount < payoff(kept, made.advance_ids, on).total:
        return f.PaymentReceived(payment_id, amount, method, {})
    return f.AdvancesSettled(payment_id, quote_id, made.advance_ids, amount, method, {})


def statement(state: LineState, on: date) -> f.StatementIssued | Refused:
    """The statement that closed on a day."""
    kept = _check_day(state, on, "statement")
    made = derive(kept, on).statements
    if not made or made[-1][0] != on:
        return Refused("line.no-statement", f"no statement closes on {on}, or nothing is owed")
    return f.StatementIssued(made[-1][1], made[-1][2], made[-1][3])


def close(state: LineState, why: str, on: date) -> f.LineClosed | Refused:
    """End a line on which nothing is owed, held, or left of the borrower's."""
    kept = _check_day(state, on, "closing")
    now = _ready(state, on)
    accounts = now.kept.accounts if now.kept else {}
    if now.balance or accounts.get("borrower_money"):
        return Refused(
            "line.not-settled", f"{show(now.balance, state.currency)} is open on line {state.line_id}"
        )
    if kept.held(on):
        return Refused(
            "line.holds-run", f"{show(kept.held(on), state.currency)} is held on line {state.line_id}"
        )
    return f.LineClosed(why)
