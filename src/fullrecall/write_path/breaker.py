"""The breaker: a run that would freeze or recall more lines or exposure than the live policy allows stops
and asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from fullrecall.domain import facts as f
from fullrecall.domain.line import LineState
from fullrecall.domain.money import digits_of, show
from fullrecall.domain.policy import Policy
from fullrecall.domain.policy.tree import SCALE
from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports import BreakerAllowed
from fullrecall.ports.change import Change, line_stream

# What takes something from a borrower: the use of the line, its limit, the term of its balance.
_TAKES = {kind.__name__ for kind in (f.LineFrozen, f.LimitWithdrawn, f.BalanceCalled)}


class BreakerTripped(Mistake):
    """The run wants more than the policy allows; nothing of it was kept."""


class Load(msgspec.Struct, frozen=True):
    """Lines frozen, withdrawn or called in a run, each once, and their exposure in minor units by
    currency.
    """

    lines: int = 0
    exposure: dict[str, int] = {}

    def plus(self, other: Load) -> Load:
        total = dict(self.exposure)
        for currency, amount in other.exposure.items():
            total[currency] = total.get(currency, 0) + amount
        return Load(self.lines + other.lines, total)


def load_of(change: Change, before: Mapping[str, LineState]) -> Load:
    """What a change takes. before: the lines as they stood; their exposure then is what counts."""
    taken = {fact.stream for fact in change.facts if fact.kind in _TAKES}
    exposure: dict[str, int] = {}
    lines = [state for line_id, state in before.items() if line_stream(line_id) in taken]
    for state in lines:
        exposure[state.currency] = exposure.get(state.currency, 0) + state.exposure
    return Load(len(lines), exposure)


def has_caps(policy: Policy) -> bool:
    return policy.recall.lines_per_run_max is not None or policy.recall.exposure_per_run_max is not None


def exceeds(policy: Policy, load: Load) -> str:
    """Why the load is more than the policy allows; '' when it is not."""
    lines, exposure = policy.recall.lines_per_run_max, policy.recall.exposure_per_run_max
    if lines is not None and load.lines > lines:
        return f"{load.lines} lines, and the policy allows {lines}"
    if exposure is None:
        return ""
    for currency, amount in sorted(load.exposure.items()):
        most = exposure.ten_thousandths * 10 ** digits_of(currency) // SCALE
        if amount > most:
            return f"an exposure of {show(amount, currency)}, and the policy allows {show(most, currency)}"
    return ""


def covered(load: Load, allowed: Iterable[BreakerAllowed]) -> bool:
    """A person already let at least this much through on that day (a run that was killed and started
    again).
    """
    for one in allowed:
        most = msgspec.json.decode(one.exposure, type=dict[str, int])
        if load.lines <= one.lines and all(amount <= most.get(c, 0) for c, amount in load.exposure.items()):
            return True
    return False


def tripped(policy: Policy, day: date, why: str) -> BreakerTripped:
    return BreakerTripped(
        f"The run of {day} would freeze or recall {why} in one run ({policy.name} {policy.version}): "
        "nothing of it was kept; look at `fullrecall case list`, then let this one run through with "
        "--allow-breaker-by NAME, or change the policy.",
        code="breaker",
    )
