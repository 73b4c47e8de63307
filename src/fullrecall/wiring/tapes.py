"""Where tapes come from: the data folder, a file with its mapping, or a simulated book that says so."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullrecall.domain.vocabulary import Mistake

if TYPE_CHECKING:  # readers of files load slowly: each function below brings what it needs
    from fullrecall.adapters.tape_files import TapeFile

DATA_VARIABLE = "FULLRECALL_DATA"
DATA_DEFAULT = Path("../shared/data")
TAIWAN_FILE = "taiwan_credit_card.parquet"
SIMULATED_LINES, SIMULATED_SEED = 30_000, 2005


def data_folder() -> Path:
    return Path(os.environ.get(DATA_VARIABLE) or DATA_DEFAULT)


def taiwan_file() -> Path | None:
    """The Taiwan file where FULLRECALL_DATA points or where `data get` puts it; None when it is absent."""
    for folder in (data_folder(), Path("data")):
        if (folder / TAIWAN_FILE).is_file():
            return folder / TAIWAN_FILE
    return None


def named_tape(path: str, mapping: str) -> TapeFile:
    """A checked tape of a file the user names."""
    from fullrecall.adapters.tape_files import open_tape, read_mapping

    file = Path(path)
    if not file.is_file():
        raise Mistake(
            f"There is no file {path}: check the path, or fetch public data with `fullrecall data get`."
        )
    return open_tape(file, read_mapping(mapping))


def simulated_tape(folder: Path, lines: int = SIMULATED_LINES, seed: int = SIMULATED_SEED) -> TapeFile:
    """A simulated book of the same shape as the Taiwan data, labelled simulated everywhere."""
    from fullrecall.adapters.simulated_book import mapping_for, write_simulated_book
    from fullrecall.adapters.tape_files import open_tape, read_mapping

    path = folder / f"simulated-{lines}-{seed}.parquet"
    if not path.is_file():
        write_simulated_book(path, lines, seed=seed)
    return open_tape(path, mapping_for(6, read_mapping("simulated")))


class FirstLines:
    """The same tape, cut to its first lines: for a quick look and for tests."""

    def __init__(self, tape: TapeFile, lines: int) -> None:
        self._tape = tape
        self._ids = frozenset(tape.line_ids[:lines])
        self.fingerprint = f"{tape.fingerprint[:16]}-first-{lines}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tape, name)

    def rows(self, month: date) -> list[Any]:
        return [row for row in self._tape.rows(month) if row.line_id in self._ids]

    def payments(self, month: date) -> list[Any]:
        return [payment for payment in self._tape.payments(month) if payment.line_id in self._ids]

    def outcomes(self) -> dict[str, bool] | None:
        found = self._tape.outcomes()
        return None if found is None else {i: flag for i, flag in found.items() if i in self._ids}


def describe(tape: TapeFile, *, law_as_of: date, pack: str) -> dict[str, Any]:
    """What a tape says of itself, for the book's note and the report."""
    mapping = tape.mapping
    return {
        "dataset": mapping.tape,
        "fingerprint": tape.fingerprint,
        "label": {"en": tape.label.en, "zh": tape.label.zh},
        "simulated": mapping.simulated,
        "source": mapping.source,
        "licence": mapping.licence,
        "currency": tape.currency,
        "first": tape.months[0].isoformat(),
        "last": tape.months[-1].isoformat(),
        "law_as_of": law_as_of.isoformat(),
        "pack": pack,
        "assumptions": [{"en": a.en, "zh": a.zh} for a in tape.assumptions],
    }


def outcome_date(tape: TapeFile) -> date | None:
    return tape.mapping.outcome.as_of if tape.mapping.outcome else None


def fetch(
    name: str, folder: Path, from_files: Sequence[Path], progress: Callable[[int, int | None], None]
) -> list[Path]:
    """Bring a public data set from its home, checked."""
    from fullrecall.adapters import data_homes

    home = data_homes.home_of(name)
    return data_homes.get(
        home, folder, url=data_homes.url_of(home, os.environ), from_files=from_files, progress=progress
    )
