"""Where the outside references live: real data and research figures, never part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]


def data_file(name: str) -> Path:
    return _found(
        Path(os.environ.get("FULLRECALL_DATA", _ROOT / ".." / "shared" / "data")) / name, "FULLRECALL_DATA"
    )


def research_file(name: str) -> Path:
    folder = Path(os.environ.get("FULLRECALL_RESEARCH", _ROOT / ".." / "shared" / "research"))
    return _found(folder / name, "FULLRECALL_RESEARCH")


def _found(path: Path, variable: str) -> Path:
    if not path.exists():
        pytest.skip(f"{path.name} is not here: set {variable} to the folder that holds it")
    return path
