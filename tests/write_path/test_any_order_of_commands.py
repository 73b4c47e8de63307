"""Commands in any order, repeated, rehearsed or failing between: the books agree and repeats do nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fullrecall.domain.facts import PaymentObserved
from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports import Transaction
from fullrecall.ports.change import Change
from fullrecall.use_cases.close_day import close_day
from fullrecall.use_cases.dispatch_notices import dispatch_notices
from fullrecall.use_cases.observe_payments import observe_payments
from fullrecall.use_cases.verify_all import verify_all
from fullrecall.use_cases.watch_positions import watch_positions
from fullrecall.use_cases.work_case import approve_case, withdraw_case
from fullrecall.write_path import write
from fullrecall.write_path.rulebook import Rulebook
from house_databases import Postgres, SqliteFiles
from small_house import WATCHED, HeldTape, House, at, house, small_tape
from table_dump import Dump, differences, dump

REAL = ("watch", "pay", "close", "leap", "send", "approve", "withdraw")
IDLE = ("again", "rehearse", "fail")  # must change nothing
Step = tuple[str, int]


class Teller:
    """Gives commands to a house in the order of its days, and remembers each to give it again."""

    def __init__(self, joined: House, tape: HeldTape) -> None:
        self.house, self.tape = joined, tape
        self.day = tape.months[0]
        self.month = 0
        self.given: list[Callable[[], object]] = []

    def do(self, kind: str, n: int) -> None:
        command = getattr(self, f"_{kind}")(n)
        if command is not None:
            command()
            if kind == "send":  # no key of its own: at once again it finds nothing, later it may find more
                sent = dump(self.house.store.engine)
                command()
                assert differences(sent, dump(self.house.store.engine)) == []
            elif kind in REAL:
                self.given.append(command)
                if kind == "close":
                    self.day += timedelta(days=1)

    def _watch(self, n: int) -> Callable[[], object] | None:
        if self.month >= len(self.tape.months):
            return None
        month = self.tape.months[self.month]
        self.month += 1
        self.day = max(self.day, month)
        h, rows, when = self.house, self.tape.rows(month), at(self.day, time(6))
        owners, key = self.tape.owners(), f"watch:{month}"
        return lambda: watch_positions(h.store, h.book, WATCHED, rows, owners, key=key, recorded_at=when)

    def _pay(self, n: int) -> Callable[[], object]:
        h, day, key = self.house, self.day, f"pay:{len(self.given)}"
        owners = self.tape.owners()
        line = sorted(owners)[n % len(owners)]
        paid = [(line, owners[line][0], (n + 1) * 77_700)]
        return lambda: observe_payments(h.store, h.book, paid, day, key=key, recorded_at=at(day, time(8)))

    def _close(self, n: int) -> Callable[[], object]:
        h, day = self.house, self.day
        return lambda: close_day(h.store, h.book, day, recorded_at=at(day, time(9)))

    def _leap(self, n: int) -> None:
        self.day += timedelta(days=n % 20)

    def _send(self, n: int) -> Callable[[], object]:
        h, now = self.house, at(self.day, time(10))
        return lambda: dispatch_notices(h.store, h.book, h.messenger, now=now)

    def _approve(self, n: int) -> Callable[[], object]:
        h, day = self.house, self.day
        ids = [head.state.case_id for head in h.store.cases_where(None, True, 100)]

        def approve() -> None:
            for case_id in ids:
                key = f"approve:{case_id}:{day}"
                approve_case(h.store, h.book, case_id, by="ann", today=day, at=at(day, time(11)), key=key)

        return approve

    def _withdraw(self, n: int, *, dry_run: bool = False) -> Callable[[], object] | None:
        h, day, key = self.house, self.day, f"withdraw:{len(self.given)}"
        ids = [head.state.case_id for head in h.store.all_cases()]
        if not ids:
            return None
        return lambda: withdraw_case(
            h.store, h.book, ids[n % len(ids)], by="ann", why="test", today=day, at=at(day, time(12)),
            key=key, dry_run=dry_run,
        )  # fmt: skip

    def _again(self, n: int) -> Callable[[], object] | None:
        return self.given[n % len(self.given)] if self.given else None

    def _rehearse(self, n: int) -> Callable[[], object] | None:
        return self._withdraw(n, dry_run=True)

    def _fail(self, n: int) -> Callable[[], object]:
        def breaks(tx: Transaction, change: Change) -> None:
            change.hold_lines(tx.lines_of_borrowers([f"B-{line}" for line in self.tape.owners()]))
            for line_id in list(change.lines):
                change.line_fact(line_id, PaymentObserved(1), self.day)
            raise Mistake("This command always fails.")

        def fail() -> None:
            with pytest.raises(Mistake, match="always fails"):
                write(self.house.store, f"fail:{n}", n, at(self.day, time(7)), breaks)

        return fail


@pytest.fixture(scope="module")
def few_lines(tmp_path_factory: pytest.TempPathFactory) -> HeldTape:
    return small_tape(tmp_path_factory.mktemp("few"), n_lines=14, months=4, seed=2)


def steps() -> st.SearchStrategy[list[Step]]:
    kind = st.sampled_from(("watch", "watch", *REAL, "close", "leap", "send", *IDLE))
    return st.lists(st.tuples(kind, st.integers(0, 40)), min_size=8, max_size=30)


def play(joined: House, tape: HeldTape, program: list[Step]) -> Dump:
    teller = Teller(joined, tape)
    before = dump(joined.store.engine)
    for kind, n in program:
        teller.do(kind, n)
        after = dump(joined.store.engine)
        if kind in IDLE:
            assert differences(before, after) == [], f"{kind} changed something"
        before = after
    found = verify_all(joined.store)
    assert found.problems == ()
    assert found.line_minus_ledger == 0
    assert set(found.trial_balance.values()) <= {0}
    return before


def check(place: Callable[[], str], book: Rulebook, tape: HeldTape, program: list[Step]) -> None:
    """Played as told, and played without what must change nothing: the ends are equal."""
    ends = []
    for played in (program, [step for step in program if step[0] not in IDLE]):
        with tempfile.TemporaryDirectory() as mailbox:
            joined = house(place(), book, Path(mailbox))
            ends.append(play(joined, tape, played))
            joined.store.engine.dispose()
    assert differences(*ends) == []


@given(program=steps())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_on_sqlite(
    sqlite_files: SqliteFiles, taiwan_rules: Rulebook, few_lines: HeldTape, program: list[Step]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check(lambda: sqlite_files.fresh(Path(folder)), taiwan_rules, few_lines, program)


@given(program=steps())
@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
def test_on_postgresql(
    postgres: Postgres, taiwan_rules: Rulebook, few_lines: HeldTape, program: list[Step]
) -> None:
    check(postgres.fresh, taiwan_rules, few_lines, program)
