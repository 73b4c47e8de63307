"""Ask again: once with what was known then (the answer must be the same), once with what is known now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec
from msgspec.structs import replace

from fullrecall.domain import facts as f
from fullrecall.domain.policy.avert import paid
from fullrecall.domain.tape import TapeRow
from fullrecall.domain.vocabulary import Action
from fullrecall.ports import Store
from fullrecall.ports.change import line_stream
from fullrecall.write_path.kept_decision import KeptDecision, find_decision
from fullrecall.write_path.rulebook import Rulebook


class FieldDiffers(msgspec.Struct, frozen=True):
    """Both as JSON text."""

    field: str
    stored: str
    replayed: str


class Replayed(msgspec.Struct, frozen=True):
    """same: byte for byte. differences: the fields that came out otherwise, by name."""

    id: str
    policy_id: str
    same: bool
    differences: tuple[FieldDiffers, ...]


class Learned(msgspec.Struct, frozen=True):
    """Something about that day that was learned after the decision. amount: minor units, negative when
    taken back.
    """

    what: str
    on: date
    detail: str
    amount: int = 0


class ColumnMoved(msgspec.Struct, frozen=True):
    column: str
    then: int | str | None
    now: int | str | None


class Stands(msgspec.Struct, frozen=True):
    """stands: what is known now still asks for at least the same action, by the same policy."""

    id: str
    stands: bool
    action_then: str
    action_now: str
    fired_then: tuple[str, ...]
    fired_now: tuple[str, ...]
    learned: tuple[Learned, ...]
    moved: tuple[ColumnMoved, ...]
    zh: str
    en: str


def replay_decision(store: Store, book: Rulebook, decision_id: str) -> Replayed:
    """From the stored text of the policy and the stored rows known then. Raises Mistake for an unknown id."""
    kept = find_decision(store, book, decision_id)
    evaluator = kept.used.evaluators[kept.row.currency]
    stored, again = (kept.answer(d) for d in (kept.decision, evaluator.decide(kept.row, kept.known_then)))
    if kept.stored.insufficient is None:  # written before this was kept, or none: nothing to compare it with
        stored["insufficient"] = again["insufficient"]
    if kept.used.policy.scorecard is None:  # then the score is an input, not an answer
        stored |= {name: again[name] for name in ("score", "score_model")}
    differences = tuple(
        FieldDiffers(name, stored[name].decode(), again[name].decode())
        for name in stored
        if stored[name] != again[name]
    )
    return Replayed(kept.id, kept.used.policy.id, not differences, differences)


def decision_stands(store: Store, book: Rulebook, decision_id: str) -> Stands:
    """The same day and policy with what is known now: corrected rows, late and reversed payments,
    violations dismissed or proven since. Days past due are not re-counted when a payment is taken back:
    the amounts decide.
    """
    kept = find_decision(store, book, decision_id)
    row, learned = _corrected(kept)
    late = _facts_learned(store, kept, row)
    for one in late:
        row = _with(row, one)
    learned = (*learned, *late)
    known = [kept.row, *kept.known_then, *kept.later]
    row = replace(row, known_at=max(r.known_at for r in known))
    evaluator = kept.used.evaluators[row.currency]
    history = [r for r in known if (r.as_of.year, r.as_of.month) < (row.as_of.year, row.as_of.month)]
    now = evaluator.decide(row, history)
    then = kept.decision
    zh, en = _said(then.action, now.action, learned)
    return Stands(
        id=kept.id,
        stands=now.action.severity >= then.action.severity,
        action_then=str(then.action),
        action_now=str(now.action),
        fired_then=then.fired,
        fired_now=now.fired,
        learned=learned,
        moved=_moved(kept.row, row),
        zh=zh,
        en=en,
    )


def _corrected(kept: KeptDecision) -> tuple[TapeRow, tuple[Learned, ...]]:
    """The last row known of the same day, and every row of an earlier month that came later."""
    same_day = [r for r in kept.later if r.as_of == kept.row.as_of and r.known_at > kept.row.known_at]
    earlier = [r for r in kept.later if r.as_of < kept.row.as_of]
    told = tuple(
        Learned("row_corrected", r.as_of, f"a row of this day became known on {r.known_at}")
        for r in (*earlier, *same_day)
    )
    if not same_day:
        return kept.row, told
    # What only the live system knows is not in a corrected row of the tape: it is carried over.
    last, first = max(same_day, key=lambda r: r.known_at), kept.row
    own = {
        "proven_severe_violations": first.proven_severe_violations, "manual_action": first.manual_action,
        "months_on_book": first.months_on_book, "borrower_exposure": first.borrower_exposure,
    }  # fmt: skip
    return replace(last, **{name: value for name, value in own.items() if getattr(last, name) is None}), told


def _facts_learned(store: Store, kept: KeptDecision, row: TapeRow) -> tuple[Learned, ...]:
    """Facts of the line that count on or before that day and were recorded after the decision."""
    facts = store.facts_of(line_stream(row.line_id))
    since = _seq_of(facts, kept)
    counted: set[str] = set()
    found: list[Learned] = []
    for fact in facts:
        body = fact.fact
        if fact.seq <= since:
            if isinstance(body, f.ViolationReported) and body.severe and body.proven:
                counted.add(body.violation_id)
            continue
        if isinstance(body, f.ViolationDismissed) and body.violation_id in counted:
            counted.discard(body.violation_id)
            found.append(Learned("violation_dismissed", fact.effective_on, body.violation_id, -1))
        elif fact.effective_on <= row.as_of:
            found += _learned(body, fact.effective_on)
    return tuple(found)


def _learned(body: f.Fact, on: date) -> list[Learned]:
    if isinstance(body, (f.PaymentObserved, f.PaymentReceived)):
        return [Learned("payment_late", on, "a payment of that day was learned later", body.amount)]
    if isinstance(body, f.PaymentReversed):
        return [Learned("payment_reversed", on, body.why, -body.amount)]
    if isinstance(body, f.ViolationReported) and body.severe and body.proven:
        return [Learned("violation_proven", on, body.violation_id, 1)]
    return []


def _seq_of(facts: Sequence[f.RecordedFact], kept: KeptDecision) -> int:
    """Where in the line's stream the decision fell: at the position it was taken on, or at the last fact
    known that day.
    """
    row = kept.row
    for fact in facts:
        if fact.kind == "PositionObserved" and fact.effective_on == row.as_of and kept.stored.n == 0:
            body = fact.fact
            if isinstance(body, f.PositionObserved) and body.known_at == row.known_at:
                return fact.seq
    return max((x.seq for x in facts if x.recorded_at.date() <= row.known_at), default=0)


def _with(row: TapeRow, learned: Learned) -> TapeRow:
    """The row had this been known."""
    if learned.what.startswith("violation"):
        return replace(
            row, proven_severe_violations=max((row.proven_severe_violations or 0) + learned.amount, 0)
        )
    if learned.amount >= 0:
        return paid(row, learned.amount)
    back = -learned.amount

    def more(value: int | None) -> int | None:
        return None if value is None else value + back

    return replace(
        row, balance=more(row.balance), past_due_amount=more(row.past_due_amount),
        exposure=more(row.exposure), borrower_exposure=more(row.borrower_exposure),
        amount_paid=None if row.amount_paid is None else max(row.amount_paid - back, 0),
    )  # fmt: skip


def _moved(then: TapeRow, now: TapeRow) -> tuple[ColumnMoved, ...]:
    names = [n for n in TapeRow.__struct_fields__ if n not in ("known_at", "extra", "score", "score_model")]
    moved = [
        ColumnMoved(n, getattr(then, n), getattr(now, n))
        for n in names
        if getattr(then, n) != getattr(now, n)
    ]
    extra = sorted({*then.extra, *now.extra})
    moved += [
        ColumnMoved(n, then.extra.get(n), now.extra.get(n))
        for n in extra
        if then.extra.get(n) != now.extra.get(n)
    ]
    return tuple(moved)


def _said(then: Action, now: Action, learned: Sequence[Learned]) -> tuple[str, str]:
    if not learned:
        return (
            "此后没有得知与当日有关的新情况，该决定仍然成立。",
            "Nothing about that day was learned since: the decision stands.",
        )
    if now.severity >= then.severity:
        return (
            f"此后得知{len(learned)}项新情况，该决定仍然成立（{then} → {now}）。",
            f"{len(learned)} things about that day were learned since; the decision stands ({then} → {now}).",
        )
    return (
        f"以现在所知，该决定不再成立：{then} → {now}。",
        f"With what is known now the decision no longer stands: {then} → {now}.",
    )
