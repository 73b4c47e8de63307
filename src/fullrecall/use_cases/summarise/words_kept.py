"""Says the facts of lines that are kept here (purchases, statements, payments) in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fullrecall.domain import facts as f
from fullrecall.domain.money import show

KEPT: dict[type[f.Fact], Callable[[Any, str], tuple[str, str]]] = {
    f.ContractMade: lambda x, c: ("合同成立，条款随之固定", "contract made; its terms are pinned"),
    f.LimitSet: lambda x, c: (
        f"额度定为 {show(x.credit_limit, c)}",
        f"limit set to {show(x.credit_limit, c)} ({x.reason})",
    ),
    f.PurchaseHeld: lambda x, c: (
        f"消费预授权 {show(x.amount, c)}，至 {x.expires_on}",
        f"{show(x.amount, c)} held for a purchase until {x.expires_on}",
    ),
    f.PurchaseReleased: lambda x, c: ("预授权解除", f"hold released: {x.outcome}"),
    f.PurchaseCaptured: lambda x, c: (f"消费 {show(x.amount, c)}", f"purchase of {show(x.amount, c)}"),
    f.PurchaseRefunded: lambda x, c: (f"退款 {show(x.amount, c)}", f"refund of {show(x.amount, c)}"),
    f.InstalmentsAgreed: lambda x, c: (
        f"{show(x.amount, c)} 转为 {x.instalments} 期，手续费 {show(x.fee, c)}",
        f"{show(x.amount, c)} turned into {x.instalments} instalments, fee {show(x.fee, c)}",
    ),
    f.DrawdownMade: lambda x, c: (f"支用 {show(x.amount, c)}", f"drawdown of {show(x.amount, c)}"),
    f.AccrualPosted: lambda x, c: ("计息并入账", "interest and fees earned until this day are posted"),
    f.StatementIssued: lambda x, c: (
        f"出账 {show(x.amount, c)}，最低还款 {show(x.minimum, c)}，{x.due_on} 到期",
        f"statement of {show(x.amount, c)}, at least {show(x.minimum, c)} due on {x.due_on}",
    ),
    f.PaymentReceived: lambda x, c: (
        f"收到还款 {show(x.amount, c)}",
        f"payment of {show(x.amount, c)} received ({x.method})",
    ),
    f.PaymentReversed: lambda x, c: (
        f"还款 {show(x.amount, c)} 冲回",
        f"payment of {show(x.amount, c)} reversed",
    ),
    f.GoodwillGiven: lambda x, c: (f"减免 {show(x.amount, c)}", f"{show(x.amount, c)} waived by {x.by}"),
    f.PayoffQuoted: lambda x, c: (
        f"提前结清报价，当日 {show(x.totals[0], c)}" if x.totals else "提前结清报价",
        f"payoff quoted: {show(x.totals[0], c)} today" if x.totals else "payoff quoted",
    ),
    f.AdvancesSettled: lambda x, c: (
        f"提前结清，支付 {show(x.amount, c)}",
        f"settled early by the borrower with {show(x.amount, c)}",
    ),
    f.LineClosed: lambda x, c: ("额度关闭", "line closed"),
}
