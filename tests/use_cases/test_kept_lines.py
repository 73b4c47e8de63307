"""Kept lines through the write path: once per key, never overspent, recalled by the same ladder."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import msgspec
import pytest

from fullrecall.domain.terms.product_read import parse_product
from fullrecall.domain.vocabulary import Mistake, Stage
from fullrecall.use_cases.close_day import close_day
from fullrecall.use_cases.dispatch_notices import dispatch_notices
from fullrecall.use_cases.draw_cash import Drawdown, draw_cash
from fullrecall.use_cases.open_line import NewLine, open_line, set_limit
from fullrecall.use_cases.pay import pay, pay_quote, reverse_payment
from fullrecall.use_cases.post_accruals import post_accruals
from fullrecall.use_cases.purchase import capture_purchase, hold_purchase, refund_purchase
from fullrecall.use_cases.quote_payoff import quote_payoff
from fullrecall.use_cases.verify_all import verify_all
from fullrecall.use_cases.watch_kept_lines import watch_kept_lines
from fullrecall.use_cases.work_case import approve_case, withdraw_case
from fullrecall.wiring.rulebook import shipped
from fullrecall.write_path.write import KeyReused
from house_databases import SqliteFiles
from small_house import House, at, house, rulebook

JIEBEI, HUABEI = (parse_product(shipped("products", n), source=f"{n}.yaml") for n in ("jiebei", "huabei"))
OPENED = date(2025, 1, 1)
DAY = timedelta(days=1)


def noon(day: date) -> datetime:
    return at(day, time(12))


def opened(place: str, mailbox: Path) -> House:
    """The reference policy, and one borrower with a loan line and a pay-later line."""
    joined = house(place, rulebook("cn-consumer"), mailbox)
    for product, name, limit in ((JIEBEI, "J", 20_000_00), (HUABEI, "H", 5_000_00)):
        new = NewLine(name, "B", limit, "granted on score 720", "risk-policy")
        open_line(joined.store, product, new, on=OPENED, key=f"open:{name}", at=noon(OPENED))
    return joined


@pytest.fixture
def lender(database: str, tmp_path: Path) -> Iterator[House]:
    joined = opened(database, tmp_path / "mailbox")
    yield joined
    joined.store.engine.dispose()


@pytest.fixture(scope="module")
def half_a_year(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> str:
    """12,000.00 drawn on 10 January 2025 and nothing paid, lived through until the end of June."""
    folder = tmp_path_factory.mktemp("half")
    joined = opened(sqlite_files.fresh(folder), folder / "mailbox")
    draw(joined, 12_000_00, date(2025, 1, 10))
    live(joined, date(2025, 2, 9), date(2025, 6, 30))
    joined.store.engine.dispose()
    return joined.place


@pytest.fixture
def recalled(half_a_year: str, tmp_path: Path) -> Iterator[House]:
    place = shutil.copy(half_a_year, tmp_path / "copy.db")
    joined = house(str(place), rulebook("cn-consumer"), tmp_path / "mailbox")
    yield joined
    joined.store.engine.dispose()


def draw(lender: House, amount: int, on: date, key: str = "d-1") -> object:
    asked = Drawdown(amount, "CNY", "equal_principal", 12)
    return draw_cash(lender.store, "J", asked, on=on, key=key, at=noon(on))


def verified(lender: House) -> None:
    found = verify_all(lender.store)
    assert (found.problems, found.line_minus_ledger) == ((), 0)
    assert set(found.trial_balance.values()) <= {0}


def test_a_contract_pins_its_product_and_verifies(lender: House) -> None:
    head = lender.store.line("J")
    assert head and head.state.kept and head.state.kept.product == JIEBEI
    assert head.state.credit_limit == 20_000_00
    opening = lender.store.facts_of("line:J")[0].fact
    assert (opening.origin, opening.product_id) == ("kept", JIEBEI.id)  # type: ignore[attr-defined]
    verified(lender)


def test_once_per_key_and_another_amount_is_refused(lender: House) -> None:
    draw(lender, 12_000_00, OPENED)
    on = date(2025, 2, 1)
    asked = {"method": "debit", "on": on, "key": "p-1", "at": noon(on)}
    first = pay(lender.store, lender.book, "J", 500_00, "CNY", **asked)  # type: ignore[arg-type]
    again = pay(lender.store, lender.book, "J", 500_00, "CNY", **asked)  # type: ignore[arg-type]
    assert again.repeated and not first.repeated and again.posted == first.posted
    with pytest.raises(KeyReused, match="'p-1' was already used"):
        pay(lender.store, lender.book, "J", 400_00, "CNY", **asked)  # type: ignore[arg-type]
    verified(lender)


def test_holds_share_the_limit_and_nothing_is_half_posted(lender: House) -> None:
    on = date(2025, 1, 5)
    for key, rule in (("h-1", ""), ("h-2", "LIMIT_EXCEEDED")):
        told = hold_purchase(lender.store, "H", 3_000_00, "CNY", "shop", on=on, key=key, at=noon(on))
        assert (told.rule, told.available) == (rule, 2_000_00)
    capture_purchase(lender.store, "H", "h-1", 2_500_00, "CNY", on=on, key="c-1", at=noon(on))
    before = lender.store.counts()
    with pytest.raises(Mistake, match="above what is left"):
        refund_purchase(lender.store, "H", "h-1", 2_500_01, "CNY", on=on, key="r-1", at=noon(on))
    assert lender.store.counts() == before
    refund_purchase(lender.store, "H", "h-1", 500_00, "CNY", on=on, key="r-2", at=noon(on))
    head = lender.store.line("H")
    assert head and head.state.balance == 2_000_00 == head.ledger.receivable
    verified(lender)


def test_month_end_posts_many_lines_and_issues_their_statements(lender: House) -> None:
    draw(lender, 12_000_00, OPENED)
    hold_purchase(lender.store, "H", 300_00, "CNY", "shop", on=OPENED, key="h", at=noon(OPENED))
    capture_purchase(lender.store, "H", "h", 300_00, "CNY", on=OPENED, key="c", at=noon(OPENED))
    on = date(2025, 1, 31)
    done = post_accruals(lender.store, ["J", "H", "?"], "month_end", on=on, key="m", at=noon(on))
    # 12,000.00 x 0.0004 x 30 days = 144.00; the purchase earns nothing
    assert (done.posted, done.unchanged, done.income) == (1, 1, {"CNY": 144_00})
    on += DAY
    done = post_accruals(lender.store, ["H"], "statement", on=on, key="s", at=noon(on))
    assert done.statements == 1
    verified(lender)


def test_a_quote_is_recorded_and_paid(lender: House) -> None:
    draw(lender, 12_000_00, OPENED)
    on = date(2025, 1, 11)
    quote = quote_payoff(lender.store, "J", on=on, key="q-1", at=noon(on))
    assert quote.totals[on] == 12_048_00 and quote.per_diem_exact == 4_80  # ten days x 4.80
    paid = pay_quote(
        lender.store,
        lender.book,
        "J",
        "q-1",
        12_052_80,
        "CNY",
        method="manual",
        on=on + DAY,
        key="p",
        at=noon(on),
    )
    assert (paid.fact, paid.balance) == ("AdvancesSettled", 0)
    back = reverse_payment(
        lender.store, lender.book, "J", "p", "bounced", on=on + DAY, key="rev", at=noon(on)
    )
    assert back.balance == 12_052_80
    verified(lender)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda s, w: open_line(s, JIEBEI, NewLine("J", "B", 500_00, "x", "y"), on=OPENED, **w),
         "exists already"),
        (lambda s, w: open_line(s, JIEBEI, NewLine("N", "B", 499_99, "x", "y"), on=OPENED, **w),
         "lies outside product jiebei: 500.00 CNY to"),
        (lambda s, w: open_line(s, JIEBEI, NewLine("N", "B", 500_00, "x", "y"), on=date(2021, 1, 1), **w),
         "not in force on 2021-01-01"),
        (lambda s, w: set_limit(s, "J", 10**12, reason="x", by="y", on=OPENED, **w), "lies outside"),
        (lambda s, w: draw_cash(s, "Z", Drawdown(1, "CNY", "annuity", 3), on=OPENED, **w), "no line Z"),
    ],
)  # fmt: skip
def test_mistakes_leave_nothing(lender: House, act: Callable[..., object], said: str) -> None:
    before = lender.store.counts()
    with pytest.raises(Mistake, match=said):
        act(lender.store, {"key": "k", "at": noon(OPENED)})
    assert lender.store.counts() == before


def live(lender: House, first: date, last: date) -> None:
    """Each day: the lines watched on Mondays and the 10th, the close, approvals, notices."""
    day = first
    while day <= last:
        if day.weekday() == 0 or day.day == 10:
            watch_kept_lines(
                lender.store, lender.book, ["J", "H"], on=day, key=f"w:{day}", at=at(day, time(6))
            )
        close_day(lender.store, lender.book, day, recorded_at=at(day, time(9)))
        for head in lender.store.cases_where(None, True, 10):
            case_id = head.state.case_id
            approve_case(
                lender.store, lender.book, case_id, by="chen", today=day, at=noon(day), key=f"a:{day}"
            )
        dispatch_notices(lender.store, lender.book, lender.messenger, now=at(day, time(10)))
        day += DAY


def case_of(lender: House) -> object:
    return next(iter(lender.store.all_cases())).state


def test_the_same_ladder_recalls_a_kept_line(recalled: House) -> None:
    case = case_of(recalled)
    assert case.stage in (Stage.ACCELERATED, Stage.CLEARING), case.stage  # type: ignore[attr-defined]
    head = recalled.store.line("J")
    assert head is not None
    s = head.state
    assert s.called == head.ledger.called > 12_000_00 and s.limit_withdrawn and s.frozen
    assert s.called == s.called_at_first + head.state.kept.accounts["called_late"] - _late_at_call(recalled)  # type: ignore[union-attr]
    verified(recalled)

    on = date(2025, 7, 1)
    declined = draw_cash(
        recalled.store, "J", Drawdown(500_00, "CNY", "annuity", 3), on=on, key="d-2", at=noon(on)
    )
    assert declined.rule == "BALANCE_CALLED"
    owed = post_accruals(recalled.store, ["J"], "touch", on=on, key="t", at=noon(on)) and recalled.store.line(
        "J"
    )
    assert owed is not None
    paid = pay(
        recalled.store,
        recalled.book,
        "J",
        owed.state.called,
        "CNY",
        method="manual",
        on=on,
        key="p",
        at=noon(on),
    )
    assert paid.balance == 0
    assert case_of(recalled).stage is Stage.SETTLED  # type: ignore[attr-defined]
    verified(recalled)


def _late_at_call(lender: House) -> int:
    called = next(r.fact for r in lender.store.facts_of("line:J") if r.kind == "BalanceCalled")
    return called.posted["called_late"]  # type: ignore[attr-defined]


def test_a_withdrawn_case_leaves_the_line_as_if_nothing_had_happened(recalled: House) -> None:
    on = date(2025, 7, 1)
    case = case_of(recalled)
    withdraw_case(
        recalled.store,
        recalled.book,
        case.case_id,
        by="chen",
        why="wrong data",
        today=on,
        at=noon(on),
        key="w",  # type: ignore[attr-defined]
    )
    head = recalled.store.line("J")
    assert head and head.state.kept
    s = head.state
    assert (s.called, s.called_on, s.limit_withdrawn, s.frozen) == (0, None, False, "")
    # never called: 12 x 1,000.00, nothing paid; 172 days from 10 January to 1 July x 4.80
    accounts = head.state.kept.accounts
    assert (accounts["principal"], accounts["interest"]) == (12_000_00, 172 * 4_80)
    # late at 0.0002 a day on 1,000.00 each: since 10 Feb, Mar, Apr, May, Jun = 141 + 113 + 82 + 52 + 21 days
    assert accounts["late"] == (141 + 113 + 82 + 52 + 21) * 20
    verified(recalled)


def test_a_line_left_unpaid_is_written_off_and_recovered(recalled: House) -> None:
    live(recalled, date(2025, 7, 1), date(2025, 8, 31))
    assert case_of(recalled).stage is Stage.CHARGED_OFF  # type: ignore[attr-defined]
    head = recalled.store.line("J")
    assert head and head.state.charged_off == head.ledger.charged_off > 0
    owed, on = head.state.charged_off, date(2025, 9, 1)
    paid = pay(
        recalled.store, recalled.book, "J", 1_000_00, "CNY", method="manual", on=on, key="p", at=noon(on)
    )
    assert paid.posted == {
        "cash": 1_000_00,
        "claims": -1_000_00,
        "claims_contra": 1_000_00,
        "recoveries": -1_000_00,
    }
    assert paid.balance == owed - 1_000_00
    assert case_of(recalled).recovered == 1_000_00  # type: ignore[attr-defined]
    verified(recalled)


def test_verify_names_the_fact_and_the_account_that_were_bent(recalled: House) -> None:
    """A cent moved from interest to principal, in the fact and in its hash chain's body alike."""
    recalled.store.engine.dispose()
    with sqlite3.connect(recalled.place) as file:
        file.execute("DROP TRIGGER fact_no_update")
        seq, body = file.execute(
            "SELECT seq, body FROM fact WHERE stream = 'line:J' AND kind = 'AccrualPosted' ORDER BY seq"
        ).fetchone()
        posted = msgspec.json.decode(body)
        posted["posted"]["interest"] -= 1
        posted["posted"]["principal"] = 1
        file.execute(
            "UPDATE fact SET body = ? WHERE stream = 'line:J' AND seq = ?", (msgspec.json.encode(posted), seq)
        )
        posted["posted"]["principal"] = 2  # and another that does not balance
        file.execute(
            "UPDATE fact SET body = ? WHERE stream = 'line:J' AND seq = ?",
            (msgspec.json.encode(posted), seq + 1),
        )
    told = [p.what for p in verify_all(recalled.store).problems if p.stream == "line:J"]
    assert any("its hash does not follow" in what for what in told)
    assert any("the ledger has" in what and "on interest, the line derives" in what for what in told)
    assert any("cannot be followed: AccrualPosted cannot post" in what for what in told)
