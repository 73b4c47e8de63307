"""Fetches a public data set, checks its rows and totals, and keeps it as the file a mapping reads."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl

from fullrecall.adapters.public_homes import HOMES, Home, Table
from fullrecall.adapters.resumed_download import Progress, download, forget
from fullrecall.domain.vocabulary import Mistake

UNPACKED_MAX = 512 * 1024 * 1024  # bytes


class WrongData(Mistake):
    """A file that is not the data set it is taken for."""


def home_of(name: str) -> Home:
    if name not in HOMES:
        raise Mistake(f"There is no public data set named {name!r}: known are {', '.join(HOMES)}.")
    return HOMES[name]


def url_of(home: Home, environ: Mapping[str, str]) -> str:
    """The home's address, or the one in FULLRECALL_HOME_<NAME> (a mirror inside the lender's network)."""
    return environ.get(f"FULLRECALL_HOME_{home.name.upper()}", home.url)


def get(
    home: Home,
    folder: Path,
    *,
    url: str | None = None,
    from_files: Sequence[Path] = (),
    progress: Progress = lambda here, whole: None,
) -> list[Path]:
    """The data set's checked Parquet files in `folder`; what is there and right is kept, what is wrong told.

    url: overrides the home's address. from_files: files fetched by hand, one for each table.
    """
    wanted = [folder / table.file for table in home.tables]
    if not from_files and all(path.exists() for path in wanted):
        for table, path in zip(home.tables, wanted, strict=True):
            check(table, _parquet(path.read_bytes(), path.name), path.name, home.page)
        return wanted
    folder.mkdir(parents=True, exist_ok=True)
    if from_files:
        return [_keep(home, table, path, folder) for table, path in _matched(home, from_files)]
    address = home.url if url is None else url
    if not address:
        files = " ".join(table.file.replace(".parquet", ".csv") for table in home.tables)
        raise Mistake(
            f"{home.name} is fetched by hand from {home.page}: {home.by_hand}; "
            f"then `fullrecall data get {home.name} --from {files}`."
        )
    fetched = download(address, folder / f"{home.name}.download", progress)
    try:
        kept = [_keep(home, home.tables[0], fetched, folder)]
    except WrongData:
        forget(fetched)
        raise
    forget(fetched)
    return kept


def _matched(home: Home, files: Sequence[Path]) -> list[tuple[Table, Path]]:
    if len(files) != len(home.tables):
        names = ", ".join(table.file for table in home.tables)
        raise Mistake(
            f"{home.name} is made of {len(home.tables)} files ({names}); give one for each, in this order."
        )
    for path in files:
        if not path.is_file():
            raise Mistake(f"There is no file {path}; check the path.")
    return list(zip(home.tables, files, strict=True))


def _keep(home: Home, table: Table, source: Path, folder: Path) -> Path:
    frame = _typed(_raw(home, source.read_bytes(), source.name), table, source.name, home.page)
    check(table, frame, source.name, home.page)
    if table.sorted_by:
        down = [name == table.newest_first for name in table.sorted_by]
        frame = frame.sort(table.sorted_by, descending=down, maintain_order=True)
    target = folder / table.file
    part = target.with_name(target.name + ".part")
    frame.write_parquet(part, compression="zstd")
    part.replace(target)
    return target


def _raw(home: Home, content: bytes, file: str) -> pl.DataFrame:
    """Any of zip, xls, xlsx, Parquet or CSV, told apart by how the bytes begin."""
    if content[:4] == b"PK\x03\x04" and b"xl/workbook" not in content:
        content, file = _unzipped(content, file, home.page)
    if content[:4] == b"PAR1":
        return _parquet(content, file)
    if content[:4] in (b"\xd0\xcf\x11\xe0", b"PK\x03\x04"):
        return _excel(content, file, home)
    if content.lstrip()[:1] in (b"<", b"{", b""):
        raise WrongData(f"{file}: this is a web page or an answer, not the data; look at {home.page}.")
    try:
        return pl.read_csv(io.BytesIO(content), infer_schema=False, null_values=["NA"])
    except pl.exceptions.PolarsError as error:
        raise WrongData(
            f"{file}: not readable as CSV ({str(error).splitlines()[0][:120]}); look at {home.page}."
        ) from None


def _unzipped(content: bytes, file: str, page: str) -> tuple[bytes, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [
                m
                for m in archive.infolist()
                if m.filename.lower().endswith((".xls", ".xlsx", ".csv", ".parquet"))
            ]
            if len(members) != 1:
                raise WrongData(
                    f"{file}: holds {len(members)} data files where one is expected; look at {page}."
                )
            if members[0].file_size > UNPACKED_MAX:
                raise WrongData(
                    f"{file}: unpacks to over {UNPACKED_MAX:,} bytes; this is not the data. Look at {page}."
                )
            return archive.read(members[0]), members[0].filename
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise WrongData(f"{file}: the archive is damaged ({error}); fetch it again.") from None


def _parquet(content: bytes, file: str) -> pl.DataFrame:
    try:
        return pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        raise WrongData(f"{file}: not a whole Parquet file; delete it and fetch it again.") from None


def _excel(content: bytes, file: str, home: Home) -> pl.DataFrame:
    try:
        return pl.read_excel(
            io.BytesIO(content), engine="calamine", read_options={"header_row": home.header_row}
        )
    except Exception as error:  # the reader's error types are not public
        raise WrongData(
            f"{file}: not readable as a sheet ({str(error).splitlines()[0][:120]}); look at {home.page}."
        ) from None


def _typed(frame: pl.DataFrame, table: Table, file: str, page: str) -> pl.DataFrame:
    frame = frame.rename({old: new for old, new in table.renamed.items() if old in frame.columns})
    missing = [name for name in table.types if name not in frame.columns]
    if missing:
        raise WrongData(
            f"{file}: column {missing[0]!r} is missing; this is not the data described at {page}."
        )
    try:
        return frame.select(_cast(frame, name, kind) for name, kind in table.types.items())
    except pl.exceptions.PolarsError as error:
        raise WrongData(
            f"{file}: {str(error).splitlines()[0][:160]}; this is not the data described at {page}."
        ) from None


def _cast(frame: pl.DataFrame, name: str, kind: pl.DataType) -> pl.Expr:
    if kind == pl.Date and frame.schema[name] == pl.String:
        return pl.col(name).str.to_date("%Y-%m-%d")
    return pl.col(name).cast(kind)


def check(table: Table, frame: pl.DataFrame, file: str, page: str) -> None:
    """Row count and column totals against the known ones; a difference of a cent is the noise of doubles."""
    if frame.height != table.rows:
        raise WrongData(
            f"{file}: {frame.height:,} rows where {table.rows:,} are known; "
            f"delete it and fetch it again ({page})."
        )
    for name, known in table.totals.items():
        if name not in frame.columns:
            raise WrongData(f"{file}: column {name!r} is missing; delete it and fetch it again ({page}).")
        total = Decimal(str(frame[name].sum()))
        allowed = Decimal("0.01") if "." in known else Decimal(0)
        if abs(total - Decimal(known)) > allowed:
            raise WrongData(
                f"{file}: column {name!r} adds up to {total:,} where {known} is known; "
                f"delete it and fetch it again ({page})."
            )
