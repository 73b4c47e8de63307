"""The shape of a declared mapping from a lender's export to tape rows."""

from __future__ import annotations

import json
from datetime import date
from enum import StrEnum

import msgspec

from fullrecall.domain.tape import COLUMNS

STEPS_MAX = 1_200  # late months; a hundred years


class Layout(StrEnum):
    WIDE = "wide"  # one row per line, month columns side by side
    LONG = "long"  # one row per line and month


class Unit(StrEnum):
    MAJOR = "major"
    MINOR = "minor"


class FileOrder(StrEnum):
    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"


class _Strict(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    pass


class Words(_Strict, frozen=True, kw_only=True):
    """The same sentence in English and Chinese."""

    en: str
    zh: str


class IdFrom(_Strict, frozen=True, kw_only=True):
    """An id: a prefix and a cell padded with zeros to `width`, so that text order is number order."""

    column: str
    prefix: str = ""
    width: int = 0


class DayOrColumn(_Strict, frozen=True, kw_only=True):
    """`billing_cycle`: one day for all lines, or a column that names each line's."""

    day: int | None = None
    column: str | None = None


class KnownAt(_Strict, frozen=True, kw_only=True):
    """When the lender knew a row: some days after its date, or a date column."""

    days_after: int | None = None
    column: str | None = None


class AsOf(_Strict, frozen=True, kw_only=True):
    """Long layout only: a date column, or whole months counted from an assumed anchor month."""

    column: str | None = None
    anchor: date | None = None
    months_column: str | None = None


class MinimumDue(_Strict, frozen=True, kw_only=True):
    """share x balance rounded up to a multiple of `round_up_to`, at least `floor`, at most the balance."""

    share: str | int
    floor: str | int
    round_up_to: str | int = "0"


class LateStatus(_Strict, frozen=True, kw_only=True):
    """A status n >= 1 means n steps late, if something is owed."""

    from_: str
    days_per_step: int = 30


class LateAmount(_Strict, frozen=True, kw_only=True):
    """n late steps leave n x amount_due unpaid, at most the balance."""

    from_: str


class Codes(_Strict, frozen=True, kw_only=True):
    """Text codes to whole days; a code that is not listed is refused."""

    from_: str
    codes: dict[str, int]


class ColumnFrom(_Strict, frozen=True, kw_only=True):
    """Exactly one way to fill a tape column."""

    from_: str | None = None
    unit: Unit | None = None
    value: str | int | None = None
    minimum_due: MinimumDue | None = None
    late_status_to_days: LateStatus | None = None
    late_status_to_amount: LateAmount | None = None
    codes_to_days: Codes | None = None


class ColumnsFrom(_Strict, frozen=True, kw_only=True):
    """The tape columns a file can fill; exposure, borrower_exposure and months_on_book follow from these."""

    credit_limit: ColumnFrom | None = None
    balance: ColumnFrom | None = None
    amount_due: ColumnFrom | None = None
    amount_paid: ColumnFrom | None = None
    past_due_amount: ColumnFrom | None = None
    days_past_due: ColumnFrom | None = None
    score: ColumnFrom | None = None
    score_model: ColumnFrom | None = None
    proven_severe_violations: ColumnFrom | None = None
    manual_action: ColumnFrom | None = None


class PaymentsFrom(_Strict, frozen=True, kw_only=True):
    """Money that came in a row's month, taken to have come on `day` of that month."""

    from_: str
    unit: Unit
    day: int


class ExtraType(StrEnum):
    WHOLE = "whole"
    TEXT = "text"


class ExtraFrom(_Strict, frozen=True, kw_only=True):
    from_: str
    type: ExtraType


class OutcomeFrom(_Strict, frozen=True, kw_only=True):
    """A 0/1 column that tells whether the line truly defaulted by `as_of`: for judging, never on the tape."""

    from_: str
    as_of: date


class MonthColumns(_Strict, frozen=True, kw_only=True):
    """Wide layout only: one month's date, and the column of the file behind each name the mapping uses."""

    as_of: date
    columns: dict[str, str]


class SideFile(_Strict, frozen=True, kw_only=True):
    """A file beside the tape with one row per value of `on`, whose columns the mapping may use too."""

    file: str
    on: str


class Mapping(_Strict, frozen=True, kw_only=True):
    """A whole mapping as read; `digest_source` is the canonical text a fingerprint is made of."""

    tape: str
    title: Words
    simulated: bool
    source: str
    licence: str
    currency: str
    layout: Layout
    line_id: IdFrom
    known_at: KnownAt
    billing_cycle: DayOrColumn
    columns: ColumnsFrom
    assumptions: tuple[Words, ...]
    borrower_id: IdFrom | None = None
    currency_column: str | None = None
    encoding: str = "utf-8"
    as_of: AsOf | None = None
    file_order: FileOrder = FileOrder.OLDEST_FIRST
    months: tuple[MonthColumns, ...] = ()
    side_file: SideFile | None = None
    payments: PaymentsFrom | None = None
    extra: dict[str, ExtraFrom] = {}
    outcome: OutcomeFrom | None = None

    @property
    def digest_source(self) -> str:
        return json.dumps(msgspec.to_builtins(self), ensure_ascii=False, sort_keys=True)

    @property
    def filled(self) -> dict[str, ColumnFrom]:
        """Tape column -> how it is filled, in the tape's own order."""
        every = {name: getattr(self.columns, name, None) for name in COLUMNS}
        return {name: how for name, how in every.items() if how is not None}
