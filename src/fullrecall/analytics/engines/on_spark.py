"""A policy on Spark, for tapes one machine cannot hold; the same steps as SQL, local or on a cluster."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from fullrecall.analytics.engines.lower import kind_of
from fullrecall.analytics.engines.plan import EarlierScores
from fullrecall.analytics.engines.sql_algebra import SPARK
from fullrecall.analytics.engines.sql_query import Query
from fullrecall.analytics.engines.sql_source import Source, Tape, evaluate_sql
from fullrecall.analytics.engines.tape_columns import sources, typed
from fullrecall.domain.policy.document import Policy
from fullrecall.domain.vocabulary import Mistake

VIEW = "fullrecall_tape"
_DTYPES: dict[str, Any] = {
    "bigint": pl.Int64, "int": pl.Int32, "smallint": pl.Int16, "tinyint": pl.Int8, "string": pl.String,
    "date": pl.Date, "boolean": pl.Boolean, "void": pl.Null,
}  # fmt: skip


def open_spark(master: str = "local[*]", **settings: str) -> Any:
    """A Spark session; raises Mistake, saying how to get it, when PySpark or Java is missing."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise Mistake(
            "Spark is not installed: install it with `pip install 'fullrecall[spark]'` and Java 17 or later.",
            code="no_spark",
        ) from None
    if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
        raise Mistake(
            "Spark needs Java and there is none: install Java 17 (apt install openjdk-17-jre-headless) "
            "or set JAVA_HOME.",
            code="no_java",
        )
    builder = SparkSession.builder.master(master).appName("fullrecall")
    for name, value in {"spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC", **settings}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def evaluate_spark(
    policy: Policy,
    currency: str,
    spark: Any,
    paths: Sequence[str | Path] | str | Path,
    *,
    earlier_scores: EarlierScores = EarlierScores.POLICY,
) -> pl.DataFrame:
    """The decision on every row of Parquet files, see result_of. spark: a session, see open_spark.

    Of rows with the same line, date and day of knowledge, files count in the order of their names.
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)

    def opened(tape: Tape) -> Source:
        return _opened(spark, [str(path) for path in given], tape)

    try:
        return evaluate_sql(policy, currency, opened, SPARK, earlier_scores)
    finally:
        spark.catalog.dropTempView(VIEW)


def _opened(spark: Any, paths: list[str], tape: Tape) -> Source:
    from pyspark.errors import AnalysisException

    try:
        frame = spark.read.parquet(*paths)
    except AnalysisException as error:
        raise Mistake(f"Spark cannot read {paths[0]}: {str(error).splitlines()[0]}") from None
    schema = {field.name: _DTYPES.get(field.dataType.simpleString(), pl.Binary) for field in frame.schema}
    where = sources(tape, schema)
    columns = {}
    for name, (_, unit) in tape.items():
        source = where[name]
        typed(source, schema.get(source or ""), unit)  # refuses a type that cannot be it
        column = "NULL" if source is None else "`" + source.replace("`", "``") + "`"
        columns[name] = f"CAST({column} AS {SPARK.types[kind_of(unit)]})"
    places = ("_metadata.file_path AS fullrecall_file", "_metadata.row_index AS fullrecall_row")
    frame.selectExpr("*", *places).createOrReplaceTempView(VIEW)

    def ask(query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in spark.sql(query).collect()]

    def fetch(query: Query) -> pl.DataFrame:
        return _fetched(spark, query)

    extra = {"currency": "currency"} if "currency" in schema else {}
    n = "n" if "n" in schema else None
    order = "fullrecall_file, fullrecall_row"
    return Source(SPARK, VIEW, columns, ask, fetch, n=n, order=order, **extra)


def _fetched(spark: Any, query: Query) -> pl.DataFrame:
    """Steps read several times are kept while the query runs: Spark would compute them again each time."""
    kept = []
    for step in query.steps:
        frame = spark.sql(step.select)
        if step.kept:
            kept.append(frame.persist())
        frame.createOrReplaceTempView(step.name)
    try:
        answer = pl.from_arrow(spark.sql(query.select).toArrow())
        assert isinstance(answer, pl.DataFrame)  # noqa: S101 - a table is a frame
        return answer
    finally:
        for frame in kept:
            frame.unpersist()
        for step in query.steps:
            spark.catalog.dropTempView(step.name)
