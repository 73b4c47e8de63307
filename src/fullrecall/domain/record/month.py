"""One month of a credit record in the second-generation PBoC codes (二代征信), from secondary sources.

A recall is not an adverse record: a withdrawn limit or a called balance that is paid by its date is reported
as paid as due; only being overdue is adverse. Calling a line never re-ages it.
"""

from __future__ import annotations

from datetime import date

from fullrecall.domain import facts as f
from fullrecall.domain.line import LineState

# 1: 1-30 days past due, 2: 31-60, ... 7: more than 180; N: paid as due; C: settled; B: bad debt (呆账).
STATUS_ZH = {"N": "正常还款", "C": "结清", "B": "呆账"} | {
    str(n): f"逾期{30 * n - 29}-{30 * n}天" for n in range(1, 7)
} | {"7": "逾期180天以上"}  # fmt: skip
_CODE_DAYS, _CODE_MAX = 30, 7


def month_status(line: LineState, on: date) -> tuple[str, int, bool]:
    """(status code, bureau days past due, adverse) of a line at the end of a month."""
    days = line.bureau_days(on)
    if line.charged_off > 0:
        return "B", days, True
    if days > 0:
        return str(min(-(-days // _CODE_DAYS), _CODE_MAX)), days, True
    if line.called_on is not None and line.called == 0:
        return "C", 0, False
    return "N", 0, False


def amount_overdue(line: LineState, on: date) -> int:
    """What is overdue: by contract, by a call not paid by its date, or written off and still owed."""
    by_call = line.called if line.accelerated_days(on) else 0
    return max(line.past_due_amount, by_call + line.charged_off, 0)


def monthly(line: LineState, on: date, basis: str) -> f.RecordReported:
    """The fact of a month's record; `basis` names the rule that allowed furnishing it."""
    status, days, adverse = month_status(line, on)
    overdue = amount_overdue(line, on) if adverse else 0
    return f.RecordReported(f"{on:%Y-%m}", status, days, adverse, overdue, line.balance, basis)
