"""What a training may be told; defaults were compared by cross-validation inside the training rows."""

from __future__ import annotations

import msgspec

from fullrecall.analytics.training.scale import Scale


class TrainingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """seed: of the split, the challenger and the bootstrap. test_share: borrowers held out.

    allow: extra columns of the tape that may become characteristics; none by default, whatever they hold.
    characteristics_max: the most useful are kept. penalty: per unit of log-odds between neighbouring bins.
    """

    seed: int = 42
    test_share: float = 0.3
    allow: tuple[str, ...] = ()
    characteristics_max: int = 24
    bins_max: int = 10
    bin_share_min: float = 0.01
    penalty: float = 2e-4
    scale: Scale = Scale()
    bootstrap_rounds: int = 200
