"""The card as policy data: a scorecard section in the canonical layout, in a policy that can run as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import yaml

from fullrecall.analytics.training.bins import written
from fullrecall.analytics.training.card import Card, Line
from fullrecall.analytics.training.reasons import text_of
from fullrecall.analytics.training.scale import Scale
from fullrecall.analytics.training.train import Trained
from fullrecall.domain.policy import format_policy, parse_policy
from fullrecall.domain.policy.tree import Expr
from fullrecall.domain.tape import Column


class Origin(msgspec.Struct, frozen=True):
    """What a card was learned from, as its files say it."""

    tape: str
    title_en: str
    title_zh: str
    simulated: bool
    source: str
    licence: str
    fingerprint: str
    currency: str


def scorecard_section(trained: Trained, origin: Origin) -> dict[str, Any]:
    """The `scorecard:` of a policy file as data; `model` names the content: another fit, another model."""
    card = trained.card
    bare = {
        "base_points": card.base_points,
        "scale": {"min": card.scale.lowest, "max": card.scale.highest},
        "characteristics": [
            _characteristic(line, trained.trees[line.candidate.name], origin.currency) for line in card.lines
        ],
    }
    return {"model": model_name(bare, origin, trained.report.month), **bare}


def model_name(bare: Mapping[str, Any], origin: Origin, month: date) -> str:
    digest = hashlib.sha256(msgspec.json.encode([origin.fingerprint, bare], order="sorted")).hexdigest()
    return f"{origin.tape}-{month:%Y-%m}-{digest[:8]}"


def _characteristic(line: Line, expr: Expr, currency: str) -> dict[str, Any]:
    bounds = [written(bound, expr, currency) for bound in line.bins.bounds]
    bins: list[dict[str, Any]] = [
        {"below": bound, "points": points} for bound, points in zip(bounds, line.points, strict=False)
    ]
    return {
        "name": line.candidate.name,
        "of": line.candidate.of,
        "bins": [*bins, {"points": line.points[-1]}],
        "missing": line.missing,
        "reason": line.candidate.reason,
    }


def policy_text(
    trained: Trained, origin: Origin, columns: Mapping[str, Column], base: str | None = None
) -> str:
    """A whole policy that carries the card: `base` with its scorecard replaced and its version one higher,
    or, without one, a policy whose only rule warns below even odds. Raises PolicyMistakes for a bad base.
    """
    section = scorecard_section(trained, origin)
    if base is None:
        document = _plain(section, origin, trained.card.scale)
    else:
        parse_policy(
            base, columns, source="the policy that is to carry the scorecard", currency=origin.currency
        )
        document = yaml.load(base, Loader=yaml.BaseLoader)  # noqa: S506 - every scalar stays the text it was
        document["version"] = int(document["version"]) + 1
        document["scorecard"] = section
    document["reasons"] = _reasons(
        trained.card, dict(document.get("reasons") or {}), complete=base is not None
    )
    body = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=10_000)
    return format_policy(_heading(trained, origin) + body, columns, source="the trained policy")


def _plain(section: Mapping[str, Any], origin: Origin, scale: Scale) -> dict[str, Any]:
    return {
        "policy": f"{origin.tape}-scored",
        "version": 1,
        "currency": origin.currency,
        "scorecard": section,
        "rules": [
            {
                "id": "score-low", "when": f"score < {scale.at_even_odds}", "action": "warn",
                "trigger": "score", "reason": "SCORE_LOW",
            }
        ],
        "recall": {"scope": "borrower"},
    }  # fmt: skip


def _reasons(card: Card, given: dict[str, Any], *, complete: bool) -> dict[str, Any]:
    """Texts for every code; what the base already says in its own words stays."""
    codes = {line.candidate.reason for line in card.lines} | (set() if complete else {"SCORE_LOW"})
    told = {code: {"zh": zh, "en": en} for code in sorted(codes) for zh, en in [text_of(code)]}
    return {**told, **given}


def _heading(trained: Trained, origin: Origin) -> str:
    report, scale = trained.report, trained.card.scale
    mark = "SIMULATED. " if origin.simulated else ""
    return (
        f"# {mark}Scorecard fitted on {origin.title_en}.\n"
        f"# Positions of {report.month}, default by {report.outcome_on}; held-out AUC {report.test.auc:.4f} "
        f"on {report.test.rows} lines.\n"
        f"# {scale.points_to_double} points double the odds of paying; {scale.at_even_odds} is even odds.\n"
    )
