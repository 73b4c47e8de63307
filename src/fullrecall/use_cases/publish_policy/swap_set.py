"""Who would be treated otherwise: each line of the book under the live policy and under the candidate."""

from __future__ import annotations

from datetime import date

import msgspec

from fullrecall.domain.policy import Decision, Policy, compile_python
from fullrecall.ports.policies import Lines
from fullrecall.use_cases.publish_policy.agreement import decide_all

SHOWN_MAX = 20


class Swap(msgspec.Struct, frozen=True):
    """One line whose newest row would be decided otherwise, with the rules that make the difference."""

    line_id: str
    as_of: date
    before: str
    after: str
    exposure: int
    lost: tuple[str, ...]
    gained: tuple[str, ...]


class SwapSet(msgspec.Struct, frozen=True):
    """On the newest row of each line. moved: 'warn → freeze' to lines and exposure (minor units). shown:
    the largest.
    """

    lines: int
    same: int
    moved: dict[str, tuple[int, int]]
    shown: tuple[Swap, ...]


def swap_set(candidate: Policy, live: Policy, currency: str, lines: Lines) -> SwapSet:
    """Both policies decide on the same rows, each with its own scores. lines: none of them empty."""
    before, after = (_newest(policy, currency, lines) for policy in (live, candidate))
    swaps = []
    moved: dict[str, tuple[int, int]] = {}
    for line, old, new in zip(lines, before, after, strict=True):
        if old.action is new.action:
            continue
        row = line[-1]
        exposure = row.exposure or 0
        lost = tuple(rule for rule in old.fired if rule not in new.fired)
        gained = tuple(rule for rule in new.fired if rule not in old.fired)
        swaps.append(Swap(row.line_id, row.as_of, str(old.action), str(new.action), exposure, lost, gained))
        way = f"{old.action} → {new.action}"
        count, total = moved.get(way, (0, 0))
        moved[way] = (count + 1, total + exposure)
    swaps.sort(key=lambda swap: (-swap.exposure, swap.line_id))
    return SwapSet(len(lines), len(lines) - len(swaps), moved, tuple(swaps[:SHOWN_MAX]))


def _newest(policy: Policy, currency: str, lines: Lines) -> list[Decision]:
    decisions = iter(decide_all(compile_python(policy, currency), lines))
    return [[next(decisions) for _ in line][-1] for line in lines]
