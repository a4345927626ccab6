"""The rate that the gateway states: never more than it, the citizen first, no gap without one."""

from __future__ import annotations

import random

import pytest

from offline_cache.rate import LIFE, LONGEST_GAP, Left, Quota, Rate, Stated

SIX = Stated((Quota(6, 60.0),))


class Asking:
    """One who sends as soon as it may."""

    def __init__(self, *said: Stated, seed: int = 1) -> None:
        self.rate = Rate(random.Random(seed))
        self.now = 100.0
        self.sent: list[float] = []
        self.said = said
        self.state()

    def state(self) -> None:
        """As each answer of the gateway does."""
        for each in self.said:
            self.rate.stated(each, self.now)

    def send(self, *, urgent: bool = False, took: float = 0.0) -> float:
        """Wait for it, send it; returns the wait."""
        waited = 0.0
        while wait := self.rate.wait(self.now, urgent=urgent):
            self.now += wait
            waited += wait
        self.sent.append(self.now)
        self.now += took
        self.rate.sent(self.now)
        if any(each.quotas for each in self.said):
            self.state()
        return waited

    def most_in(self, seconds: float) -> int:
        """The most that were sent within any so many seconds (half open, but for rounding)."""
        return max(sum(1 for at in self.sent if end - seconds + 1e-6 < at <= end) for end in self.sent)


def test_without_a_statement_there_is_no_gap() -> None:
    asking = Asking()
    assert [asking.send() for _ in range(1000)] == [0.0] * 1000


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("requests", [1, 2, 6, 50])
def test_no_window_holds_more_than_stated(requests: int, seed: int) -> None:
    asking = Asking(Stated((Quota(requests, 60.0),)), seed=seed)
    chance = random.Random(seed)
    for _ in range(200):
        asking.now += chance.choice([0.0, 0.0, 0.0, 20.0, 300.0]) * chance.random()
        asking.send(urgent=chance.random() < 0.3, took=chance.choice([0.0, 5.0]))
    assert asking.most_in(60.0) <= requests


def test_a_line_that_is_slow_and_then_quick_squeezes_no_more_into_the_gateways_window() -> None:
    """The gateway counts arrivals: at the end of a slow sending, at the start of a quick one."""
    asking = Asking(SIX)
    arrived = []
    for took in [15.0] * 6 + [0.0] * 6:
        asking.send(urgent=True, took=took)
        arrived.append(asking.now)
    assert max(sum(1 for at in arrived if end - 60 + 1e-6 < at <= end) for end in arrived) <= 6


def test_the_drain_is_even_and_leaves_one_for_whoever_waits() -> None:
    asking = Asking(SIX)
    for _ in range(60):
        asking.send()
        assert asking.rate.wait(asking.now, urgent=True) == 0.0
    gaps = [later - sooner for sooner, later in zip(asking.sent, asking.sent[1:], strict=False)]
    assert min(gaps) >= 6.0 - 1e-9
    assert 60 * 60 / (asking.sent[-1] - asking.sent[0]) > 0.75 * 6  # of six a minute


def test_several_citizens_in_a_minute_wait_no_longer_than_the_rate_makes_them() -> None:
    asking = Asking(SIX)
    for _ in range(30):
        asking.send()
    waits = [asking.send(urgent=True) for _ in range(6)]
    assert waits[0] == 0.0
    assert max(waits) <= 2 * 60 / 5


def test_a_single_request_a_minute_is_still_used_by_the_drain() -> None:
    asking = Asking(Stated((Quota(1, 60.0),)))
    for _ in range(5):
        asking.send()
    assert asking.sent[-1] - asking.sent[0] <= 4 * 90


def test_a_quota_for_a_day_is_not_stretched_over_the_day() -> None:
    asking = Asking(Stated((Quota(900, 86400.0),)))
    for _ in range(40):
        asking.send()
    assert asking.sent[-1] - asking.sent[0] <= 39 * 1.5 * LONGEST_GAP


def test_all_policies_are_kept_to() -> None:
    asking = Asking(Stated((Quota(6, 60.0), Quota(20, 3600.0))))
    for _ in range(60):
        asking.send(urgent=True)
    assert asking.most_in(60.0) <= 6
    assert asking.most_in(3600.0) <= 20


def test_what_the_gateway_says_is_left_is_believed() -> None:
    asking = Asking(Stated((), (Left(3, 30.0),)))
    assert [asking.send() for _ in range(2)] == [0.0, 0.0]
    assert asking.send(urgent=True) == 0.0
    assert asking.send(urgent=True) == 30.0


def test_the_last_that_is_left_is_the_citizens() -> None:
    asking = Asking(Stated((), (Left(1, 30.0),)))
    assert asking.rate.wait(asking.now, urgent=True) == 0.0
    assert asking.rate.wait(asking.now, urgent=False) == 30.0


def test_the_newest_statement_holds_and_one_that_is_not_repeated_ends() -> None:
    asking = Asking(SIX, Stated((Quota(600, 60.0),)))
    asking.send()
    assert asking.rate.wait(asking.now, urgent=False) < 0.2
    asking.said = (SIX,)
    for _ in range(5):
        asking.send(urgent=True)
    assert asking.rate.wait(asking.now, urgent=True) > 50
    asking.said = ()
    asking.now += LIFE + 60.0
    assert [asking.send() for _ in range(50)] == [0.0] * 50


def test_what_was_sent_before_the_statement_counts() -> None:
    asking = Asking()
    for _ in range(6):
        asking.send()
    asking.rate.stated(SIX, asking.now)
    assert asking.rate.wait(asking.now, urgent=True) == 60.0
