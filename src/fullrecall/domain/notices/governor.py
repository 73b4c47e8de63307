"""The contact governor: the earliest instant at which a borrower may be contacted, in their own time.

Sources: contact hours 08:00-22:00 (CN, GB/T 45251-2025), 08:00-21:00 and seven in seven days, rest after a
conversation (US, 12 CFR 1006.6(b), 1006.14(b)(2)). The numbers are data of the pack; here is only the
arithmetic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from fullrecall.domain.vocabulary import Channel, Mistake

MIDNIGHT = time(0)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_DAYS_AHEAD_MAX = 3 * 366


class ContactRules(msgspec.Struct, frozen=True):
    """When and how often a borrower may be contacted; None means no cap.

    The window is [allowed_from, allowed_to) in local time; allowed_to 00:00 means the end of the day. Days
    are calendar days of `timezone` (IANA name). Seven days are seven consecutive calendar days. The day of
    a conversation is the first of its rest days.
    """

    allowed_from: time
    allowed_to: time
    timezone: str
    max_per_day: int | None = None
    max_attempts_same_address_per_day: int | None = None
    max_per_7_days: int | None = None
    rest_days_after_conversation: int = 0

    def __post_init__(self) -> None:
        if self.allowed_to != MIDNIGHT and self.allowed_from >= self.allowed_to:
            raise Mistake(
                f"Contact hours {self.allowed_from:%H:%M} to {self.allowed_to:%H:%M} are empty: "
                "the end must be after the start on the same day.",
                code="contact_hours_empty",
            )
        for cap in (self.max_per_day, self.max_attempts_same_address_per_day, self.max_per_7_days):
            if cap is not None and cap < 1:
                raise Mistake(
                    "A contact cap below 1 forbids every notice: leave it out or set 1 or more.",
                    code="contact_cap_forbids_all",
                )
        zone_of(self.timezone)


class Contact(NamedTuple):
    """A contact made or planned: channel, aware instant, and whether the borrower and the lender spoke.

    A plain (channel, instant) pair will do where conversations are not kept.
    """

    channel: str
    at: datetime
    conversation: bool = False


AnyContact = Contact | tuple[str, datetime]


class ContactNeverAllowed(Mistake):
    pass


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Mistake(
            f"Unknown time zone {name[:60]!r}: use an IANA name such as Asia/Shanghai.",
            code="unknown_timezone",
        ) from None


def when_may_send(
    rules: ContactRules, channel: Channel, earliest: datetime, already: Sequence[AnyContact] = ()
) -> datetime:
    """The first instant, not before `earliest` (aware), that the rules allow; in UTC.

    `already` are contacts made or planned with this borrower; contacts on one channel count as one address.
    Raises ContactNeverAllowed if three years hold no such instant.
    """
    if earliest.tzinfo is None:
        raise ValueError("earliest must carry its time zone")
    zone = zone_of(rules.timezone)
    days = _DayCaps(rules, channel, already, zone)
    cursor = earliest.astimezone(UTC)
    last = cursor + timedelta(days=_DAYS_AHEAD_MAX)
    while cursor < last:
        offset = cursor.astimezone(zone).utcoffset() or timedelta(0)
        local = (cursor + offset).replace(tzinfo=None)
        open_day = days.allow(local.date())
        if open_day and _in_window(rules, local.time()):
            return cursor
        opens = datetime.combine(local.date(), rules.allowed_from)
        if not open_day or local >= opens:
            opens = datetime.combine(local.date() + _DAY, rules.allowed_from)
        # The clock may be changed before that: then the instant of the change is the next one to look at.
        wanted = (opens - offset).replace(tzinfo=UTC)
        cursor = _change_before(zone, cursor, wanted, offset) or wanted
    raise ContactNeverAllowed(
        f"The contact rules allow no instant within three years of {earliest.isoformat()}: check the caps.",
        code="contact_never_allowed",
    )


def _in_window(rules: ContactRules, at: time) -> bool:
    return rules.allowed_from <= at and (rules.allowed_to == MIDNIGHT or at < rules.allowed_to)


def _change_before(zone: ZoneInfo, start: datetime, end: datetime, offset: timedelta) -> datetime | None:
    """The instant in (start, end] at which the zone leaves `offset`, by bisection to the second; None if it
    does not.
    """
    if end.astimezone(zone).utcoffset() == offset:
        return None
    low = start.replace(microsecond=0)
    seconds_low, seconds_high = 0, -(-(end - low) // _SECOND)
    while seconds_high - seconds_low > 1:
        middle = (seconds_low + seconds_high) // 2
        if (low + middle * _SECOND).astimezone(zone).utcoffset() == offset:
            seconds_low = middle
        else:
            seconds_high = middle
    return low + seconds_high * _SECOND


class _DayCaps:
    """Which local days still have room for one more contact."""

    def __init__(
        self, rules: ContactRules, channel: Channel, already: Sequence[AnyContact], zone: ZoneInfo
    ) -> None:
        self.rules = rules
        self.all: Counter[date] = Counter()
        self.same: Counter[date] = Counter()
        self.talks: list[date] = []
        for contact in already:
            day = contact[1].astimezone(zone).date()
            self.all[day] += 1
            self.same[day] += contact[0] == channel
            if len(contact) > 2 and contact[2]:
                self.talks.append(day)

    def allow(self, day: date) -> bool:
        rules = self.rules
        if not self.all:
            return True
        if rules.max_per_day is not None and self.all[day] >= rules.max_per_day:
            return False
        same_max = rules.max_attempts_same_address_per_day
        if same_max is not None and self.same[day] >= same_max:
            return False
        if rules.max_per_7_days is not None and self._fullest_week(day) >= rules.max_per_7_days:
            return False
        return not any(0 <= (day - talk).days < rules.rest_days_after_conversation for talk in self.talks)

    def _fullest_week(self, day: date) -> int:
        """Most contacts in any seven consecutive days that include `day` (planned later ones count too)."""
        counts = [self.all[day + timedelta(days=shift)] for shift in range(-6, 7)]
        return max(sum(counts[first : first + 7]) for first in range(7))
