"""What a policy answers for one row: the action, every rule that fired, and what could not be known."""

from __future__ import annotations

import msgspec

from fullrecall.domain.vocabulary import Action, Trigger


class Unknown(msgspec.Struct, frozen=True):
    """A rule that is NULL although history is long enough, with the columns that were NULL (or a denominator
    <= 0).
    """

    rule: str
    columns: tuple[str, ...]


class Decision(msgspec.Struct, frozen=True):
    """action: the most severe of the fired rules and, if a rule is unknown, of the policy's `unknown:`
    action.

    trigger: of the most severe fired rule, the first in the file among equals; None when none fired.
    fired: rule ids in the order of the file. reasons: codes of the fired rules, most severe first, then the
    codes of the characteristics that lost most points when a rule of trigger `score` fired.
    insufficient: rules that are NULL only because no comparable earlier row exists; they ask for nothing.
    score, score_model: what the rules read; written by the scorecard if the policy has one.
    """

    policy_id: str
    action: Action
    trigger: Trigger | None = None
    fired: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    insufficient: tuple[str, ...] = ()
    score: int | None = None
    score_model: str | None = None
