"""One case told from its first fact to its last: what happened, why, on which ground, with which proof."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.line import LineState, fold, opened
from fullrecall.domain.money import show
from fullrecall.domain.notices.content import Bilingual, NoticeContent
from fullrecall.domain.policy import Policy
from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports import Store, StoredDelivery, StoredNotice
from fullrecall.ports.change import case_stream, line_stream
from fullrecall.ports.summary import Entry, Ground, Money, NoticeTold, Proof, WorkedCase
from fullrecall.use_cases.summarise.called_book import CalledBook
from fullrecall.use_cases.summarise.case_book import CaseTrace
from fullrecall.use_cases.summarise.words import NOTHING, NOTICE_WORDS, given_why, what_happened

_content = msgspec.json.Decoder(NoticeContent)
_OBSERVED = frozenset({"LineOpened", "PositionObserved", "PaymentObserved"})


def choose(traces: Sequence[CaseTrace], called: CalledBook) -> str | None:
    """The case that shows most: called and partly cleared first, then the most kinds of facts, then by id."""

    def rank(trace: CaseTrace) -> tuple[bool, bool, int, str]:
        cleared = called.cleared_by_case.get(trace.case_id, 0)
        partly = 0 < cleared < called.called_by_case.get(trace.case_id, 0)
        return (not partly, not trace.called, -trace.kinds, trace.case_id)

    return min(traces, key=rank).case_id if traces else None


def tell(
    store: Store, case_id: str, policy: Policy | None, outcomes: dict[str, bool], because: Bilingual
) -> WorkedCase:
    """Every fact of the case and of its lines, in the order in which they were recorded."""
    head = store.case(case_id)
    if head is None:
        raise Mistake(f"There is no case {case_id!r}: list the cases to find one.", code="no_such_case")
    state = head.state
    told = _Telling(store, case_id, state.currency, policy)
    rows: list[Row] = [(row, None, None) for row in store.facts_of(case_stream(case_id))]
    for line_id in state.line_ids:
        rows += _with_money(store.facts_of(line_stream(line_id)), line_id)
    # On one instant: what was observed, then what the case decided on it, then what that did to the line.
    rows.sort(
        key=lambda item: (item[0].recorded_at, item[0].kind not in _OBSERVED, item[0].stream, item[0].seq)
    )
    known = [outcomes[i] for i in state.line_ids if i in outcomes]
    return WorkedCase(
        case_id,
        state.borrower_id,
        state.line_ids,
        state.stage.value,
        state.outcome,
        because,
        any(known) if known else None,
        tuple(told.entry(*row) for row in rows),
    )


Row = tuple[f.RecordedFact, Money | None, Money | None]


def _with_money(rows: Sequence[f.RecordedFact], line_id: str) -> list[Row]:
    """A line's facts with its balances before and after each."""
    found: list[Row] = []
    state: LineState | None = None
    for row in rows:
        fact, before = row.fact, _money(state)
        if isinstance(fact, f.LineOpened):
            state = opened(line_id, fact)
        elif state is not None:
            state = fold(state, fact, row.effective_on)
        found.append((row, before, _money(state)))
    return found


def _money(state: LineState | None) -> Money | None:
    if state is None or not state.positions:
        return None
    return Money(state.balance, max(state.past_due_amount, 0), state.called, state.charged_off)


