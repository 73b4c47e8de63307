"""The challenger: boosted trees on the same values, to show what a plain scorecard costs; never published."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fullrecall.analytics.training.sample import Values, Whole

_TREES = 250
_SHAPE = {
    "objective": "binary", "learning_rate": 0.03, "num_leaves": 15, "feature_fraction": 0.4,
    "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0, "max_bin": 127, "verbosity": -1,
    "deterministic": True, "force_row_wise": True, "num_threads": 1,  # the same trees on every machine
}  # fmt: skip


def challenge(values: Sequence[Values], bad: Whole, train: Whole, seed: int) -> NDArray[np.float64]:
    """A score for every row, low means risk, from trees grown on the training rows."""
    import lightgbm  # heavy and optional: loaded by whoever trains

    table = np.column_stack([each.decimals() for each in values])
    shape = {**_SHAPE, "min_data_in_leaf": min(50, max(5, len(train) // 100))}
    data = lightgbm.Dataset(table[train], label=bad[train])
    grown = lightgbm.train({**shape, "seed": seed}, data, num_boost_round=_TREES)
    return -np.asarray(grown.predict(table, num_threads=1), dtype=np.float64)
