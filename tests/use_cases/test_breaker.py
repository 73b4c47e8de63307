"""A close that would freeze or recall more than the policy allows stops, keeps nothing, and asks a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from decision_book import FEBRUARY, JANUARY, Life, life, policy_text, row
from fullrecall.use_cases import close_day as module
from fullrecall.use_cases.verify_all import verify_all
from fullrecall.wiring.messenger import build_messenger
from fullrecall.wiring.settings import read_settings
from fullrecall.worker.catch_up import CaughtUp, catch_up
from fullrecall.write_path.breaker import BreakerTripped, Load
from small_house import at
from table_dump import dump

DAY = date(2026, 3, 1)
NEXT = date(2026, 3, 2)
LINES = ("L", "M", "N")
ALL = (*LINES, "O")


@pytest.fixture
def make(new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Life]]:
    """A book on which DAY wants to freeze some lines for misuse, each with 1,000.00 owed; one case a
    transaction.
    """
    monkeypatch.setattr(module, "CHUNK", 1)
    made: list[Life] = []

    def build(caps: str, misused: tuple[str, ...] = LINES) -> Life:
        text = policy_text(caps=f", caps: {caps}" if caps else "")
        made.append(life(new_database(), text))
        made[-1].watch(*(row(line, JANUARY, 0, 0) for line in ALL))
        made[-1].close(FEBRUARY)
        for line in misused:
            made[-1].misuse(line, FEBRUARY)
        return made[-1]

    yield build
    for one in made:
        one.store.engine.dispose()


def frozen(one: Life) -> set[str]:
    return {head.state.line_id for head in one.store.all_lines() if head.state.frozen}


def test_without_caps_every_due_freeze_is_taken(make: Callable[..., Life]) -> None:
    one = make("")
    assert one.close(DAY).taken == Load(3, {"CNY": 300_000})
    assert frozen(one) == set(LINES)


@pytest.mark.parametrize(
    ("caps", "said"),
    [
        ("{lines_per_run: 2}", "3 lines, and the policy allows 2"),
        ("{exposure_per_run: 2999.99}", "an exposure of 3,000.00 CNY, and the policy allows 2,999.99 CNY"),
    ],
)
def test_too_much_stops_before_the_first_write(make: Callable[..., Life], caps: str, said: str) -> None:
    one = make(caps)
    before = dump(one.store.engine)
    with pytest.raises(BreakerTripped) as tripped:
        one.close(DAY)
    assert said in tripped.value.sentence
    assert "--allow-breaker-by" in tripped.value.sentence
    assert dump(one.store.engine) == before
    assert one.store.last_closed_day() == FEBRUARY


@pytest.mark.parametrize("caps", ["{lines_per_run: 3}", "{exposure_per_run: 3000.00}"])
def test_exactly_what_is_allowed_goes_through(make: Callable[..., Life], caps: str) -> None:
    one = make(caps)
    assert one.close(DAY).taken.lines == 3


def test_a_person_lets_one_run_through_and_it_is_kept_who(make: Callable[..., Life]) -> None:
    one = make("{lines_per_run: 2}")
    assert one.close(DAY, allowed_by=" bob ").taken.lines == 3
    (kept,) = one.store.breakers_allowed(DAY)
    assert (kept.allowed_by, kept.lines, kept.exposure) == ("bob", 3, '{"CNY":300000}')
    assert kept.policy_id == one.book.live.policy.id
    assert one.close(DAY).already_closed
    assert verify_all(one.store).problems == ()


def test_blank_is_nobody(make: Callable[..., Life]) -> None:
    with pytest.raises(BreakerTripped):
        make("{lines_per_run: 2}").close(DAY, allowed_by="  ")


class Killed(BaseException):
    pass


def kill_after_one_case(monkeypatch: pytest.MonkeyPatch) -> None:
    real = module._close_some
    calls = 0

    def once(*given: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise Killed
        real(*given)

    monkeypatch.setattr(module, "_close_some", once)


def test_a_killed_run_that_was_let_through_goes_on_without_asking_again(
    make: Callable[..., Life], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = make("{lines_per_run: 2}")
    with monkeypatch.context() as killing:
        kill_after_one_case(killing)
        with pytest.raises(Killed):
            one.close(DAY, allowed_by="bob")
    assert len(frozen(one)) == 1
    assert one.close(DAY).taken.lines == 3
    assert len(one.store.breakers_allowed(DAY)) == 1


def test_what_a_killed_run_already_took_counts(
    make: Callable[..., Life], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two lines were allowed and due; one was frozen before the kill. A third that came since makes three
    in one run.
    """
    one = make("{lines_per_run: 2}", misused=("L", "M"))
    with monkeypatch.context() as killing:
        kill_after_one_case(killing)
        with pytest.raises(Killed):
            one.close(DAY)
    one.misuse("N", FEBRUARY)
    with pytest.raises(BreakerTripped, match="3 lines"):
        one.close(DAY)
    assert len(frozen(one)) == 1


def test_the_name_is_used_up_by_the_first_day_that_needs_it(
    make: Callable[..., Life], tmp_path: Path
) -> None:
    """L and M are due on DAY, N and O on NEXT; one line a run is allowed."""
    one = make("{lines_per_run: 1}", misused=("L", "M"))
    for line in ("N", "O"):
        one.misuse(line, DAY)
    messenger = build_messenger(read_settings(None), tmp_path / "mailbox", {})

    def catch_up_to_next(name: str) -> CaughtUp:
        return catch_up(one.store, one.book, messenger, NEXT, at, lambda *_: None, breaker_allowed_by=name)

    with pytest.raises(BreakerTripped, match=str(DAY)):
        catch_up_to_next("")
    assert one.store.last_closed_day() == FEBRUARY
    with pytest.raises(BreakerTripped, match=str(NEXT)):
        catch_up_to_next("bob")
    assert one.store.last_closed_day() == DAY
    assert frozen(one) == {"L", "M"}
    catch_up_to_next("carl")
    assert frozen(one) == set("LMNO")
    assert [one.store.breakers_allowed(day)[0].allowed_by for day in (DAY, NEXT)] == ["bob", "carl"]
