"""The UK rebate against the published examples of its Schedule, and fee rebates by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from fullrecall.domain.settlement.rebates import (
    Flow,
    fee_rebate,
    fee_rebate_by_interest,
    uk_2004_settlement,
    uk_2004_settlement_date,
)
from fullrecall.domain.vocabulary import Mistake


def level(amount: int, number: int) -> list[Flow]:
    return [Flow(Fraction(k), amount) for k in range(1, number + 1)]


# Consumer Credit (Early Settlement) Regulations 2004, Schedule: 5,000 in 48 of 134.57 at 14 %, 10,000 in 180
# of 139.51 at 16 %; settled on a due day, with 28 days of notice, and with a further month of deferment.
@pytest.mark.parametrize(
    ("advance", "repayments", "apr", "settle_at", "rebate"),
    [
        (500_000, level(13_457, 48), "0.14", Fraction(12), 860_52),
        (500_000, level(13_457, 48), "0.14", 12 + Fraction(28, 30), 819_71),
        (500_000, level(13_457, 48), "0.14", 12 + Fraction(28, 31), 821_03),
        (500_000, level(13_457, 48), "0.14", 13 + Fraction(28, 30), 776_90),
        (1_000_000, level(13_951, 180), "0.16", Fraction(73), 6702_45),
        (1_000_000, level(13_951, 180), "0.16", 73 + Fraction(28, 30), 6606_95),
    ],
)
def test_published_examples(
    advance: int, repayments: list[Flow], apr: str, settle_at: Fraction, rebate: int
) -> None:
    flows = [Flow(Fraction(0), advance)]
    answer = uk_2004_settlement(flows, repayments, settle_at, Decimal(apr), rate_decimals=6)
    assert answer.rebate == rebate
    remaining = sum(flow.amount for flow in repayments if flow.at > settle_at)
    assert answer.settlement == remaining - rebate


def test_with_the_exact_periodic_rate() -> None:
    # 5,000 in 24 of 230.00, APR 10.127465 %: r = 0.8071423 % a month;
    # 5000 (1+r)^12 - 230 ((1+r)^12 - 1)/r = 2620.49, of 2,760.00 outstanding
    flows = [Flow(Fraction(0), 500_000)]
    apr = Decimal("0.10127465")
    at_12 = uk_2004_settlement(flows, level(23_000, 24), Fraction(12), apr)
    assert (at_12.settlement, at_12.rebate) == (2620_49, 139_51)
    # a month of deferment: 2641.64 settles the 2,760.00, so 2411.64 once the 13th instalment is paid
    at_13 = uk_2004_settlement(flows, level(23_000, 24), Fraction(13), apr)
    assert (at_13.settlement, at_13.rebate) == (2411_64, 118_36)


def test_at_the_last_due_day_nothing_is_left_to_rebate() -> None:
    # 100.00 repaid as 101.00 after a month: 1 % a month is an APR of 1.01^12 - 1 = 12.682503 %
    apr = Decimal("1.01") ** 12 - 1
    answer = uk_2004_settlement([Flow(Fraction(0), 10_000)], [Flow(Fraction(1), 10_100)], Fraction(1), apr)
    assert (answer.settlement, answer.rebate) == (0, 0)
    with pytest.raises(Mistake, match="outside the agreement"):
        uk_2004_settlement([Flow(Fraction(0), 10_000)], level(5_000, 2), Fraction(3), Decimal("0.1"))


def test_settlement_date_is_28_days_on_and_a_month_more_for_longer_agreements() -> None:
    # 1 March + 28 days = 29 March; the agreement runs 24 months: one month more
    assert uk_2004_settlement_date(date(2026, 3, 1), date(2025, 1, 15), date(2027, 1, 15)) == date(
        2026, 4, 29
    )
    # exactly a year is not more than a year
    assert uk_2004_settlement_date(date(2026, 3, 1), date(2025, 6, 15), date(2026, 6, 15)) == date(
        2026, 3, 29
    )
    # paid later than the 28 days
    assert uk_2004_settlement_date(
        date(2026, 3, 1), date(2025, 6, 15), date(2026, 6, 15), paid_on=date(2026, 4, 10)
    ) == date(2026, 4, 10)
    # never past the end
    assert uk_2004_settlement_date(date(2026, 6, 1), date(2025, 6, 15), date(2026, 6, 15)) == date(
        2026, 6, 15
    )
    with pytest.raises(Mistake, match="before the agreement"):
        uk_2004_settlement_date(date(2024, 1, 1), date(2025, 6, 15), date(2026, 6, 15))


def test_fee_rebate_by_days() -> None:
    # 120.00 for 2025 (365 days), given up on 1 July: 184 days left: 120 x 184/365 = 60.4932, up to 60.50
    assert fee_rebate(120_00, date(2025, 1, 1), date(2026, 1, 1), date(2025, 7, 1)) == 60_50
    assert fee_rebate(120_00, date(2025, 1, 1), date(2026, 1, 1), date(2024, 7, 1)) == 120_00
    assert fee_rebate(120_00, date(2025, 1, 1), date(2026, 1, 1), date(2027, 7, 1)) == 0
    with pytest.raises(Mistake, match="earned over some days"):
        fee_rebate(1, date(2025, 1, 1), date(2025, 1, 1), date(2025, 1, 1))


def test_fee_rebate_by_interest() -> None:
    assert fee_rebate_by_interest(10_00, 25_00, 100_00) == 2_50
    assert fee_rebate_by_interest(10_00, 1, 3) == 3_34  # 3.3333 up
    with pytest.raises(Mistake, match="interest left"):
        fee_rebate_by_interest(10_00, 2, 1)
