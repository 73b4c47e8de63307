"""The values a template may print, in one language: plain strings and lists made from a notice's content."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from fullrecall.domain import money
from fullrecall.domain.notices.content import (
    Bilingual,
    Consequence,
    NoticeContent,
    NoticeKind,
    PlanOption,
)

Language = Literal["zh", "en"]
ADDRESSEE_CHARACTERS_MAX = 80

LIST_NAMES = frozenset({"lines", "totals", "reasons", "legal_basis", "plans"})
ITEM_NAMES = frozenset(
    {"line_id", "product", "balance", "past_due", "called", "citation", "rule", "currency"}
)  # what a line, a total and a legal basis consist of
VIEW_NAMES = LIST_NAMES | {
    *("kind", "ref", "case_id", "borrower_id", "addressee", "creditor", "contact", "issued_on", "pay_by"),
    *("cure_ends_on", "review_on", "balance", "past_due", "called", "asked", "reason", "limit_withdrawn"),
    *("balance_called", "how_to_pay", "how_to_dispute", "how_to_ask_person", "averting", "what_happens_next"),
}

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_show = lru_cache(maxsize=8192)(money.show)


def view_of(content: NoticeContent, language: Language, addressee: str) -> dict[str, Any]:
    """All VIEW_NAMES as strings, booleans and lists; absent texts and dates are empty strings."""
    zh = language == "zh"
    day = _day_zh if zh else _day_en
    text = _zh if zh else _en
    joint = "、" if zh else " and "
    totals = content.totals
    past_due = joint.join(_amounts((t.past_due_minor, t.currency) for t in totals))
    called = joint.join(_amounts((t.called_minor, t.currency) for t in totals))
    balance = joint.join(_amounts((t.balance_minor, t.currency) for t in totals))
    reasons = [one_line(reason.zh if zh else reason.en) for reason in content.reasons]
    return {
        "kind": content.kind.value,
        "ref": one_line(content.notice_id),
        "case_id": one_line(content.case_id),
        "borrower_id": one_line(content.borrower_id),
        "addressee": one_line(addressee),
        "creditor": one_line(content.creditor.zh if zh else content.creditor.en),
        "contact": text(content.contact),
        "issued_on": day(content.issued_on),
        "pay_by": day(content.pay_by),
        "cure_ends_on": day(content.cure_ends_on),
        "review_on": day(content.review_on),
        "lines": _lines(content, zh=zh),
        "totals": [
            {
                "currency": t.currency,
                "balance": _show(t.balance_minor, t.currency),
                "past_due": _show(t.past_due_minor, t.currency),
                "called": _show(t.called_minor, t.currency) if t.called_minor else "",
            }
            for t in totals
        ],
        "balance": balance,
        "past_due": past_due,
        "called": called,
        "asked": balance if content.kind is NoticeKind.CHARGED_OFF else called or past_due,
        "reasons": reasons,
        "reason": ("；" if zh else "; ").join(reasons),
        "legal_basis": [
            {"rule": one_line(basis.rule), "citation": one_line(basis.citation)}
            for basis in content.legal_basis
        ],
        "plans": [_plan_zh(plan) if zh else _plan_en(plan) for plan in content.plan_options],
        "limit_withdrawn": Consequence.LIMIT_WITHDRAWN in content.declared,
        "balance_called": Consequence.BALANCE_CALLED in content.declared,
        "how_to_pay": text(content.how_to_pay),
        "how_to_dispute": text(content.how_to_dispute),
        "how_to_ask_person": text(content.how_to_ask_person),
        "averting": text(content.averting),
        "what_happens_next": text(content.what_happens_next),
    }


def one_line(text: str) -> str:
    """Without line breaks and characters that do not print (control, bidirectional overrides, surrogates)."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text).strip()


def paragraphs(text: str) -> str:
    """As one_line, but line breaks stay; a full stop at the end goes, because templates set their own."""
    if not text.isprintable():
        text = "\n".join(map(one_line, text.splitlines())).strip()
    return text.rstrip(".。 ")


def shortened(name: str) -> str:
    """A person's name is never a reason not to send: an absurdly long one is cut, with an ellipsis."""
    return name if len(name) <= ADDRESSEE_CHARACTERS_MAX else f"{name[: ADDRESSEE_CHARACTERS_MAX - 1]}…"


def _lines(content: NoticeContent, *, zh: bool) -> list[dict[str, str]]:
    return [
        {
            "line_id": one_line(line.line_id),
            "product": one_line(line.product.zh if zh else line.product.en),
            "currency": line.currency,
            "balance": _show(line.balance_minor, line.currency),
            "past_due": _show(line.past_due_minor, line.currency),
            "called": _show(line.called_minor, line.currency) if line.called_minor else "",
        }
        for line in content.lines
    ]


def _amounts(amounts: Iterable[tuple[int, str]]) -> list[str]:
    return [_show(minor, currency) for minor, currency in amounts if minor]


def _zh(both: Bilingual | None) -> str:
    return "" if both is None else paragraphs(both.zh)


def _en(both: Bilingual | None) -> str:
    return "" if both is None else paragraphs(both.en)


@lru_cache(maxsize=1024)
def _day_zh(day: date | None) -> str:
    return "" if day is None else f"{day.year}年{day.month}月{day.day}日"


@lru_cache(maxsize=1024)
def _day_en(day: date | None) -> str:
    return "" if day is None else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _plan_zh(plan: PlanOption) -> str:
    each, total = _show(plan.instalment_minor, plan.currency), _show(plan.total_minor, plan.currency)
    return f"分{plan.instalments}期，每月{each}，首期{_day_zh(plan.first_due_on)}，合计{total}"


def _plan_en(plan: PlanOption) -> str:
    each, total = _show(plan.instalment_minor, plan.currency), _show(plan.total_minor, plan.currency)
    first = _day_en(plan.first_due_on)
    return f"{plan.instalments} monthly instalments of {each}, the first on {first}, {total} in all"
