"""Bins of a characteristic: bounds by OptBinning, rounded to what a person would write, applied exactly."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import msgspec
import numpy as np
from numpy.typing import NDArray

from fullrecall.analytics.training.sample import Values, Whole
from fullrecall.domain.money import digits_of, to_major
from fullrecall.domain.policy import tree as t
from fullrecall.domain.policy.tree import Expr, Unit

PREBINS_MAX = 20  # 25 take the solver up to fifteen times as long
_PRODUCT_MAX = 2**62
_CENT, _FOURTH = Decimal("0.01"), Decimal("0.0001")


class Bins(msgspec.Struct, frozen=True):
    """bounds: rising, in the value's own unit (money in minor units); a bin holds what is below its bound,
    the last the rest; then comes the bin of NULL.
    """

    bounds: tuple[Fraction, ...]

    @property
    def missing(self) -> int:
        """Number of the bin of NULL; the bins of values are 0 to missing - 1."""
        return len(self.bounds) + 1

    def of(self, values: Values) -> Whole:
        """The bin of every row, compared in whole numbers: the same answer as the policy language gives."""
        index = np.zeros(len(values.top), dtype=np.int64)
        for bound in self.bounds:
            index += ~_below(values, bound)
        index[~values.known] = self.missing
        return index


def _below(values: Values, bound: Fraction) -> NDArray[np.bool_]:
    top, bottom = values.top, values.bottom
    largest = max(abs(int(top.min())), abs(int(top.max()))) * bound.denominator
    if max(largest, int(bottom.max()) * abs(bound.numerator)) > _PRODUCT_MAX:
        top, bottom = top.astype(object), bottom.astype(object)  # Python's own integers: slow, and never wrap
    return np.asarray(top * bound.denominator < bottom * bound.numerator, dtype=bool)


def best_bins(
    values: Values, bad: Whole, expr: Expr, currency: str, bins_max: int, share_min: float
) -> Bins | None:
    """Bounds that tell good from bad best (information value) on these rows; None when none is worth drawing.

    No trend is asked for here: which way points go is settled when all characteristics are fitted together.
    """
    from optbinning import OptimalBinning  # heavy and optional: loaded by whoever trains

    decimals = values.decimals()
    known = ~np.isnan(decimals)
    if len(np.unique(decimals[known])) < 2 or not 0 < bad[known].sum() < known.sum():
        return None
    binning = OptimalBinning(
        dtype="numerical", solver="cp", monotonic_trend=None, max_n_bins=bins_max, max_n_prebins=PREBINS_MAX,
        min_bin_size=share_min, min_prebin_size=share_min,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its tables are never asked for; what it warns of is pandas
        binning.fit(decimals[known], bad[known])
    bounds = _written(binning.splits, decimals[known], expr, currency)
    kept = _wide_enough(bounds, values, math.ceil(share_min * len(bad)))
    return Bins(kept) if kept else None


def _written(
    splits: Iterable[float], decimals: NDArray[np.float64], expr: Expr, currency: str
) -> list[Fraction]:
    observed = np.unique(decimals)
    return sorted({_bound(float(split), observed, expr, currency) for split in splits})


def _bound(split: float, observed: NDArray[np.float64], expr: Expr, currency: str) -> Fraction:
    if t.is_fraction(expr):
        shown = Decimal(split).quantize(_CENT if abs(split) >= 0.1 else _FOURTH, ROUND_HALF_EVEN)
        return Fraction(_two_digits(shown) if abs(split) < 0.1 else shown)
    if t.unit_of(expr) is Unit.MONEY:
        whole = 10 ** digits_of(currency)
        return Fraction(_two_digits(Decimal(split) / whole)) * whole if abs(split) >= whole else Fraction(1)
    # Whole values: just above the last one of the lower bin, so that a day late is late.
    return Fraction(math.floor(observed[observed < split].max()) + 1)


def _two_digits(value: Decimal) -> Decimal:
    if not value:
        return Decimal(0)
    step = Decimal(1).scaleb(value.adjusted() - 1)
    return max(step, _FOURTH) * (value / max(step, _FOURTH)).to_integral_value(ROUND_HALF_EVEN)


def _wide_enough(bounds: list[Fraction], values: Values, rows_min: int) -> tuple[Fraction, ...]:
    """Rounding may have emptied a bin: such a bound goes."""
    kept: list[Fraction] = []
    below, known = 0, int(values.known.sum())
    for bound in bounds:
        here = int((_below(values, bound) & values.known).sum())
        if here - below >= rows_min and known - here >= rows_min:
            kept.append(bound)
            below = here
    return tuple(kept)


def written(bound: Fraction, expr: Expr, currency: str) -> str:
    """A bound as the policy file says it: money in major units, ratios with at most four decimals."""
    if t.is_fraction(expr):
        return f"{Decimal(bound.numerator) / Decimal(bound.denominator):f}"
    return to_major(int(bound), currency) if t.unit_of(expr) is Unit.MONEY else str(int(bound))
