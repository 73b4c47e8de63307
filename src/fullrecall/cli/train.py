"""`fullrecall train`: a scorecard fitted on a tape, as policy data with its model card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fullrecall.cli.output import JsonOption, console, emit, table
from fullrecall.cli.progress import Ticker
from fullrecall.wiring import training


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("train")(train)


def train(
    tape: Annotated[str, typer.Option("--tape", help="taiwan, simulated, or a Parquet or CSV file.")],
    mapping: Annotated[
        str | None, typer.Option("--mapping", help="How to read the file: a mapping file, or a shipped one.")
    ] = None,
    out_path: Annotated[Path, typer.Option("--out", help="Where the policy with the scorecard goes.")] = Path(
        "scorecard.yaml"
    ),
    card: Annotated[Path, typer.Option("--card", help="Where the model card goes (HTML).")] = Path(
        "model-card.html"
    ),
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy",
            help="A policy whose rules are kept, scorecard replaced; default: one rule below even odds.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", help="An extra column of the tape that may be used; repeat for more."),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**31 - 1, help="Of the split and the challenger.")
    ] = 42,
    characteristics: Annotated[
        int, typer.Option("--characteristics", min=1, max=50, help="How many the card may have.")
    ] = 24,
    points_to_double: Annotated[
        int, typer.Option("--points-to-double", help="Points that double the odds of paying.")
    ] = 60,
    at_even_odds: Annotated[
        int, typer.Option("--at-even-odds", help="Score of a line as likely to default as not.")
    ] = 600,
    json_path: JsonOption = None,
) -> None:
    """Fit a scorecard on a tape's outcome, as policy data, and tell how good it is on lines it never saw."""
    out = console(json_path)
    settings = training.settings_of(
        seed=seed,
        allow=allow or (),
        characteristics=characteristics,
        points_to_double=points_to_double,
        at_even_odds=at_even_odds,
    )
    checked = training.training_tape(tape, mapping, out_path.parent)
    with Ticker(out) as tick:
        trained = training.fit(checked, settings, tick)
    training.write_whole(out_path, training.policy_with_card(trained, checked, policy))
    training.write_whole(card, training.card_page(trained, checked))
    told = training.card_figures(trained, checked)
    emit(json_path, {**told, "policy": str(out_path), "card": str(card)})
    out.print(f"{checked.label.en}: {told['scorecard']['model']}", markup=False)
    models = (("scorecard 评分卡", told), ("LightGBM 提升树", told["challenger"]))
    out.print(
        table(
            "Held-out lines 留出样本",
            ("model 模型", "lines", "AUC", "Gini", "KS", "AUC fitted 训练"),
            [
                (
                    name,
                    f"{m['test']['rows']:,}",
                    *(f"{m['test'][k]:.4f}" for k in ("auc", "gini", "ks")),
                    f"{m['train']['auc']:.4f}",
                )
                for name, m in models
            ],
        )
    )
    out.print(
        f"{len(told['scorecard']['characteristics'])} characteristics; PSI held out against fitted "
        f"{told['psi_train_test']:.4f}. Written: {out_path}, {card}.",
        markup=False,
    )
