"""Whatever happens on a kept line in whatever order: what must hold, held over generated lives."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from kept_lines import (
    BUY_STEPS,
    EU,
    HUABEI,
    JIEBEI,
    LIVES_TIMES,
    LOAN_STEPS,
    OPENED,
    US,
    KeptLine,
    Step,
    play,
    steps,
    take,
)

from fullrecall.domain.line.kept_moves import derive
from fullrecall.domain.terms.product import Product

LOANS = st.tuples(st.sampled_from([JIEBEI, EU]), steps(LOAN_STEPS))
LIVES = st.one_of(LOANS, st.tuples(st.sampled_from([HUABEI, US]), steps(BUY_STEPS)))
# A conversion agrees a fee on what was owed that day; a payment changed afterwards does not re-open it.
UNCONVERTED = st.one_of(
    LOANS, st.tuples(st.sampled_from([HUABEI, US]), steps([k for k in BUY_STEPS if k != "convert"]))
)
thorough = settings(max_examples=80 * LIVES_TIMES)


def figures(line: KeptLine) -> tuple[object, ...]:
    s = line.state
    return s.as_of, s.balance, s.amount_due, s.past_due_amount, s.days_past_due, s.called, s.charged_off


def same(one: KeptLine, other: KeptLine, after_days: int = 100) -> None:
    """Equal today and still equal much later."""
    day = max(one.state.as_of, other.state.as_of)
    for on in (day, day + timedelta(days=after_days)):
        one.touch(on)
        other.touch(on)
        assert one.accounts == other.accounts
        assert figures(one) == figures(other)


@thorough
@given(LIVES)
def test_principal_repaid_and_outstanding_is_what_was_advanced(life: tuple[Product, list[Step]]) -> None:
    line = KeptLine(life[0])
    day = play(line, life[1]) + timedelta(days=400)
    line.touch(day)
    kept = line.state.kept
    assert kept is not None
    run = derive(kept, day)
    advanced = sum(m.amount for m in kept.log if m.id[0] in "dh")
    repaid = sum(advance.repaid for advance in run.advances.values())
    assert repaid + line.of("principal") == advanced
    assert sum(amount for _, _, amount in line.transfers) > 0 or not advanced


@thorough
@given(LIVES, st.lists(st.integers(0, 400), max_size=6))
def test_looking_changes_nothing(life: tuple[Product, list[Step]], looks: list[int]) -> None:
    line, twin = KeptLine(life[0]), KeptLine(life[0])
    play(line, life[1])
    day = OPENED
    for step in life[1]:
        for look in sorted(looks):
            on = OPENED + timedelta(days=look)
            if day < on < day + timedelta(days=step.gap):
                twin.touch(on)
        day += timedelta(days=step.gap)
        take(twin, step, day)
    same(line, twin)


@thorough
@given(UNCONVERTED, st.integers(2, 300_000), st.floats(0.01, 0.99), st.integers(0, 90))
def test_paying_in_two_parts_is_paying_at_once(
    life: tuple[Product, list[Step]], amount: int, share: float, wait: int
) -> None:
    line, twin = KeptLine(life[0]), KeptLine(life[0])
    day = play(line, life[1]) + timedelta(days=wait)
    play(twin, life[1])
    first = min(max(int(amount * share), 1), amount - 1)
    line.pay(amount, day)
    twin.pay(first, day)
    twin.pay(amount - first, day)
    same(line, twin)


@thorough
@given(UNCONVERTED, st.integers(1, 300_000), st.integers(0, 10), st.integers(0, 60))
def test_reversing_a_payment_restores_the_state_before(
    life: tuple[Product, list[Step]], amount: int, at: int, wait: int
) -> None:
    line, twin = KeptLine(life[0]), KeptLine(life[0])
    day = play(line, life[1][:at])
    payment = line.pay(amount, day, "bounced")
    day = play(line, life[1][at:], day) + timedelta(days=wait)
    line.reverse(payment, day)
    play(twin, life[1])
    same(line, twin)


@thorough
@given(UNCONVERTED, st.integers(1, 300_000), st.integers(0, 10), st.integers(0, 60))
def test_a_back_dated_payment_is_the_same_payment_in_time(
    life: tuple[Product, list[Step]], amount: int, at: int, wait: int
) -> None:
    line, twin = KeptLine(life[0]), KeptLine(life[0])
    paid_on = play(twin, life[1][:at])
    twin.pay(amount, paid_on, "late")
    play(twin, life[1][at:], paid_on)
    line.touch(play(line, life[1]) + timedelta(days=wait))
    line.pay(amount, paid_on, "late")
    same(line, twin)


@thorough
@given(
    LIVES,
    st.integers(0, 10),
    st.integers(0, 60),
    st.lists(st.integers(1, 300_000), max_size=3),
    st.booleans(),
)
def test_called_and_unwound_is_never_called(
    life: tuple[Product, list[Step]], at: int, wait: int, payments: list[int], spend: bool
) -> None:
    line, twin = KeptLine(life[0]), KeptLine(life[0])
    day = play(line, life[1][:at])
    play(twin, life[1][:at])
    line.call(day, day + timedelta(days=15))
    for amount in payments:
        day += timedelta(days=7)
        line.pay(amount, day)
        twin.pay(amount, day)
    day += timedelta(days=wait)
    line.unwind(day)
    assert line.state.called == 0 and line.state.called_on is None
    if spend:
        day = play(line, life[1][at:], day)
        play(twin, life[1][at:], day - timedelta(days=sum(step.gap for step in life[1][at:])))
    same(line, twin)


@thorough
@given(LIVES, st.integers(0, 60), st.lists(st.integers(1, 300_000), max_size=4), st.booleans())
def test_called_written_off_and_recovered_still_balances(
    life: tuple[Product, list[Step]], wait: int, payments: list[int], call: bool
) -> None:
    line = KeptLine(life[0])
    day = play(line, life[1]) + timedelta(days=wait)
    if call:
        line.call(day, day + timedelta(days=15))
        assert line.state.called == max(line.state.balance, 0)
    line.charge_off(day + timedelta(days=120))
    owed = line.state.charged_off
    assert line.of("charge_off_loss") == owed == max(line.state.balance, 0)
    day += timedelta(days=121)
    for amount in payments:
        line.pay(amount, day)
    recovered = min(owed, sum(payments))
    assert (line.state.charged_off, -line.of("recoveries")) == (owed - recovered, recovered)
