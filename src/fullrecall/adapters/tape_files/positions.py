"""Raw cells to checked positions: the few expressions a mapping may use, in exact integers."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

import polars as pl

from fullrecall.adapters.tape_files import checks
from fullrecall.adapters.tape_files.checks import Sheet
from fullrecall.adapters.tape_files.mapping import STEPS_MAX, ColumnFrom, ExtraType, Mapping, Unit
from fullrecall.domain.calendar import add_months, month_end
from fullrecall.domain.money import digits_of, to_minor
from fullrecall.domain.tape import COLUMNS, ColumnType

DAYS_MAX = 36_500
DTYPES = {ColumnType.TEXT: pl.String, ColumnType.DATE: pl.Date}
NEVER_NEGATIVE = (
    "credit_limit",
    "amount_due",
    "past_due_amount",
    "days_past_due",
    "proven_severe_violations",
)


class PositionReader:
    """Reads the rows of one month (wide) or of all (long); converted columns are kept for reuse."""

    def __init__(self, sheet: Sheet, mapping: Mapping) -> None:
        self.sheet = sheet
        self.mapping = mapping
        self._kept: dict[tuple[str, int], pl.Series] = {}

    def read(self, names: dict[str, str], as_of: pl.Series) -> pl.DataFrame:
        """Checked positions in file order. `names`: name used in the mapping -> column of this month."""
        columns = self.mapping.filled
        done: dict[str, pl.Series] = {}
        # Amount due may rest on the balance, the past due amount on both.
        for name in sorted(
            columns,
            key=lambda name: (
                ("balance", "amount_due").index(name) if name in ("balance", "amount_due") else 2
            ),
        ):
            done[name] = self._column(name, columns[name], names, done).alias(name)
        frame = [
            *self._identity,
            as_of.alias("as_of"),
            self._known_at(as_of).alias("known_at"),
            *done.values(),
        ]
        frame += [self._extra(name, names).alias(f"extra.{name}") for name in self.mapping.extra]
        if self.mapping.payments:
            came = self._amount(names, self.mapping.payments.from_, self.mapping.payments.unit)
            column = names.get(self.mapping.payments.from_, self.mapping.payments.from_)
            checks.refuse_negative(self.sheet, came, column, "a payment")
            frame.append(came.alias("payment"))
        return pl.DataFrame(frame)

    @cached_property
    def _identity(self) -> list[pl.Series]:
        line, borrower, cycle = self.mapping.line_id, self.mapping.borrower_id, self.mapping.billing_cycle
        line_ids = checks.ids(self.sheet, line.column, line.prefix, line.width).alias("line_id")
        borrower_ids = (
            checks.ids(self.sheet, borrower.column, borrower.prefix, borrower.width) if borrower else line_ids
        )
        if cycle.column:
            cycles = self._whole(cycle.column)
            wrong = ~cycles.is_between(1, 31) | cycles.is_null()
            self.sheet.refuse_where(wrong, cycle.column, "is not a day of the month, 1 to 31; correct it")
        else:
            cycles = pl.repeat(cycle.day, len(line_ids), dtype=pl.Int64, eager=True)
        return [line_ids, borrower_ids.alias("borrower_id"), cycles.alias("cycle")]

    def _known_at(self, as_of: pl.Series) -> pl.Series:
        given = self.mapping.known_at
        if given.column is None:
            return as_of + timedelta(days=given.days_after or 0)
        known = checks.dates(self.sheet, given.column)
        self.sheet.refuse_where(
            known < as_of, given.column, "is before the date of the position it tells; correct it"
        )
        return known

    def _whole(self, column: str) -> pl.Series:
        return self._numbers(column, 0)

    def _numbers(self, column: str, digits: int) -> pl.Series:
        key = (column, digits)
        if key not in self._kept:
            self._kept[key] = checks.numbers(self.sheet, column, digits)
        return self._kept[key]

    def _amount(self, names: dict[str, str], source: str, unit: Unit | None) -> pl.Series:
        return self._numbers(
            names.get(source, source), digits_of(self.mapping.currency) if unit is Unit.MAJOR else 0
        )

    def _column(
        self, name: str, how: ColumnFrom, names: dict[str, str], done: dict[str, pl.Series]
    ) -> pl.Series:
        kind, height = COLUMNS[name].type, self.sheet.cells.height
        if how.value is not None:
            fixed = to_minor(how.value, self.mapping.currency) if kind is ColumnType.MONEY else how.value
            return pl.repeat(fixed, height, dtype=DTYPES.get(kind, pl.Int64), eager=True)
        if how.minimum_due:
            return self._minimum_due(how, done["balance"])
        if how.late_status_to_days:
            steps = self._steps(names.get(how.late_status_to_days.from_, how.late_status_to_days.from_))
            return _if_late(steps, done["balance"], steps * how.late_status_to_days.days_per_step)
        if how.late_status_to_amount:
            steps = self._steps(names.get(how.late_status_to_amount.from_, how.late_status_to_amount.from_))
            missed = pl.select(pl.min_horizontal(steps * done["amount_due"], done["balance"])).to_series()
            missed = pl.select(pl.when(done["amount_due"].is_not_null()).then(missed)).to_series()
            return _if_late(steps, done["balance"], missed)
        if how.codes_to_days:
            return self._codes(
                names.get(how.codes_to_days.from_, how.codes_to_days.from_), how.codes_to_days.codes
            )
        return self._plain(name, kind, how, names)

    def _plain(self, name: str, kind: ColumnType, how: ColumnFrom, names: dict[str, str]) -> pl.Series:
        source = how.from_ or ""
        column = names.get(source, source)
        if kind is ColumnType.TEXT:
            return checks.texts(self.sheet, column)
        values = self._amount(names, source, how.unit)
        if name in NEVER_NEGATIVE:
            checks.refuse_negative(self.sheet, values, column, f"{name} ({COLUMNS[name].zh})")
        if kind is ColumnType.DAYS:
            self.sheet.refuse_where(
                values > DAYS_MAX, column, "is more than a hundred years of days; correct it"
            )
        return values

    def _steps(self, column: str) -> pl.Series:
        steps = self._whole(column)
        self.sheet.refuse_where(
            steps > STEPS_MAX, column, f"is more than {STEPS_MAX} late steps; is this the status column?"
        )
        return steps

    def _codes(self, column: str, codes: dict[str, int]) -> pl.Series:
        cells = checks.texts(self.sheet, column)
        days = cells.replace_strict(list(codes), list(codes.values()), default=None, return_dtype=pl.Int64)
        known = ", ".join(codes)
        unlisted = days.is_null() & cells.is_not_null()
        self.sheet.refuse_where(
            unlisted, column, f"is a code the mapping does not list (it lists {known}); add it to the mapping"
        )
        return days

    def _minimum_due(self, how: ColumnFrom, balance: pl.Series) -> pl.Series:
        """ceil(share x balance) in whole rounding units, in integers: 10^13 times 10^4 fits 64 bits."""
        rule = how.minimum_due
        assert rule  # noqa: S101 - the caller asked
        share, currency = Fraction(str(rule.share)), self.mapping.currency
        unit = max(to_minor(rule.round_up_to, currency), 1)
        owed = balance.clip(lower_bound=0)
        steps = (owed * share.numerator + (share.denominator * unit - 1)) // (share.denominator * unit)
        due = (steps * unit).clip(lower_bound=to_minor(rule.floor, currency))
        return pl.select(pl.when(owed.is_not_null()).then(pl.min_horizontal(due, owed))).to_series()

    def _extra(self, name: str, names: dict[str, str]) -> pl.Series:
        declared = self.mapping.extra[name]
        column = names.get(declared.from_, declared.from_)
        return self._whole(column) if declared.type is ExtraType.WHOLE else checks.texts(self.sheet, column)


def _if_late(steps: pl.Series, balance: pl.Series, late: pl.Series) -> pl.Series:
    """`late` where a step is missed and something is owed, 0 where not, NULL where that cannot be known."""
    return pl.select(
        pl.when((steps >= 1) & (balance > 0)).then(late).when((steps < 1) | (balance <= 0)).then(0)
    ).to_series()


def position_dates(sheet: Sheet, mapping: Mapping) -> pl.Series:
    """The date of each row of a long layout."""
    given = mapping.as_of
    assert given  # noqa: S101 - the mapping was checked
    if given.column:
        return checks.dates(sheet, given.column)
    assert given.anchor and given.months_column  # noqa: S101 - the mapping was checked
    months = checks.numbers(sheet, given.months_column, 0)
    column = given.months_column
    sheet.refuse_where(
        months.is_null() | (months.abs() > STEPS_MAX), column, "is not a number of months from the anchor"
    )
    ends: dict[int, date] = {
        count: month_end(add_months(given.anchor, count, anchor_day=1)) for count in months.unique().to_list()
    }
    return months.replace_strict(list(ends), list(ends.values()), return_dtype=pl.Date)
