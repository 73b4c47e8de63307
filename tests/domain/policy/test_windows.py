"""Months, windows, score models and what counts as short history, each with the arithmetic beside it."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec.structs import replace

from .tape_rows import outcome, row


def test_lag_is_the_calendar_month_and_short_history_is_not_unknown() -> None:
    history = [row(3, score=780), row(1, score=720)]
    assert outcome("lag(score, 3) - score >= 80", row(score=700), history) == "true"  # 780 - 700 = 80
    assert outcome("lag(score, 3) - score >= 81", row(score=700), history) == "false"
    assert outcome("lag(score, 2) - score >= 1", row(), history) == "history"  # no row in that month
    assert outcome("lag(score, 3) >= 1", row(), [row(3, score=None)]) == "score"  # a row, but no score on it


def test_a_model_change_is_not_a_drop() -> None:
    old = row(3, score=900, score_model="m0")
    assert outcome("lag(score, 3) - score >= 60", row(score=700), [old]) == "history"
    assert (
        outcome("max_over(score, 6) - score >= 60", row(score=700), [old]) == "false"
    )  # only 700 is comparable
    assert outcome("lag(score, 3) - score >= 60", row(score=700, score_model=None), [old]) == "history"


def test_windows_skip_null_and_count_months_not_rows() -> None:
    history = [row(5, days_past_due=90), row(2, days_past_due=None), row(1, days_past_due=30)]
    current = row(days_past_due=10)
    assert outcome("max_over(days_past_due, 6) = 90", current, history) == "true"
    assert outcome("max_over(days_past_due, 5) = 30", current, history) == "true"  # month 5 back is outside
    assert outcome("min_over(days_past_due, 6) = 10", current, history) == "true"
    assert outcome("sum_over(days_past_due, 6) = 130", current, history) == "true"  # 90 + 30 + 10
    assert (
        outcome("avg_over(days_past_due, 6) > 43.3333", current, history) == "true"
    )  # 130 / 3 = 43.33333...
    assert outcome("avg_over(days_past_due, 6) > 43.3334", current, history) == "false"
    assert outcome("count_over(days_past_due >= 30, 6) = 2", current, history) == "true"
    assert outcome("count_over(days_past_due >= 30, 1) = 0", current, history) == "true"


def test_a_window_of_nothing_is_null() -> None:
    empty = [row(1, days_past_due=None)]
    assert outcome("max_over(days_past_due, 3) > 1", row(days_past_due=None), empty) == "days_past_due"
    assert outcome("count_over(days_past_due > 1, 3) = 0", row(days_past_due=None), empty) == "days_past_due"


def test_the_last_row_of_a_month_counts_and_its_last_correction() -> None:
    early = row(1, days_past_due=5, as_of=date(2005, 8, 10), known_at=date(2005, 8, 11))
    late = row(1, days_past_due=20, as_of=date(2005, 8, 31), known_at=date(2005, 9, 1))
    corrected = replace(late, days_past_due=25, known_at=date(2005, 9, 15))
    for history in ([late, early, corrected], [corrected, late, early], [early, corrected, late]):
        assert outcome("lag(days_past_due, 1) = 25", row(), history) == "true"


def test_a_late_correction_does_not_leak_into_the_past() -> None:
    known = row(1, days_past_due=20)
    current = row()
    leaked = replace(known, days_past_due=99, known_at=current.known_at + timedelta(days=1))
    assert outcome("lag(days_past_due, 1) = 20", current, [known, leaked]) == "true"
    assert outcome("lag(days_past_due, 1) = 99", current, [leaked]) == "history"


def test_rows_of_this_month_and_later_are_not_history() -> None:
    same = row(as_of=date(2005, 9, 1), known_at=date(2005, 9, 2), days_past_due=90)
    assert outcome("max_over(days_past_due, 6) = 0", row(), [same, row(-1, days_past_due=90)]) == "true"


def test_an_average_meets_its_bound_exactly() -> None:
    # (33 + 33 + 34) / 3 = 33.3333...: above 33.33, not above 33.34, and money compares in minor units
    history = [row(1, balance=33), row(2, balance=33)]
    assert outcome("avg_over(balance, 3) > 0.33", row(balance=34), history) == "true"
    assert outcome("avg_over(balance, 3) > 0.34", row(balance=34), history) == "false"


def test_a_window_over_an_expression_reads_each_row_by_itself() -> None:
    history = [row(1, balance=95_000), row(2, balance=96_000, credit_limit=100_000), row(3, balance=50)]
    assert outcome("count_over(ratio(balance, credit_limit) >= 0.95, 4) = 2", row(), history) == "true"
    assert (
        outcome("max_over(balance - amount_due, 4) = 910.00", row(), history) == "true"
    )  # 96000 - 5000 minor
    assert outcome("lag(ratio(balance, credit_limit), 1) = 0.95", row(), history) == "true"
