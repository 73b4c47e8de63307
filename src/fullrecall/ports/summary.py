"""What a finished run says of itself: the figures that use cases make and reports show, as JSON-able values.

Amounts are integers in minor units of `book.currency`; rates are plain ratios. The first thirteen fields of
`Summary` are the public `--json` shape; what follows them is for the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

import msgspec

from fullrecall.domain.notices.content import Bilingual


class Checked(Protocol):
    """What a full verification found (see use_cases/verify_all.py)."""

    @property
    def streams(self) -> int: ...
    @property
    def facts(self) -> int: ...
    @property
    def problems_count(self) -> int: ...
    @property
    def line_minus_ledger(self) -> int: ...
    @property
    def trial_balance(self) -> Mapping[str, int]: ...


class Alerts(msgspec.Struct, frozen=True):
    by_trigger: dict[str, int]


class Cases(msgspec.Struct, frozen=True):
    """by_stage: where the cases stand at the end, every stage named."""

    opened: int
    by_stage: dict[str, int]


class Notices(msgspec.Struct, frozen=True):
    """Messages, one per notice and channel. held: had to wait for contact hours or a frequency cap."""

    sent: int
    arrived: int
    held: int


class Outcome(msgspec.Struct, frozen=True):
    """Lines by what truly happened later; None where no tape tells. recalled: the balance was called."""

    recalled_defaulted: int | None
    recalled_paid: int | None
    defaulted_not_recalled: int | None
    base_default_rate: float | None


class Ledger(msgspec.Struct, frozen=True):
    """trial_balance: debits less credits (absolute, all currencies); both are 0 when all is well."""

    trial_balance: int
    line_minus_ledger: int


class Verification(msgspec.Struct, frozen=True):
    streams: int
    facts: int
    problems: int


class Book(msgspec.Struct, frozen=True):
    """Where the lines come from, and under which policy and law they were watched."""

    label: Bilingual
    simulated: bool
    source: str
    licence: str
    currency: str
    first_day: date | None
    last_day: date | None
    law_as_of: date | None
    packs: dict[str, str]
    policy_name: str
    policy_version: int
    policy_id: str
    fingerprint: str


class RefusedRule(msgspec.Struct, frozen=True):
    """Steps that were due and not taken because of one rule; `why` is the sentence of the first."""

    rule: str
    command: str
    by_law: bool
    count: int
    why: str


class DailyStages(msgspec.Struct, frozen=True):
    """Cases per stage at the close of each day; closed cases are left out."""

    days: Sequence[date]
    cases: Mapping[str, Sequence[int]]


class StagePosition(msgspec.Struct, frozen=True):
    """Lines and their exposure at a month end by the stage of their case; `watched`: no open case."""

    as_of: date
    stage: str
    lines: int
    exposure: int


class RollStep(msgspec.Struct, frozen=True):
    """counts[i][j]: lines that went from bucket i to bucket j from one month to the next."""

    since: date
    until: date
    counts: Sequence[Sequence[int]]


class RollRates(msgspec.Struct, frozen=True):
    """pooled: the sum of the steps read together; set_apart: the last step when its change is not news."""

    buckets: Sequence[str]
    steps: Sequence[RollStep]
    pooled: Sequence[Sequence[int]]
    set_apart: RollStep | None
    note: Bilingual | None


class FunnelStep(msgspec.Struct, frozen=True):
    """Cases that ever came this far."""

    step: str
    words: Bilingual
    cases: int


class CalledMonth(msgspec.Struct, frozen=True):
    """Movements of called balances in one month. reduced_by_position: taken off by a lower balance, without a
    payment being seen; still_called: open at its end.
    """

    month: str
    called: int
    cleared: int
    reduced_by_position: int
    unwound: int
    charged_off: int
    recovered: int
    still_called: int


class OutcomeGroup(msgspec.Struct, frozen=True):
    """Lines by the deepest step taken against them: recalled, frozen, warned, none."""

    group: str
    words: Bilingual
    lines: int
    defaulted: int
    paid: int
    default_rate: float | None
    without_follow_up: int


class ScoreCheck(msgspec.Struct, frozen=True):
    """auc: chance that a line that defaulted had a lower score than one that did not, ties counted half."""

    model: str
    as_of: date
    lines: int
    defaulted: int
    auc: float | None
    note: Bilingual


class AccountTotal(msgspec.Struct, frozen=True):
    account: int
    words: Bilingual
    currency: str
    debit: int
    credit: int


class Ground(msgspec.Struct, frozen=True):
    """A legal ground of a step: rule id, citation, the arithmetic in words."""

    rule: str
    citation: str
    note: str


class Money(msgspec.Struct, frozen=True):
    """A line's balances at one moment, minor units. called and charged_off lie inside balance."""

    balance: int
    past_due: int
    called: int
    charged_off: int


class Proof(msgspec.Struct, frozen=True):
    """One message of a notice: when it went, when and by what it arrived, and the hash of what it said."""

    channel: str
    state: str
    was_held: bool
    sent_at: datetime | None
    arrived_at: datetime | None
    arrival_basis: str
    content_sha256: str
    receipt: str


class NoticeTold(msgspec.Struct, frozen=True):
    """What a notice said, in short, and how it is proved."""

    notice_id: str
    kind: str
    said: Bilingual
    pay_by: date | None
    proofs: Sequence[Proof]


class Entry(msgspec.Struct, frozen=True):
    """One fact of the worked case. before and after: the line's money around it, None on case facts."""

    on: date
    recorded_at: datetime
    stream: str
    seq: int
    kind: str
    what: Bilingual
    why: Bilingual
    grounds: Sequence[Ground]
    before: Money | None
    after: Money | None
    notice: NoticeTold | None
    hash: str


class WorkedCase(msgspec.Struct, frozen=True):
    case_id: str
    borrower_id: str
    line_ids: Sequence[str]
    stage: str
    outcome: str
    chosen_because: Bilingual
    defaulted: bool | None
    entries: Sequence[Entry]


class Summary(msgspec.Struct, frozen=True):
    dataset: str
    lines: int
    positions: int
    alerts: Alerts
    cases: Cases
    notices: Notices
    refused_by_law: int
    recalled_exposure: int
    cleared_amount: int
    outcome: Outcome
    ledger: Ledger
    verify: Verification
    seconds: float
    book: Book
    later_spending: int
    refused_rules: Sequence[RefusedRule]
    stages_by_day: DailyStages
    portfolio_by_stage: Sequence[StagePosition]
    roll_rates: RollRates
    funnel: Sequence[FunnelStep]
    called_and_cleared: Sequence[CalledMonth]
    recalled_lines: int
    outcome_detail: Sequence[OutcomeGroup]
    score_check: ScoreCheck | None
    accounts: Sequence[AccountTotal]
    worked_case: WorkedCase | None
    assumptions: Sequence[Bilingual]
