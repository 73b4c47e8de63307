"""What a cell must be before it may enter the house: every refusal names the file, the row and the column."""

from __future__ import annotations

from datetime import date, datetime

import msgspec
import polars as pl

from fullrecall.domain.money import AMOUNT_MAX
from fullrecall.domain.vocabulary import Mistake

CELL_LENGTH_MAX = 10_000  # characters
ID_LENGTH_MAX = 100
_AMOUNT_TEXT = r"^([+-]?)([0-9]+)(?:\.([0-9]+))?$"
_CONTROL = r"[\x00-\x1f\x7f]"
_NOT_NUMBERS = ("nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity")


class BadTape(Mistake):
    """A file that cannot be taken as a tape; it is refused whole."""


class Sheet(msgspec.Struct, frozen=True):
    """A file's raw cells and how to name one of them. `typed` is false for CSV, where all cells are text."""

    file: str
    cells: pl.DataFrame
    typed: bool
    id_column: str

    def column(self, name: str) -> pl.Series:
        if name not in self.cells.columns:
            near = [found for found in self.cells.columns if found.strip().lower() == name.lower()]
            found = f"it has {near[0]!r}" if near else f"it has {_list(self.cells.columns)}"
            raise BadTape(
                f"{self.file}: column {name!r} is missing; {found}: correct the file or the mapping."
            )
        return self.cells[name]

    def refuse_where(self, wrong: pl.Series, column: str, sentence: str) -> None:
        """Raise for the first row where `wrong` is true (unknown is not wrong)."""
        first = wrong.fill_null(False).arg_max() if len(wrong) else None
        if first is None or not wrong[first]:
            return
        held = self.cells[column][first] if column in self.cells.columns else ""
        more = int(wrong.sum()) - 1
        also = f" ({more} more rows have the same fault)" if more else ""
        raise BadTape(f"{self.place(first, column)}: {_show(held)} {sentence}{also}.")

    def place(self, row: int, column: str) -> str:
        """Data rows are counted from 1 without the header."""
        name = ""
        if self.id_column in self.cells.columns and self.id_column != column:
            name = f" ({self.id_column} {_show(self.cells[self.id_column][row])})"
        return f"{self.file}, data row {row + 1}{name}, column {column!r}"


def _show(value: object) -> str:
    if value is None:
        return "an empty cell"
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:40] + "…")
    if isinstance(value, date | datetime):
        return value.isoformat()
    return " ".join(str(value).split())[:60]


def _list(names: list[str]) -> str:
    shown = ", ".join(repr(name[:40]) for name in names[:30])
    return shown + (f" and {len(names) - 30} more" if len(names) > 30 else "")


def refuse_long_text(sheet: Sheet) -> None:
    for name in sheet.cells.columns:
        cells = sheet.cells[name]
        if len(name) > CELL_LENGTH_MAX:
            raise BadTape(f"{sheet.file}: a column name has {len(name):,} characters; correct the header.")
        if cells.dtype == pl.String:
            lengths = cells.str.len_chars()
        elif cells.dtype == pl.Binary:
            lengths = cells.bin.size()
        else:
            continue
        row = lengths.fill_null(0).arg_max() or 0
        if len(lengths) and (lengths[row] or 0) > CELL_LENGTH_MAX:
            raise BadTape(
                f"{sheet.place(row, name)}: one cell holds {lengths[row]:,} characters; no field of a tape "
                f"is longer than {CELL_LENGTH_MAX:,}: correct or remove it."
            )


def numbers(sheet: Sheet, name: str, digits: int) -> pl.Series:
    """A column as exact integers in units of 10**-digits: the currency's digits for major units, else 0."""
    cells = sheet.column(name)
    if cells.dtype == pl.Null:
        return cells.cast(pl.Int64)
    if cells.dtype.is_integer():
        return _scaled_integers(sheet, name, cells, digits)
    if cells.dtype.is_float():
        return _exact_floats(sheet, name, cells.cast(pl.Float64), digits)
    if cells.dtype.is_decimal():
        return _text_amounts(sheet, name, cells.cast(pl.String), digits)
    if cells.dtype == pl.String and not sheet.typed:
        return _text_amounts(sheet, name, cells, digits)
    raise BadTape(
        f"{sheet.place(_first_value(cells), name)}: holds {_show(cells[_first_value(cells)])}, "
        f"and the column's type is {cells.dtype}; numbers are needed: convert the column."
    )


def _first_value(cells: pl.Series) -> int:
    return cells.is_not_null().arg_max() or 0


def _scaled_integers(sheet: Sheet, name: str, cells: pl.Series, digits: int) -> pl.Series:
    bound = AMOUNT_MAX // 10**digits
    cells = cells.cast(
        pl.Int128
    )  # so that a column of bytes or of unsigned words compares with the bound at all
    sheet.refuse_where((cells > bound) | (cells < -bound), name, _beyond(digits))
    scaled: pl.Series = cells.cast(pl.Int64) * 10**digits
    return scaled


