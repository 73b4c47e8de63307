"""Joins a tape and its mapping to training, and the trained card to the files that carry it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fullrecall.adapters.tape_files import TapeFile
from fullrecall.adapters.tape_files.mapping import ExtraType
from fullrecall.analytics.training import Scale, Trained, TrainingSettings, train
from fullrecall.analytics.training.model_card import figures, model_card
from fullrecall.analytics.training.write_policy import Origin, policy_text
from fullrecall.domain.tape import COLUMNS, Column, ColumnType
from fullrecall.domain.vocabulary import Mistake
from fullrecall.wiring import tapes
from fullrecall.wiring.rulebook import read_policy

NEEDED = ("sklearn", "optbinning", "lightgbm")
Progress = Callable[[str, int, int], None]


def training_tape(name: str, mapping: str | None, folder: Path) -> TapeFile:
    """'taiwan' and 'simulated' by name, or a file of the user's with its mapping."""
    if name == "simulated":
        return tapes.simulated_tape(folder)
    if name == "taiwan":
        file = tapes.taiwan_file()
        if file is None:
            raise Mistake(
                f"The Taiwan data is not in {tapes.data_folder()}: bring it with "
                "`fullrecall data get taiwan`, or train on `--tape simulated`."
            )
        return tapes.named_tape(str(file), mapping or "taiwan")
    if mapping is None:
        raise Mistake(
            f"How {name} is to be read is not said: give --mapping with a mapping file or a shipped one."
        )
    return tapes.named_tape(name, mapping)


def settings_of(
    *, seed: int, allow: Sequence[str], characteristics: int, points_to_double: int, at_even_odds: int
) -> TrainingSettings:
    return TrainingSettings(
        seed=seed,
        allow=tuple(dict.fromkeys(allow)),
        characteristics_max=characteristics,
        scale=Scale(points_to_double=points_to_double, at_even_odds=at_even_odds),
    )


def extra_columns(tape: TapeFile) -> dict[str, Column]:
    """The whole extra columns of a tape, as policy columns."""
    return {
        name: Column(name, ColumnType.COUNT, name, f"column {name} of the tape {tape.mapping.tape}")
        for name, how in tape.mapping.extra.items()
        if how.type is ExtraType.WHOLE
    }


def columns_of(tape: TapeFile) -> dict[str, Column]:
    """The columns that a policy with a card of this tape may read."""
    return {**COLUMNS, **extra_columns(tape)}


def fit(tape: TapeFile, settings: TrainingSettings, progress: Progress) -> Trained:
    """Train, or say in one sentence which packages are missing."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise Mistake(
            f"Training needs packages that are not installed ({', '.join(missing)}): "
            "pip install 'fullrecall[train]'.",
            code="train_not_installed",
        )
    outcome_on = tapes.outcome_date(tape)
    return train(tape, outcome_on, settings, extra=extra_columns(tape), progress=progress)


def origin_of(tape: TapeFile) -> Origin:
    mapping = tape.mapping
    return Origin(
        mapping.tape, tape.label.en, tape.label.zh, mapping.simulated, mapping.source, mapping.licence,
        tape.fingerprint, tape.currency,
    )  # fmt: skip


def policy_with_card(trained: Trained, tape: TapeFile, base: str | None) -> str:
    """The text of a policy that carries the card; base: a policy file or a shipped one."""
    columns = columns_of(tape)
    carrier = read_policy(base, columns)[1] if base else None
    return policy_text(trained, origin_of(tape), columns, carrier)


def card_page(trained: Trained, tape: TapeFile) -> str:
    return model_card(trained, origin_of(tape))


def card_figures(trained: Trained, tape: TapeFile) -> dict[str, Any]:
    return figures(trained, origin_of(tape))


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, "utf-8")
        part.replace(path)
    except OSError as trouble:
        raise Mistake(f"{path} cannot be written: {trouble.strerror}: choose another place.") from None
