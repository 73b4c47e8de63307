"""A tape that does not fit the policy is refused on every engine, with what is wrong and where."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fullrecall.analytics.engines import on_spark
from fullrecall.analytics.engines.on_duckdb import evaluate_duckdb
from fullrecall.analytics.engines.on_polars import evaluate_polars
from fullrecall.analytics.engines.on_postgres import evaluate_postgres
from fullrecall.domain.policy import Policy, parse_policy
from fullrecall.domain.tape import COLUMNS, Column, ColumnType, TapeRow
from fullrecall.domain.vocabulary import Mistake

from .by_python import by_python, frame_of, same
from .engines import fill_live_table

READ = {**COLUMNS, "region": Column("region", ColumnType.TEXT, "地区", "region")}


def _policy(*rules: str, currency: str = "") -> Policy:
    listed = "".join(
        f'  - {{id: r{i}, when: "{when}", action: warn, trigger: arrears, reason: R}}\n'
        for i, when in enumerate(rules)
    )
    return parse_policy(f"policy: p\nversion: 1\n{currency}rules:\n{listed}recall: {{scope: line}}\n", READ)


PLAIN = _policy("balance > 10.00 and lag(days_past_due, 3) >= 30")


def _row(line: str = "L1", month: int = 1, **values: Any) -> TapeRow:
    day = date(2024, month, 28)
    return TapeRow(line, day, day, "CNY", **{"balance": 5, "days_past_due": 0, **values})


def _on_files(evaluate: Callable[..., pl.DataFrame], folder: Path) -> Callable[..., pl.DataFrame]:
    def asked(policy: Policy, currency: str, frame: pl.DataFrame) -> pl.DataFrame:
        frame.write_parquet(folder / "tape.parquet")
        return evaluate(policy, currency, folder / "tape.parquet")

    return asked


@pytest.fixture(params=["polars", "polars files", "duckdb", "duckdb files"])
def evaluate(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., pl.DataFrame]:
    engine = evaluate_polars if request.param.startswith("polars") else evaluate_duckdb
    return _on_files(engine, tmp_path) if request.param.endswith("files") else engine


def _refusal(evaluate: Callable[..., pl.DataFrame], policy: Policy, frame: pl.DataFrame) -> str:
    with pytest.raises(Mistake) as refused:
        evaluate(policy, "CNY", frame)
    assert "\n" not in refused.value.sentence
    return refused.value.sentence


def test_a_tape_that_does_not_fit(evaluate: Callable[..., pl.DataFrame]) -> None:
    frame = frame_of([_row(), _row("L2")], {})
    region = _policy("region = 'x'")
    assert "no column region" in _refusal(evaluate, region, frame)
    assert "no column known_at" in _refusal(evaluate, PLAIN, frame.drop("known_at"))
    assert "balance" in _refusal(evaluate, PLAIN, frame.with_columns(pl.col("balance").cast(pl.Float64)))
    usd = frame.with_columns(pl.lit("USD").alias("currency"))
    assert "L1, 2024-01-28: the row is in USD" in _refusal(evaluate, PLAIN, usd.head(1))
    huge = frame_of([_row(), _row("L2", balance=10**13 + 1)], {})
    assert _refusal(evaluate, PLAIN, huge).startswith(
        "Line L2, 2024-01-28, column balance: the value is beyond"
    )
    nameless = frame.with_columns(pl.lit(None, dtype=pl.Date).alias("known_at"))
    assert "no line_id, as_of or known_at" in _refusal(evaluate, PLAIN, nameless)


def test_a_policy_of_another_currency(evaluate: Callable[..., pl.DataFrame]) -> None:
    frame = frame_of([_row()], {})
    assert "is in USD, not in CNY" in _refusal(
        evaluate, _policy("score < 1", currency="currency: USD\n"), frame
    )


def test_a_column_of_the_tape_that_is_not_filled_is_unknown(evaluate: Callable[..., pl.DataFrame]) -> None:
    answer = evaluate(PLAIN, "CNY", frame_of([_row()], {}).drop("balance", "score"))
    assert answer["unknown"].to_list() == [[{"rule": "r0", "columns": ["balance"]}]]
    assert answer["action"].to_list() == ["refer"]


def test_one_month_and_a_window_longer_than_history(evaluate: Callable[..., pl.DataFrame]) -> None:
    rows = [_row(balance=2000), _row("L2", balance=500)]
    answer = evaluate(_policy("balance > 10.00 and lag(score, 60) >= 30"), "CNY", frame_of(rows, {}))
    assert answer["insufficient"].to_list() == [
        ["r0"],
        [],
    ]  # 20.00 > 10.00: history decides; 5.00: it does not matter
    assert answer["action"].to_list() == ["none", "none"]


def test_always_never_and_no_rows(evaluate: Callable[..., pl.DataFrame]) -> None:
    policy = _policy("true", "false")
    frame = frame_of([_row(), _row(month=2)], {})
    assert evaluate(policy, "CNY", frame)["fired"].to_list() == [["r0"], ["r0"]]
    assert evaluate(policy, "CNY", frame.head(0)).height == 0


def test_more_rules_than_a_query_may_have_columns(evaluate: Callable[..., pl.DataFrame]) -> None:
    policy = _policy(*(f"balance >= {cents // 100}.{cents % 100:02d} or score < 1" for cents in range(700)))
    rows = [
        _row(balance=3, score=5),
        _row("L2", balance=650, score=5),
        _row("L3", balance=-1),
        _row("L4", score=0),
    ]
    same("engine", evaluate(policy, "CNY", frame_of(rows, {})), by_python(policy, "CNY", rows))


def test_extra_columns_in_the_live_table(live: Any) -> None:
    policy = _policy("region in ('north', '东')", "region is null")
    rows = [
        _row("L1", extra={"region": "东"}),
        _row("L2", extra={"region": None}),
        _row("L3"),
        _row("L4", extra={"region": ""}),
    ]
    fill_live_table(live, rows)
    same("postgres", evaluate_postgres(policy, "CNY", live), by_python(policy, "CNY", rows))
    fill_live_table(live, [_row("L7", extra={"region": 5})])
    with pytest.raises(Mistake, match="Line L7, 2024-01-28, column region: a text is needed"):
        evaluate_postgres(policy, "CNY", live)
    with pytest.raises(Mistake, match="no table tapes"):
        evaluate_postgres(policy, "CNY", live, "tapes")


def test_the_live_table_holds_other_currencies_too(live: Any) -> None:
    dollars = TapeRow("U1", date(2024, 1, 28), date(2024, 1, 28), "USD", balance=9)
    fill_live_table(live, [_row(), dollars])
    assert evaluate_postgres(PLAIN, "USD", live)["line_id"].to_list() == ["U1"]


def test_without_spark_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def without(name: str, *more: Any, **named: Any) -> Any:
        if name.startswith("pyspark"):
            raise ImportError(name)
        return imported(name, *more, **named)

    with monkeypatch.context() as patch:
        patch.setattr(builtins, "__import__", without)
        with pytest.raises(Mistake, match=r"Spark is not installed: install it with `pip install"):
            on_spark.open_spark()
    pytest.importorskip("pyspark")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(Mistake, match="Spark needs Java and there is none: install Java 17"):
        on_spark.open_spark()


def test_no_file_and_no_whole_file(tmp_path: Path) -> None:
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and no more")
    for evaluate in (evaluate_polars, evaluate_duckdb):
        with pytest.raises(Mistake, match="no such file"):
            evaluate(PLAIN, "CNY", tmp_path / "missing.parquet")
        with pytest.raises(Mistake, match=r"torn\.parquet: not a whole Parquet file"):
            evaluate(PLAIN, "CNY", tmp_path / "torn.parquet")
