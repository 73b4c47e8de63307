"""The one shape of every engine's answer, from bits and masks: one row per tape row, ordered by its key."""

from __future__ import annotations

from typing import Any

import msgspec
import polars as pl

from fullrecall.analytics.engines.blame import HISTORY
from fullrecall.analytics.engines.plan import WORD_BITS, Plan
from fullrecall.domain.vocabulary import Action, Trigger

KEY = ["line_id", "as_of", "known_at", "n"]
ACTION = pl.Enum([action.value for action in Action])
TRIGGER = pl.Enum([trigger.value for trigger in Trigger])
UNKNOWN = pl.List(pl.Struct({"rule": pl.String, "columns": pl.List(pl.String)}))
RULES = pl.List(pl.String)
_FIRED = {"fired": RULES, "asked": pl.UInt8, "trigger": TRIGGER}
_WHY = {"unknown": UNKNOWN, "insufficient": RULES, "unknown_asks": pl.UInt8}
ROW = "row"


class Raw(msgspec.Struct):
    """What an engine brings back for a block of rules, rows in the order of KEY.

    main: KEY, fired words, score, score_model, features. why: `row` (index in main), masks of NULL rules.
    """

    plan: Plan[Any]
    main: pl.DataFrame
    why: pl.DataFrame


def result_of(blocks: list[Raw]) -> pl.DataFrame:
    """Columns: line_id, as_of, known_at, n; action, trigger, fired, unknown (rule, columns), insufficient;
    score, score_model; for each feature `feature.NAME`, or `feature.NAME.numerator` and `.denominator` for
    ratios and averages. `n` tells rows of one line, date and day of knowledge apart.
    """
    plan, main = blocks[0].plan, blocks[0].main
    told = [_told(block).select(pl.all().name.suffix(f"#{index}")) for index, block in enumerate(blocks)]
    count = range(len(blocks))
    asked = pl.max_horizontal(f"asked#{i}" for i in count)
    trigger: Any = pl.when(False).then(pl.lit(None, dtype=TRIGGER))
    for i in count:
        trigger = trigger.when(pl.col(f"asked#{i}") == asked).then(f"trigger#{i}")
    action = pl.max_horizontal(asked, *(f"unknown_asks#{i}" for i in count))
    names = [a.value for a in Action]
    return pl.concat([main, *told], how="horizontal").select(
        *KEY,
        action.replace_strict(list(range(len(names))), names, return_dtype=ACTION).alias("action"),
        trigger.alias("trigger"),
        *(_lists(name, len(blocks)) for name in ("fired", "unknown", "insufficient")),
        "score",
        "score_model",
        *_features(plan),
    )


def _lists(name: str, blocks: int) -> pl.Expr:
    if blocks == 1:
        return pl.col(f"{name}#0").alias(name)
    return pl.concat_list(f"{name}#{i}" for i in range(blocks)).alias(name)


def _told(raw: Raw) -> pl.DataFrame:
    plan = raw.plan
    fired = _looked_up(raw.main.select(plan.words), lambda words: _fired(plan, words), _FIRED)
    if not raw.why.height:
        return fired.with_columns(
            pl.lit([], dtype=UNKNOWN).alias("unknown"), pl.lit([], dtype=RULES).alias("insufficient"),
            pl.lit(0, dtype=pl.UInt8).alias("unknown_asks"),
        )  # fmt: skip
    masks = [f"m{index}" for index in range(len(plan.rules))]
    reasons = _looked_up(raw.why.select(masks), lambda row: _why(plan, row), _WHY)
    at = pl.concat([raw.why.select(pl.col(ROW).cast(pl.UInt32)), reasons], how="horizontal")
    frame = fired.with_row_index(ROW).join(at, on=ROW, how="left", maintain_order="left")
    return frame.drop(ROW).with_columns(
        pl.col("unknown").fill_null(pl.lit([], dtype=UNKNOWN)),
        pl.col("insufficient").fill_null(pl.lit([], dtype=RULES)),
        pl.col("unknown_asks").fill_null(0),
    )


def _features(plan: Plan[Any]) -> list[pl.Expr]:
    columns = []
    for name, _, top, bottom in plan.features:
        if not bottom:
            columns.append(pl.col(top).alias(f"feature.{name}"))
            continue
        columns.append(pl.col(top).alias(f"feature.{name}.numerator"))
        denominator = pl.when(pl.col(top).is_not_null()).then(pl.col(bottom))
        columns.append(denominator.alias(f"feature.{name}.denominator"))
    return columns


def _looked_up(patterns: pl.DataFrame, meaning: Any, schema: dict[str, Any]) -> pl.DataFrame:
    """What each pattern means, worked out once per different pattern: books have few."""
    unique = patterns.unique()
    rows = [meaning(row) for row in unique.iter_rows()]
    told = pl.DataFrame(rows, schema=schema, orient="row")
    both = pl.concat([unique, told], how="horizontal")
    joined = patterns.join(both, on=patterns.columns, how="left", nulls_equal=True, maintain_order="left")
    return joined.select(list(schema))


def _fired(plan: Plan[Any], words: tuple[int, ...]) -> tuple[list[str], int, str | None]:
    rules = [
        rule for index, rule in enumerate(plan.rules) if words[index // WORD_BITS] >> (index % WORD_BITS) & 1
    ]
    leading = max(rules, key=lambda rule: rule.action.severity, default=None)  # the first among equals
    if leading is None:
        return [], 0, None
    return [rule.id for rule in rules], leading.action.severity, leading.trigger.value


def _why(plan: Plan[Any], masks: tuple[int | None, ...]) -> tuple[list[dict[str, Any]], list[str], int]:
    unknown, insufficient = [], []
    for rule, mask in zip(plan.rules, masks, strict=True):
        if mask == HISTORY:
            insufficient.append(rule.id)
        elif mask is not None:
            unknown.append({"rule": rule.id, "columns": plan.bits.names_in(mask)})
    return unknown, insufficient, plan.policy.unknown.severity if unknown else 0
