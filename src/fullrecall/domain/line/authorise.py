"""May this purchase or drawdown go through? Answered from stored state only, with a reason code."""

from __future__ import annotations

import msgspec

from fullrecall.domain.line.state import LineState


class Authorisation(msgspec.Struct, frozen=True):
    """approved, the reason code (APPROVED, LINE_FROZEN, ...), a sentence in English and Chinese, and what was
    left.
    """

    approved: bool
    code: str
    why: str
    why_zh: str
    available: int


def available(state: LineState) -> int:
    """Unused limit in minor units, zero once withdrawn; money the borrower left on the line counts."""
    if state.limit_withdrawn:
        return 0
    return max(state.credit_limit - state.balance - (state.kept.held_all if state.kept else 0), 0)


def authorise(state: LineState, amount: int) -> Authorisation:
    """Approve or decline `amount` minor units. The first rule that forbids it names the reason."""
    left = available(state)
    for forbidden, code, why, why_zh in (
        (amount <= 0, "AMOUNT_NOT_POSITIVE", "The amount must be more than zero.", "金额必须大于零。"),
        (bool(state.charged_off), "LINE_CHARGED_OFF", "The line has been charged off.", "该额度已核销。"),
        (
            bool(state.called_on),
            "BALANCE_CALLED",
            "The balance of this line has been called.",
            "该额度已全额回收。",
        ),
        (state.limit_withdrawn, "LIMIT_WITHDRAWN", "The unused limit was withdrawn.", "未用额度已被收回。"),
        (state.frozen == "full", "LINE_FROZEN", "The line is frozen.", "该额度已冻结。"),
        (state.frozen == "partial", "LINE_PARTLY_FROZEN", "New spending is frozen.", "新增支用已冻结。"),
        (amount > left, "LIMIT_EXCEEDED", "The amount is more than the unused limit.", "金额超过可用额度。"),
    ):
        if forbidden:
            return Authorisation(False, code, why, why_zh, left)
    return Authorisation(True, "APPROVED", "Within the unused limit.", "在可用额度内。", left)
