"""A payoff asked for in a document of decimal strings, and answered in one."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from fullrecall.domain.money import Rounding, digits_of, round_to, writer
from fullrecall.domain.settlement.payoff import Fee, Kind, Payment, Payoff
from fullrecall.domain.settlement.rules import SettlementRule, settle
from fullrecall.domain.terms.documents import TERMS_FIELDS, terms_from
from fullrecall.domain.terms.fields import Document, amount, choice, day, number, objects, required
from fullrecall.domain.terms.loan import LoanTerms
from fullrecall.domain.vocabulary import Mistake

PAYOFF_FIELDS = TERMS_FIELDS | {"payments", "on", "kind", "fees", "settlement_rule", "apr_percent"}
PER_DIEM_DECIMALS = 10
APR_PERCENT_MAX = 100_000
_KINDS = {item.value: item for item in Kind}
_RULES = {item.value: item for item in SettlementRule}


def payoff_document(document: Document) -> dict[str, Any]:
    """Terms, payments, a date and a kind in; what settles the advance on that date out, as decimal strings.

    Raises Mistake with one sentence when something is wrong.
    """
    terms = terms_from(document, PAYOFF_FIELDS)
    kind = choice(_KINDS, required(document, "kind"), "kind")
    on = day(document, "on")
    payments = [
        Payment(day(item, "on"), amount(item, "amount", terms.currency))
        for item in objects(document.get("payments") or [], "payments")
    ]
    fees = [
        Fee(day(item, "on"), amount(item, "amount", terms.currency))
        for item in objects(document.get("fees") or [], "fees")
    ]
    rule = choice(_RULES, document.get("settlement_rule") or "interest_to_date", "settlement_rule")
    if kind is Kind.ACCELERATE and rule is not SettlementRule.INTEREST_TO_DATE:
        raise Mistake(
            f"Field 'settlement_rule' is {rule.value!r}: it is for kind 'voluntary' only; remove it."
        )
    payoff = settle(terms, on, payments, fees, rule, _apr(document))
    return _answer(document.get("id"), terms, kind, payoff)


def _apr(document: Document) -> Decimal | None:
    if document.get("apr_percent") is None:
        return None
    percent = number(document["apr_percent"], "apr_percent")
    if not 0 <= percent <= APR_PERCENT_MAX:
        raise Mistake(f"Field 'apr_percent' must lie from 0 to {APR_PERCENT_MAX}: '14.0' is 14 %.")
    return percent / 100


def _answer(identity: object, terms: LoanTerms, kind: Kind, payoff: Payoff) -> dict[str, Any]:
    write = writer(terms.currency)
    return {
        "id": identity,
        "principal": write(payoff.principal),
        "interest": write(payoff.interest),
        "fees": write(payoff.fees),
        "paid": write(payoff.paid),
        "total": write(payoff.total),
        "per_diem": write(round_to(payoff.per_diem, terms.rounding)),
        "per_diem_exact": _exact(payoff.per_diem, terms.currency),
        "overpaid": write(payoff.overpaid),
        "schedule_after": [_called(terms, payoff)] if kind is Kind.ACCELERATE and payoff.total else [],
    }


def _called(terms: LoanTerms, payoff: Payoff) -> dict[str, Any]:
    """After acceleration one row is left: everything, due on the date."""
    write = writer(terms.currency)
    return {
        "n": 1,
        "due_on": payoff.on.isoformat(),
        "principal": write(payoff.principal),
        "interest": write(payoff.interest),
        "fees": write(payoff.fees),
        "total": write(payoff.total),
        "balance": write(0),
    }


def _exact(per_diem: Fraction, currency: str) -> str:
    """Interest of a day with ten decimals: whole cents a day would drift over the validity of a quote."""
    scaled = round_to(per_diem / 10 ** digits_of(currency) * 10**PER_DIEM_DECIMALS, Rounding.HALF_EVEN)
    text = str(scaled).rjust(PER_DIEM_DECIMALS + 1, "0")
    return f"{text[:-PER_DIEM_DECIMALS]}.{text[-PER_DIEM_DECIMALS:]}"
