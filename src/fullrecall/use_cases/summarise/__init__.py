"""The figures of a run, read in three passes: facts of cases, the tape, and the lines that were called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from fullrecall.domain.ledger.accounts import ACCOUNTS
from fullrecall.domain.notices.content import Bilingual
from fullrecall.domain.policy import Policy, parse_policy
from fullrecall.domain.tape import COLUMNS
from fullrecall.domain.vocabulary import Mistake, Stage
from fullrecall.ports import Store
from fullrecall.ports import summary as s
from fullrecall.use_cases.summarise import assumptions as assumed
from fullrecall.use_cases.summarise import worked_case as worked
from fullrecall.use_cases.summarise.called_book import CalledBook, follow_called
from fullrecall.use_cases.summarise.case_book import CaseBook, CaseTrace, stages_by_day
from fullrecall.use_cases.summarise.tape_book import CELLS, TapeBook
from fullrecall.use_cases.summarise.words import FUNNEL

BOOK_NOTE = "book"  # kept by register_book

_GROUPS: tuple[tuple[str, Bilingual], ...] = (
    ("recalled", Bilingual("已全额回收", "balance called")),
    ("frozen", Bilingual("已冻结，未回收", "frozen, not called")),
    ("warned", Bilingual("仅预警或催告", "warned or given notice only")),
    ("none", Bilingual("未采取措施", "no step taken")),
)


def summarise(
    store: Store, *, verified: s.Checked, seconds: float, worked_case: str | None = None
) -> s.Summary:
    """Everything summary and report show. worked_case: a case id; None takes the one that shows most."""
    note = msgspec.json.decode(store.note(BOOK_NOTE) or "{}")
    cases = CaseBook().read(store.case_facts())
    cases_of = cases.of_lines()
    tape = TapeBook(cases_of).read(store.tape_cells(CELLS))
    called = follow_called(store, (i for t in cases.traces if t.called for i in t.line_ids))
    policy = _policy(store)
    outcomes = {line_id: bad for line_id, bad in store.outcomes().items() if line_id in tape.last_rows}
    declared = assumed.from_note(note)
    last_day = max(filter(None, (store.last_closed_day(), tape.last)), default=None)
    groups = _outcome_groups(tape.last_rows, cases_of, called.lines, outcomes, tape.last)
    opened_last = sum(1 for t in cases.traces if last_day and t.spans[0][0] >= last_day.replace(day=1))
    counts, messages = store.counts(), store.delivery_counts()
    return s.Summary(
        dataset=str(note.get("name") or note.get("dataset") or "unnamed"),
        lines=counts["lines"],
        positions=counts["positions"],
        alerts=s.Alerts(dict(sorted(cases.triggers.items()))),
        cases=s.Cases(cases.opened, {stage.value: cases.by_stage[stage] for stage in Stage}),
        notices=s.Notices(
            messages.get("sent", 0) + messages.get("arrived", 0),
            messages.get("arrived", 0),
            messages.get("held", 0),
        ),
        refused_by_law=cases.refused_by_law,
        recalled_exposure=called.total("called"),
        cleared_amount=called.total("cleared"),
        outcome=_outcome(groups, bool(outcomes)),
        ledger=s.Ledger(sum(map(abs, verified.trial_balance.values())), verified.line_minus_ledger),
        verify=s.Verification(verified.streams, verified.facts, verified.problems_count),
        seconds=seconds,
        book=_book(store, note, cases, policy, tape.first, last_day),
        later_spending=called.later_spending,
        refused_rules=cases.refused_rules(),
        stages_by_day=stages_by_day(cases.traces, tape.first, last_day)
        if tape.first and last_day
        else s.DailyStages((), {}),
        portfolio_by_stage=tape.portfolio(),
        roll_rates=tape.roll_rates(declared),
        funnel=_funnel(cases, called),
        called_and_cleared=called.by_month(sorted({f"{row.as_of:%Y-%m}" for row in tape.portfolio()})),
        recalled_lines=len(called.lines),
        outcome_detail=groups,
        score_check=tape.score_check(
            outcomes, assumed.HAND_SET if policy is not None and policy.scorecard else assumed.GIVEN_SCORE
        ),
        accounts=_accounts(store),
        worked_case=_worked(store, cases, called, policy, outcomes, worked_case),
        assumptions=(
            *declared,
            *assumed.of_the_run(cases, policy, tape.first, last_day, opened_last),
        ),
    )


def _policy(store: Store) -> Policy | None:
    last = store.last_policy()
    return parse_policy(store.policy_texts()[last], COLUMNS, source="pinned policy") if last else None


def _book(
    store: Store,
    note: dict[str, Any],
    cases: CaseBook,
    policy: Policy | None,
    first: date | None,
    last: date | None,
) -> s.Book:
    label = note.get("label") or note.get("name") or "unnamed"
    both = label if isinstance(label, dict) else {"en": str(label), "zh": str(label)}
    return s.Book(
        label=Bilingual(str(both.get("zh") or both.get("en")), str(both.get("en") or both.get("zh"))),
        simulated=bool(note.get("simulated", False)),
        source=str(note.get("source", "")),
        licence=str(note.get("licence", "")),
        currency=_currency(store, note, cases, policy),
        first_day=first,
        last_day=last,
        law_as_of=cases.law_as_of,
        packs=dict(sorted(cases.packs.items())),
        policy_name=policy.name if policy else "",
        policy_version=policy.version if policy else 0,
        policy_id=policy.id if policy else "",
        fingerprint=str(note.get("fingerprint", "")),
    )


def _currency(store: Store, note: dict[str, Any], cases: CaseBook, policy: Policy | None) -> str:
    """The one currency of the book; amounts of two are never added, so a second one is refused."""
    found = {currency for _, currency, _, _ in store.trial_balance()} | cases.currencies
    if len(found) > 1:
        raise Mistake(
            f"This database holds lines in {', '.join(sorted(found))}: a summary is of one currency; "
            "keep each currency's book in its own database.",
            code="several_currencies",
        )
    return next(iter(found), str(note.get("currency") or (policy and policy.currency) or "CNY"))


def _funnel(cases: CaseBook, called: CalledBook) -> tuple[s.FunnelStep, ...]:
    counted = dict(cases.reached) | {
        "noticed": cases.reached["demanded"],
        "cleared_in_part": sum(1 for amount in called.cleared_by_case.values() if amount > 0),
    }
    return tuple(s.FunnelStep(step, words, counted.get(step, 0)) for step, words in FUNNEL)


def _outcome_groups(
    lines: Mapping[str, Any],
    cases_of: Mapping[str, Sequence[CaseTrace]],
    called: set[str],
    outcomes: Mapping[str, bool],
    last: date | None,
) -> tuple[s.OutcomeGroup, ...]:
    """Each line under its deepest step. without_follow_up: its first case was opened on the last day."""
    counted = {group: [0, 0, 0, 0] for group, _ in _GROUPS}
    for line_id in lines:
        cases = cases_of.get(line_id, ())
        frozen = any(case.frozen for case in cases)
        group = "recalled" if line_id in called else "frozen" if frozen else "warned" if cases else "none"
        row = counted[group]
        row[0] += 1
        if line_id in outcomes:
            row[1 if outcomes[line_id] else 2] += 1
        row[3] += bool(cases) and last is not None and cases[0].spans[0][0] >= last
    return tuple(
        s.OutcomeGroup(group, words, n, bad, good, bad / (bad + good) if bad + good else None, fresh)
        for group, words in _GROUPS
        for n, bad, good, fresh in (counted[group],)
    )


def _outcome(groups: Sequence[s.OutcomeGroup], known: bool) -> s.Outcome:
    if not known:
        return s.Outcome(None, None, None, None)
    recalled, *others = groups
    bad, good = sum(g.defaulted for g in groups), sum(g.paid for g in groups)
    return s.Outcome(recalled.defaulted, recalled.paid, sum(g.defaulted for g in others), bad / (bad + good))


def _accounts(store: Store) -> tuple[s.AccountTotal, ...]:
    names = {int(account): Bilingual(zh, en) for account, (en, zh) in ACCOUNTS.items()}
    return tuple(
        s.AccountTotal(
            account, names.get(account, Bilingual(str(account), str(account))), currency, debit, credit
        )
        for account, currency, debit, credit in store.trial_balance()
    )


def _worked(
    store: Store,
    cases: CaseBook,
    called: CalledBook,
    policy: Policy | None,
    outcomes: dict[str, bool],
    wanted: str | None,
) -> s.WorkedCase | None:
    if wanted is not None:
        asked = Bilingual("按要求选取。", "The case asked for.")
        return worked.tell(store, wanted, policy, outcomes, asked)
    chosen = worked.choose(cases.traces, called)
    because = Bilingual(
        "自动选取：先取已回收且部分清偿者，再取事实种类最多者，最后按编号。",
        "Chosen by rule: called and partly cleared first, then the most kinds of facts, then by id.",
    )
    return worked.tell(store, chosen, policy, outcomes, because) if chosen else None
