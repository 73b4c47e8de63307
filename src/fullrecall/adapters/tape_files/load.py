"""Bytes of a Parquet or CSV file to raw cells; a truncated, ragged, empty or mislabelled file is refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from fullrecall.adapters.tape_files.checks import BadTape, Sheet, refuse_long_text

CHUNK_ROWS = 50_000


def read_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise BadTape(f"{path}: this is a folder; name the file inside it.")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise BadTape(
            f"{path}: there is no such file; check the path, or fetch public data with `fullrecall data get`."
        ) from None
    except OSError as error:
        raise BadTape(f"{path}: the file cannot be read ({error.strerror}).") from None
    if not content:
        raise BadTape(f"{path.name}: the file is empty; export it again.")
    return content


def sheet_of(content: bytes, file: str, id_column: str, encoding: str) -> Sheet:
    """Raw cells of a file's bytes. Parquet is known by its first four bytes or its name; all else is CSV."""
    if content[:4] == b"PAR1" or file.lower().endswith((".parquet", ".pq")):
        sheet = Sheet(file=file, cells=_parquet(content, file), typed=True, id_column=id_column)
    else:
        sheet = Sheet(file=file, cells=_csv(content, file, encoding), typed=False, id_column=id_column)
    if not sheet.cells.height:
        raise BadTape(f"{file}: the file has a header but no rows; export it again.")
    refuse_long_text(sheet)
    return sheet


def joined(sheet: Sheet, side: Sheet, on: str) -> Sheet:
    """The sheet with the columns of a file that has one row per value of `on`."""
    keys, side_keys = sheet.column(on), side.column(on)
    if keys.dtype != side_keys.dtype:
        raise BadTape(
            f"{side.file}: column {on!r} is {side_keys.dtype}, {keys.dtype} in {sheet.file}; make them alike."
        )
    side.refuse_where(side_keys.is_duplicated(), on, "appears more than once; this file has one row for each")
    sheet.refuse_where(
        ~keys.is_in(side_keys.implode()),
        on,
        f"is not found in {side.file}; the two files do not belong together",
    )
    fresh = [name for name in side.cells.columns if name == on or name not in sheet.cells.columns]
    cells = sheet.cells.join(side.cells.select(fresh), on=on, how="left", maintain_order="left")
    return Sheet(file=sheet.file, cells=cells, typed=sheet.typed, id_column=sheet.id_column)


def _parquet(content: bytes, file: str) -> pl.DataFrame:
    try:
        return pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        raise BadTape(
            f"{file}: not a whole Parquet file ({reason}); it may be truncated: copy or export it again."
        ) from None


def _csv(content: bytes, file: str, encoding: str) -> pl.DataFrame:
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        other = "gb18030" if encoding == "utf-8" else "utf-8"
        raise BadTape(
            f"{file}, line {line}: the text is not {encoding}; save it so, or declare "
            f"`encoding: {other}` in the mapping."
        ) from None
    if not text.strip():
        raise BadTape(f"{file}: the file is empty; export it again.")
    # The limit is the process's; a field beyond our own limit is refused afterwards, with its row and column.
    limit_before = csv.field_size_limit(len(text) + 1)
    try:
        records = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = _header(next(records), file)
        chunks = list(_chunks(records, header, file))
    except csv.Error as error:
        raise BadTape(
            f"{file}, line {records.line_num}: not readable as CSV ({error}); correct the quotes there."
        ) from None
    finally:
        csv.field_size_limit(limit_before)
    return pl.concat(chunks) if chunks else pl.DataFrame(schema=dict.fromkeys(header, pl.String))


def _header(names: list[str], file: str) -> list[str]:
    for index, name in enumerate(names):
        if not name.strip():
            raise BadTape(f"{file}, line 1: column {index + 1} has no name; give every column one.")
        if name in names[:index]:
            raise BadTape(f"{file}, line 1: column {name[:40]!r} appears twice; rename or remove one.")
    return names


def _chunks(records: Iterator[list[str]], header: list[str], file: str) -> Iterator[pl.DataFrame]:
    """Frames of text; polars itself fills short rows with nulls in silence, so the rows are counted here."""
    rows: list[list[str]] = []
    count = 0
    for record in records:
        if not record:  # a blank line
            continue
        count += 1
        if len(record) != len(header):
            where = header[len(record)] if len(record) < len(header) else header[-1]
            raise BadTape(
                f"{file}, data row {count}, column {where[:40]!r}: the row has {len(record)} fields "
                f"where the header has {len(header)}; look for a missing or stray comma or quote."
            )
        rows.append(record)
        if len(rows) == CHUNK_ROWS:
            yield _frame(rows, header)
            rows = []
    if rows:
        yield _frame(rows, header)


def _frame(rows: list[list[str]], header: list[str]) -> pl.DataFrame:
    columns = zip(*rows, strict=True)
    frame = pl.DataFrame(
        [pl.Series(name, cells, dtype=pl.String) for name, cells in zip(header, columns, strict=True)]
    )
    return frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
