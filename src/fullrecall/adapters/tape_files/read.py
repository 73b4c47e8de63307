"""Opens a lender's export, checks it whole, and hands out tape rows, payments and outcomes month by month."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import msgspec
import polars as pl

from fullrecall.adapters.tape_files import checks
from fullrecall.adapters.tape_files.checks import BadTape, Sheet
from fullrecall.adapters.tape_files.load import joined, read_bytes, sheet_of
from fullrecall.adapters.tape_files.mapping import FileOrder, Layout, Mapping, Words
from fullrecall.adapters.tape_files.positions import PositionReader, position_dates
from fullrecall.domain.calendar import month_index
from fullrecall.domain.money import AMOUNT_MAX, UnknownCurrency, digits_of
from fullrecall.domain.tape import COLUMNS, TapeRow
from fullrecall.domain.vocabulary import Mistake


class ObservedPayment(msgspec.Struct, frozen=True):
    """Money that came on a line kept in another core system; `amount_minor` is positive."""

    line_id: str
    paid_on: date
    amount_minor: int


class TapeFile:
    """A checked file. Nothing in it can fail any more; months are given by any date inside them."""

    def __init__(self, mapping: Mapping, positions: pl.DataFrame, fingerprint: str) -> None:
        self.mapping = mapping
        self.fingerprint = fingerprint
        self.assumptions = mapping.assumptions
        self.currency = mapping.currency
        self.label = _label(mapping)
        parts = positions.partition_by("month", as_dict=True, maintain_order=True, include_key=False)
        self._months: dict[int, pl.DataFrame] = {int(key[0]): part for key, part in sorted(parts.items())}
        owners = positions.unique("line_id", keep="first", maintain_order=True)
        self._borrowers: dict[str, str] = dict(zip(owners["line_id"], owners["borrower_id"], strict=True))
        self._cycles: dict[str, int] = dict(zip(owners["line_id"], owners["cycle"], strict=True))
        self._outcomes: dict[str, bool] | None = None
        if mapping.outcome:
            known = owners.filter(pl.col("outcome").is_not_null())
            self._outcomes = {
                line: flag == 1 for line, flag in known.select("line_id", "outcome").iter_rows()
            }

    @property
    def months(self) -> list[date]:
        """Date of the positions of each month, oldest first; the latest one where lines of a month differ."""
        return [part["as_of"].max() for part in self._months.values()]  # type: ignore[misc]

    @property
    def line_ids(self) -> list[str]:
        return sorted(self._borrowers)

    @property
    def positions_count(self) -> int:
        return sum(part.height for part in self._months.values())

    @property
    def positions(self) -> pl.DataFrame:
        """All positions as one table, by month and line id: tape columns, `extra.*`, payment, outcome."""
        return pl.concat(self._months.values())

    def rows(self, month: date) -> list[TapeRow]:
        """Rows of one calendar month, by line id."""
        part = self._part(month)
        columns: list[list[object]] = [
            part["line_id"].to_list(),
            part["as_of"].to_list(),
            part["known_at"].to_list(),
        ]
        columns.append([self.currency] * part.height)
        columns += [
            part[name].to_list() if name in part.columns else [None] * part.height for name in COLUMNS
        ]
        names = list(self.mapping.extra)
        if names:
            values = zip(*(part[f"extra.{name}"].to_list() for name in names), strict=True)
            columns.append([dict(zip(names, row, strict=True)) for row in values])
        return list(map(TapeRow, *columns))

    def payments(self, month: date) -> list[ObservedPayment]:
        """Payments that came inside a calendar month, by line id; zero and unknown are left out."""
        given = self.mapping.payments
        if given is None or month_index(month) not in self._months:
            return []
        part = self._part(month).filter(pl.col("payment") > 0)
        paid_on = month.replace(day=given.day)
        return [
            ObservedPayment(line, paid_on, came)
            for line, came in part.select("line_id", "payment").iter_rows()
        ]

    def outcomes(self) -> dict[str, bool] | None:
        """What truly happened to each line by the outcome's date; None where the file does not tell."""
        return None if self._outcomes is None else dict(self._outcomes)

    def borrower_of(self, line_id: str) -> str:
        return self._borrowers[line_id]

    def cycle_of(self, line_id: str) -> int:
        return self._cycles[line_id]

    def _part(self, month: date) -> pl.DataFrame:
        if month_index(month) not in self._months:
            first, last = self.months[0], self.months[-1]
            raise BadTape(
                f"The tape {self.mapping.tape} has no month {month:%Y-%m}: "
                f"it goes from {first:%Y-%m} to {last:%Y-%m}."
            )
        return self._months[month_index(month)]


def _label(mapping: Mapping) -> Words:
    if not mapping.simulated:
        return mapping.title
    return Words(en=f"SIMULATED: {mapping.title.en}", zh=f"模拟数据：{mapping.title.zh}")