class _Telling:
    """What the entries of one case need: its notices with their deliveries, and the words of its reasons."""

    def __init__(self, store: Store, case_id: str, currency: str, policy: Policy | None) -> None:
        self._currency = currency
        self._policy = policy
        self._notices = {notice.id: notice for notice in store.notice_contents(case_id)}
        self._bases: dict[tuple[str, str], str] = {}
        self._deliveries: dict[str, list[StoredDelivery]] = {}
        for delivery in store.deliveries_of(case_id):
            self._deliveries.setdefault(delivery.notice_id, []).append(delivery)
        for row in store.facts_of(case_stream(case_id)):
            if isinstance(fact := row.fact, f.NoticeArrived):
                self._bases[fact.notice_id, fact.channel] = fact.arrival_basis

    def entry(self, row: f.RecordedFact, before: Money | None, after: Money | None) -> Entry:
        fact = row.fact
        notice = self._notice(fact) if isinstance(fact, f.NoticeIssued) else None
        grounds = tuple(
            Ground(b.rule, b.citation, b.note) for b in getattr(fact, "basis", ()) if isinstance(b, f.Basis)
        )
        if isinstance(fact, f.StepRefused):
            grounds = (Ground(fact.rule, "", f"until {fact.until}" if fact.until else ""),)
        elif isinstance(fact, f.RecordReported) and fact.basis:
            grounds = (Ground(fact.basis, "", ""),)
        elif isinstance(fact, f.NoticeIssued):
            grounds = self._notice_grounds(fact.notice_id)
        return Entry(
            row.effective_on,
            row.recorded_at,
            row.stream,
            row.seq,
            row.kind,
            what_happened(fact, self._currency),
            self._why(fact),
            grounds,
            before,
            after,
            notice,
            row.hash.hex(),
        )

    def _why(self, fact: f.Fact) -> Bilingual:
        if isinstance(fact, f.CaseOpened | f.TriggerJoined) and self._policy is not None:
            texts = [self._policy.reason_text(code) for code in fact.reasons]
            rules = ", ".join(fact.rules)
            return Bilingual(
                f"规则 {rules}：" + "；".join(t.zh for t in texts),
                f"rules {rules}: " + "; ".join(t.en for t in texts),
            )
        if isinstance(fact, f.ApprovalAsked):
            owed = show(fact.exposure, self._currency)
            return Bilingual(
                f"借款人敞口 {owed}，政策要求第二人审批", f"exposure {owed}: the policy wants a second person"
            )
        given = given_why(fact)
        return Bilingual(given, given) if given else NOTHING

    def _read(self, notice_id: str) -> NoticeContent | None:
        stored: StoredNotice | None = self._notices.get(notice_id)
        return _content.decode(stored.content) if stored else None

    def _notice_grounds(self, notice_id: str) -> tuple[Ground, ...]:
        content = self._read(notice_id)
        return tuple(Ground(b.rule, b.citation, "") for b in content.legal_basis) if content else ()

    def _notice(self, fact: f.NoticeIssued) -> NoticeTold:
        deliveries = sorted(
            self._deliveries.get(fact.notice_id, ()), key=lambda d: fact.channels.index(d.channel)
        )
        proofs = tuple(
            Proof(
                d.channel,
                d.state,
                d.was_held,
                d.sent_at,
                d.arrived_at,
                self._bases.get((fact.notice_id, d.channel), ""),
                d.content_sha256 or "",
                d.receipt or "",
            )
            for d in deliveries
        )
        content = self._read(fact.notice_id)
        said = _said(content) if content else NOTICE_WORDS.get(fact.notice, NOTHING)
        return NoticeTold(fact.notice_id, fact.notice, said, content.pay_by if content else None, proofs)


def _said(content: NoticeContent) -> Bilingual:
    """The gist of a notice: what is owed, how to end the matter, what comes next."""
    zh, en = [], []
    for total in content.totals:
        past_due, called = (
            show(total.past_due_minor, total.currency),
            show(total.called_minor, total.currency),
        )
        zh.append(f"逾期 {past_due}；" + (f"全部应还 {called}。" if total.called_minor else ""))
        en.append(f"Past due {past_due}; " + (f"{called} payable in full." if total.called_minor else ""))
    for part in (content.averting, content.what_happens_next):
        if part is not None:
            zh.append(part.zh)
            en.append(part.en)
    if content.plan_options:
        counts = "/".join(str(plan.instalments) for plan in content.plan_options)
        zh.append(f"可分 {counts} 期。")
        en.append(f"Plans of {counts} instalments are offered.")
    return Bilingual("".join(zh), " ".join(en))
