"""Builds the rulebook: reads policies and packs as text, compiles them, and joins calendars and the
lender's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib import resources
from pathlib import Path

from fullrecall.adapters.holiday_calendars import calendar_of
from fullrecall.domain.law import Pack, contact_window, parse_pack
from fullrecall.domain.notices.content import Bilingual
from fullrecall.domain.notices.governor import ContactRules
from fullrecall.domain.policy import Evaluator, Policy, compile_python, parse_policy
from fullrecall.domain.recall.ladder import LadderTerms
from fullrecall.domain.tape import COLUMNS, Column
from fullrecall.domain.vocabulary import Mistake
from fullrecall.wiring.settings import LenderSettings, read_text
from fullrecall.write_path.rulebook import PolicyInUse, Rulebook

SHIPPED_PACKS = ("cn", "de", "us")


class _Compiled(dict[str, Evaluator]):
    """Evaluators by currency, compiled when first asked for."""

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self._policy = policy

    def __missing__(self, currency: str) -> Evaluator:
        self[currency] = compile_python(self._policy, currency)
        return self[currency]


def shipped(folder: str, name: str) -> str:
    return (resources.files("fullrecall") / folder / f"{name}.yaml").read_text("utf-8")


def read_policy(name: str, columns: Mapping[str, Column] | None = None) -> tuple[Policy, str]:
    """A policy by path, or a shipped one by name ('taiwan', 'cn-consumer'). Returns it with its text."""
    path = Path(name)
    try:
        text = read_text(path) if path.suffix in (".yaml", ".yml") else shipped("policies", name)
    except FileNotFoundError:
        raise Mistake(
            f"There is no policy {name!r}: give a .yaml file, or one of cn-consumer, taiwan."
        ) from None
    return parse_policy(text, columns or COLUMNS, source=path.name), text


def in_use(policy: Policy, text: str) -> PolicyInUse:
    recall = policy.recall
    ladder = LadderTerms(
        warn_channels=tuple(map(str, recall.warn_channels)),
        notice_channels=tuple(map(str, recall.notice.channels)),
        cure_days=recall.notice.cure_days,
        review_days=recall.freeze.review_days,
        pay_within_days=recall.clearing.pay_within_days,
        plan_instalments=recall.clearing.plan_instalments,
        charge_off_days_past_due=recall.charge_off_dpd,
    )
    codes = {rule.reason for rule in policy.rules} | {text.code for text in policy.reasons}
    if policy.scorecard:
        codes |= {characteristic.reason for characteristic in policy.scorecard.characteristics}
    reasons = {code: Bilingual(policy.reason_text(code).zh, policy.reason_text(code).en) for code in codes}
    return PolicyInUse(policy, text, _Compiled(policy), ladder, reasons, recall.scope == "borrower")


def read_packs() -> dict[str, Pack]:
    return {name: parse_pack(shipped("packs", name), source=f"{name}.yaml") for name in SHIPPED_PACKS}


def _contact(pack: Pack, law_as_of: date, settings: LenderSettings) -> ContactRules:
    window = contact_window(pack, law_as_of)
    return ContactRules(
        window.allowed_from,
        window.allowed_to,
        pack.timezone if "/" in pack.timezone else "America/New_York",
        settings.contact_max_per_day,
        None,
        settings.contact_max_per_7_days,
    )


def build_rulebook(
    live: tuple[Policy, str],
    pinned: Mapping[str, str],
    settings: LenderSettings,
    law_as_of: date,
    columns: Mapping[str, Column] | None = None,
) -> Rulebook:
    """live: the policy for new rows; pinned: texts of the policies that running cases stay on."""
    used = in_use(*live)
    policies = {used.policy.id: used}
    for policy_id, text in pinned.items():
        if policy_id not in policies:
            policies[policy_id] = in_use(parse_policy(text, columns or COLUMNS, source="pinned policy"), text)
    packs = read_packs()
    return Rulebook(
        live=used,
        policies=policies,
        packs=packs,
        calendars={name: calendar_of(pack.calendar) for name, pack in packs.items()},
        contact={name: _contact(pack, law_as_of, settings) for name, pack in packs.items()},
        law_as_of=law_as_of,
        lender=settings.terms,
        profile=settings.profile,
    )
