"""An invented borrower's notice, of any kind, for the tests of messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from fullrecall.adapters.messages.render import Renderer
from fullrecall.domain.notices.content import (
    Bilingual,
    Consequence,
    LegalBasis,
    NoticeContent,
    NoticeKind,
    NoticeLine,
    NoticeReason,
    PlanOption,
    totals_of,
)

# Jiebei: 10,000.00 owed, 900.00 past due. Huabei: 2,500.00 owed, nothing past due; only its limit is at
# stake.
LINES = (
    NoticeLine("JB-2023-0417", Bilingual("借呗", "Jiebei"), "CNY", 1_000_000, 90_000, 1_000_000),
    NoticeLine("HB-2021-0093", Bilingual("花呗", "Huabei"), "CNY", 250_000, 0),
)
CALLED = {NoticeKind.DEMAND, NoticeKind.ACCELERATION, NoticeKind.CLEARING_REMINDER, NoticeKind.CHARGED_OFF}


def _content(kind: NoticeKind) -> NoticeContent:
    lines = (
        LINES
        if kind in CALLED
        else tuple(
            NoticeLine(line.line_id, line.product, line.currency, line.balance_minor, line.past_due_minor)
            for line in LINES
        )
    )
    asks = kind not in {NoticeKind.REINSTATED, NoticeKind.WITHDRAWN, NoticeKind.SETTLED, NoticeKind.FREEZE}
    return NoticeContent(
        notice_id="ntc-7f3a",
        kind=kind,
        case_id="case-0042",
        borrower_id="B-1001",
        creditor=Bilingual("示例消费金融", "Example Consumer Finance"),
        contact=Bilingual("客服电话 400-000-0000", "customer service 400-000-0000"),
        lines=lines,
        totals=totals_of(lines),
        issued_on=date(2026, 12, 1),
        reasons=(NoticeReason("ARREARS", "借呗连续60天未足额还款", "Jiebei not paid in full for 60 days"),),
        pay_by=date(2026, 12, 17) if asks else None,
        cure_ends_on=date(2026, 12, 17) if kind is NoticeKind.DEMAND else None,
        review_on=date(2027, 3, 1) if kind is NoticeKind.FREEZE else None,
        declared=(Consequence.LIMIT_WITHDRAWN, Consequence.BALANCE_CALLED)
        if kind is NoticeKind.DEMAND
        else (),
        how_to_pay=Bilingual(
            "应用内“还款”页面，或转账至合同所列账户",
            "“Repay” in the app, or transfer to the account named in the contract",
        ),
        how_to_dispute=Bilingual(
            "应用内“异议”页面，或书面寄至本公司；异议处理期间本案期限中止",
            "“Dispute” in the app, or in writing to us; the periods stand still while we examine it",
        ),
        how_to_ask_person=Bilingual(
            "拨打客服电话，选择“人工复核”", "Call customer service and ask for a review by a person"
        ),
        averting=Bilingual("于2026年12月17日前还款900.00 CNY", "Paying 900.00 CNY by 17 December 2026"),
        legal_basis=(LegalBasis("cn.rescind-after-demand", "民法典 Art. 563(1)(3)"),),
        plan_options=(PlanOption(12, 83_334, 1_000_000, "CNY", date(2027, 1, 15)),)
        if kind in {NoticeKind.PLAN_OFFER, NoticeKind.ACCELERATION, NoticeKind.CLEARING_REMINDER}
        else (),
        what_happens_next=Bilingual(
            "收到每笔款项后，我们会向您确认", "We confirm each payment when it has arrived"
        ),
    )


@pytest.fixture(scope="session")
def content() -> Callable[[NoticeKind], NoticeContent]:
    return _content


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer()
