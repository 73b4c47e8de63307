"""What a notice says would avert its matter: never more than what the ladder and the policy's own rules
will keep.
"""

from __future__ import annotations

from datetime import date

from fullrecall.domain.line import LineState
from fullrecall.domain.money import to_major
from fullrecall.domain.notices.content import Bilingual, NoticeKind
from fullrecall.domain.policy import Payment


def averting_words(
    kind: NoticeKind,
    amount: int,
    currency: str,
    pay_by: date | None,
    worked_out: tuple[Payment, LineState] | None,
) -> Bilingual | None:
    """What would stop this.

    A demand is ended by the demanded amount, by the named day. What the rules behind it would make of a
    payment was tried on the policy itself when the decision fell (`worked_out`, with the line as it
    stands now): where less than the demand would turn them, nothing less is promised; where more is
    needed, it is said.
    """
    needed = _still_needed(*worked_out) if worked_out else None
    if kind is NoticeKind.WARN:
        return _warn(needed, currency) if needed else None
    if kind is not NoticeKind.DEMAND or amount <= 0 or pay_by is None:
        return None
    shown = to_major(amount, currency)
    rules = _rules(needed, amount, currency, worked_out is not None and worked_out[0].arrears_do)
    return Bilingual(
        f"在{pay_by:%Y年%m月%d日}前还清 {currency} {shown}，此事即告结束。{rules.zh}",
        f"Paying {currency} {shown} by {pay_by.isoformat()} ends this matter.{rules.en}",
    )


def _still_needed(payment: Payment, line: LineState) -> int | None:
    """What was paid since counts; 0 when it was enough."""
    if payment.pay is None:
        return None
    return max(payment.pay - max(payment.balance - line.balance, 0), 0)


def _warn(needed: int, currency: str) -> Bilingual:
    shown = to_major(needed, currency)
    return Bilingual(
        f"如至少还款 {currency} {shown}，触发本次提醒的规则在下次评估时将不再成立（已用同一规则核算）。",
        f"If at least {currency} {shown} is paid, the rules behind this reminder no longer hold when the "
        "line is next looked at (worked out with the rules themselves).",
    )


def _rules(needed: int | None, amount: int, currency: str, arrears_do: bool) -> Bilingual:
    """Whether the rules behind the demand would fire again once it is paid."""
    if needed is None or (needed <= amount and not arrears_do):
        return Bilingual("", "")
    if needed <= amount:
        return Bilingual(
            "届时触发此事的规则也不再成立（已用同一规则核算）。",
            " The rules behind it then no longer hold either (worked out with the rules themselves).",
        )
    shown = to_major(needed, currency)
    return Bilingual(
        f"如至少还款 {currency} {shown}，触发此事的规则在下次评估时也将不再成立（已用同一规则核算）。",
        f" If at least {currency} {shown} is paid, the rules behind it no longer hold either when the line "
        "is next looked at (worked out with the rules themselves).",
    )
