"""One database and one Spark for the whole run; without Java the comparison with Spark is skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fullrecall.analytics.engines.on_spark import open_spark


@pytest.fixture(scope="session")
def live(postgres: Any) -> Iterator[Any]:
    """A connection to a database laid out as the live system's."""
    with psycopg.connect(postgres.fresh(), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    pytest.importorskip("pyspark", reason="Spark is not installed: pip install 'fullrecall[spark]'")
    if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
        pytest.skip("Spark needs Java 17 and there is none")
    settings = {
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "3g",
    }
    session = open_spark("local[2]", **settings)
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def data() -> Path:
    folder = Path(os.environ.get("FULLRECALL_DATA", Path(__file__).parents[3] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the public books are not here: set FULLRECALL_DATA")
    return folder
