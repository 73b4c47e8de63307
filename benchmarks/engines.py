"""One policy over a generated tape: our engines against the same query written by hand, in one run.

    python benchmarks/engines.py [--lines 200000] [--months 24] [--duckdb] [--spark] [--ours-only] [--json F]

The tape is written month by month as Parquet and read slice by slice. The query: 12 rules with windows, the
action of each line and month, joined to what became of the line, summed in money. By hand means: the twelve
rules as expressions of that engine, nothing checked, nothing said about what is unknown; ours tells the names
of the rules that fired too, by hand only where it says so. Ratios travel between machines, rates do not.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fullrecall.analytics.engines.on_polars import polars_slices
from fullrecall.domain.calendar import add_months, month_end
from fullrecall.domain.policy import parse_policy

RULES = [
    ("arrears-30", "days_past_due >= 30 and past_due_amount > 100.00", "warn"),
    ("arrears-60", "days_past_due >= 60 and past_due_amount > 100.00", "freeze"),
    ("arrears-90", "days_past_due >= 90 and past_due_amount > 100.00", "recall"),
    ("worst", "max_over(days_past_due, 6) >= 60 and days_past_due >= 30", "freeze"),
    ("often", "count_over(days_past_due >= 30, 6) >= 3", "freeze"),
    ("full", "ratio(balance, credit_limit) > 0.95", "warn"),
    ("filling", "balance - lag(balance, 3) > 5000.00 and days_past_due > 0", "warn"),
    ("score-low", "score < 450", "warn"),
    ("score-fell", "lag(score, 3) - score >= 60", "warn"),
    ("little-paid", "sum_over(amount_paid, 3) < 50.00 and balance > 1000.00", "refer"),
    ("mean-high", "avg_over(balance, 6) > 40000.00 and days_past_due >= 30", "reduce_limit"),
    ("violation", "proven_severe_violations >= 1", "freeze"),
]
SEVERITY = ["none", "refer", "warn", "reduce_limit", "freeze", "recall"]
# The balance comes with the decision as a feature, so that nothing has to be joined back.
POLICY = parse_policy(
    "policy: bench\nversion: 1\nfeatures: {owed: balance - 0.00}\nrules:\n"
    + "".join(
        f'  - {{id: {name}, when: "{when}", action: {action}, trigger: arrears, reason: R}}\n'
        for name, when, action in RULES
    )
    + "recall: {scope: line}\n"
)
READ = ["line_id", "as_of", "known_at", "credit_limit", "balance", "amount_paid", "past_due_amount",
        "days_past_due", "score", "score_model", "proven_severe_violations"]  # fmt: skip
GROUP_ROWS = 25_000


def write_tape(folder: Path, lines: int, months: int) -> pl.DataFrame:
    """A file a month, lines ascending; gives what became of each line."""
    draw = np.random.default_rng(7)
    ids = pl.Series("line_id", [f"L{index:08}" for index in range(lines)])
    limit = draw.integers(5, 60, lines) * 100_000
    balance, late = limit // 3, np.zeros(lines, dtype=np.int64)
    score = draw.integers(450, 850, lines)
    for month in range(months):
        day = month_end(add_months(date(2022, 1, 31), month))
        slips = draw.random(lines) < np.where(late > 0, 0.45, 0.02)
        late = np.where(slips, late + 30, 0)
        balance = np.clip(balance + draw.integers(-200_000, 210_000, lines), 0, limit + 50_000)
        score = np.clip(score + draw.integers(-12, 12, lines) - slips * 25, 350, 950)
        paid = np.where(slips, 0, balance // 10)
        frame = pl.DataFrame({
            "line_id": ids, "as_of": pl.repeat(day, lines, dtype=pl.Date, eager=True),
            "known_at": pl.repeat(day, lines, dtype=pl.Date, eager=True), "credit_limit": limit,
            "balance": balance, "amount_paid": paid, "days_past_due": late,
            "past_due_amount": np.where(late > 0, balance // 10, 0),
            "score": score, "score_model": pl.repeat("m1", lines, eager=True),
            "proven_severe_violations": (draw.random(lines) < 0.0005).astype(np.int64),
        })  # fmt: skip
        frame.write_parquet(folder / f"{day}.parquet", row_group_size=GROUP_ROWS)
    return pl.DataFrame({"line_id": ids, "lost": (late >= 90).astype(np.int64)})


def summed(actions: pl.DataFrame, outcomes: pl.DataFrame) -> pl.DataFrame:
    """By action: how many, how much was owed, how much of it on lines that were lost."""
    owed = pl.col("balance").fill_null(0)
    return (
        actions.join(outcomes, on="line_id", how="left")
        .group_by("action")
        .agg(pl.len().alias("rows"), owed.sum().alias("owed"), (owed * pl.col("lost")).sum().alias("lost"))
    )


def total(parts: list[pl.DataFrame]) -> dict[str, tuple[int, int, int]]:
    added = pl.concat(parts).group_by("action").agg(pl.col("rows", "owed", "lost").sum())
    return {row[0]: row[1:] for row in added.sort("action").rows()}


def ours(folder: Path, outcomes: pl.DataFrame) -> dict[str, Any]:
    parts = []
    for frame in polars_slices(POLICY, "CNY", folder):
        named = frame.select(
            "line_id", pl.col("action").cast(pl.String), pl.col("feature.owed").alias("balance")
        )
        parts.append(summed(named, outcomes))
    return total(parts)


def by_hand_polars(folder: Path, outcomes: pl.DataFrame, *, names: bool) -> dict[str, Any]:
    """The same slices of lines; shifts within the line."""
    ids = outcomes["line_id"]
    scan = pl.scan_parquet(sorted(folder.glob("*.parquet"))).select(READ)
    parts = []
    step = slice_lines(folder)
    for start in range(0, len(ids), step):
        low, high = ids[start], ids[min(start + step, len(ids)) - 1]
        frame = (
            scan.filter(pl.col("line_id").is_between(pl.lit(low), pl.lit(high)))
            .collect()
            .sort("line_id", "as_of")
        )
        parts.append(summed(_hand_rules(frame, names=names), outcomes))
    return total(parts)


def slice_lines(folder: Path) -> int:
    return max(GROUP_ROWS, 400_000 // len(list(folder.glob("*.parquet"))))


def _hand_rules(frame: pl.DataFrame, *, names: bool) -> pl.DataFrame:
    c = pl.col

    def back(value: pl.Expr, months: int) -> pl.Expr:
        return pl.when(c("line_id") == c("line_id").shift(months)).then(value.shift(months))

    def last(value: pl.Expr, months: int) -> list[pl.Expr]:
        return [value, *(back(value, k) for k in range(1, months))]

    due, balance = c("days_past_due"), c("balance")
    some_late = c("past_due_amount") > 10_000
    same_model = back(c("score_model"), 3) == c("score_model")
    seen = pl.sum_horizontal(x.is_not_null().cast(pl.Int64) for x in last(balance, 6))
    rules = [
        (due >= 30) & some_late, (due >= 60) & some_late, (due >= 90) & some_late,
        (pl.max_horizontal(last(due, 6)) >= 60) & (due >= 30),
        pl.sum_horizontal(x.cast(pl.Int64) for x in last(due >= 30, 6)) >= 3,
        balance * 20 > c("credit_limit") * 19,
        (balance - back(balance, 3) > 500_000) & (due > 0),
        c("score") < 450,
        pl.when(same_model).then(back(c("score"), 3)) - c("score") >= 60,
        (pl.sum_horizontal(last(c("amount_paid"), 3)) < 5_000) & (balance > 100_000),
        (pl.sum_horizontal(last(balance, 6)) > 4_000_000 * seen) & (due >= 30),
        c("proven_severe_violations") >= 1,
    ]  # fmt: skip
    named = [rule.alias(f"r{index}") for index, rule in enumerate(rules)]
    rank = pl.max_horizontal(
        pl.when(c(f"r{index}")).then(SEVERITY.index(action)).otherwise(0)
        for index, (_, _, action) in enumerate(RULES)
    )
    fired = pl.concat_list(
        pl.when(c(f"r{index}")).then(pl.lit(name)) for index, (name, _, _) in enumerate(RULES)
    ).list.drop_nulls()
    action = rank.replace_strict(list(range(6)), SEVERITY, return_dtype=pl.String)
    lazy = frame.lazy().with_columns(named)
    told = [fired.alias("fired")] if names else []
    return lazy.select("line_id", "balance", action.alias("action"), *told).collect()


def _hand_sql(source: str) -> str:
    """The query in the SQL that DuckDB and Spark share."""

    def last(value: str, months: int) -> list[str]:
        return [value] + [f"lag({value}, {k}) OVER w" for k in range(1, months)]

    zero = [f"coalesce({x}, 0)" for x in last("balance", 6)]
    seen = [f"CASE WHEN {x} IS NULL THEN 0 ELSE 1 END" for x in last("balance", 6)]
    late = [f"CASE WHEN {x} >= 30 THEN 1 ELSE 0 END" for x in last("days_past_due", 6)]
    paid = [f"coalesce({x}, 0)" for x in last("amount_paid", 3)]
    rules = [
        "days_past_due >= 30 AND past_due_amount > 10000", "days_past_due >= 60 AND past_due_amount > 10000",
        "days_past_due >= 90 AND past_due_amount > 10000",
        f"greatest({', '.join(last('days_past_due', 6))}) >= 60 AND days_past_due >= 30",
        f"{' + '.join(late)} >= 3", "balance * 20 > credit_limit * 19",
        "balance - lag(balance, 3) OVER w > 500000 AND days_past_due > 0", "score < 450",
        "CASE WHEN lag(score_model, 3) OVER w = score_model THEN lag(score, 3) OVER w END - score >= 60",
        f"{' + '.join(paid)} < 5000 AND balance > 100000",
        f"{' + '.join(zero)} > 4000000 * ({' + '.join(seen)}) AND days_past_due >= 30",
        "proven_severe_violations >= 1",
    ]  # fmt: skip
    ranks = [
        f"CASE WHEN {rule} THEN {SEVERITY.index(action)} ELSE 0 END"
        for rule, (_, _, action) in zip(rules, RULES, strict=True)
    ]
    return (
        f"WITH ranked AS (SELECT line_id, balance, greatest({', '.join(ranks)}) AS severity FROM {source} "
        "WINDOW w AS (PARTITION BY line_id ORDER BY as_of)) SELECT severity, count(*), "
        "CAST(sum(balance) AS BIGINT), CAST(sum(balance * lost) AS BIGINT) "
        "FROM ranked JOIN outcomes USING (line_id) GROUP BY severity ORDER BY severity"
    )


def _named(rows: list[Any]) -> dict[str, Any]:
    return dict(sorted((SEVERITY[row[0]], (row[1], row[2], row[3])) for row in rows))


def by_hand_duckdb(folder: Path, outcomes: pl.DataFrame) -> dict[str, Any]:
    import duckdb

    with duckdb.connect() as connection:
        connection.register("outcomes", outcomes.to_arrow())
        return _named(connection.execute(_hand_sql(f"read_parquet('{folder}/*.parquet')")).fetchall())


def by_hand_spark(folder: Path, outcomes: pl.DataFrame) -> dict[str, Any]:
    from fullrecall.analytics.engines.on_spark import open_spark

    spark = open_spark("local[*]", **{"spark.driver.memory": "4g", "spark.sql.shuffle.partitions": "8"})
    outcomes.write_parquet(folder.parent / "outcomes.parquet")
    spark.read.parquet(str(folder.parent / "outcomes.parquet")).createOrReplaceTempView("outcomes")
    spark.read.parquet(str(folder)).createOrReplaceTempView("tape")
    return _named([tuple(row) for row in spark.sql(_hand_sql("tape")).collect()])


def timed(work: Callable[[], dict[str, Any]], repeats: int) -> tuple[float, dict[str, Any]]:
    best, answer = float("inf"), {}
    for _ in range(repeats):
        start = time.perf_counter()
        answer = work()
        best = min(best, time.perf_counter() - start)
    return best, answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--duckdb", action="store_true", help="also by hand on DuckDB")
    parser.add_argument("--spark", action="store_true", help="also by hand on PySpark, its start left out")
    parser.add_argument("--ours-only", action="store_true", help="to see our own peak of memory")
    parser.add_argument("--json", help="write the figures to a file; - is standard output")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "tape"
        folder.mkdir()
        outcomes = write_tape(folder, asked.lines, asked.months)
        told = measured(asked, folder, outcomes)
    if asked.json == "-":
        json.dump(told, sys.stdout, indent=1)
        return
    if asked.json:
        Path(asked.json).write_text(json.dumps(told, indent=1))
    print(f"{told['rows']:,} rows, 12 rules; peak memory {told['peak_mb']} MB")
    print(f"{'engine':28}{'seconds':>9}{'ours is':>10}")
    for name, seconds in told["seconds"].items():
        print(f"{name:28}{seconds:9.2f}{told['seconds']['fullrecall on polars'] / seconds:9.2f}x")


def measured(asked: argparse.Namespace, folder: Path, outcomes: pl.DataFrame) -> dict[str, Any]:
    work: dict[str, Callable[[], dict[str, Any]]] = {"fullrecall on polars": lambda: ours(folder, outcomes)}
    if not asked.ours_only:
        work["polars by hand"] = lambda: by_hand_polars(folder, outcomes, names=False)
        work["polars by hand, names"] = lambda: by_hand_polars(folder, outcomes, names=True)
    if asked.duckdb:
        work["duckdb by hand"] = lambda: by_hand_duckdb(folder, outcomes)
    if asked.spark:
        work["pyspark by hand"] = lambda: by_hand_spark(folder, outcomes)
        work["pyspark by hand"]()  # starts the session
    seconds, first, peak = {}, None, 0
    for name, run in work.items():
        seconds[name], answer = timed(run, asked.repeats)
        peak = peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        first = first or answer
        if answer != first:
            raise SystemExit(f"{name} answers {answer}, ours is {first}")
    return {"rows": asked.lines * asked.months, "seconds": seconds, "peak_mb": peak}


if __name__ == "__main__":
    main()
