"""Which characteristics a card is made of: all are fitted together, the least useful leave until few stay."""

from __future__ import annotations

from collections.abc import Sequence

from fullrecall.analytics.training import monotone
from fullrecall.analytics.training.bins import Bins, best_bins
from fullrecall.analytics.training.candidates import Candidate, Worse
from fullrecall.analytics.training.monotone import Binned, Risk
from fullrecall.analytics.training.sample import Progress, Sample, Whole
from fullrecall.analytics.training.settings import TrainingSettings
from fullrecall.domain.vocabulary import Mistake

_LEAVE = 0.6  # at most four in ten leave at once: what one told, another may tell now

_NOTHING = 1e-6  # of log-odds

Chosen = tuple[Candidate, Worse, Bins]


def bin_all(
    sample: Sample, currency: str, settings: TrainingSettings, progress: Progress
) -> list[tuple[Candidate, Bins]]:
    """Bins of every candidate, from training rows only."""
    found = []
    for at, candidate in enumerate(sample.candidates):
        progress("binning", at, len(sample.candidates))
        values = sample.values[candidate.name].take(sample.train)
        bins = best_bins(
            values, sample.bad[sample.train], sample.trees[candidate.name], currency,
            settings.bins_max, settings.bin_share_min,
        )  # fmt: skip
        if bins is not None:
            found.append((candidate, bins))
    if not found:
        raise Mistake(
            "No column of the tape tells good lines from bad ones: nothing varies enough to draw a bound.",
            code="nothing_to_bin",
        )
    return found


def choose(
    sample: Sample, binned: Sequence[tuple[Candidate, Bins]], settings: TrainingSettings, progress: Progress
) -> tuple[list[Chosen], Risk]:
    """The characteristics kept and the risk fitted on them, from training rows only."""
    bad = sample.bad[sample.train]
    here = [(candidate, bins, _part(candidate, bins, sample)) for candidate, bins in binned]
    directed = monotone.directed([part for *_, part in here], bad)
    here = [(candidate, bins, part) for (candidate, bins, _), part in zip(here, directed, strict=True)]
    near, rounds = None, 0
    while True:
        progress("fitting", rounds, rounds + 2)
        risk = monotone.fit([part for *_, part in here], bad, settings.penalty, near)
        spreads = [risk.spread(at, part) for at, (*_, part) in enumerate(here)]
        stay = _who_stays(spreads, settings.characteristics_max)
        if len(stay) == len(here):
            return [(candidate, part.worse, bins) for candidate, bins, part in here], risk
        if not stay:
            raise Mistake(
                "No characteristic tells good lines from bad ones on this tape: give a longer one.",
                code="no_signal",
            )
        near = Risk(risk.constant, [risk.weights[at] for at in stay])
        here = [here[at] for at in stay]
        rounds += 1


def _part(candidate: Candidate, bins: Bins, sample: Sample) -> Binned:
    index: Whole = bins.of(sample.values[candidate.name].take(sample.train))
    return Binned(candidate.worse, index, bins.missing)


def _who_stays(spreads: Sequence[float], most: int) -> list[int]:
    """Places that stay, in the order they stand in: those that tell something, most useful first."""
    telling = [at for at, spread in enumerate(spreads) if spread > _NOTHING]
    telling.sort(key=lambda at: (-spreads[at], at))
    if len(telling) > most:
        telling = telling[: max(most, int(len(telling) * _LEAVE))]
    return sorted(telling)