def open_tape(path: str | Path, mapping: Mapping) -> TapeFile:
    """Read and check a whole file; any fault refuses it whole with a BadTape that names row and column."""
    path = Path(path)
    content = read_bytes(path)
    digest = hashlib.sha256(mapping.digest_source.encode())
    digest.update(hashlib.sha256(content).digest())
    sheet = sheet_of(content, path.name, mapping.line_id.column, mapping.encoding)
    if mapping.side_file:
        side_content = read_bytes(path.with_name(mapping.side_file.file))
        digest.update(hashlib.sha256(side_content).digest())
        side = sheet_of(side_content, mapping.side_file.file, mapping.side_file.on, mapping.encoding)
        sheet = joined(sheet, side, mapping.side_file.on)
    if mapping.currency_column:
        _refuse_other_currencies(sheet, mapping.currency_column, mapping.currency)
    positions = _wide(sheet, mapping) if mapping.layout is Layout.WIDE else _long(sheet, mapping)
    return TapeFile(mapping, _derived(positions, path.name), digest.hexdigest())


def _refuse_other_currencies(sheet: Sheet, column: str, currency: str) -> None:
    cells = checks.texts(sheet, column)
    for other in cells.unique().to_list():
        if other == currency:
            continue
        sentence = f"where the tape is in {currency}; one tape holds one currency: split the file"
        try:
            digits_of(other)
        except UnknownCurrency as mistake:
            sentence = f"in place of {currency}. " + mistake.sentence.rstrip(".")
        except Mistake:
            pass
        sheet.refuse_where(cells.eq_missing(other), column, sentence)


def _wide(sheet: Sheet, mapping: Mapping) -> pl.DataFrame:
    reader, height = PositionReader(sheet, mapping), sheet.cells.height
    parts = []
    for month in mapping.months:
        as_of = pl.repeat(month.as_of, height, dtype=pl.Date, eager=True)
        parts.append(_with_month_and_outcome(reader.read(month.columns, as_of), sheet, mapping))
    duplicated = parts[0]["line_id"].is_duplicated()
    sheet.refuse_where(
        duplicated, mapping.line_id.column, "appears on more than one row; a line has one row in this layout"
    )
    return pl.concat(parts)


def _long(sheet: Sheet, mapping: Mapping) -> pl.DataFrame:
    as_of = position_dates(sheet, mapping)
    given = mapping.as_of
    assert given  # noqa: S101 - the mapping was checked
    month_column = given.column or given.months_column or ""
    positions = _with_month_and_outcome(PositionReader(sheet, mapping).read({}, as_of), sheet, mapping)
    duplicated = positions.select("line_id", "month").is_duplicated()
    sheet.refuse_where(
        duplicated,
        month_column,
        "is a month this line has on another row too; keep one row per line and month",
    )
    step = pl.col("month") - pl.col("month").shift().over("line_id")
    back = step > 0 if mapping.file_order is FileOrder.NEWEST_FIRST else step < 0
    order = mapping.file_order.value.replace("_", " ")
    sheet.refuse_where(
        positions.select(back.alias("back"))["back"],
        month_column,
        f"goes back in time for its line: months out of order; sort the file by {mapping.line_id.column!r} "
        f"and {month_column!r}, {order}, or declare the other file_order in the mapping",
    )
    for name, column in (
        ("borrower_id", mapping.borrower_id.column if mapping.borrower_id else ""),
        ("cycle", mapping.billing_cycle.column or ""),
        ("outcome", mapping.outcome.from_ if mapping.outcome else ""),
    ):
        if column:
            changed = positions.select(
                (pl.col(name).ne_missing(pl.col(name).first().over("line_id"))).alias("changed")
            )
            sheet.refuse_where(
                changed["changed"],
                column,
                "differs from this line's first row; it must not change within a line",
            )
    return positions


def _with_month_and_outcome(positions: pl.DataFrame, sheet: Sheet, mapping: Mapping) -> pl.DataFrame:
    months = positions["as_of"].dt.year() * 12 + positions["as_of"].dt.month() - 1
    positions = positions.with_columns(months.cast(pl.Int64).alias("month"))
    if mapping.outcome:
        told = checks.numbers(sheet, mapping.outcome.from_, 0)
        sheet.refuse_where(
            ~told.is_in([0, 1]),
            mapping.outcome.from_,
            "is not an outcome: write 1 where the line defaulted and 0 where not",
        )
        positions = positions.with_columns(told.alias("outcome"))
    return positions


def _derived(positions: pl.DataFrame, file: str) -> pl.DataFrame:
    """Add what follows from the declared columns, and put rows in month and line order."""
    positions = positions.sort("month", "line_id").with_columns(
        pl.col("month").cum_count().over("line_id").cast(pl.Int64).alias("months_on_book")
    )
    if "balance" not in positions.columns:
        return positions
    whole = ["borrower_id", "month"]
    positions = positions.with_columns(pl.col("balance").clip(lower_bound=0).alias("exposure")).with_columns(
        pl.when(pl.col("exposure").is_not_null().all().over(whole))
        .then(pl.col("exposure").sum().over(whole))
        .alias("borrower_exposure")
    )
    beyond = positions.filter(pl.col("borrower_exposure") > AMOUNT_MAX)
    if beyond.height:
        raise BadTape(
            f"{file}: borrower {beyond['borrower_id'][0]!r} owes more than this system counts exactly."
        )
    return positions
