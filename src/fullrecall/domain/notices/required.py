"""What each kind of notice must contain, and the check that refuses a notice without it.

Who, what is owed, why, by when, how to pay and how to dispute; and for a demand the declaration of what
follows (BGB s.498(1) no. 2; Colo. Rev. Stat. 5-5-110; Wis. Stat. 425.104). Rule names are stable: they are
stored and tested.
"""

from __future__ import annotations

from fullrecall.domain.notices.content import NoticeContent, NoticeKind, totals_of
from fullrecall.domain.vocabulary import Refused

TEXT_CHARACTERS_MAX = 2_000
ITEMS_MAX = 50

_WHO = ("notice_id", "case_id", "borrower_id", "creditor", "contact", "lines", "totals")
_WHY = (*_WHO, "reasons", "how_to_dispute", "how_to_ask_person", "what_happens_next")
_PAY = (*_WHY, "how_to_pay")
_K = NoticeKind
_REQUIRED: dict[NoticeKind, tuple[str, ...]] = {
    _K.WARN: _PAY,
    _K.DEMAND: (*_PAY, "pay_by", "cure_ends_on", "legal_basis", "declared"),
    # An open-ended line may be restricted for an objective reason, explained at once (BGB s.499(2), CCD2
    # Art. 28(2)).
    _K.FREEZE: (*_WHY, "legal_basis", "review_on"),
    _K.PLAN_OFFER: (*_PAY, "plan_options", "pay_by"),
    # One-shot clearing cannot be the only demand (CONC 7.3.10R, CCD2 Art. 35): a plan always stands beside
    # it.
    _K.ACCELERATION: (*_PAY, "pay_by", "legal_basis", "plan_options"),
    _K.CLEARING_REMINDER: (*_PAY, "pay_by", "plan_options"),
    _K.REINSTATED: (*_WHO, "what_happens_next"),
    _K.WITHDRAWN: (*_WHO, "what_happens_next"),
    # Adverse information may be furnished only after prior notice has arrived (CN credit-reporting
    # regulation Art. 15).
    _K.REPORT_PRIOR: (*_PAY, "pay_by", "legal_basis"),
    _K.CHARGED_OFF: _PAY,
    _K.RUN_OFF: _PAY,
    _K.SETTLED: (*_WHO, "what_happens_next"),
}
_CALLS = frozenset({_K.ACCELERATION, _K.CLEARING_REMINDER})


def required_content(kind: NoticeKind) -> tuple[str, ...]:
    """Names of the fields of NoticeContent that a notice of this kind must fill."""
    return _REQUIRED[kind]


def refusal_of(content: NoticeContent) -> Refused | None:
    """None when the notice may be rendered, else the rule it breaks and what to do about it."""
    for field in _REQUIRED[content.kind]:
        if not getattr(content, field):
            rule = "demand_must_declare_consequence" if field == "declared" else f"notice_must_have_{field}"
            return _refused(content, rule, f"it lacks {field}, which every {content.kind} notice must state")
    return _inconsistency(content) or _oversize(content)


def _inconsistency(content: NoticeContent) -> Refused | None:
    if content.totals != totals_of(content.lines):
        return _refused(
            content, "totals_must_equal_lines", "its totals are not the sums of its lines per currency"
        )
    if content.kind in _CALLS and not any(total.called_minor > 0 for total in content.totals):
        return _refused(
            content, "acceleration_must_name_called_amount", "no line names an amount that is called"
        )
    if any(min(line.past_due_minor, line.called_minor) < 0 for line in content.lines):
        return _refused(content, "amounts_must_not_be_negative", "a past due or called amount is negative")
    pay_by, cure_ends_on = content.pay_by, content.cure_ends_on
    if pay_by and pay_by < content.issued_on:
        return _refused(
            content,
            "pay_by_must_not_precede_issue",
            f"it asks to pay by {pay_by}, before {content.issued_on}",
        )
    if pay_by and cure_ends_on and cure_ends_on < pay_by:
        return _refused(
            content, "cure_must_not_end_before_pay_by", f"cure ends {cure_ends_on}, before {pay_by}"
        )
    return None


def _oversize(content: NoticeContent) -> Refused | None:
    for field in ("lines", "reasons", "legal_basis", "plan_options", "declared"):
        if len(getattr(content, field)) > ITEMS_MAX:
            return _refused(
                content, "notice_names_too_many_items", f"{field} has more than {ITEMS_MAX} entries"
            )
    for name, text in _texts(content):
        if len(text) > TEXT_CHARACTERS_MAX:
            why = f"{name} is longer than {TEXT_CHARACTERS_MAX} characters"
            return _refused(content, "notice_text_too_long", why)
        if not text or text.isspace():
            return _refused(
                content, "notice_must_speak_both_languages", f"{name} is empty in one of the languages"
            )
    return None


def _texts(content: NoticeContent) -> list[tuple[str, str]]:
    texts = [
        ("notice_id", content.notice_id),
        ("case_id", content.case_id),
        ("borrower_id", content.borrower_id),
    ]
    for name in _BILINGUAL:
        both = getattr(content, name)
        if both is not None:
            texts += ((name, both.zh), (name, both.en))
    for line in content.lines:
        texts += (("line_id", line.line_id), ("product", line.product.zh), ("product", line.product.en))
    for reason in content.reasons:
        texts += (("reason", reason.zh), ("reason", reason.en))
    for basis in content.legal_basis:
        texts += (("rule", basis.rule), ("citation", basis.citation))
    return texts


_BILINGUAL = (
    "creditor",
    "contact",
    "how_to_pay",
    "how_to_dispute",
    "how_to_ask_person",
    "averting",
    "what_happens_next",
)


def _refused(content: NoticeContent, rule: str, why: str) -> Refused:
    return Refused(rule, f"Notice {content.notice_id[:60]} cannot be sent: {why}.")
