"""Each line of a case asks its own jurisdiction pack: may this be done, and when does its cure period end?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from fullrecall.domain import facts as f
from fullrecall.domain.law import Allowed, cure_ends, may
from fullrecall.domain.recall.case import CaseState
from fullrecall.domain.recall.legal_view import legal_view
from fullrecall.domain.recall.surroundings import Outcome, Surroundings
from fullrecall.domain.recall.transitions import Command
from fullrecall.domain.vocabulary import LawStage, Refused


def ask_law(
    case: CaseState, around: Surroundings, stage: LawStage, today: date
) -> tuple[dict[str, Allowed], dict[str, Refused]]:
    """The lines that may, and the lines that may not."""
    allowed: dict[str, Allowed] = {}
    refused: dict[str, Refused] = {}
    for line_id in case.line_ids:
        line = around.lines[line_id]
        pack = around.law.packs[line.pack]
        view = legal_view(case, line, around.law, around.terms.cure_days, today)
        answer = may(pack, stage, view, around.law.calendars[pack.id])
        if isinstance(answer, Allowed):
            allowed[line_id] = answer
        else:
            refused[line_id] = answer
    return allowed, refused


def refused_step(
    case: CaseState, command: Command, refused: Mapping[str, Refused], *, by_law: bool = True
) -> Outcome:
    """No line may: the refusal that ends first is the answer. The same refusal is recorded once, not every
    day."""
    answer = min(refused.values(), key=lambda r: (r.until is None, r.until or date.max, r.rule))
    fact = f.StepRefused(str(command), answer.rule, answer.why, answer.until, by_law)
    known = case.knows(command, answer.rule, answer.until)
    return Outcome(answer, () if known else (fact,))


def basis_of(allowed: Mapping[str, Allowed]) -> tuple[f.Basis, ...]:
    """The rules that allowed a step, each with its arithmetic once."""
    seen: dict[tuple[str, str], f.Basis] = {}
    for answer in allowed.values():
        for basis in answer.basis:
            fact = f.Basis(basis.rule_id, basis.citation, basis.note)
            seen.setdefault((fact.rule, fact.note), fact)
    return tuple(seen.values())


def cure_ends_latest(
    case: CaseState, around: Surroundings, line_ids: Iterable[str], arrived_on: date, today: date
) -> tuple[date, tuple[f.Basis, ...]]:
    """The last day to cure after an arrival: the latest of all lines' packs and the policy."""
    found = []
    for line_id in line_ids:
        line = around.lines[line_id]
        pack, days = around.law.packs[line.pack], around.terms.cure_days
        view = legal_view(case, line, around.law, days, today)
        ends_on, basis = cure_ends(pack, arrived_on, days, around.law.calendars[pack.id], view)
        found.append((ends_on, f.Basis(basis.rule_id, basis.citation, basis.note)))
    return max(ends for ends, _ in found), tuple(dict.fromkeys(basis for _, basis in found))


def start_cure(
    case: CaseState, around: Surroundings, notice_id: str, arrived_on: date
) -> f.CureStarted | None:
    """The cure clock starts with the first arrival of the demand; it never ends before the date it named."""
    demand = case.last_notice("demand")
    if demand is None or demand.notice_id != notice_id or case.cure_arrived_on is not None:
        return None
    ends_on, basis = cure_ends_latest(case, around, case.line_ids, arrived_on, arrived_on)
    return f.CureStarted(notice_id, arrived_on, max(ends_on, demand.pay_by or ends_on), demand.amount, basis)
