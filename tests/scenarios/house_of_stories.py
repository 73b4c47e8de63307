"""The house a story happens in: a database, the shipped Chinese policy and packs, a mailbox; and how facts
are told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fullrecall.domain import facts as f
from fullrecall.domain.money import show, to_minor
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Done, Refused
from fullrecall.storage.store import SqlStore
from fullrecall.use_cases.authorise_purchase import authorise_purchase
from fullrecall.use_cases.close_day import close_day
from fullrecall.use_cases.dispatch_notices import dispatch_notices
from fullrecall.use_cases.observe_payments import observe_payments
from fullrecall.use_cases.record_signal import record_signal
from fullrecall.use_cases.register_book import register_book
from fullrecall.use_cases.verify_all import Verified, verify_all
from fullrecall.use_cases.watch_positions import WatchedBook, watch_positions
from fullrecall.use_cases.work_case import (
    approve_case,
    deny_case,
    interrupt_case,
    protect_borrower,
    resume_case,
    withdraw_case,
)
from fullrecall.wiring.house import open_store, prepare_database
from fullrecall.wiring.messenger import build_messenger
from fullrecall.wiring.rulebook import build_rulebook, read_policy
from fullrecall.wiring.settings import read_settings

LINE, BORROWER, LIMIT = "A", "b-1", "80000.00"
TAPE = WatchedBook("story", "card", "cn")
ADDRESSES = {"sms": "sms:{}", "email": "{}@borrowers.invalid", "push": "push:{}"}
ZONE = ZoneInfo("Asia/Shanghai")


def amount(text: str) -> int:
    return to_minor(text.replace(",", ""), "CNY")


def yuan(minor: int) -> str:
    return show(minor, "CNY").removesuffix(" CNY")


class StoryHouse:
    """Lives day by day: what happens (in the morning), the close, then the post."""

    def __init__(self, store: SqlStore, mailbox: Path) -> None:
        self.store = store
        settings = read_settings(None)
        self.book = build_rulebook(read_policy("cn-consumer"), {}, settings, date(2026, 11, 23))
        self.messenger = build_messenger(settings, mailbox, {})
        self.n = 0
        self.refusals: list[str] = []
        register_book(
            store, self.book, {"fingerprint": "story"}, [], recorded_at=self.at(date(2026, 1, 1), 0)
        )

    def at(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), ZONE).astimezone(UTC)

    def live(self, day: date, events: tuple[str, ...]) -> None:
        self.refusals = []
        for event in events:
            self._happen(event, day)
        close_day(self.store, self.book, day, recorded_at=self.at(day, 9))
        dispatch_notices(self.store, self.book, self.messenger, now=self.at(day, 10), addresses=ADDRESSES)

    def _happen(self, event: str, day: date) -> None:
        self.n += 1
        for pattern, handler in EVENTS:
            found = re.fullmatch(pattern, event)
            if found:
                handler(self, day, *found.groups())
                return
        raise AssertionError(f"no such event: {event!r}")

    @property
    def case_id(self) -> str:
        return [head.state.case_id for head in self.store.all_cases()][-1]

    # --- what can happen ---------------------------------------------------------------------------------

    def position(self, day: date, owed: str, past_due: str, days: str) -> None:
        row = TapeRow(
            LINE, day, day, "CNY", amount(LIMIT), amount(owed), 0, 0, amount(past_due), int(days), score=700,
            score_model="m",
        )  # fmt: skip
        owners = {LINE: (BORROWER, 1)}
        watch_positions(
            self.store, self.book, TAPE, [row], owners, key=f"pos{self.n}", recorded_at=self.at(day, 6)
        )

    def pays(self, day: date, sum_: str) -> None:
        paid = [(LINE, BORROWER, amount(sum_))]
        observe_payments(self.store, self.book, paid, day, key=f"pay{self.n}", recorded_at=self.at(day, 8))

    def spends(self, day: date, sum_: str, code: str) -> None:
        answer, _ = authorise_purchase(self.store, LINE, amount(sum_))
        assert answer.code == code, (day, answer)

    def _signal(self, day: date, signal: Any) -> None:
        record_signal(
            self.store, self.book, LINE, signal, on=day, recorded_at=self.at(day, 7), key=f"signal{self.n}"
        )

    def violation(self, day: date, number: str) -> None:
        self._signal(day, f.ViolationReported(number, "cash-out", True, True, "invoice 77", "officer-1"))

    def dismissed(self, day: date, number: str) -> None:
        self._signal(day, f.ViolationDismissed(number, "officer-2", "the invoice is genuine"))

    def decision(self, day: date, action: str, by: str) -> None:
        self._signal(day, f.RiskDecisionMade(action, by, "reviewed by hand"))

    def _work(self, use_case: Callable[..., Any], day: date, **told: Any) -> None:
        answer = use_case(
            self.store, self.book, self.case_id, **told, today=day, at=self.at(day, 8), key=f"work{self.n}"
        )
        assert isinstance(answer, Done | Refused), answer
        if isinstance(answer, Refused):
            self.refusals.append(f"refused: {answer.rule}")

    def approves(self, day: date, by: str) -> None:
        self._work(approve_case, day, by=by)

    def denies(self, day: date, by: str) -> None:
        self._work(deny_case, day, by=by, why="a plan was agreed")

    def withdraws(self, day: date, why: str) -> None:
        self._work(withdraw_case, day, by="officer-1", why=why)

    def disputes(self, day: date) -> None:
        self._work(
            interrupt_case, day, interrupt="dispute", by="officer-1", why="not my purchase", until=None
        )

    def dispute_over(self, day: date) -> None:
        self._work(resume_case, day, interrupt="dispute", by="officer-1", why="the purchase was proven")

    def died(self, day: date) -> None:
        self._work(protect_borrower, day, protection="deceased", evidence="certificate 118", by="officer-1")

    # --- how it is told ----------------------------------------------------------------------------------

    def told_on(self, day: date) -> list[str]:
        """What the system did on a day, in the words of the stories; evidence of sending is left out."""
        streams = [f"line:{LINE}", *(f"case:{head.state.case_id}" for head in self.store.all_cases())]
        facts = [
            fact for stream in streams for fact in self.store.facts_of(stream) if fact.effective_on == day
        ]
        facts.sort(key=lambda fact: (fact.recorded_at, fact.stream.startswith("line:")))
        told = [tell(fact.fact) for fact in facts]
        return [*self.refusals, *(phrase for phrase in told if phrase)]

    def money(self) -> str:
        head = self.store.line(LINE)
        assert head is not None
        s, g = head.state, head.ledger
        assert (s.open_balance, s.called, s.charged_off) == (g.receivable, g.called, g.charged_off)
        parts = (("open", s.open_balance), ("called", s.called), ("written off", s.charged_off))
        return ", ".join(f"{name} {yuan(value)}" for name, value in parts if value) or "nothing owed"

    def verify(self) -> Verified:
        return verify_all(self.store)


EVENTS: tuple[tuple[str, Callable[..., None]], ...] = (
    (r"owes ([\d.,]+), ([\d.,]+) past due for (\d+) days", StoryHouse.position),
    (r"pays ([\d.,]+)", StoryHouse.pays),
    (r"wants to spend ([\d.,]+): (\w+)", StoryHouse.spends),
    (r"violation (\S+) proven", StoryHouse.violation),
    (r"violation (\S+) dismissed", StoryHouse.dismissed),
    (r"decision to (\w+) by (\S+)", StoryHouse.decision),
    (r"(\S+) approves", StoryHouse.approves),
    (r"(\S+) denies", StoryHouse.denies),
    (r"lender withdraws: (.+)", StoryHouse.withdraws),
    (r"borrower disputes", StoryHouse.disputes),
    (r"dispute is over", StoryHouse.dispute_over),
    (r"borrower has died", StoryHouse.died),
)

TELL: dict[type[f.Fact], Callable[[Any], str]] = {
    f.CaseOpened: lambda x: f"case opened: {x.trigger}",
    f.TriggerJoined: lambda x: f"joined: {x.trigger} asks {x.action}",
    f.TriggerLapsed: lambda x: "the policy asks nothing more",
    f.NoticeIssued: lambda x: _notice(x),
    f.CureStarted: lambda x: f"cure until {x.ends_on}",
    f.CureExtended: lambda x: f"cure extended to {x.ends_on}",
    f.CaseFrozen: lambda x: f"frozen, review {x.review_on}",
    f.RunOffBegan: lambda x: f"run-off: review {x.review_on}",
    f.FreezeReviewed: lambda x: f"reviewed, again {x.review_on}",
    f.LimitsWithdrawn: lambda x: "limit withdrawn",
    f.CaseAccelerated: lambda x: f"called {yuan(sum(x.called.values()))} by {x.pay_by}",
    f.CaseCured: lambda x: f"cured: {x.why}",
    f.CaseWithdrawn: lambda x: "withdrawn",
    f.CaseSettled: lambda x: f"settled: {yuan(x.paid)}",
    f.CaseChargedOff: lambda x: f"charged off: {yuan(x.amount)}",
    f.CaseClosed: lambda x: f"closed: {x.outcome}",
    f.NoticeFailed: lambda x: f"NOT SENT: {x.why}",
    f.StepRefused: lambda x: f"refused: {x.rule}",
    f.ApprovalAsked: lambda x: "second person asked",
    f.ApprovalGiven: lambda x: f"approved by {x.by}",
    f.ApprovalDenied: lambda x: f"denied by {x.by}",
    f.InterruptBegan: lambda x: f"stopped: {x.interrupt} ({', '.join(x.stops)})",
    f.InterruptEnded: lambda x: f"goes on: {x.interrupt} ended",
    f.BorrowerProtected: lambda x: f"protected: {x.protection}",
    f.LineUnfrozen: lambda x: "line free again",
    f.LimitRestored: lambda x: f"limit restored to {yuan(x.limit)}",
    f.CallUnwound: lambda x: f"call of {yuan(x.amount)} undone",
    f.RecordReported: lambda x: f"record {x.status}" + (f", {x.days} days, adverse" if x.adverse else ""),
}


def _notice(x: f.NoticeIssued) -> str:
    asked = f" {yuan(x.amount)}" if x.amount and x.pay_by else ""
    by = f" by {x.pay_by}" if x.pay_by else ""
    return f"notice {x.notice}{asked}{by}"


def tell(fact: f.Fact) -> str:
    teller = TELL.get(type(fact))
    return teller(fact) if teller else ""


def open_story_house(folder: Path) -> StoryHouse:
    place = str(folder / "story.db")
    prepare_database(place)
    return StoryHouse(open_store(place), folder / "mailbox")
