"""The contact governor against worked examples and against brute force over every minute."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullrecall.domain.notices.governor import Contact, ContactNeverAllowed, ContactRules, when_may_send
from fullrecall.domain.vocabulary import Channel, Mistake

SMS, EMAIL = Channel.SMS, Channel.EMAIL
CN = ContactRules(time(8), time(22), "Asia/Shanghai", max_per_day=3, max_attempts_same_address_per_day=2)
US = ContactRules(time(8), time(21), "America/New_York", max_per_7_days=7, rest_days_after_conversation=7)


def at(zone: str, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone), fold=fold)


def shanghai(*parts: int) -> datetime:
    return at("Asia/Shanghai", *parts)


@pytest.mark.parametrize(
    ("earliest", "expected"),
    [
        (shanghai(2026, 12, 1, 12, 30, 15), shanghai(2026, 12, 1, 12, 30, 15)),
        (shanghai(2026, 12, 1, 7, 59, 59), shanghai(2026, 12, 1, 8)),
        (shanghai(2026, 12, 1, 8), shanghai(2026, 12, 1, 8)),
        (shanghai(2026, 12, 1, 21, 59, 59), shanghai(2026, 12, 1, 21, 59, 59)),
        # Not between 22:00 and 08:00: 22:00 itself belongs to the night.
        (shanghai(2026, 12, 1, 22), shanghai(2026, 12, 2, 8)),
        (shanghai(2026, 12, 31, 23), shanghai(2027, 1, 1, 8)),
        # 23:00 UTC is 07:00 of the next day in Shanghai (UTC+8).
        (datetime(2026, 12, 1, 23, tzinfo=UTC), shanghai(2026, 12, 2, 8)),
    ],
)
def test_contact_hours(earliest: datetime, expected: datetime) -> None:
    assert when_may_send(CN, SMS, earliest) == expected


def test_the_answer_is_in_utc() -> None:
    assert when_may_send(CN, SMS, shanghai(2026, 12, 1, 12)).tzinfo is UTC


def test_the_third_message_to_one_number_waits_for_the_next_day() -> None:
    already = [Contact(SMS, shanghai(2026, 12, 1, hour)) for hour in (9, 10)]
    assert when_may_send(CN, SMS, shanghai(2026, 12, 1, 11), already) == shanghai(2026, 12, 2, 8)
    # Another address is still free (2 of 3 contacts used) until the daily cap is reached.
    assert when_may_send(CN, EMAIL, shanghai(2026, 12, 1, 11), already) == shanghai(2026, 12, 1, 11)
    already.append(Contact(EMAIL, shanghai(2026, 12, 1, 11)))
    assert when_may_send(CN, EMAIL, shanghai(2026, 12, 1, 12), already) == shanghai(2026, 12, 2, 8)


def test_plain_pairs_are_contacts_too() -> None:
    already = [("sms", shanghai(2026, 12, 1, 9)), ("sms", shanghai(2026, 12, 1, 10))]
    assert when_may_send(CN, SMS, shanghai(2026, 12, 1, 11), already) == shanghai(2026, 12, 2, 8)


def test_a_day_is_the_borrowers_day() -> None:
    # 17:00 UTC on 30 November is 01:00 on 1 December in Shanghai: it counts for 1 December.
    already = [Contact(SMS, datetime(2026, 11, 30, 17, minute, tzinfo=UTC)) for minute in (0, 1)]
    assert when_may_send(CN, SMS, shanghai(2026, 12, 1, 9), already) == shanghai(2026, 12, 2, 8)


def test_the_eighth_contact_in_seven_days_waits() -> None:
    # One contact a day on 1-7 June: each of the windows ending 1..7 June is used; 8 June sees 2-8 June, 6
    # contacts.
    already = [Contact(SMS, at("America/New_York", 2026, 6, day, 9)) for day in range(1, 8)]
    assert when_may_send(US, SMS, at("America/New_York", 2026, 6, 7, 10), already) == at(
        "America/New_York", 2026, 6, 8, 8
    )


def test_seven_days_rest_after_a_conversation_counting_its_own_day() -> None:
    # Conversation on Monday 1 June is day 1; day 7 is 7 June; 8 June is free (12 CFR 1006.14(b)(2)(i)(B)).
    already = [Contact(SMS, at("America/New_York", 2026, 6, 1, 9), conversation=True)]
    assert when_may_send(US, EMAIL, at("America/New_York", 2026, 6, 1, 10), already) == at(
        "America/New_York", 2026, 6, 8, 8
    )


def test_a_window_that_opens_in_the_hour_skipped_in_spring_opens_at_its_end() -> None:
    # Berlin, 29 March 2026: 02:00 CET becomes 03:00 CEST = 01:00 UTC; 02:30 does not exist.
    rules = ContactRules(time(2, 30), time(4), "Europe/Berlin")
    assert when_may_send(rules, SMS, at("Europe/Berlin", 2026, 3, 29, 0, 30)) == datetime(
        2026, 3, 29, 1, tzinfo=UTC
    )


def test_a_window_closed_in_autumn_opens_again_when_the_hour_repeats() -> None:
    # Berlin, 25 October 2026: 03:00 CEST becomes 02:00 CET = 01:00 UTC. 02:45 CEST is closed, 02:00 CET is
    # open.
    rules = ContactRules(time(1), time(2, 30), "Europe/Berlin")
    assert when_may_send(rules, SMS, at("Europe/Berlin", 2026, 10, 25, 2, 45)) == datetime(
        2026, 10, 25, 1, tzinfo=UTC
    )


def test_a_local_day_that_never_was() -> None:
    # Samoa went from Thursday 29 December 2011 straight to Saturday 31 December.
    rules = ContactRules(time(8), time(20), "Pacific/Apia")
    assert when_may_send(rules, SMS, at("Pacific/Apia", 2011, 12, 29, 21)) == at(
        "Pacific/Apia", 2011, 12, 31, 8
    )


def test_midnight_as_end_means_the_whole_evening() -> None:
    rules = ContactRules(time(8), time(0), "Asia/Shanghai")
    assert when_may_send(rules, SMS, shanghai(2026, 12, 1, 23, 59)) == shanghai(2026, 12, 1, 23, 59)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (
            {"allowed_from": time(22), "allowed_to": time(8), "timezone": "Asia/Shanghai"},
            "contact_hours_empty",
        ),
        ({"allowed_from": time(8), "allowed_to": time(22), "timezone": "Asia/Shanghia"}, "unknown_timezone"),
        (
            {"allowed_from": time(8), "allowed_to": time(22), "timezone": "../../etc/passwd"},
            "unknown_timezone",
        ),
        (
            {"allowed_from": time(8), "allowed_to": time(22), "timezone": "UTC", "max_per_day": 0},
            "contact_cap_forbids_all",
        ),
    ],
)
def test_impossible_rules_are_refused_with_one_sentence(bad: dict, code: str) -> None:
    with pytest.raises(Mistake) as refusal:
        ContactRules(**bad)
    assert refusal.value.code == code
    assert "\n" not in refusal.value.sentence


def test_rules_that_never_open_say_so() -> None:
    rules = ContactRules(time(8), time(9), "UTC", rest_days_after_conversation=5_000)
    already = [Contact(SMS, datetime(2026, 1, 1, 8, tzinfo=UTC), conversation=True)]
    with pytest.raises(ContactNeverAllowed):
        when_may_send(rules, SMS, datetime(2026, 1, 2, tzinfo=UTC), already)


def test_an_instant_without_zone_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="time zone"):
        when_may_send(CN, SMS, datetime(2026, 12, 1, 12))  # noqa: DTZ001


# Zones with a change of clock inside the dates below: Berlin, New York, Lord Howe (half an hour), Santiago
# (at midnight).
ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Kolkata",
)
STARTS = tuple(
    datetime(2026, month, day, tzinfo=UTC)
    for month, day in ((3, 7), (3, 28), (4, 4), (9, 5), (10, 3), (10, 24), (10, 31), (6, 15))
)
_hours = st.builds(time, st.integers(0, 23), st.sampled_from((0, 30)))


@st.composite
def situations(draw: st.DrawFn) -> tuple[ContactRules, Channel, datetime, list[Contact]]:
    first, last = sorted(draw(st.lists(_hours, min_size=2, max_size=2, unique=True)))
    cap = st.none() | st.integers(1, 3)
    rules = ContactRules(
        first,
        last,
        draw(st.sampled_from(ZONES)),
        max_per_day=draw(cap),
        max_attempts_same_address_per_day=draw(cap),
        max_per_7_days=draw(st.none() | st.integers(1, 4)),
        rest_days_after_conversation=draw(st.integers(0, 3)),
    )
    start = draw(st.sampled_from(STARTS))
    earliest = start + timedelta(minutes=draw(st.integers(0, 2 * 1440)))
    contacts = st.builds(
        Contact,
        st.sampled_from((SMS, EMAIL)),
        st.integers(-4 * 1440, 2 * 1440).map(lambda minutes: start + timedelta(minutes=minutes)),
        st.booleans(),
    )
    return rules, draw(st.sampled_from((SMS, EMAIL))), earliest, draw(st.lists(contacts, max_size=6))


def lawful(rules: ContactRules, channel: Channel, when: datetime, already: list[Contact]) -> bool:
    """The rules read word by word, for one instant, with nothing shared with the governor."""
    zone = ZoneInfo(rules.timezone)
    local = when.astimezone(zone)
    if not rules.allowed_from <= local.time() < rules.allowed_to:
        return False
    today = local.date()
    days = [(contact, contact.at.astimezone(zone).date()) for contact in already]
    if rules.max_per_day and 1 + sum(day == today for _, day in days) > rules.max_per_day:
        return False
    same = 1 + sum(day == today and contact.channel is channel for contact, day in days)
    if rules.max_attempts_same_address_per_day and same > rules.max_attempts_same_address_per_day:
        return False
    for shift in range(7):
        first = today - timedelta(days=shift)
        week = 1 + sum(first <= day <= first + timedelta(days=6) for _, day in days)
        if rules.max_per_7_days and week > rules.max_per_7_days:
            return False
    rest = rules.rest_days_after_conversation
    return not any(
        contact.conversation and day <= today < day + timedelta(days=rest) for contact, day in days
    )


@settings(max_examples=150, deadline=None)
@given(situations())
def test_it_is_the_first_lawful_minute(
    situation: tuple[ContactRules, Channel, datetime, list[Contact]],
) -> None:
    rules, channel, earliest, already = situation
    answer = when_may_send(rules, channel, earliest, already)
    assert answer >= earliest
    assert lawful(rules, channel, answer, already)
    # Brute force. Whole minutes suffice: windows, contacts, and changes of clock all fall on whole minutes
    # here.
    minute = earliest
    while not lawful(rules, channel, minute, already):
        minute += timedelta(minutes=1)
    assert answer == minute


@settings(max_examples=60, deadline=None)
@given(situations(), st.integers(1, 12))
def test_a_run_of_messages_never_exceeds_a_cap(
    situation: tuple[ContactRules, Channel, datetime, list[Contact]], count: int
) -> None:
    rules, channel, earliest, _ = situation
    sent: list[Contact] = []
    for _ in range(count):
        sent.append(Contact(channel, when_may_send(rules, channel, earliest, sent)))
    zone = ZoneInfo(rules.timezone)
    per_day: Counter[date] = Counter(contact.at.astimezone(zone).date() for contact in sent)
    caps = (rules.max_per_day, rules.max_attempts_same_address_per_day)
    assert all(max(per_day.values()) <= cap for cap in caps if cap)
    for day in per_day:
        week = sum(per_day[day + timedelta(days=shift)] for shift in range(7))
        assert rules.max_per_7_days is None or week <= rules.max_per_7_days
    assert all(first.at <= second.at for first, second in pairwise(sent))
