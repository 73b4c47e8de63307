"""Who is called and frozen, by the groups the tape names; a flag for a look, never a verdict."""

from __future__ import annotations

from math import sqrt

import msgspec
import polars as pl

CAUTION_EN = (
    "Different rates are not by themselves discrimination, and equal rates do not prove its absence: "
    "groups differ in "
    "arrears too. No rule may read sex, and in many places age, nationality or family status (for "
    "example EU Directive "
    "2004/113/EC and Charter art. 21, US ECOA 15 U.S.C. 1691, China PIPL arts. 24 and 28); what stands "
    "in for them counts as well. "
    "Groups of fewer than 100 lines or 2 % of the tape are shown and not judged. Let counsel read this "
    "table before a policy is published."
)
CAUTION_ZH = (
    "比率不同本身不等于歧视，比率相同也不证明没有歧视：各组逾期状况本就不同。规则不得读取性别，在许多法域亦不得读取年龄、国籍、"
    "家庭状况（例如欧盟2004/113/EC号指令与基本权利宪章第21条、美国《平等信贷机会法》、中国《个人信息保护法》第24、28条），替代变量同样计入。"
    "少于100条额度或不足2%的组仅列示、不作判断。政策发布前应由法务审阅本表。"
)
SMALLEST = 100
SMALLEST_SHARE = 0.02  # of all lines: smaller groups are shown and not judged (29 CFR 1607.4(A))
FOUR_FIFTHS = 0.8  # 29 CFR 1607.4(D), an employment rule that lenders use as a first look
_AGES = ((18, "18-24"), (25, "25-34"), (35, "35-44"), (45, "45-54"), (55, "55+"))
_Z = 1.959964


class Group(msgspec.Struct, frozen=True):
    """One group of one column. rate: share of its lines that were called; low, high: Wilson 95 %; ratio:
    against the group called least often among those large enough; looked_at: the ratio is beyond four fifths
    and the group large enough. called_though_sound: of its lines that did not default, the share called; None
    where no outcome is told.
    """

    column: str
    value: str
    lines: int
    frozen: int
    called: int
    rate: float
    low: float
    high: float
    ratio: float | None
    looked_at: bool
    called_though_sound: float | None


def fairness(rows: pl.DataFrame, lines: pl.DataFrame) -> list[Group]:
    """rows: decided rows with `extra.*`; lines: each line's `frozen` and `called` (compare.deepest_step)."""
    columns = [name for name in rows.columns if name.startswith("extra.")]
    last = rows.sort("line", "month").unique("line", keep="last", maintain_order=True)
    told = last.select("line", *columns, *(["outcome"] if "outcome" in last.columns else [])).join(
        lines, on="line", how="left"
    )
    found: list[Group] = []
    for name in columns:
        column = name.removeprefix("extra.")
        group = (
            _age_band(pl.col(name)) if column == "age" else pl.col(name).cast(pl.String).fill_null("not told")
        )
        found += _of_column(column, told.with_columns(group.alias("group")))
    return found


def _age_band(age: pl.Expr) -> pl.Expr:
    band = pl.lit("under 18")
    for lowest, name in _AGES:
        band = pl.when(age.cast(pl.Int64) >= lowest).then(pl.lit(name)).otherwise(band)
    return pl.when(age.is_null()).then(pl.lit("not told")).otherwise(band)


def _of_column(column: str, told: pl.DataFrame) -> list[Group]:
    called = pl.col("called").fill_null(False)
    sound = pl.col("outcome") == 0 if "outcome" in told.columns else pl.lit(None, dtype=pl.Boolean)
    counted = (
        told.group_by("group")
        .agg(
            pl.len().alias("lines"),
            pl.col("frozen").fill_null(False).sum().alias("frozen"),
            called.sum().alias("called"),
            sound.sum().alias("sound"),
            (called & sound).sum().alias("called_sound"),
        )
        .sort("group")
    )
    enough = max(SMALLEST, SMALLEST_SHARE * told.height)
    rows = list(counted.iter_rows(named=True))
    judged = [r["called"] / r["lines"] for r in rows if r["lines"] >= enough and r["called"]]
    least = min(judged, default=None)
    return [_group(column, row, least, enough) for row in rows]


def _group(column: str, row: dict[str, int | str], least: float | None, enough: float) -> Group:
    lines, called = int(row["lines"]), int(row["called"])
    rate = called / lines
    low, high = wilson(called, lines)
    ratio = rate / least if least else None
    looked_at = ratio is not None and lines >= enough and ratio > 1 / FOUR_FIFTHS
    sound = int(row["sound"] or 0)
    though = int(row["called_sound"] or 0) / sound if sound else None
    return Group(
        column,
        str(row["group"]),
        lines,
        int(row["frozen"]),
        called,
        rate,
        low,
        high,
        ratio,
        looked_at,
        though,
    )


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson score)."""
    if not count:
        return 0.0, 1.0
    share, z2 = hits / count, _Z * _Z
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z * sqrt(share * (1 - share) / count + z2 / (4 * count * count)) / (1 + z2 / count)
    return max(middle - half, 0.0), min(middle + half, 1.0)
