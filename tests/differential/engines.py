"""Every engine on the same rows: frames and files for those that read them, the live table for PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from fullrecall.domain.tape import COLUMNS, TapeRow
from fullrecall.storage import bulk
from fullrecall.storage.tables import tape


def fill_live_table(live: Any, rows: Sequence[TapeRow]) -> None:
    """The rows as the live system keeps them: `n` tells rows of one key apart, extras are JSON."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: live, poolclass=StaticPool)
    live.execute("TRUNCATE tape")
    counts: dict[tuple[str, date, date], int] = {}
    cells = []
    for row in rows:
        key = (row.line_id, row.as_of, row.known_at)
        n = counts[key] = counts.get(key, -1) + 1
        extra = json.dumps({k: v.isoformat() if isinstance(v, date) else v for k, v in row.extra.items()})
        cells.append((*key, n, row.currency, *(getattr(row, name) for name in COLUMNS), extra))
    with engine.connect() as connection:
        bulk.insert(connection, tape, cells)
    live.execute("ANALYZE tape")


def parts(frame: pl.DataFrame, folder: Any, count: int) -> list[str]:
    """The frame as several files, in its order."""
    step = -(-frame.height // count)
    paths = []
    for index in range(count):
        path = folder / f"part-{index}.parquet"
        frame.slice(index * step, step).write_parquet(path, row_group_size=max(step // 3, 1))
        paths.append(str(path))
    return paths
