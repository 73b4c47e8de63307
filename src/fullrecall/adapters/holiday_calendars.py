"""Statutory holidays by country from the `holidays` package, as the calendars that law packs name."""

from __future__ import annotations

import warnings
from datetime import date
from functools import lru_cache

import holidays

from fullrecall.domain.calendar import BusinessCalendar
from fullrecall.domain.vocabulary import Mistake

# CN rolls past statutory holidays only (Civil Code Art. 203); DE and US past weekends too (BGB s.193).
_WEEKENDS_ROLL = {"CN": False, "DE": True, "US": True}
YEARS = range(2000, 2036)


@lru_cache
def calendar_of(name: str) -> BusinessCalendar:
    """The calendar of a country, years 2000-2035. Raises Mistake for a country that no pack names."""
    if name not in _WEEKENDS_ROLL:
        raise Mistake(f"There is no calendar {name!r}: packs may name {', '.join(sorted(_WEEKENDS_ROLL))}.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        days: frozenset[date] = frozenset(holidays.country_holidays(name, years=YEARS))
    return BusinessCalendar(name, days, frozenset(), _WEEKENDS_ROLL[name])
