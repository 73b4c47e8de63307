"""What the reason codes of a trained scorecard say to people, in Chinese and English."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {  # code: (zh, en)
    "HIGH_BALANCE": ("当前欠款余额较高", "The balance owed is high"),
    "HIGH_USE": ("已用额度占授信额度的比例偏高", "Most of the limit is used"),
    "LATE_BEFORE": ("近几个月出现过逾期", "Payments were late in the last months"),
    "LATE_NOW": ("当前存在逾期", "Payments are late now"),
    "LATE_OFTEN": ("近几个月多次逾期", "Several of the last months were in arrears"),
    "LITTLE_NEW_USE": ("近几个月很少使用该额度", "The line was little used in the last months"),
    "LITTLE_PAID": ("还款金额偏低", "Little was paid"),
    "NOTHING_PAID": ("近几个月有未还款的月份", "Nothing was paid in some of the last months"),
    "SCORE_LOW": ("信用评分低于要求", "The credit score is below what this line requires"),
    "SMALL_LIMIT": ("授信额度较小", "The limit granted is small"),
}


def text_of(code: str) -> tuple[str, str]:
    """(zh, en); a column the user named speaks for itself."""
    if code in TEXTS:
        return TEXTS[code]
    column = code.removeprefix("COLUMN_").lower()
    return f"数据列 {column} 的取值", f"The value of the column {column}"
