"""What can happen in a story: each sentence and the use case it calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple

from fullrecall.domain import facts as f
from fullrecall.domain.money import to_minor
from fullrecall.domain.vocabulary import AlreadyDone, Mistake, Refused
from fullrecall.use_cases.close_line import close_line
from fullrecall.use_cases.convert_purchases import convert_purchases
from fullrecall.use_cases.draw_cash import Drawdown, draw_cash
from fullrecall.use_cases.give_goodwill import give_goodwill
from fullrecall.use_cases.open_line import set_limit
from fullrecall.use_cases.pay import pay, pay_quote, reverse_payment
from fullrecall.use_cases.purchase import capture_purchase, hold_purchase, refund_purchase
from fullrecall.use_cases.quote_payoff import quote_payoff
from fullrecall.use_cases.record_signal import record_signal
from fullrecall.use_cases.work_case import (
    approve_case,
    deny_case,
    extend_cure,
    interrupt_case,
    protect_borrower,
    resume_case,
    withdraw_case,
)
from fullrecall.wiring.stories import Story, StoryHouse

DONE = "done"
Groups = dict[str, str]


class Moment(NamedTuple):
    """Where and when a sentence happens. key: makes the write happen once."""

    story: Story
    house: StoryHouse
    on: date
    at: datetime
    key: str

    def line(self, told: Groups) -> str:
        line_id = told["line"]
        if line_id not in self.story.lines:
            raise Mistake(f"there is no line {line_id!r}: the lines are {', '.join(self.story.lines)}")
        return line_id

    def money(self, told: Groups) -> tuple[int, str]:
        currency = self.house.products[self.line(told)].currency
        return to_minor(told["sum"].replace(",", ""), currency), currency

    def named(self, told: Groups) -> str:
        return told.get("id") or self.key

    def day(self, told: Groups) -> date:
        """A value date, if one was told."""
        return date.fromisoformat(told["dated"]) if told.get("dated") else self.on


def _said(answer: Any) -> str:
    """'done', or the rule that stood in the way."""
    if isinstance(answer, Refused):
        return answer.rule
    if isinstance(answer, AlreadyDone):
        return "already done"
    return getattr(answer, "rule", "") or DONE


def _draws(m: Moment, t: Groups) -> str:
    amount, currency = m.money(t)
    asked = Drawdown(amount, currency, t["method"], int(t["n"]))
    return _said(draw_cash(m.house.store, m.line(t), asked, on=m.on, key=m.named(t), at=m.at))


def _buys(m: Moment, t: Groups) -> str:
    """Held and captured at once."""
    amount, currency = m.money(t)
    store, line, key = m.house.store, m.line(t), m.named(t)
    held = hold_purchase(store, line, amount, currency, t["where"], on=m.on, key=key, at=m.at)
    if held.rule:
        return held.rule
    return _said(
        capture_purchase(store, line, key, amount, currency, on=m.on, key=f"{key}:captured", at=m.at)
    )


def _refunded(m: Moment, t: Groups) -> str:
    amount, currency = m.money(t)
    return _said(
        refund_purchase(
            m.house.store, m.line(t), t["what"], amount, currency, on=m.day(t), key=m.key, at=m.at
        )
    )


def _converted(m: Moment, t: Groups) -> str:
    wanted = [id_.strip() for id_ in t["what"].split(",")]
    return _said(
        convert_purchases(m.house.store, m.line(t), wanted, int(t["n"]), on=m.on, key=m.named(t), at=m.at)
    )


def _pays(m: Moment, t: Groups) -> str:
    amount, currency = m.money(t)
    method = "debit" if t.get("debit") else "manual"
    return _said(
        pay(
            m.house.store, m.house.book, m.line(t), amount, currency, method=method, on=m.day(t),
            key=m.named(t), at=m.at,
        )
    )  # fmt: skip


def _bounced(m: Moment, t: Groups) -> str:
    return _said(
        reverse_payment(
            m.house.store, m.house.book, m.line(t), t["what"], t["why"], on=m.on, key=m.key, at=m.at
        )
    )


def _quoted(m: Moment, t: Groups) -> str:
    return _said(quote_payoff(m.house.store, m.line(t), on=m.on, key=m.named(t), at=m.at))


def _pays_quote(m: Moment, t: Groups) -> str:
    amount, currency = m.money(t)
    return _said(
        pay_quote(
            m.house.store, m.house.book, m.line(t), t["what"], amount, currency, method="manual", on=m.on,
            key=m.named(t), at=m.at,
        )
    )  # fmt: skip


def _closes(m: Moment, t: Groups) -> str:
    return _said(close_line(m.house.store, m.line(t), t["why"], on=m.on, key=m.key, at=m.at))


def _waives(m: Moment, t: Groups) -> str:
    amount, currency = m.money(t)
    return _said(
        give_goodwill(
            m.house.store, m.line(t), amount, currency, why=t["why"], by=t["by"], on=m.on, key=m.key, at=m.at
        )
    )


def _limit(m: Moment, t: Groups) -> str:
    amount, _ = m.money(t)
    return _said(
        set_limit(m.house.store, m.line(t), amount, reason=t["why"], by=t["by"], on=m.on, key=m.key, at=m.at)
    )


def _signal(m: Moment, t: Groups, signal: f.ViolationReported | f.RiskDecisionMade) -> str:
    done = record_signal(m.house.store, m.house.book, m.line(t), signal, on=m.on, recorded_at=m.at, key=m.key)
    return done.action


def _violated(m: Moment, t: Groups) -> str:
    return _signal(m, t, f.ViolationReported(t["what"], t["why"], True, True, t["evidence"], t["by"]))


def _decided(m: Moment, t: Groups) -> str:
    return _signal(m, t, f.RiskDecisionMade(t["action"], t["by"], t["why"]))


def _case(use_case: Callable[..., Any], **fixed: Any) -> Callable[[Moment, Groups], str]:
    """A person's work on the borrower's newest case; groups of the sentence become its arguments."""

    def happen(m: Moment, t: Groups) -> str:
        cases = [head.state for head in m.house.store.all_cases()]
        if not cases:
            raise Mistake("there is no case yet")
        newest = max(cases, key=lambda case: (case.opened_on, case.is_open))
        told: dict[str, Any] = {**fixed, **{name: word for name, word in t.items() if word is not None}}
        if "until" in told and told["until"] is not None:
            told["until"] = date.fromisoformat(told["until"])
        return _said(
            use_case(m.house.store, m.house.book, newest.case_id, **told, today=m.on, at=m.at, key=m.key)
        )

    return happen


_SUM, _LINE, _ID = r"(?P<sum>[\d.,]+)", r"(?P<line>\S+)", r"(?: as (?P<id>\S+))?"
_BY, _WHY, _UNTIL = r"(?P<by>\S+)", r": (?P<why>.+)", r"(?P<until>\d{4}-\d\d-\d\d)"
_DATED = r"(?: dated (?P<dated>\d{4}-\d\d-\d\d))?"

# how the sentence is written for people, its pattern, and what it does
HAPPENINGS: tuple[tuple[str, str, Callable[[Moment, Groups], str]], ...] = (
    (
        "draws SUM on LINE in N METHOD instalments as ID",
        rf"draws {_SUM} on {_LINE} in (?P<n>\d+) (?P<method>\w+) instalments{_ID}",
        _draws,
    ),
    ("buys SUM on LINE at SHOP as ID", rf"buys {_SUM} on {_LINE} at (?P<where>.+?){_ID}", _buys),
    (
        "PURCHASE on LINE is refunded SUM [dated DAY]",
        rf"(?P<what>\S+) on {_LINE} is refunded {_SUM}{_DATED}",
        _refunded,
    ),
    (
        "PURCHASE, ... on LINE become N instalments as ID",
        rf"(?P<what>\S+(?:, \S+)*) on {_LINE} becomes? (?P<n>\d+) instalments{_ID}",
        _converted,
    ),
    (
        "pays SUM for quote QUOTE on LINE as ID",
        rf"pays {_SUM} for quote (?P<what>\S+) on {_LINE}{_ID}",
        _pays_quote,
    ),
    (
        "pays SUM on LINE [by debit] [dated DAY] as ID",
        rf"pays {_SUM} on {_LINE}(?P<debit> by debit)?{_DATED}{_ID}",
        _pays,
    ),
    ("payment ID on LINE bounces: WHY", rf"payment (?P<what>\S+) on {_LINE} bounces{_WHY}", _bounced),
    ("asks what settles LINE as ID", rf"asks what settles {_LINE}{_ID}", _quoted),
    ("asks to close LINE: WHY", rf"asks to close {_LINE}{_WHY}", _closes),
    ("WHO waives SUM on LINE: WHY", rf"{_BY} waives {_SUM} on {_LINE}{_WHY}", _waives),
    ("WHO sets the limit of LINE to SUM: WHY", rf"{_BY} sets the limit of {_LINE} to {_SUM}{_WHY}", _limit),
    (
        "WHO proves violation ID on LINE by EVIDENCE: WHAT",
        rf"{_BY} proves violation (?P<what>\S+) on {_LINE} by (?P<evidence>[^:]+){_WHY}",
        _violated,
    ),
    (
        "WHO decides to warn|freeze|recall LINE: WHY",
        rf"{_BY} decides to (?P<action>warn|freeze|recall) {_LINE}{_WHY}",
        _decided,
    ),
    ("WHO approves", rf"{_BY} approves", _case(approve_case)),
    ("WHO denies: WHY", rf"{_BY} denies{_WHY}", _case(deny_case)),
    ("WHO withdraws the case: WHY", rf"{_BY} withdraws the case{_WHY}", _case(withdraw_case)),
    ("WHO extends the cure to DAY: WHY", rf"{_BY} extends the cure to {_UNTIL}{_WHY}", _case(extend_cure)),
    (
        "WHO records a dispute: WHY",
        rf"{_BY} records a (?P<interrupt>dispute|complaint){_WHY}",
        _case(interrupt_case, until=None),
    ),
    (
        "WHO agrees hardship until DAY: WHY",
        rf"{_BY} agrees hardship until {_UNTIL}{_WHY}",
        _case(interrupt_case, interrupt="hardship"),
    ),
    (
        "WHO ends the dispute|complaint|hardship: WHY",
        rf"{_BY} ends the (?P<interrupt>dispute|complaint|hardship){_WHY}",
        _case(resume_case),
    ),
    (
        "WHO records the death of the borrower: EVIDENCE",
        rf"{_BY} records the death of the borrower: (?P<evidence>.+)",
        _case(protect_borrower, protection="deceased"),
    ),
    (
        "WHO records stolen identity: EVIDENCE",
        rf"{_BY} records stolen identity: (?P<evidence>.+)",
        _case(protect_borrower, protection="identity_theft"),
    ),
)


def happen(moment: Moment, sentence: str) -> str:
    """Play one sentence: 'done', what the policy asked, or the rule that refused it."""
    place = f"{moment.story.source}, {moment.on}: {sentence!r}"
    for _, pattern, act in HAPPENINGS:
        found = re.fullmatch(pattern, sentence)
        if found:
            try:
                return act(moment, found.groupdict())
            except Mistake as mistake:
                raise Mistake(f"{place}: {mistake.sentence.rstrip('.')}.", code=mistake.code) from None
    forms = "; ".join(form for form, _, _ in HAPPENINGS)
    raise Mistake(f"{place} cannot be read: write one of {forms}.", code="story")
