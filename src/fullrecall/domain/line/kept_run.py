"""A kept line derived from its contract, its movements and a date: own arithmetic that reads no posting.

Interest is exact inside a period and rounded on the period's running sum, so looking at a line, or paying in
two parts on a day, changes no cent. At the start of a day what falls due on it is billed, then the borrower's
money is used, then the day's movements count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction

from fullrecall.domain.calendar import add_months, year_fraction
from fullrecall.domain.line.kept_late import LateInterest
from fullrecall.domain.line.kept_parts import Advance, Row, slots
from fullrecall.domain.money import round_to
from fullrecall.domain.terms.product import Product

_DAY = timedelta(days=1)


class Run:
    """The line on `day`. Read it through kept_reading; move it through kept_moves."""

    def __init__(self, product: Product, opened_on: date) -> None:
        self.product = product
        self.day = opened_on
        self.advances: dict[str, Advance] = {}
        self.active: dict[str, Advance] = {}  # those the calendar may still bill or charge
        self.rows: list[Row] = []
        self.money = 0  # the borrower's, not used yet
        self.cash = 0
        self.goodwill = 0
        self.recovered = 0
        self.lost = 0
        self.late_fees = 0
        self.fees_rebated = 0
        self.called_on: date | None = None
        self.call_due_on: date | None = None
        self.called_at_first = 0
        self.paid_since_call = 0
        self.statements: list[tuple[date, date, int, int]] = []  # closed on, due on, owed, minimum
        self.order = product.order_at(0)
        self._late = LateInterest(product)

    # --- time ----------------------------------------------------------------------------------------------

    def to(self, day: date) -> None:
        """Go to the start of a day; everything the calendar brings on the way happens at its date."""
        while self.day < day:
            self._accrue(min(self._next_event(), day))
            self._start_day()

    def _next_event(self) -> date:
        return min((when for when in self._events() if when > self.day), default=date.max)

    def _events(self) -> Iterator[date]:
        for advance in self.active.values():
            if advance.loan and self.bears(advance):
                yield advance.loan.bound(advance.index)
        if self.product.statement and self._has_something_to_bill():
            yield self._next_closing()
        for row in self.rows:
            if row.owed:
                yield row.due_on
                yield row.late_from
                yield row.late_from + _DAY

    def _has_something_to_bill(self) -> bool:
        return any(a.runs for a in self.active.values()) or any(
            r.principal and not r.advance.stopped and r.advance.kind == "purchase" for r in self.rows
        )

    def _next_closing(self) -> date:
        statement = self.product.statement
        assert statement is not None  # noqa: S101 - asked only of products with statements
        closing = self.day.replace(day=statement.closes_on_day)
        return closing if closing > self.day else add_months(closing, 1)

    def _start_day(self) -> None:
        for advance in list(self.active.values()):
            if advance.loan and self.bears(advance) and advance.loan.bound(advance.index) == self.day:
                self._bill_instalment(advance)
        statement = self.product.statement
        if statement and self.day.day == statement.closes_on_day:
            self._close_statement()
        self._charge_late_fees()
        self.order = self.product.order_at(self.days_past_due)
        self.use_money()
        self._forget_paid()

    def _forget_paid(self) -> None:
        for row in self.rows:
            if not row.owed:
                row.advance.late_earned += row.late_total
        self.rows = [row for row in self.rows if row.owed]
        owing = {row.advance.id for row in self.rows}
        self.active = {
            id_: a for id_, a in self.active.items() if a.unbilled or a.exact or a.parts or id_ in owing
        }

    def add(self, advance: Advance) -> None:
        self.advances[advance.id] = self.active[advance.id] = advance

    # --- interest ------------------------------------------------------------------------------------------

    def _accrue(self, day: date) -> None:
        """Interest of [self.day, day), a stretch on which nothing moves."""
        start, self.day = self.day, day
        weight = self._late.weight(start, day)
        carried: dict[str, int] = {}
        for row in self.rows:
            advance = row.advance
            if advance.written or not row.principal or row.due_on > start:
                continue
            if advance.kind == "purchase" and not advance.stopped:
                carried[advance.id] = carried.get(advance.id, 0) + row.principal
            if row.late_from <= start:
                self._late.add(row, weight)
        interest = self.product.interest
        share = (
            Fraction(interest.rate_per_year) * year_fraction(start, day, interest.day_count) if carried else 0
        )
        for advance in self.active.values():
            if advance.loan and not advance.stopped:
                advance.exact += advance.loan.between(advance.index, self.outstanding(advance), start, day)
            elif principal := carried.get(advance.id):
                advance.exact += principal * share

    def rounded(self, exact: Fraction) -> int:
        return round_to(exact, self.product.rounding.mode)

    def accrued(self, advance: Advance) -> int:
        """Contract interest of the running period so far."""
        return self.rounded(advance.exact)

    def bears(self, advance: Advance) -> bool:
        """Whether a drawdown still has a due day ahead."""
        return not advance.stopped and bool(advance.exact or self.outstanding(advance))

    def outstanding(self, advance: Advance) -> int:
        return advance.unbilled + sum(row.principal for row in self.rows if row.advance is advance)

    # --- billing -------------------------------------------------------------------------------------------

    def bill(self, advance: Advance, due_on: date, principal: int, grace_days: int) -> Row:
        """A new instalment: principal given, and the interest of the period that ends."""
        advance.billed_rows += 1
        row = Row(advance, advance.billed_rows, due_on, due_on + timedelta(days=grace_days), principal)
        row.interest = self.accrued(advance)
        advance.interest_billed += row.interest
        advance.exact = Fraction(0)
        advance.unbilled -= principal
        self.rows.append(row)
        return row

    def _bill_instalment(self, advance: Advance) -> None:
        assert advance.loan is not None  # noqa: S101 - only drawdowns have due days of their own
        principals, index = advance.loan.principals, advance.index
        part = min(principals[index], advance.unbilled) if index < len(principals) else 0
        if index >= len(principals) - 1:
            part = advance.unbilled
        row = self.bill(advance, self.day, part, self.product.grace_days)
        advance.index += 1
        if not row.owed:
            self.rows.remove(row)

    def _close_statement(self) -> None:
        """Purchases, what is carried from earlier statements, the next instalment of each plan, interest."""
        statement = self.product.statement
        assert statement is not None  # noqa: S101 - asked only of products with statements
        due_on = self.day.replace(day=statement.due_on_day)
        due_on = due_on if due_on > self.day else add_months(due_on, 1)
        made = []
        self._take_all_carried()
        for advance in list(self.active.values()):
            if advance.stopped:
                continue
            if advance.kind == "plan":
                row = self._bill_plan(advance, due_on)
            else:
                row = self.bill(advance, due_on, advance.unbilled, self.product.grace_days)
            if row.owed:
                made.append(row)
            else:
                self.rows.remove(row)
        self._set_minimum([row for row in made if row.advance.kind == "purchase"])
        late = [row for row in self.rows if row not in made]
        owed = sum(row.owed for row in made) + sum(row.owed for row in late)
        if owed:
            least = sum(row.due for row in made) + sum(row.due for row in late)
            self.statements.append((self.day, due_on, owed, least))

    def _take_all_carried(self) -> None:
        for row in self.rows:
            if not row.advance.stopped:
                self._take_carried(row)

    def take_carried(self, advance: Advance) -> None:
        """Takes principal beyond the minimum off earlier statements: it is owed, but not past due."""
        for row in self.rows:
            if row.advance is advance:
                self._take_carried(row)

    def _take_carried(self, row: Row) -> None:
        if row.minimum is not None:
            carried = row.principal - row.principal_due
            row.principal -= carried
            row.billed -= carried
            row.advance.unbilled += carried

    def _bill_plan(self, advance: Advance, due_on: date) -> Row:
        row = self.bill(
            advance, due_on, advance.parts.pop(0) if advance.parts else 0, self.product.grace_days
        )
        fee = advance.fee_parts.pop(0) if advance.fee_parts else 0
        advance.fees_earned += fee
        if advance.fees_up_front:
            row.fees, advance.fees_unbilled = advance.fees_unbilled, 0
            advance.fees_unearned -= fee
        else:
            row.fees = fee
        return row

    def _set_minimum(self, rows: list[Row]) -> None:
        """The minimum is laid on the oldest purchases first."""
        rule = self.product.statement.minimum if self.product.statement else None
        if rule is None:
            return
        total = sum(row.principal for row in rows)
        left = min(max(self.rounded(total * Fraction(rule.share)), rule.lowest), total)
        for row in sorted(rows, key=lambda row: row.age):
            row.minimum = min(left, row.principal)
            left -= row.minimum

    def _charge_late_fees(self) -> None:
        """One fee for a missed due day, however many instalments were due on it."""
        fee = self.product.late.fee
        missed = [
            row
            for row in self.rows
            if row.late_from + _DAY == self.day and row.due and not row.by_call and not row.advance.stopped
        ]
        if fee and missed:
            amount = min(fee.amount, sum(row.due for row in missed))
            min(missed, key=lambda row: row.age).fees += amount
            self.late_fees += amount

    # --- money ---------------------------------------------------------------------------------------------

    def allocate(self, amount: int, rows: Iterable[Row]) -> int:
        """Pay instalments in the day's order. Returns what is left over."""
        left = amount
        for row, bucket in slots(rows, self.order):
            part = min(left, row.unpaid(bucket))
            if part:
                row.pay(bucket, part)
                left -= part
                self.recovered += part if row.advance.written else 0
                self.paid_since_call += part if row.advance.called else 0
            if not left:
                break
        return left

    def use_money(self) -> None:
        """The borrower's money pays what can be paid."""
        if self.money > 0:
            self.money = self.allocate(self.money, [row for row in self.rows if row.owed])

    # --- arrears -------------------------------------------------------------------------------------------

    @property
    def past_due_rows(self) -> list[Row]:
        """Instalments whose contractual due day is over and whose due part is not paid."""
        return [row for row in self.rows if not row.by_call and row.late_from < self.day and row.due]

    @property
    def days_past_due(self) -> int:
        """Contractual: since the oldest unpaid contractual due day, 0 within its grace."""
        rows = self.past_due_rows
        return (self.day - min(row.due_on for row in rows)).days if rows else 0