def _exact_floats(sheet: Sheet, name: str, cells: pl.Series, digits: int) -> pl.Series:
    """Doubles that stand for decimals: 426.09 is not exact in binary, but it can only mean 42609 cents."""
    sheet.refuse_where(
        cells.is_nan(), name, "is not a number; leave the cell empty where the value is unknown"
    )
    sheet.refuse_where(cells.is_infinite(), name, "is not finite; correct it or leave the cell empty")
    sheet.refuse_where(cells.abs() > AMOUNT_MAX / 10**digits, name, _beyond(digits))
    scaled = cells * 10**digits
    whole: pl.Series = scaled.round()
    # 1e-15 of the amount is the noise of a double itself; the rest must be a whole number.
    off = (scaled - whole).abs() - whole.abs() * 1e-15
    sheet.refuse_where(off > 1e-6, name, _fractional(digits))
    return whole.cast(pl.Int64)


def _text_amounts(sheet: Sheet, name: str, cells: pl.Series, digits: int) -> pl.Series:
    lower = cells.str.to_lowercase()
    sheet.refuse_where(
        lower.is_in(_NOT_NUMBERS), name, "is not a number; leave the cell empty where the value is unknown"
    )
    sheet.refuse_where(
        ~cells.str.contains(_AMOUNT_TEXT),
        name,
        "is not a number; write it as 1234.50, without separators, units or formulas",
    )
    parts = cells.str.extract_groups(_AMOUNT_TEXT).struct.unnest()
    sign, whole, fraction = parts.to_series(0), parts.to_series(1), parts.to_series(2).fill_null("")
    fraction = fraction.str.strip_chars_end("0")
    sheet.refuse_where(fraction.str.len_chars() > digits, name, _fractional(digits))
    whole = whole.str.strip_chars_start("0")
    sheet.refuse_where(whole.str.len_chars() > 14, name, _beyond(digits))
    value = (whole + fraction.str.pad_end(digits, "0")).replace("", "0").cast(pl.Int64)
    sheet.refuse_where(value > AMOUNT_MAX, name, _beyond(digits))
    return pl.select(pl.when(sign == "-").then(-value).otherwise(value)).to_series()


def _beyond(digits: int) -> str:
    return f"is beyond {AMOUNT_MAX // 10**digits:,}, more than this system counts exactly; is the unit right?"


def _fractional(digits: int) -> str:
    if digits:
        return f"has more decimals than this currency, which has {digits}; round it at the source"
    return "is not a whole number, and this column counts whole units; is the unit right?"


def dates(sheet: Sheet, name: str) -> pl.Series:
    cells = sheet.column(name)
    if cells.dtype == pl.Datetime:
        cells = cells.dt.date()
    elif cells.dtype == pl.String:
        days = cells.str.to_date("%Y-%m-%d", strict=False)
        days = pl.select(pl.when(cells.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")).then(days)).to_series()
        sheet.refuse_where(days.is_null() & cells.is_not_null(), name, "is not a date; write YYYY-MM-DD")
        cells = days
    elif cells.dtype != pl.Date:
        raise BadTape(
            f"{sheet.file}: column {name!r} has type {cells.dtype}; dates are needed: convert the column."
        )
    sheet.refuse_where(cells.is_null(), name, "stands where a date is needed; fill it in")
    sheet.refuse_where(
        (cells.dt.year() < 1900) | (cells.dt.year() > 2199), name, "is outside the years 1900 to 2199"
    )
    return cells


def texts(sheet: Sheet, name: str) -> pl.Series:
    """Text as it stands, formulas too. Control characters are refused: PostgreSQL cannot hold a NUL."""
    cells = sheet.column(name)
    if cells.dtype == pl.Null or cells.dtype.is_integer() or cells.dtype == pl.Categorical:
        cells = cells.cast(pl.String)
    if cells.dtype != pl.String:
        raise BadTape(
            f"{sheet.file}: column {name!r} has type {cells.dtype}; text is needed: convert the column."
        )
    sheet.refuse_where(cells.str.contains(_CONTROL), name, "contains control characters; remove them")
    return cells


def ids(sheet: Sheet, name: str, prefix: str, width: int) -> pl.Series:
    cells = texts(sheet, name)
    sheet.refuse_where(
        cells.is_null() | (cells.str.strip_chars() == ""), name, "stands where an id is needed; fill it in"
    )
    sheet.refuse_where(cells.str.strip_chars() != cells, name, "is an id with blanks around it; remove them")
    sheet.refuse_where(
        cells.str.len_chars() > ID_LENGTH_MAX, name, f"is an id of more than {ID_LENGTH_MAX} characters"
    )
    return prefix + cells.str.pad_start(width, "0")


def refuse_negative(sheet: Sheet, values: pl.Series, column: str, what: str) -> None:
    sheet.refuse_where(values < 0, column, f"is negative, and {what} never is; correct it")
