"""A card trained once on the Taiwan lines and one on a small simulated book."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fullrecall.adapters.simulated_book import write_simulated_book
from fullrecall.adapters.tape_files import TapeFile, open_tape, read_mapping
from fullrecall.analytics.training import Trained, TrainingSettings
from fullrecall.wiring import training

DATA = Path(os.environ.get("FULLRECALL_DATA", Path(__file__).parents[4] / "shared" / "data"))
FILE = DATA / "taiwan_credit_card.parquet"


@pytest.fixture(scope="session", autouse=True)
def packages() -> None:
    for name in training.NEEDED:
        pytest.importorskip(name, reason="the packages of the group `train` are not installed")


def quietly(tape: TapeFile, settings: TrainingSettings) -> Trained:
    return training.fit(tape, settings, lambda label, done, total: None)


@pytest.fixture(scope="session")
def taiwan() -> TapeFile:
    if not FILE.is_file():
        pytest.skip(f"the Taiwan data is not in {DATA}")
    return open_tape(FILE, read_mapping("taiwan"))


@pytest.fixture(scope="session")
def on_taiwan(taiwan: TapeFile) -> Trained:
    return quietly(taiwan, TrainingSettings())


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_simulated_book(tmp_path_factory.mktemp("book") / "book.parquet", 2_000, seed=11)


@pytest.fixture(scope="session")
def simulated(book: Path) -> TapeFile:
    return open_tape(book, read_mapping("simulated"))


@pytest.fixture(scope="session")
def fit() -> Callable[[TapeFile, TrainingSettings], Trained]:
    return quietly


@pytest.fixture(scope="session")
def on_simulated(simulated: TapeFile) -> Trained:
    return quietly(simulated, TrainingSettings(bootstrap_rounds=20))
