"""The chart of accounts. Numbers are stored with every posting and never change meaning."""

from __future__ import annotations

from enum import IntEnum


class Account(IntEnum):
    """Asset accounts of a line are kept per line; the control account is one per currency."""

    PRINCIPAL = 1010
    INTEREST = 1020
    FEES = 1030
    LATE_INTEREST = 1040
    RECEIVABLE = 1100
    CALLED_RECEIVABLE = 1110
    CHARGED_OFF_CLAIMS = 1190
    CHARGED_OFF_CONTRA = 1191
    CALLED_PRINCIPAL = 1210
    CALLED_INTEREST = 1220
    CALLED_FEES = 1230
    CALLED_LATE_INTEREST = 1240
    CASH = 1500
    OTHER_CORE_CONTROL = 1900
    BORROWER_MONEY = 2100
    UNEARNED_FEES = 2200
    INTEREST_INCOME = 4100
    FEE_INCOME = 4200
    LATE_INCOME = 4300
    RECOVERIES = 4400
    CHARGE_OFF_LOSS = 5100
    GOODWILL = 5200


ACCOUNTS: dict[Account, tuple[str, str]] = {
    Account.PRINCIPAL: ("Principal of kept lines", "贷款本金"),
    Account.INTEREST: ("Interest receivable", "应收利息"),
    Account.FEES: ("Fees receivable", "应收手续费"),
    Account.LATE_INTEREST: ("Late interest receivable", "应收罚息"),
    Account.RECEIVABLE: ("Receivable from borrowers", "应收借款人款项"),
    Account.CALLED_RECEIVABLE: ("Called receivable (recalled balances)", "已提前到期应收款"),
    Account.CHARGED_OFF_CLAIMS: ("Charged-off claims, still owed", "已核销债权(仍可追偿)"),
    Account.CHARGED_OFF_CONTRA: ("Charged-off claims, contra", "已核销债权对照"),
    Account.CALLED_PRINCIPAL: ("Called principal", "已提前到期本金"),
    Account.CALLED_INTEREST: ("Called interest", "已提前到期利息"),
    Account.CALLED_FEES: ("Called fees", "已提前到期手续费"),
    Account.CALLED_LATE_INTEREST: ("Late interest on called balances", "已提前到期罚息"),
    Account.CASH: ("Cash and funding clearing", "资金清算"),
    Account.OTHER_CORE_CONTROL: ("Control account of the other core system", "外部核心系统对照科目"),
    Account.BORROWER_MONEY: ("Borrowers' money (over-payments)", "借款人溢缴款"),
    Account.UNEARNED_FEES: ("Fees not yet earned", "未实现手续费收入"),
    Account.INTEREST_INCOME: ("Interest income", "利息收入"),
    Account.FEE_INCOME: ("Fee income", "手续费收入"),
    Account.LATE_INCOME: ("Late interest income", "罚息收入"),
    Account.RECOVERIES: ("Recoveries after charge-off", "核销后收回"),
    Account.CHARGE_OFF_LOSS: ("Charge-off losses", "核销损失"),
    Account.GOODWILL: ("Goodwill credits", "减免支出"),
}

# How facts of kept lines name accounts.
BY_WORD: dict[str, Account] = {
    "principal": Account.PRINCIPAL,
    "interest": Account.INTEREST,
    "fees": Account.FEES,
    "late": Account.LATE_INTEREST,
    "called_principal": Account.CALLED_PRINCIPAL,
    "called_interest": Account.CALLED_INTEREST,
    "called_fees": Account.CALLED_FEES,
    "called_late": Account.CALLED_LATE_INTEREST,
    "claims": Account.CHARGED_OFF_CLAIMS,
    "claims_contra": Account.CHARGED_OFF_CONTRA,
    "cash": Account.CASH,
    "borrower_money": Account.BORROWER_MONEY,
    "unearned_fees": Account.UNEARNED_FEES,
    "interest_income": Account.INTEREST_INCOME,
    "fee_income": Account.FEE_INCOME,
    "late_income": Account.LATE_INCOME,
    "recoveries": Account.RECOVERIES,
    "charge_off_loss": Account.CHARGE_OFF_LOSS,
    "goodwill": Account.GOODWILL,
}
