"""The chart of accounts. Numbers are stored with every posting and never change meaning."""

from __future__ import annotations

from enum import IntEnum


class Account(IntEnum):
    """Asset accounts of a line are kept per line; the control account is one per currency."""

    RECEIVABLE = 1100
    CALLED_RECEIVABLE = 1110
    CHARGED_OFF_CLAIMS = 1190
    OTHER_CORE_CONTROL = 1900


ACCOUNTS: dict[Account, tuple[str, str]] = {
    Account.RECEIVABLE: ("Receivable from borrowers", "应收借款人款项"),
    Account.CALLED_RECEIVABLE: ("Called receivable (recalled balances)", "已提前到期应收款"),
    Account.CHARGED_OFF_CLAIMS: ("Charged-off claims, still owed", "已核销债权(仍可追偿)"),
    Account.OTHER_CORE_CONTROL: ("Control account of the other core system", "外部核心系统对照科目"),
}
