"""The narrow waist: one row per line and date. The live system writes it, a lender's export is imported as
it, and the policy reads nothing else.

A column has a name, a type with a unit, and a Chinese name. Money columns are integers in minor units of the
row's currency; NULL means unknown and is never false.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec


class ColumnType(StrEnum):
    MONEY = "money"  # integer minor units of the row's currency
    DAYS = "days"  # whole days
    COUNT = "count"  # whole number
    SCORE = "score"  # whole points, e.g. 350-950
    DATE = "date"
    TEXT = "text"
    BOOL = "bool"


class Column(msgspec.Struct, frozen=True):
    name: str
    type: ColumnType
    zh: str
    meaning: str
    borrower_can_move: str = (
        ""  # '', 'down' or 'up': which way paying or using less moves it (for the averting change)
    )


_C = ColumnType
COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("credit_limit", _C.MONEY, "授信额度", "limit of the line before our own recall actions"),
        Column(
            "balance",
            _C.MONEY,
            "余额",
            "everything owed on the line, billed or not; negative is the borrower's money",
            "down",
        ),
        Column("amount_due", _C.MONEY, "本期应还", "amount due at the next due date", "down"),
        Column("amount_paid", _C.MONEY, "本期已还", "paid since the previous row", "up"),
        Column("past_due_amount", _C.MONEY, "逾期金额", "due and unpaid", "down"),
        Column(
            "days_past_due", _C.DAYS, "逾期天数", "contractual days past due; 0 when nothing is owed", "down"
        ),
        Column("exposure", _C.MONEY, "敞口", "the line's balance, zero when negative", "down"),
        Column(
            "borrower_exposure",
            _C.MONEY,
            "借款人总敞口",
            "sum of exposure of the borrower's lines in this currency",
            "down",
        ),
        Column(
            "score", _C.SCORE, "评分", "score on the policy's scale, written by the scorecard if it has one"
        ),
        Column("score_model", _C.TEXT, "评分模型", "version of the model that made the score"),
        Column(
            "proven_severe_violations",
            _C.COUNT,
            "已证实的严重违约次数",
            "violations of the terms of use, severe and proven",
        ),
        Column("months_on_book", _C.COUNT, "账龄(月)", "rows known of this line including this one"),
        Column(
            "manual_action",
            _C.TEXT,
            "风控部门决定",
            "action decided by the risk department: warn, freeze or recall",
        ),
    )
}


class TapeRow(msgspec.Struct, frozen=True, array_like=True):
    """One line at one date. `extra` holds further columns the tape's mapping declared (text or whole
    numbers).
    """

    line_id: str
    as_of: date
    known_at: date
    currency: str
    credit_limit: int | None = None
    balance: int | None = None
    amount_due: int | None = None
    amount_paid: int | None = None
    past_due_amount: int | None = None
    days_past_due: int | None = None
    exposure: int | None = None
    borrower_exposure: int | None = None
    score: int | None = None
    score_model: str | None = None
    proven_severe_violations: int | None = None
    months_on_book: int | None = None
    manual_action: str | None = None
    extra: dict[str, int | str | None] = {}
