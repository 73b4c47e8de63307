"""Parquet files of a tape as frames of whole lines, however the files cut it: by month, by line, or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from fullrecall.domain.policy.tree import Unit
from fullrecall.domain.vocabulary import Mistake

Paths = Sequence[str | Path] | str | Path
ROWS_WANTED = 400_000  # a slice


def files_of(paths: Paths) -> list[Path]:
    """The files named, a folder standing for its Parquet files by name."""
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    files = [
        file
        for path in given
        for file in (sorted(Path(path).glob("*.parquet")) if Path(path).is_dir() else [Path(path)])
    ]
    for file in files:
        if not file.is_file():
            raise Mistake(f"{file}: there is no such file; check the path.", code="no_such_file")
    if not files:
        raise Mistake(
            f"{given[0] if given else 'The tape'}: there is no Parquet file; check the path.",
            code="no_such_file",
        )
    return files


def slices(paths: Paths, tape: Mapping[str, tuple[str, Unit]]) -> Iterator[pl.DataFrame]:
    """Frames that together hold the tape, each line whole in one of them, lines ascending.

    Bounds come from the statistics of the row groups, so files sorted by line_id are read about once; others
    are read once a slice.
    """
    files = files_of(paths)
    schema = schema_of(files, tape)
    bounds, rows = _starts(files)
    scan = pl.scan_parquet(files, extra_columns="ignore").select(list(schema))
    count = max(1, -(-rows // ROWS_WANTED))
    step = max(1, -(-len(bounds) // count))
    cuts = bounds[::step]
    if len(cuts) < 2:
        yield scan.collect()
        return
    for low, high in zip([None, *cuts[1:]], [*cuts[1:], None], strict=True):
        part = scan
        if low is not None:
            part = part.filter(pl.col("line_id") >= low)
        if high is not None:
            part = part.filter(pl.col("line_id") < high)
        frame = part.collect()
        if frame.height:
            yield frame


def _starts(files: list[Path]) -> tuple[list[str], int]:
    """Line ids at which row groups begin, ascending, and how many rows there are."""
    starts: set[str] = set()
    rows = 0
    for file in files:
        with pq.ParquetFile(file) as opened:
            meta = opened.metadata
            at = (
                opened.schema_arrow.names.index("line_id") if "line_id" in opened.schema_arrow.names else None
            )
            for group in range(meta.num_row_groups):
                rows += meta.row_group(group).num_rows
                told = meta.row_group(group).column(at).statistics if at is not None else None
                if told is not None and told.has_min_max:
                    starts.add(str(told.min))
    return sorted(starts), rows


def schema_of(files: Sequence[str | Path], tape: Mapping[str, tuple[str, Unit]]) -> dict[str, pl.DataType]:
    """Columns of the files that an evaluation reads; all files must have the same of them."""
    read = ["line_id", "as_of", "known_at", "n", "currency", *tape, *(f"extra.{name}" for name in tape)]
    wanted = set(read)
    first, *more = ({k: v for k, v in _schema(file).items() if k in wanted} for file in files)
    for file, schema in zip(files[1:], more, strict=True):
        differs = sorted(set(schema) ^ set(first))
        if differs:
            raise Mistake(
                f"{file} and {files[0]} do not both have the column {differs[0]}: write the files alike.",
                code="tape_column",
            )
    return first


def _schema(file: str | Path) -> Mapping[str, pl.DataType]:
    try:
        return pl.read_parquet_schema(file)
    except (pl.exceptions.PolarsError, OSError) as error:
        why = str(error).splitlines()[0]
        raise Mistake(f"{file}: not a whole Parquet file ({why}); copy or export it again.") from None
