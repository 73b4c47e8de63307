"""The command line called inside the test's own process: the same entry point, without a new Python."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from fullrecall.cli.main import run as entry


class Said(NamedTuple):
    """What a shell would have seen."""

    returncode: int
    stdout: str
    stderr: str


def call(folder: Path, *words: str, data: Path | None = None) -> Said:
    """Run `fullrecall WORDS` with `folder` as the working directory; `data`: where FULLRECALL_DATA points."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    environment = {k: v for k, v in os.environ.items() if k not in ("FULLRECALL_DB", "FULLRECALL_DATA")}
    environment |= {"FULLRECALL_DATA": str(data or folder), "COLUMNS": "200"}
    code: object = 0
    with (
        contextlib.chdir(folder),
        patch.dict(os.environ, environment, clear=True),
        patch.object(sys, "argv", ["fullrecall", *words]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            entry()
        except SystemExit as end:
            code = end.code
    texts = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return Said(code if isinstance(code, int) else 0 if code is None else 1, texts[0], texts[1])
