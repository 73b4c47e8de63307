"""The whole training: sample, bins, fit, points, and every measure on lines the card never saw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec
import numpy as np

from fullrecall.analytics.training.candidates import offered
from fullrecall.analytics.training.card import Card, card_of
from fullrecall.analytics.training.challenger import challenge
from fullrecall.analytics.training.choose import bin_all, choose
from fullrecall.analytics.training.measures import (
    Band,
    Floats,
    Ranking,
    auc_interval,
    calibration,
    psi,
    ranking,
    score_edges,
)
from fullrecall.analytics.training.sample import (
    History,
    Progress,
    Sample,
    Tape,
    Whole,
    columns_with,
    learnable,
    month_of,
    read_values,
    reading_policy,
    split_borrowers,
    trees_of,
)
from fullrecall.analytics.training.settings import TrainingSettings
from fullrecall.domain.policy.tree import Expr
from fullrecall.domain.tape import COLUMNS, Column


class Month(msgspec.Struct, frozen=True):
    """Scores of a month against those fitted on; `whole` when the tape reaches back as far as the card."""

    month: date
    lines: int
    mean_score: float
    psi: float
    whole: bool


class Report(msgspec.Struct, frozen=True):
    """Everything the model card tells in figures; held-out unless it says otherwise."""

    month: date
    outcome_on: date
    train: Ranking
    test: Ranking
    test_auc_interval: tuple[float, float]
    challenger: Ranking
    challenger_train: Ranking
    psi_train_test: float
    months: tuple[Month, ...]
    calibration: tuple[Band, ...]
    calibration_train: tuple[Band, ...]


class Trained(msgspec.Struct, frozen=True):
    """trees: typed expression of each characteristic. line_ids, score, bad: every row, fitted or held out."""

    card: Card
    trees: dict[str, Expr]
    report: Report
    settings: TrainingSettings
    not_used: tuple[str, ...]
    line_ids: list[str]
    score: Whole
    bad: Whole
    in_test: Whole


def train(
    tape: Tape,
    outcome_on: date | None,
    settings: TrainingSettings,
    *,
    extra: Mapping[str, Column] | None = None,
    progress: Progress = lambda label, done, total: None,
) -> Trained:
    """Fit a card on a tape. extra: its whole extra columns, used only when settings.allow names them.

    Raises Mistake for a tape without outcome, with one month, too few rows, or one class of outcome.
    """
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    month = month_of(tape, outcome_on)
    assert outcome_on is not None  # noqa: S101 - month_of refuses it
    columns = columns_with(settings.allow, extra or {})
    history = History(tape)
    with threadpool_limits(limits=1):  # sums in one order: the same points on a machine with other cores
        sample = _sample(tape, history, month, outcome_on, settings, columns, progress)
        binned = bin_all(sample, tape.currency, settings, progress)
        chosen, risk = choose(sample, binned, settings, progress)
        progress("growing the challenger", 0, 1)
        rival = challenge(list(sample.values.values()), sample.bad, sample.train, settings.seed)
    card = card_of(chosen, risk, settings.scale)
    score = card.score(sample.values)
    months = _months(card, history, score[sample.train], columns, tape.currency, progress)
    return Trained(
        card=card,
        trees={line.candidate.name: sample.trees[line.candidate.name] for line in card.lines},
        report=_report(sample, outcome_on, score, rival, months, settings),
        settings=settings,
        not_used=tuple(name for name in extra or {} if name not in settings.allow),
        line_ids=[row.line_id for row in sample.rows],
        score=score,
        bad=sample.bad,
        in_test=sample.test,
    )


def _report(
    sample: Sample,
    outcome_on: date,
    score: Whole,
    rival: Floats,
    months: list[Month],
    settings: TrainingSettings,
) -> Report:
    fitted, held = sample.train, sample.test
    edges = score_edges(score[fitted])
    return Report(
        month=sample.month,
        outcome_on=outcome_on,
        train=ranking(score[fitted], sample.bad[fitted]),
        test=ranking(score[held], sample.bad[held]),
        test_auc_interval=auc_interval(
            score[held], sample.bad[held], settings.bootstrap_rounds, settings.seed
        ),
        challenger=ranking(rival[held], sample.bad[held]),
        challenger_train=ranking(rival[fitted], sample.bad[fitted]),
        psi_train_test=psi(score[fitted], score[held], edges),
        months=tuple(months),
        calibration=tuple(calibration(score[held], sample.bad[held], edges, settings.scale)),
        calibration_train=tuple(calibration(score[fitted], sample.bad[fitted], edges, settings.scale)),
    )


def _sample(
    tape: Tape,
    history: History,
    month: date,
    outcome_on: date,
    settings: TrainingSettings,
    columns: Mapping[str, Column],
    progress: Progress,
) -> Sample:

    outcomes = tape.outcomes() or {}
    rows = learnable(history, month, outcomes, outcome_on)
    bad = np.array([outcomes[row.line_id] for row in rows], dtype=np.int64)
    owners = [tape.borrower_of(row.line_id) for row in rows]
    fit_on, held = split_borrowers(owners, bad, settings.test_share, settings.seed)
    filled = [name for name in COLUMNS if any(getattr(row, name) is not None for row in rows)]
    reach = tape.months.index(month) + 1
    candidates = offered(filled, reach, settings.allow)
    policy = reading_policy(candidates, columns)
    values = read_values(policy, history, month, rows, tape.currency, progress)
    return Sample(month, rows, bad, fit_on, held, candidates, trees_of(policy), values)


def _months(
    card: Card,
    history: History,
    expected: Whole,
    columns: Mapping[str, Column],
    currency: str,
    progress: Progress,
) -> list[Month]:
    """The card on every month of the tape, against the scores it was fitted on."""
    policy = reading_policy([line.candidate for line in card.lines], columns)
    reach, edges = max(line.candidate.months_back for line in card.lines), score_edges(expected)
    found = []
    for at, month in enumerate(history.months):
        rows = list(history.by_month[month].values())
        score = card.score(read_values(policy, history, month, rows, currency, progress))
        found.append(Month(month, len(rows), float(score.mean()), psi(expected, score, edges), at >= reach))
    return found
