"""Looks for thresholds that bring most under limits: on one half of the borrowers, judged on the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
import yaml

from fullrecall.domain.vocabulary import Mistake

DAYS = (30, 60, 90, 120, 150)
SCORE_STEPS = (-80, -40, 40, 80)
PASSES = 2
SEED = 20_050_430
_COMPARED = re.compile(r"\b(days_past_due|score)(\s*)(>=|>|<=|<)(\s*)(\d+)\b")


class Trial(msgspec.Struct, frozen=True):
    """What one policy came to on a set of borrowers. net in minor units; notices_day: messages on the busiest
    day, scaled to the whole book; wrongful_share: of called lines with enough follow-up; group_ratio: the
    widest of judged groups.
    """

    text: str
    net: int
    notices_day: int
    wrongful_share: float
    group_ratio: float
    lines_called: int
    chosen: dict[str, int]


class Limits(msgspec.Struct, frozen=True):
    """None means no limit."""

    notices_day_max: int | None = None
    wrongful_share_max: float | None = None
    group_ratio_max: float | None = None

    def broken_by(self, trial: Trial) -> list[str]:
        told = (
            ("messages on the busiest day", trial.notices_day, self.notices_day_max),
            ("share of wrongful recalls", trial.wrongful_share, self.wrongful_share_max),
            ("ratio between groups", trial.group_ratio, self.group_ratio_max),
        )
        return [
            f"{name} {value:.3g} above {most:.3g}"
            for name, value, most in told
            if most is not None and value > most
        ]


class Knob(msgspec.Struct, frozen=True):
    """One threshold: the n-th comparison of a rule with a number; values: what it may be."""

    rule: str
    column: str
    place: int
    value: int
    values: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"{self.rule}: {self.column}" + (f" ({self.place + 1})" if self.place else "")


Try = Callable[[str, Mapping[str, int]], Trial]


def half_of(borrower_id: str, seed: int = SEED) -> int:
    """0 to learn on, 1 to judge on; the same for a borrower whatever tape it stands on."""
    return sha256(f"{seed}|{borrower_id}".encode()).digest()[0] & 1


def knobs_of(text: str) -> list[Knob]:
    """Thresholds of the rules on days past due and score; the policy's own value is one of the values."""
    found = []
    for rule in yaml.safe_load(text).get("rules", ()):
        for place, match in enumerate(_COMPARED.finditer(str(rule["when"]))):
            column, value = match[1], int(match[5])
            steps = DAYS if column == "days_past_due" else tuple(value + step for step in SCORE_STEPS)
            values = tuple(sorted({value, *steps}))
            found.append(Knob(str(rule["id"]), column, place, value, values))
    if not found:
        raise Mistake("The policy has no threshold on days_past_due or score: there is nothing to search.")
    return found


def turned(text: str, chosen: Mapping[Knob, int], name: str) -> str:
    """The policy with other thresholds, under another name."""
    document: dict[str, Any] = yaml.safe_load(text)
    for rule in document["rules"]:
        mine = {knob.place: value for knob, value in chosen.items() if knob.rule == str(rule["id"])}
        rule["when"] = _with(str(rule["when"]), mine)
    document["policy"] = name
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=10_000)


def _with(when: str, values: Mapping[int, int]) -> str:
    places = iter(range(10_000))

    def other(match: re.Match[str]) -> str:
        place = next(places)
        value = values.get(place, int(match[5]))
        return f"{match[1]}{match[2]}{match[3]}{match[4]}{value}"

    return _COMPARED.sub(other, when)


def single_rules(text: str) -> Iterator[tuple[int, str]]:
    """The baselines: recall at so many days past due, and no other rule; the ladder stays the policy's."""
    document: dict[str, Any] = yaml.safe_load(text)
    for days in DAYS:
        rule = {
            "id": f"arrears-{days}",
            "when": f"days_past_due >= {days} and past_due_amount > 0.00",
            "action": "recall",
            "trigger": "arrears",
            "reason": "ARREARS",
        }
        kept = {key: document[key] for key in ("currency", "unknown", "recall") if key in document}
        plain: dict[str, Any] = {"policy": f"single-{days}", "version": 1} | kept | {"rules": [rule]}
        yield days, yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=10_000)


def climb(
    text: str, name: str, limits: Limits, attempt: Try, tick: Callable[[str, int, int], None]
) -> tuple[Trial, int]:
    """One threshold at a time, each tried at all its values, best kept, until a pass changes nothing.

    Returns the best trial within the limits and how many policies were tried. A local best, not a proof of
    the best.
    """
    knobs = knobs_of(text)
    chosen: dict[Knob, int] = {knob: knob.value for knob in knobs}
    seen: dict[tuple[int, ...], Trial] = {}
    total = PASSES * sum(len(knob.values) for knob in knobs)

    def trial_of(values: Mapping[Knob, int]) -> Trial:
        key = tuple(values[knob] for knob in knobs)
        if key not in seen:
            told = {knob.name: value for knob, value in values.items()}
            seen[key] = attempt(turned(text, values, name), told)
        tick(f"searching, {len(seen)} tried", min(len(seen), total), total)
        return seen[key]

    best = trial_of(chosen)
    for _ in range(PASSES):
        before = best
        for knob in knobs:
            for value in knob.values:
                instead = dict(chosen)
                instead[knob] = value
                other = trial_of(instead)
                if _better(other, best, limits):
                    best, chosen = other, instead
        if best is before:
            break
    return best, len(seen)


def _better(one: Trial, other: Trial, limits: Limits) -> bool:
    """Within the limits first, then more net benefit."""
    rank = [(-len(limits.broken_by(trial)), trial.net) for trial in (one, other)]
    return rank[0] > rank[1]


def best_of(trials: Sequence[Trial], limits: Limits) -> Trial:
    best = trials[0]
    for trial in trials[1:]:
        if _better(trial, best, limits):
            best = trial
    return best
