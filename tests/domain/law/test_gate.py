"""What holds for every pack: interrupts, open stages, and that waiting never closes a gate."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from law_lines import CALENDARS, LINES, PACKS
from msgspec.structs import replace

from fullrecall.domain.law import (
    DEFAULT_STOPS,
    HOUSE_RULES,
    Allowed,
    Interrupt,
    LegalView,
    NoticeSeen,
    active,
    may,
    parse_pack,
    stopped_clocks,
    stops,
)
from fullrecall.domain.vocabulary import Clock, LawStage, Mistake, Protection, Refused, Trigger

GATES = (LawStage.FREEZE, LawStage.ACCELERATE, LawStage.REPORT)
each_pack = pytest.mark.parametrize("pack_id", list(PACKS))


def ask(pack_id: str, stage: LawStage, **changes) -> Allowed | Refused:
    return may(PACKS[pack_id], stage, replace(LINES[pack_id], **changes), CALENDARS[pack_id])


@each_pack
@pytest.mark.parametrize("flag", ["disputed", "hardship", "complaint_open", "suspended"])
def test_an_interrupt_stops_acceleration_but_not_a_freeze(pack_id, flag):
    assert isinstance(ask(pack_id, LawStage.ACCELERATE), Allowed)
    refused = ask(pack_id, LawStage.ACCELERATE, **{flag: True})
    assert refused.rule == ("house.suspended" if flag == "suspended" else "house.interrupted")
    assert refused.until is None
    assert isinstance(ask(pack_id, LawStage.FREEZE, **{flag: True}), Allowed)


@each_pack
def test_a_breathing_space_names_the_day_it_ends(pack_id):
    on = LINES[pack_id].on
    refused = ask(pack_id, LawStage.ACCELERATE, breathing_space_until=on)
    assert (refused.rule, refused.until) == ("house.interrupted", on + timedelta(days=1))
    assert ask(pack_id, LawStage.NOTICE, breathing_space_until=on).rule == "house.interrupted"
    assert isinstance(
        ask(pack_id, LawStage.ACCELERATE, breathing_space_until=on - timedelta(days=1)), Allowed
    )
    # with a dispute beside it no date is known
    assert ask(pack_id, LawStage.ACCELERATE, breathing_space_until=on, disputed=True).until is None


@each_pack
def test_contact_goes_on_in_a_dispute_unless_the_pack_says_otherwise(pack_id):
    answer = ask(pack_id, LawStage.COLLECT, disputed=True)
    assert isinstance(answer, Refused) == (pack_id == "us")


@each_pack
def test_stages_in_the_borrowers_favour_stay_open(pack_id):
    for stage in (LawStage.CURE, LawStage.DISPUTE):
        for changes in ({"disputed": True}, {"protection": Protection.DECEASED}, {"suspended": True}):
            assert isinstance(ask(pack_id, stage, **changes), Allowed)


def test_which_clocks_stop():
    assert stops(PACKS["cn"], Interrupt.DISPUTE) == {Clock.CURE, Clock.ENFORCEMENT}
    assert stops(PACKS["us"], Interrupt.DISPUTE) == {Clock.CONTACT, Clock.CURE, Clock.ENFORCEMENT}
    assert stops(PACKS["de"], Interrupt.COMPLAINT) == {Clock.ENFORCEMENT}
    view = replace(LINES["cn"], protection=Protection.DECEASED, complaint_open=True)
    assert active(view) == (Interrupt.DEATH, Interrupt.COMPLAINT)
    assert stopped_clocks(PACKS["cn"], view) == {Clock.CONTACT, Clock.CURE, Clock.ENFORCEMENT}
    assert stopped_clocks(PACKS["cn"], LINES["cn"]) == frozenset()
    never = {Clock.ACCOUNTING, Clock.RETENTION, Clock.LIMITATION}
    assert not never & {clock for clocks in DEFAULT_STOPS.values() for clock in clocks}
    assert set(DEFAULT_STOPS) == set(Interrupt)


def test_a_view_that_cannot_be_is_refused():
    with pytest.raises(Mistake, match="cannot have arrived"):
        NoticeSeen(kind="demand", sent_on=date(2026, 3, 2), arrived_on=date(2026, 3, 1))
    with pytest.raises(Mistake, match="past_due_minor is -1"):
        replace(LINES["cn"], past_due_minor=-1)


def test_among_refusals_the_one_without_a_date_is_named_first():
    # the cure period alone would open on 18 March; the unflagged clause opens on no date
    refused = ask("cn", LawStage.ACCELERATE, on=date(2026, 3, 10), acceleration_clause_flagged=False)
    assert (refused.rule, refused.until) == ("cn.standard-terms", None)
    assert "cn.rescind-after-demand" in refused.why


days = st.dates(date(2025, 10, 1), date(2026, 12, 31))


@st.composite
def notices(draw: st.DrawFn) -> NoticeSeen:
    sent = draw(days)
    late = draw(st.none() | st.integers(0, 20))
    return NoticeSeen(
        kind=draw(st.sampled_from(["warn", "demand", "freeze", "acceleration", "report"])),
        sent_on=sent,
        arrived_on=None if late is None else sent + timedelta(days=late),
        durable=draw(st.booleans()),
        declares_acceleration=draw(st.booleans()),
        names_amount=draw(st.booleans()),
        offers_talks=draw(st.booleans()),
        announces_report=draw(st.booleans()),
    )


@st.composite
def views(draw: st.DrawFn, line: LegalView) -> LegalView:
    flip = st.booleans()
    return replace(
        line,
        on=draw(days),
        ground=draw(st.sampled_from([*Trigger, Trigger.ARREARS, Trigger.ARREARS])),
        cross_default=draw(st.sampled_from([False, False, False, True])),
        cross_default_flagged=True,
        governing_state=draw(st.sampled_from(["CO", "KS", "WI", "WV", "ME", "TX"])),
        past_due_minor=draw(st.sampled_from([0, 50_000, 600_000, 600_000])),
        in_default_since=draw(st.just(line.in_default_since) | days),
        notices=tuple(draw(st.lists(notices(), max_size=4))) + draw(st.sampled_from([(), line.notices])),
        policy_cure_days=draw(st.integers(0, 40)),
        lender_reasonable_days=draw(st.none() | st.integers(0, 40)),
        violation_severe_proven=draw(flip),
        deterioration_proven=draw(flip),
        breathing_space_until=draw(st.none() | days),
        prior_cures_12m=draw(st.integers(0, 3)),
        adverse=draw(flip),
        consent_to_report=True,
    )


@settings(max_examples=150, deadline=None)
@given(data=st.data(), stage=st.sampled_from(GATES), later=st.integers(0, 400))
@each_pack
def test_waiting_never_closes_a_gate(pack_id, data, stage, later):
    """Exceptions, left out of the views: ground_known_on (lapse) and cure_ends_on (a later promise)."""
    view = data.draw(views(LINES[pack_id]))
    pack, calendar = PACKS[pack_id], CALENDARS[pack_id]
    answer = may(pack, stage, view, calendar)
    after = may(pack, stage, replace(view, on=view.on + timedelta(days=later)), calendar)
    if isinstance(answer, Allowed):
        assert isinstance(after, Allowed)
        assert answer.basis
    else:
        assert answer.rule in HOUSE_RULES or pack.rule(answer.rule).citation
        assert answer.until is None or answer.until > view.on


@each_pack
def test_acceleration_opens_once_on_the_day_named_and_stays_open(pack_id):
    # day by day over more than a year: refused with the same date before it, allowed from it on
    line = LINES[pack_id]
    opens = ask(pack_id, LawStage.ACCELERATE).earliest
    arrived = line.notices[0].arrived_on
    assert arrived < opens
    for offset in range((opens - arrived).days + 400):
        on = arrived + timedelta(days=offset)
        answer = ask(pack_id, LawStage.ACCELERATE, on=on)
        assert isinstance(answer, Allowed) == (on >= opens)
        assert (answer.earliest if isinstance(answer, Allowed) else answer.until) == opens


@settings(max_examples=100, deadline=None)
@given(data=st.data(), more=st.integers(0, 30))
@each_pack
def test_a_longer_policy_never_shortens_the_wait(pack_id, data, more):
    view = data.draw(views(LINES[pack_id]))
    pack, calendar = PACKS[pack_id], CALENDARS[pack_id]
    short = may(pack, LawStage.ACCELERATE, view, calendar)
    longer = replace(view, policy_cure_days=view.policy_cure_days + more)
    long = may(pack, LawStage.ACCELERATE, longer, calendar)
    if isinstance(long, Allowed):
        assert isinstance(short, Allowed)
        assert short.earliest <= long.earliest


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 400), junk=st.text(max_size=12))
def test_a_broken_pack_is_a_mistake_or_a_pack_and_never_anything_else(cut, junk):
    from law_lines import text_of

    text = text_of("us")[: 4000 + cut * 10]
    place = len(text) - cut
    try:
        parse_pack(text[:place] + junk + text[place:], source="us.yaml")
    except Mistake as mistake:
        assert "us.yaml" in mistake.sentence
