"""Jurisdiction packs and the gate that allows a stage or refuses it with a rule and a date."""

from fullrecall.domain.law.cure import cure_ends
from fullrecall.domain.law.figures import (
    Allocation,
    ContactCap,
    ContactRules,
    Retention,
    allocation_order,
    cap_all_in_rate,
    contact_window,
    first_delinquency,
    furnish_after_arrival,
    repair_hidden_from,
    report_retention,
)
from fullrecall.domain.law.gate import GATED, HOUSE_RULES, may
from fullrecall.domain.law.interrupts import DEFAULT_STOPS, Interrupt, active, stopped_clocks, stops
from fullrecall.domain.law.pack import Kind, Pack, PackMistake, Param, Rule
from fullrecall.domain.law.read_pack import parse_pack
from fullrecall.domain.law.view import Allowed, Basis, Duty, LegalView, NoticeSeen

__all__ = [
    "DEFAULT_STOPS",
    "GATED",
    "HOUSE_RULES",
    "Allocation",
    "Allowed",
    "Basis",
    "ContactCap",
    "ContactRules",
    "Duty",
    "Interrupt",
    "Kind",
    "LegalView",
    "NoticeSeen",
    "Pack",
    "PackMistake",
    "Param",
    "Retention",
    "Rule",
    "active",
    "allocation_order",
    "cap_all_in_rate",
    "contact_window",
    "cure_ends",
    "first_delinquency",
    "furnish_after_arrival",
    "may",
    "parse_pack",
    "repair_hidden_from",
    "report_retention",
    "stopped_clocks",
    "stops",
]
