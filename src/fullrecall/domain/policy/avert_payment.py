"""The payment that keeps fired rules from firing, quick enough to be asked whenever a case opens.

avert.py tries every place where a comparison tips. Here the decision itself is bisected between paying
nothing and paying everything: the amount found turns the rules and one unit less does not, both tried on
the policy. Only where a larger payment would make a rule fire again (a score that falls when more is
paid) can avert.py find a smaller one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from fullrecall.domain.policy.avert import _tips, paid
from fullrecall.domain.policy.decision import Decision
from fullrecall.domain.tape import TapeRow

Decide = Callable[[TapeRow, Sequence[TapeRow]], Decision]


class Payment(msgspec.Struct, frozen=True):
    """What a payment would have done to a decision; amounts in minor units, each tried on the policy
    itself.

    pay: turns all rules asked about; rules: turns each alone; None where no payment does. balance: owed
    when this was worked out, so that what was paid since counts towards `pay`. arrears_do: paying exactly
    what is past due turns all of them.
    """

    pay: int | None
    rules: dict[str, int | None]
    balance: int
    arrears_do: bool = False


def averting_payment(
    decide: Decide, rules: tuple[str, ...], row: TapeRow, history: Sequence[TapeRow]
) -> Payment:
    """For rules that fire on the row (some or all of them). decide: the compiled policy."""
    asked = set(rules)

    def standing(amount: int) -> set[str]:
        decision = decide(paid(row, amount), history)
        return asked.intersection((*decision.fired, *(unknown.rule for unknown in decision.unknown)))

    balance, past_due = row.balance or 0, max(row.past_due_amount or 0, 0)
    owed = max(balance, past_due)
    alone: dict[str, int | None] = dict.fromkeys(rules)
    together: int | None = None
    tips = _tips(lambda amount: tuple(sorted(standing(amount))), 0, owed) if owed > 0 else set()
    for amount in sorted(tips):
        still = standing(amount)
        alone |= {rule: amount for rule in rules if rule not in still and alone[rule] is None}
        if not still:
            together = amount
            break
    return Payment(together, alone, balance, bool(rules) and past_due > 0 and not standing(past_due))
