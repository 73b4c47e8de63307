"""What a notice must contain: complete ones pass, each missing part is refused by its own rule."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from fullrecall.domain.notices.content import (
    NOTICE_ON_ENTERING,
    Bilingual,
    Consequence,
    CurrencyTotal,
    LegalBasis,
    NoticeContent,
    NoticeKind,
    NoticeLine,
    NoticeReason,
    PlanOption,
    totals_of,
)
from fullrecall.domain.notices.required import refusal_of, required_content
from fullrecall.domain.vocabulary import Stage

BOTH = Bilingual("中文", "English")
LINES = (
    NoticeLine("L-1", Bilingual("借呗", "Jiebei"), "CNY", 1_000_000, 90_000, 1_000_000),
    NoticeLine("L-2", Bilingual("花呗", "Huabei"), "CNY", 250_000, 0),
)


def full(kind: NoticeKind) -> NoticeContent:
    return NoticeContent(
        notice_id="ntc-1",
        kind=kind,
        case_id="case-1",
        borrower_id="B-1",
        creditor=BOTH,
        contact=BOTH,
        lines=LINES,
        totals=totals_of(LINES),
        issued_on=date(2026, 12, 1),
        reasons=(NoticeReason("ARREARS", "逾期", "In arrears"),),
        pay_by=date(2026, 12, 17),
        cure_ends_on=date(2026, 12, 17),
        review_on=date(2027, 3, 1),
        declared=(Consequence.LIMIT_WITHDRAWN, Consequence.BALANCE_CALLED),
        how_to_pay=BOTH,
        how_to_dispute=BOTH,
        how_to_ask_person=BOTH,
        legal_basis=(LegalBasis("cn.rescind-after-demand", "民法典 Art. 563(1)(3)"),),
        plan_options=(PlanOption(12, 90_000, 1_080_000, "CNY", date(2027, 1, 15)),),
        what_happens_next=BOTH,
    )


def test_totals_are_sums_per_currency() -> None:
    dollars = NoticeLine("L-3", BOTH, "USD", 5_000, 100)
    # 10,000.00 + 2,500.00 CNY; dollars stay apart.
    assert totals_of((*LINES, dollars)) == (
        CurrencyTotal("CNY", 1_250_000, 90_000, 1_000_000),
        CurrencyTotal("USD", 5_000, 100, 0),
    )


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_full_notice_of_every_kind_passes(kind: NoticeKind) -> None:
    assert refusal_of(full(kind)) is None


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_missing_part_is_refused_by_name(kind: NoticeKind) -> None:
    for field in required_content(kind):
        value = getattr(full(kind), field)
        emptied: object = "" if isinstance(value, str) else () if isinstance(value, tuple) else None
        refusal = refusal_of(msgspec.structs.replace(full(kind), **{field: emptied}))
        assert refusal is not None
        named = "demand_must_declare_consequence" if field == "declared" else f"notice_must_have_{field}"
        assert refusal.rule == named
        assert field in refusal.why


def test_a_notice_that_asks_for_money_says_who_what_why_how_and_how_to_dispute() -> None:
    asks = (NoticeKind.WARN, NoticeKind.DEMAND, NoticeKind.ACCELERATION, NoticeKind.CLEARING_REMINDER)
    for kind in asks:
        assert {"creditor", "totals", "reasons", "how_to_pay", "how_to_dispute"} <= set(
            required_content(kind)
        )
    for kind in asks[1:]:
        assert "pay_by" in required_content(kind)
    for kind in asks[2:]:
        assert "plan_options" in required_content(kind)


@pytest.mark.parametrize(
    ("kind", "change", "rule"),
    [
        (NoticeKind.WARN, {"totals": (CurrencyTotal("CNY", 1, 1, 1),)}, "totals_must_equal_lines"),
        (NoticeKind.DEMAND, {"pay_by": date(2026, 11, 30)}, "pay_by_must_not_precede_issue"),
        (NoticeKind.DEMAND, {"cure_ends_on": date(2026, 12, 16)}, "cure_must_not_end_before_pay_by"),
        (NoticeKind.WARN, {"how_to_pay": Bilingual("x" * 10_000_000, "x")}, "notice_text_too_long"),
        (NoticeKind.WARN, {"reasons": (NoticeReason("R", "", "why"),)}, "notice_must_speak_both_languages"),
        (NoticeKind.WARN, {"reasons": (NoticeReason("R", "x", "x"),) * 51}, "notice_names_too_many_items"),
    ],
)
def test_contradictions_and_excess_are_refused(kind: NoticeKind, change: dict, rule: str) -> None:
    refusal = refusal_of(msgspec.structs.replace(full(kind), **change))
    assert refusal is not None
    assert refusal.rule == rule
    assert len(refusal.why) < 250


def test_calling_a_balance_names_the_amount_called() -> None:
    lines = tuple(msgspec.structs.replace(line, called_minor=0) for line in LINES)
    change = {"lines": lines, "totals": totals_of(lines)}
    refusal = refusal_of(msgspec.structs.replace(full(NoticeKind.ACCELERATION), **change))
    assert refusal is not None
    assert refusal.rule == "acceleration_must_name_called_amount"
    # Withdrawing only the limits calls nothing: a demand without a called amount is in order.
    assert refusal_of(msgspec.structs.replace(full(NoticeKind.DEMAND), **change)) is None


def test_negative_amounts_are_refused_but_a_credit_balance_is_not() -> None:
    owed = (NoticeLine("L-1", BOTH, "CNY", -500, 0),)
    credit = msgspec.structs.replace(full(NoticeKind.SETTLED), lines=owed, totals=totals_of(owed))
    assert refusal_of(credit) is None
    wrong = (NoticeLine("L-1", BOTH, "CNY", 500, -1),)
    refusal = refusal_of(msgspec.structs.replace(full(NoticeKind.WARN), lines=wrong, totals=totals_of(wrong)))
    assert refusal is not None
    assert refusal.rule == "amounts_must_not_be_negative"


def test_content_survives_storage() -> None:
    for kind in NoticeKind:
        assert msgspec.json.decode(msgspec.json.encode(full(kind)), type=NoticeContent) == full(kind)


def test_every_stage_but_two_has_its_notice() -> None:
    assert set(Stage) - set(NOTICE_ON_ENTERING) == {Stage.RECOVERING, Stage.CLOSED}
