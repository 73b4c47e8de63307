"""A policy goes live by a second person, with its evidence, and is never edited; running cases stay on
theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from decision_book import FEBRUARY, JANUARY, Life, life, noon, policy, policy_text, row
from fullrecall.domain.policy import Decision, Policy, compile_python
from fullrecall.domain.vocabulary import Action, AlreadyDone, Done, Mistake, Refused
from fullrecall.ports.policies import Lines
from fullrecall.use_cases.publish_policy import Proposed, list_policies, propose, publish
from fullrecall.use_cases.publish_policy.agreement import decide_all
from fullrecall.wiring.engines import installed_engines

NOW = noon(date(2026, 3, 1))


@pytest.fixture
def lived(database: str) -> Iterator[Life]:
    made = life(database)
    made.watch(row("L", JANUARY, 31, 5_000), row("M", JANUARY, 0, 0), row("N", JANUARY, 0, 0))
    made.watch(
        row("L", FEBRUARY, 45, 30_000), row("M", FEBRUARY, 65, 40_000, 70_000), row("N", FEBRUARY, 0, 0)
    )
    yield made
    made.store.engine.dispose()


def proposed(lived: Life, source: str, by: str = "ann", number: int = 0, **more: Any) -> Proposed:
    live = lived.opened_again().book.live.policy
    given = {"engines": (), "missing": {}, **more}
    return propose(lived.store, policy(source), source, live=live, by=by, at=NOW, key=f"p{number}", **given)


def published(lived: Life, policy_id: str, by: str, number: int = 0) -> Any:
    return publish(lived.store, policy_id, by=by, at=NOW, key=f"publish{number}:{by}")


STRICTER = policy_text(version=2, freeze_from=40, cure_days=40)


def test_the_author_cannot_publish_and_a_second_person_can(lived: Life) -> None:
    draft = proposed(lived, STRICTER)
    assert published(lived, draft.id, "Ann") == Refused(
        "policy.four-eyes", "Ann proposed it; another person must publish it"
    )
    assert lived.opened_again().book.live.policy.version == 1
    assert published(lived, draft.id, "bob") == Done(("PolicyPublished",))
    assert lived.opened_again().book.live.policy.id == draft.id
    assert isinstance(published(lived, draft.id, "carl", 1), AlreadyDone)
    (listed,) = list_policies(lived.store, "")
    assert (listed.state, listed.author, listed.approved_by) == ("live", "ann", "bob")


def test_proposing_it_again_does_not_make_another_author(lived: Life) -> None:
    proposed(lived, STRICTER, by="ann")
    again = proposed(lived, STRICTER, by="bob", number=1)
    assert again.author == "ann"
    assert isinstance(published(lived, again.id, "ann"), Refused)


def test_a_publication_cannot_be_changed_or_deleted(lived: Life) -> None:
    draft = proposed(lived, STRICTER)
    published(lived, draft.id, "bob")
    for statement in ("UPDATE publication SET approved_by = 'ann'", "DELETE FROM publication"):
        with (
            pytest.raises(DBAPIError, match="append-only"),
            lived.store.engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            connection.execute(text(statement))


def test_running_cases_stay_on_the_version_they_were_opened_under(lived: Life) -> None:
    (first,) = [c.state for c in lived.store.all_cases() if c.state.borrower_id == "B-M"]
    draft = proposed(lived, STRICTER)
    published(lived, draft.id, "bob")
    later = lived.opened_again()
    later.watch(row("N", date(2026, 3, 31), 61, 30_000))
    later.close(date(2026, 3, 31))
    later.close(date(2026, 4, 1))
    cases = {c.state.borrower_id: c.state for c in lived.store.all_cases()}
    assert cases["B-M"].policy_id == first.policy_id != draft.id
    assert cases["B-N"].policy_id == draft.id
    terms = {b: later.book.of(c.policy_id).ladder.cure_days for b, c in cases.items()}
    assert (terms["B-M"], terms["B-N"]) == (15, 40)
    ends = {
        b: (n := c.last_notice("demand")) and n.pay_by and (n.pay_by - n.issued_on).days
        for b, c in cases.items()
    }
    assert ends["B-M"] < 40 <= ends["B-N"]  # type: ignore[operator]


def test_the_report_tells_the_swap_set_in_money_and_what_was_not_run(lived: Life) -> None:
    report = proposed(lived, STRICTER).report
    assert report.swap is not None
    # L, 45 days late: warned before, frozen under 40 days; M is frozen and N left alone under both.
    assert (report.swap.lines, report.swap.same) == (3, 2)
    assert report.swap.moved == {"warn → freeze": (1, 100_000)}
    (swap,) = report.swap.shown
    assert (swap.line_id, swap.gained, swap.lost) == ("L", ("late-60",), ())
    assert report.back_test["status"] == "not run"
    assert {str(change) for change in report.changes} == {
        "policy version: 1 → 2",
        "rule late-60: worst_3m >= 60 → worst_3m >= 40",
        "recall notice cure_days: 15 → 40",
    }


def test_every_installed_engine_agrees_and_the_others_are_named(lived: Life) -> None:
    engines, missing = installed_engines(lived.place, spark=False)
    agreement = proposed(lived, STRICTER, engines=engines, missing=missing).report.agreement
    asked = {engine.name: engine for engine in agreement.engines}
    assert agreement.ok
    assert all(asked[name].ran and asked[name].agrees for name in ("python", "polars", "duckdb"))
    assert ("postgresql" in missing) == (not lived.place.startswith("postgresql"))
    assert all(not asked[name].ran and asked[name].why for name in missing)
    # days: NULL, 0 and one around 30 and 40 (8); money: NULL, 0, one cent around 100.00 (5); count: NULL, 0,
    # one around 1 (5; 0 stands twice).
    assert agreement.planted == 18
    assert agreement.rows == 6 + 18


class Forgetful:
    """An engine that misses every freeze."""

    name = "forgetful"

    def decide(self, policy: Policy, currency: str, lines: Lines) -> list[Decision]:
        found = decide_all(compile_python(policy, currency), lines)
        return [
            msgspec.structs.replace(d, action=Action.WARN) if d.action is Action.FREEZE else d for d in found
        ]


class Unwilling:
    name = "unwilling"

    def decide(self, policy: Policy, currency: str, lines: Lines) -> list[Decision]:
        raise Mistake("No session.")


def test_an_engine_that_says_otherwise_stops_the_publication(lived: Life) -> None:
    draft = proposed(lived, STRICTER, engines=[Forgetful(), Unwilling()])
    _, forgetful, unwilling = draft.report.agreement.engines
    assert (forgetful.ran, forgetful.agrees) == (True, False)
    assert {(d.field, d.python, d.engine) for d in forgetful.differences} == {("action", "freeze", "warn")}
    assert (unwilling.ran, unwilling.why) == (False, "No session.")
    assert published(lived, draft.id, "bob") == Refused(
        "policy.engines-disagree", "forgetful decided otherwise than Python on the sample"
    )


def test_evidence_against_an_older_live_policy_is_stale_and_versions_only_rise(lived: Life) -> None:
    one, other = proposed(lived, STRICTER), proposed(lived, policy_text(version=3), number=1)
    assert published(lived, one.id, "bob") == Done(("PolicyPublished",))
    assert published(lived, other.id, "bob", 1).rule == "policy.evidence-is-stale"
    again = proposed(lived, policy_text(version=3), number=2)
    assert published(lived, again.id, "bob", 2) == Done(("PolicyPublished",))
    back = proposed(lived, policy_text(version=2, freeze_from=55), number=3)
    assert published(lived, back.id, "bob", 3).rule == "policy.version-taken"
    assert lived.opened_again().book.live.policy.version == 3


def test_a_back_test_that_is_wired_stands_in_the_report(lived: Life) -> None:
    def run(candidate: Policy, live: Policy | None, currency: str, lines: Lines) -> dict[str, Any]:
        assert live is not None
        return {
            "candidate": candidate.version,
            "live": live.version,
            "currency": currency,
            "lines": len(lines),
        }

    told = proposed(lived, STRICTER, back_test=run).report.back_test
    assert told == {"status": "run", "candidate": 2, "live": 1, "currency": "CNY", "lines": 3}


@pytest.mark.parametrize("wrong", ["sha256:", "", "0000", "sha256:ffff"])
def test_an_id_of_no_draft_gets_one_sentence(lived: Life, wrong: str) -> None:
    proposed(lived, STRICTER)
    with pytest.raises(Mistake, match="fullrecall policy list"):
        published(lived, wrong, "bob")


def test_an_empty_book_can_be_given_its_first_policy(database: str) -> None:
    empty = life(database)
    draft = propose(
        empty.store,
        policy(STRICTER),
        STRICTER,
        live=None,
        by="ann",
        at=NOW,
        key="first",
        engines=(),
        missing={},
    )
    assert draft.report.swap is None
    assert draft.report.agreement.ok
    assert published(empty, draft.id, "bob") == Done(("PolicyPublished",))
    empty.store.engine.dispose()
