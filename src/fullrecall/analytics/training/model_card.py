"""The model card: one self-contained page on what the score is, how good, and what it leaves out."""

from __future__ import annotations

from importlib import resources
from typing import Any

import jinja2
import msgspec

from fullrecall.analytics.training.bins import written
from fullrecall.analytics.training.pictures import calibration_picture, scores_picture
from fullrecall.analytics.training.reasons import text_of
from fullrecall.analytics.training.train import Trained
from fullrecall.analytics.training.write_policy import Origin, scorecard_section
from fullrecall.domain.money import show
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.tree import Unit


def figures(trained: Trained, origin: Origin) -> dict[str, Any]:
    """Everything the card tells, as plain data: what --json writes."""
    report, settings = trained.report, trained.settings
    return {
        "tape": msgspec.to_builtins(origin),
        "month": report.month.isoformat(),
        "outcome_on": report.outcome_on.isoformat(),
        "split": {
            "by": "borrower", "test_share": settings.test_share, "seed": settings.seed,
            "train_lines": report.train.rows, "test_lines": report.test.rows,
        },
        "scale": msgspec.to_builtins(trained.card.scale),
        "train": msgspec.to_builtins(report.train),
        "test": msgspec.to_builtins(report.test),
        "test_auc_interval": list(report.test_auc_interval),
        "challenger": {
            "model": "LightGBM on the same values, allowed to combine them freely",
            "train": msgspec.to_builtins(report.challenger_train),
            "test": msgspec.to_builtins(report.challenger),
        },
        "psi_train_test": report.psi_train_test,
        "psi_by_month": [msgspec.to_builtins(month) for month in report.months],
        "calibration_test": msgspec.to_builtins(report.calibration),
        "calibration_train": msgspec.to_builtins(report.calibration_train),
        "allowed_extra_columns": list(settings.allow),
        "not_used": list(trained.not_used),
        "scorecard": scorecard_section(trained, origin),
    }  # fmt: skip


def model_card(trained: Trained, origin: Origin) -> str:
    """The page as HTML; it fetches nothing and opens from disk."""
    source = (resources.files("fullrecall.analytics.training") / "model_card.html.j2").read_text("utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["percent"] = lambda share: f"{100 * share:.1f} %"
    return environment.from_string(source).render(
        o=origin,
        r=trained.report,
        s=trained.settings,
        scale=trained.card.scale,
        base_points=trained.card.base_points,
        model=scorecard_section(trained, origin)["model"],
        lines=[_line(trained, at, origin) for at in range(len(trained.card.lines))],
        not_used=trained.not_used,
        pictures={"calibration": calibration_picture(trained), "scores": scores_picture(trained)},
    )


def _line(trained: Trained, at: int, origin: Origin) -> dict[str, Any]:
    line = trained.card.lines[at]
    expr = trained.trees[line.candidate.name]
    zh, en = text_of(line.candidate.reason)
    money = t.unit_of(expr) is Unit.MONEY and not t.is_fraction(expr)
    words = [
        show(int(bound), origin.currency) if money else written(bound, expr, origin.currency)
        for bound in line.bins.bounds
    ]
    edges = [f"< {word}" for word in words] + [f"≥ {words[-1]}"]
    return {
        "name": line.candidate.name, "of": line.candidate.of, "reason": line.candidate.reason, "zh": zh,
        "en": en, "worse": line.worse.value, "missing": line.missing,
        "bins": list(zip(edges, line.points, strict=True)),
    }  # fmt: skip
