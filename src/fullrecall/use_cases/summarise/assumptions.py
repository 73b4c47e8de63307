"""Everything the figures rest on that was assumed, not observed: said by the book, and added by the run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from fullrecall.domain.notices.content import Bilingual
from fullrecall.domain.policy import Policy
from fullrecall.use_cases.summarise.case_book import CaseBook

HAND_SET = Bilingual(
    "评分卡分值由人工设定，未用结果拟合，因此全体借款人均计入。",
    "The points of the scorecard were set by hand and not fitted to the outcome, so all borrowers count.",
)
GIVEN_SCORE = Bilingual("评分随数据给出。", "The score came with the tape.")


def from_note(note: dict[str, Any]) -> tuple[Bilingual, ...]:
    """The assumptions a book declares: pairs of sentences, or one language used for both."""
    found = []
    for given in note.get("assumptions") or ():
        said = given if isinstance(given, dict) else {"en": str(given)}
        en, zh = said.get("en") or said.get("zh") or "", said.get("zh") or said.get("en") or ""
        found.append(Bilingual(str(zh), str(en)))
    return tuple(found)


def of_the_run(
    cases: CaseBook, policy: Policy | None, first: date | None, last: date | None, opened_last: int
) -> Sequence[Bilingual]:
    """What the run itself assumed; a sentence stands here only if it was needed."""
    said = [
        Bilingual(
            "回收的效果未被观察到：提前到期金额在当日固定，其后的还款抵减该金额，其后的新增消费另行列示。",
            "The effect of recalling is not observed: a called amount is fixed on its day, payments that "
            "came later reduce it, and later spending is shown apart.",
        )
    ]
    if cases.law_as_of and first and last:
        said.append(
            Bilingual(
                f"本账簿的日期为 {first} 至 {last}，适用的是 {cases.law_as_of} 的法律规则"
                f"（{_packs(cases)}）；规则为草案，须经法律顾问审核。",
                f"The days of the book are {first} to {last}; the law applied is that of {cases.law_as_of} "
                f"({_packs(cases)}), a draft for counsel.",
            )
        )
    for by, count in sorted(cases.approvals.items()):
        if by.startswith("simulated"):
            said.append(
                Bilingual(
                    f"第二人审批为模拟（{by}，{count} 次批准）。",
                    f"Approval by a second person was simulated ({by}, approvals: {count}).",
                )
            )
    if cases.mailbox_arrivals:
        said.append(
            Bilingual(
                f"存入本地信箱即视为送达（{cases.mailbox_arrivals} 条消息），补救期由此起算。",
                f"A message in the local mailbox counts as arrived ({cases.mailbox_arrivals} messages); "
                "cure periods run from there.",
            )
        )
    if opened_last and last:
        said.append(
            Bilingual(
                f"最后一个月（{last:%Y-%m}）立案的案件没有后续观察期，按未结列示（{opened_last} 件）。",
                f"Cases opened in the last month ({last:%Y-%m}) have no follow-up and stand as "
                f"open: {opened_last}.",
            )
        )
    if policy is not None and policy.scorecard is not None:
        said.append(HAND_SET)
    return said


def _packs(cases: CaseBook) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(cases.packs.items()))
