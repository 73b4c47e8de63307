"""An annual percentage rate asked for in a document of advances and payments, and answered in one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from fullrecall.domain.terms.apr import Flow, eu_aprc, to_percent, us_apr, years_between
from fullrecall.domain.terms.fields import Document, choice, day, number, objects, required, whole
from fullrecall.domain.terms.loan import INSTALMENTS_MAX
from fullrecall.domain.vocabulary import Mistake

TIME_MAX = 10_000  # unit periods or years
AMOUNT_MAX = Decimal(10) ** 13


def apr_document(document: Document) -> dict[str, Any]:
    """The rate by `regime`: us_reg_z_actuarial, eu_aprc or cn_irr. `apr_percent` has two decimals, half up.

    Advances: `amount_advanced` or `net_advance` at time zero, or a list `advances` shaped like `payments`.
    Payments: {"amount", "count", "first_t_full_unit_periods", "f_fraction"} (US), {"amount", "t_years"} or
    {"amount", "on"} with `dates.advance` (EU). Raises Mistake with one sentence when something is wrong.
    """
    return choice(_REGIMES, required(document, "regime"), "regime")(document)


def _us(document: Document) -> dict[str, Any]:
    advances = _advances(document, ("amount_advanced", "net_advance"), _us_flows)
    payments = _listed(document, "payments", _us_flows)
    per_year = _positive(required(document, "unit_periods_per_year"), "unit_periods_per_year", TIME_MAX)
    return _answer(document, us_apr(advances, payments, per_year))


def _eu(document: Document) -> dict[str, Any]:
    advances = _advances(document, ("net_advance", "amount_advanced"), _eu_flows)
    return _answer(document, eu_aprc(advances, _listed(document, "payments", _eu_flows)))


def _cn(document: Document) -> dict[str, Any]:
    """PBoC announcement [2021] No. 3: internal rate on the principal really used, simple and compound."""
    number_of = whole(document, "n", 1, INSTALMENTS_MAX)
    payment = _positive(required(document, "payment"), "payment", AMOUNT_MAX)
    advances = [Flow(_positive(required(document, "amount"), "amount", AMOUNT_MAX), Decimal(0))]
    monthly = [Flow(payment, Decimal(k)) for k in range(1, number_of + 1)]
    yearly = [Flow(payment, Decimal(k // 12), Decimal(k % 12) / 12) for k in range(1, number_of + 1)]
    simple, compound = us_apr(advances, monthly, Decimal(12)), eu_aprc(advances, yearly)
    return {
        **_answer(document, simple),
        "irr_simple_annual_percent": to_percent(simple, 6),
        "irr_compound_annual_percent": to_percent(compound, 6),
    }


_REGIMES: dict[str, Callable[[Document], dict[str, Any]]] = {
    "us_reg_z_actuarial": _us,
    "eu_aprc": _eu,
    "cn_irr": _cn,
}


def _answer(document: Document, rate: Decimal) -> dict[str, Any]:
    return {
        "id": document.get("id"),
        "regime": document["regime"],
        "apr_percent": to_percent(rate, 2),
        "apr_percent_exact": to_percent(rate, 6),
    }


_Reader = Callable[[Document, Document, Decimal], list[Flow]]


def _advances(document: Document, names: tuple[str, ...], read: _Reader) -> list[Flow]:
    if document.get("advances") is not None:
        return _listed(document, "advances", read)
    for name in names:
        if document.get(name) is not None:
            return [Flow(_positive(document[name], name, AMOUNT_MAX), Decimal(0))]
    raise Mistake(f"Field {names[0]!r} is missing: give it, or a list of 'advances'.", code="missing_field")


def _listed(document: Document, name: str, read: _Reader) -> list[Flow]:
    flows: list[Flow] = []
    for item in objects(required(document, name), name):
        flows += read(document, item, _positive(required(item, "amount"), "amount", AMOUNT_MAX))
        if len(flows) > INSTALMENTS_MAX:
            raise Mistake(
                f"Field {name!r} has more than {INSTALMENTS_MAX} payments: that is no consumer credit."
            )
    if not flows:
        raise Mistake(f"Field {name!r} is empty: list at least one.")
    return flows


def _us_flows(document: Document, item: Document, amount: Decimal) -> list[Flow]:
    repeated = whole(item, "count", 1, INSTALMENTS_MAX) if item.get("count") is not None else 1
    first = whole(item, "first_t_full_unit_periods", 0, TIME_MAX)
    part = number(_exact(item.get("f_fraction") or 0), "f_fraction")
    if not 0 <= part < 1:
        raise Mistake("Field 'f_fraction' must lie from 0 to below 1: whole unit periods go into 't'.")
    return [Flow(amount, Decimal(first + k), part) for k in range(repeated)]


def _eu_flows(document: Document, item: Document, amount: Decimal) -> list[Flow]:
    if item.get("t_years") is not None:
        time = number(_exact(item["t_years"]), "t_years")
    else:
        dates = required(document, "dates")
        start, on = day(dates if isinstance(dates, dict) else {}, "advance"), day(item, "on")
        if on < start:
            raise Mistake(f"The payment of {on} is before the advance of {start}: correct one of the two.")
        calendar_days = str(document.get("day_basis") or "").startswith("calendar")
        time = Decimal((on - start).days) / 365 if calendar_days else years_between(start, on)
    if not 0 <= time <= TIME_MAX:
        raise Mistake(f"Field 't_years' must lie from 0 to {TIME_MAX}.")
    return [Flow(amount, time)]


def _positive(value: object, name: str, highest: Decimal | int) -> Decimal:
    parsed = number(_exact(value), name)
    if not 0 < parsed <= highest:
        raise Mistake(f"Field {name!r} must be more than zero and at most {highest}.")
    return parsed


def _exact(value: object) -> object:
    """In Python a rate's input may be a float: its shortest text is what was written; no money is posted."""
    return repr(value) if isinstance(value, float) else value
