"""How a line stands on an evening, in the words a story may expect."""

from __future__ import annotations

from datetime import date

import msgspec

from fullrecall.domain.line import LineState, on_day
from fullrecall.domain.line.authorise import available


class Standing(msgspec.Struct, frozen=True):
    """Amounts in minor units. principal, interest, fees, late: called or not, but not written off."""

    owed: int = 0
    principal: int = 0
    interest: int = 0
    fees: int = 0
    late: int = 0
    past_due: int = 0
    days_past_due: int = 0
    called: int = 0
    written_off: int = 0
    own_money: int = 0
    limit: int = 0
    available: int = 0
    frozen: bool = False
    limit_withdrawn: bool = False
    closed: bool = False
    record: str = ""


def standing_of(state: LineState, on: date) -> Standing:
    now = on_day(state, on)
    accounts = now.kept.accounts if now.kept else {}
    parts = {
        w: accounts.get(w, 0) + accounts.get(f"called_{w}", 0)
        for w in ("principal", "interest", "fees", "late")
    }
    return Standing(
        owed=now.balance,
        **parts,
        past_due=now.past_due_amount,
        days_past_due=now.days_past_due,
        called=now.called,
        written_off=now.charged_off,
        own_money=-accounts.get("borrower_money", 0),
        limit=now.credit_limit,
        available=available(now),
        frozen=bool(now.frozen),
        limit_withdrawn=now.limit_withdrawn,
        closed=bool(now.kept and now.kept.closed),
        record=now.reported_status,
    )
