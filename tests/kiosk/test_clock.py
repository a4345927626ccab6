"""Dates do not follow a civil clock that somebody sets while the agent runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kiosk.clock import SystemClock

START = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


class Machine:
    """Its two clocks."""

    def __init__(self) -> None:
        self.civil = START
        self.boot = 100.0

    def pass_by(self, seconds: float) -> None:
        self.civil += timedelta(seconds=seconds)
        self.boot += seconds

    def clock(self) -> SystemClock:
        return SystemClock(lambda: self.civil, lambda: self.boot)


@pytest.mark.parametrize("years", [10, -10])
def test_clock_that_jumps_ten_years_moves_no_date(years: int) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.pass_by(60)
    machine.civil += timedelta(days=365 * years)
    assert clock.now() == START + timedelta(seconds=60)
    machine.pass_by(60)
    assert clock.now() == START + timedelta(seconds=120)


@pytest.mark.parametrize("years", [10, -10])
def test_platform_time_is_what_counts_and_goes_on_through_a_jump(years: int) -> None:
    machine = Machine()
    clock = machine.clock()
    confirmed = [clock.confirmed]
    platform = START + timedelta(days=3)
    clock.correct(platform)
    assert [*confirmed, clock.confirmed] == [False, True]
    machine.civil += timedelta(days=365 * years)
    machine.pass_by(5)
    assert clock.now() == platform + timedelta(seconds=5)


def test_clock_that_was_ahead_goes_back_to_the_platform_time() -> None:
    machine = Machine()
    machine.civil += timedelta(days=3650)
    clock = machine.clock()
    clock.not_before(START)
    clock.correct(START)
    assert clock.now() == START


def test_it_is_never_before_the_floor() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.not_before(START + timedelta(days=1))
    clock.not_before(None)
    machine.pass_by(60)
    assert clock.now() == START + timedelta(days=1)


def test_machines_own_clocks_are_read() -> None:
    clock = SystemClock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.now() <= clock.now()
