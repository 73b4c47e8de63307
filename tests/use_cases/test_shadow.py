"""A candidate beside the live policy: its differences are kept, and nothing acts on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from decision_book import FEBRUARY, JANUARY, Life, life, noon, policy, policy_text, row
from fullrecall.domain.vocabulary import AlreadyDone, Done, Mistake, Refused
from fullrecall.ports import StoredDraft
from fullrecall.use_cases.publish_policy import propose, publish
from fullrecall.use_cases.shadow_policy import shadow_differences, shadow_draft, start_shadow, stop_shadow
from fullrecall.use_cases.verify_all import verify_all
from table_dump import dump

NOW = noon(date(2026, 1, 2))
ROWS = (row("L", FEBRUARY, 45, 30_000), row("M", FEBRUARY, 65, 40_000), row("N", FEBRUARY, 0, 0))


@pytest.fixture
def lived(database: str) -> Iterator[Life]:
    made = life(database)
    made.watch(*(row(line, JANUARY, 0, 0) for line in "LMN"))
    yield made
    made.store.engine.dispose()


def drafted(lived: Life, source: str) -> StoredDraft:
    live = lived.book.live.policy
    made = propose(
        lived.store, policy(source), source, live=live, by="ann", at=NOW, key=f"p{len(source)}{source[:60]}"
    )
    return next(draft for draft in lived.store.drafts() if draft.id == made.id)


def with_shadow(lived: Life, source: str) -> tuple[Life, StoredDraft]:
    draft = drafted(lived, source)
    assert start_shadow(lived.store, draft.id, at=NOW, key="start") == Done(("ShadowStarted",))
    return lived.opened_again(), draft


def test_only_differences_are_kept(lived: Life) -> None:
    beside, draft = with_shadow(lived, policy_text(version=2, freeze_from=40))
    beside.watch(*ROWS)
    found = shadow_differences(lived.store, draft, 10)
    assert (found.differences, found.moved) == (1, {"warn → freeze": 1})
    (one,) = found.shown  # M is frozen by both, N left alone by both
    assert (one.line_id, one.as_of, one.exposure, one.currency) == ("L", FEBRUARY, 100_000, "CNY")
    assert (one.live_fired, one.shadow_fired) == (("late-30",), ("late-30", "late-60"))


def test_nothing_acts_on_the_shadow(lived: Life, new_database: object) -> None:
    alone = life(new_database())  # type: ignore[operator]
    alone.watch(*(row(line, JANUARY, 0, 0) for line in "LMN"))
    alone.watch(*ROWS)
    beside, _ = with_shadow(lived, policy_text(version=2, freeze_from=40))
    beside.watch(*ROWS)
    one, other = dump(alone.store.engine), dump(beside.store.engine)
    for name in ("fact", "posting", "line", "recall_case", "tape", "decision", "notice", "delivery"):
        assert one[name] == other[name], name
    assert verify_all(beside.store).problems == ()
    alone.store.engine.dispose()


def test_a_candidate_that_cannot_decide_never_stops_the_live_run(lived: Life) -> None:
    in_euro = policy_text(version=2, currency="EUR")
    beside, draft = with_shadow(lived, in_euro)
    assert beside.watch(*ROWS).opened == 2
    found = shadow_differences(lived.store, draft, 10)
    assert found.moved == {"warn → cannot": 1, "freeze → cannot": 1, "none → cannot": 1}
    assert "EUR" in found.shown[0].shadow_fired[0]


def test_stopping_keeps_what_was_found(lived: Life) -> None:
    beside, draft = with_shadow(lived, policy_text(version=2, freeze_from=40))
    beside.watch(*ROWS)
    assert stop_shadow(lived.store, at=NOW, key="stop") == Done(("ShadowStopped",))
    assert isinstance(stop_shadow(lived.store, at=NOW, key="stop again"), AlreadyDone)
    assert lived.opened_again().book.shadow is None
    assert shadow_differences(lived.store, draft, 10).differences == 1


def test_published_it_stops_running_in_shadow(lived: Life) -> None:
    _, draft = with_shadow(lived, policy_text(version=2, freeze_from=40))
    publish(lived.store, draft.id, by="bob", at=NOW, key="publish")
    assert shadow_draft(lived.store) is None
    refused = start_shadow(lived.store, draft.id, at=NOW, key="again")
    assert isinstance(refused, Refused)
    assert refused.rule == "policy.already-live"


def test_an_unknown_draft_gets_one_sentence(lived: Life) -> None:
    with pytest.raises(Mistake, match="There is no draft"):
        start_shadow(lived.store, "sha256:0", at=NOW, key="x")
