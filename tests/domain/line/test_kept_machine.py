"""Anything in any order on a kept line: both folds agree after each fact, and money is where it should be."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from kept_lines import EU, HUABEI, JIEBEI, LIVES_TIMES, OPENED, US, KeptLine, Step, take

from fullrecall.domain import facts as f
from fullrecall.domain.line import kept_decide
from fullrecall.domain.line.kept_moves import derive
from fullrecall.domain.line.kept_state import KeptState, Move

SIZES = st.integers(1, 200_000)


class Life(RuleBasedStateMachine):
    """`paid`: payments that stand; `day`: today."""

    @initialize(terms=st.sampled_from([JIEBEI, HUABEI, US, EU]))
    def open(self, terms: object) -> None:
        self.line = KeptLine(terms)  # type: ignore[arg-type]
        self.day: date = OPENED
        self.paid: dict[str, int] = {}
        self.waived = 0

    @property
    def kept(self) -> KeptState:
        assert self.line.state.kept is not None
        return self.line.state.kept

    @rule(days=st.integers(1, 50))
    def wait(self, days: int) -> None:
        self.day += timedelta(days=days)

    @rule()
    def look(self) -> None:
        self.line.touch(self.day)

    def _may_spend(self) -> bool:
        return not self.line.state.called_on and not self.line.state.charged_off

    @precondition(_may_spend)
    @rule(size=SIZES, pick=st.integers(0, 11))
    def spend(self, size: int, pick: int) -> None:
        kind = "draw" if self.kept.product.advances else "buy"
        take(self.line, Step(0, kind, size, pick), self.day)

    @rule(size=SIZES, pick=st.integers(0, 11), kind=st.sampled_from(["refund", "convert"]))
    def change(self, size: int, pick: int, kind: str) -> None:
        if self.kept.product.statement:
            take(self.line, Step(0, kind, size, pick), self.day)

    @rule(size=SIZES, back=st.integers(0, 60))
    def pay(self, size: int, back: int) -> None:
        on = max(self.day - timedelta(days=back), OPENED)
        self.paid[self.line.pay(size, on)] = size

    @precondition(lambda self: self.paid)
    @rule(data=st.data())
    def bounce(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.paid)))
        self.line.reverse(name, self.day)
        del self.paid[name]

    @rule(size=SIZES)
    def waive(self, size: int) -> None:
        owed = sum(row.owed for row in derive(self.kept, self.day).rows)
        if owed and not self.line.state.charged_off:
            amount = min(size, owed)
            self.line.record(
                kept_decide.waive(
                    self.line.state,
                    self.line.id("g"),
                    amount,
                    self.line.state.currency,
                    "why",
                    "who",
                    self.day,
                ),
                self.day,
            )
            self.waived += amount

    @rule(extra=st.integers(-1, 5), wait=st.integers(0, 20))
    def settle(self, extra: int, wait: int) -> None:
        made = kept_decide.quote(self.line.state, self.line.id("q"), (), self.day)
        if not isinstance(made, f.PayoffQuoted):
            return
        self.line.record(made, self.day)
        self.day += timedelta(days=wait)
        due = made.totals[min(wait, len(made.totals) - 1)] + extra
        if due < 1:
            return
        name = self.line.id("p")
        currency = self.line.state.currency
        paid = kept_decide.pay_off(self.line.state, name, made.quote_id, due, currency, "manual", self.day)
        in_time = extra >= 0 and wait < len(made.totals)
        assert isinstance(paid, f.AdvancesSettled) is in_time
        self.line.record(paid, self.day)
        self.paid[name] = due
        if in_time:
            left = derive(self.kept, self.day)
            assert not any(row.owed for row in left.rows if row.advance.id in made.advance_ids)
            assert not any(left.advances[id_].unbilled for id_ in made.advance_ids)

    @precondition(_may_spend)
    @rule()
    def call(self) -> None:
        self.line.call(self.day, self.day + timedelta(days=15))
        assert self.line.state.called == max(self.line.state.balance, 0)

    @precondition(lambda self: self.line.state.called_on and not self.line.state.charged_off)
    @rule()
    def unwind(self) -> None:
        self.line.unwind(self.day)
        assert self.line.state.called == 0

    @precondition(lambda self: not self.line.state.charged_off)
    @rule()
    def write_off(self) -> None:
        if not any(m.move is Move.CHARGE_OFF for m in self.kept.log):
            self.line.charge_off(self.day)

    @invariant()
    def money_is_where_it_should_be(self) -> None:
        if not hasattr(self, "line"):
            return
        log = self.kept.log
        out = sum(m.amount for m in log if m.move in (Move.DRAW, Move.CAPTURE))
        back = sum(m.amount for m in log if m.move is Move.REFUND)
        assert self.line.of("cash") == sum(self.paid.values()) + back - out
        run = derive(self.kept, self.line.state.as_of)  # type: ignore[arg-type]
        assert not (run.money and any(row.owed for row in run.rows)), "money lies idle beside what is due"
        repaid = sum(advance.repaid for advance in run.advances.values())
        left = sum(run.outstanding(advance) for advance in run.advances.values())
        assert repaid + left == out
        assert self.line.of("goodwill") <= self.waived


Life.TestCase.settings = settings(max_examples=40 * LIVES_TIMES, stateful_step_count=25)
TestLife = Life.TestCase
