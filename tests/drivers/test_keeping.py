"""The kept health: told once a change."""

from __future__ import annotations

import math
from enum import StrEnum

import pytest

from drivers.device import Availability, DeviceEvent, Health, HealthChanged, Meaning
from drivers.keeping import DRIVER_FAILED, KeptHealth


class Condition(StrEnum):
    """Of a thing."""

    UNKNOWN = "unknown"
    READY = "ready"
    GONE = "gone"
    DENIED = "denied"
    LISTENING = "listening"
    FELL = "driver-failed"


_MEANINGS = {
    Condition.UNKNOWN: Meaning(Availability.UNKNOWN, "", ""),
    Condition.READY: Meaning(Availability.ONLINE, "", ""),
    Condition.GONE: Meaning(Availability.OFFLINE, "cable", "plug it in"),
    Condition.DENIED: Meaning(Availability.OFFLINE, "udev", "rule"),
    Condition.LISTENING: Meaning(Availability.UNKNOWN, "", ""),
    Condition.FELL: DRIVER_FAILED,
}


def test_a_change_is_told_once_with_when_it_came() -> None:
    told: list[DeviceEvent] = []
    now = 5.0
    kept = KeptHealth(_MEANINGS, Condition.UNKNOWN, told.append, lambda: now)
    assert kept.now == Health(Availability.UNKNOWN, "unknown", 5.0)
    now = 7.0
    assert kept.report(Condition.GONE, "errno 5")
    now = 9.0
    assert not kept.report(Condition.GONE, "errno 19")
    gone = Health(Availability.OFFLINE, "gone", 7.0, "cable (errno 5)", "plug it in")
    assert told == [HealthChanged(gone)]
    assert kept.now == gone


def test_a_listener_may_ask_for_the_health() -> None:
    seen: list[Health] = []
    kept: KeptHealth[Condition] = KeptHealth(
        _MEANINGS, Condition.UNKNOWN, lambda _event: seen.append(kept.now), lambda: 0.0
    )
    kept.report(Condition.READY)
    assert seen == [Health(Availability.ONLINE, "ready", 0.0)]


class Kept:
    """A kept health whose `gone` settles in a second, and what was told."""

    def __init__(self) -> None:
        self.now = 10.0
        self.told: list[str] = []
        self.kept: KeptHealth[Condition] = KeptHealth(
            _MEANINGS,
            Condition.UNKNOWN,
            self._hear,
            lambda: self.now,
            losses=frozenset({Condition.GONE}),
            settle=1.0,
        )

    def _hear(self, event: DeviceEvent) -> None:
        assert isinstance(event, HealthChanged)
        self.told.append(f"{event.health.condition} {event.health.since:g}")

    def ready(self) -> KeptHealth[Condition]:
        self.kept.report(Condition.READY)
        self.told.clear()
        return self.kept


def test_a_loss_that_is_over_before_it_settled_is_not_told() -> None:
    world = Kept()
    kept = world.ready()
    assert not kept.report(Condition.GONE)
    assert kept.now.condition == Condition.READY
    assert kept.due == 11.0
    world.now = 10.99
    kept.settle()
    kept.report(Condition.READY)
    assert kept.due == math.inf
    world.now = 20.0
    kept.settle()
    assert world.told == []


def test_a_loss_is_told_when_it_has_settled_and_since_it_began() -> None:
    world = Kept()
    kept = world.ready()
    kept.report(Condition.GONE)
    world.now = 11.0
    kept.settle()
    kept.settle()
    assert world.told == ["gone 10"]
    assert kept.condition is Condition.GONE


def test_what_a_lost_device_seems_to_be_meanwhile_waits_as_well() -> None:
    world = Kept()
    kept = world.ready()
    kept.report(Condition.GONE)
    world.now = 10.5
    kept.report(Condition.DENIED)  # udev has not given it to us yet
    assert world.told == []
    world.now = 11.0
    kept.report(Condition.DENIED)
    assert world.told == ["denied 10"]


def test_another_trouble_than_a_loss_is_told_at_once() -> None:
    world = Kept()
    world.ready().report(Condition.DENIED)
    assert world.told == ["denied 10"]


def test_a_loss_with_something_in_hand_is_told_at_once() -> None:
    world = Kept()
    assert world.ready().report(Condition.GONE, at_once=True)
    assert world.told == ["gone 10"]


def test_what_was_never_there_is_not_lost() -> None:
    world = Kept()
    world.kept.report(Condition.GONE)
    assert world.told == ["gone 10"]


def test_what_returns_in_time_is_what_it_was_and_else_what_it_says() -> None:
    world = Kept()
    kept = world.ready()
    kept.report(Condition.GONE)
    assert kept.returned(Condition.LISTENING) is Condition.READY
    kept.report(Condition.GONE)
    world.now = 11.0
    kept.settle()
    assert kept.returned(Condition.LISTENING) is Condition.LISTENING
    assert world.told == ["gone 10", "listening 11"]


@pytest.mark.parametrize("before", [Condition.DENIED, Condition.FELL])
def test_what_was_not_there_before_a_loss_did_not_bounce(before: Condition) -> None:
    world = Kept()
    kept = world.ready()
    kept.report(before)
    kept.report(Condition.GONE)
    world.now = 10.5
    assert kept.returned(Condition.LISTENING) is Condition.LISTENING
    assert world.told == [f"{before} 10", "listening 10.5"]


def test_closing_is_told_to_nobody_and_forgets_a_loss() -> None:
    world = Kept()
    kept = world.ready()
    kept.report(Condition.GONE)
    kept.reset()
    world.now = 20.0
    kept.settle()
    assert (kept.condition, kept.due, world.told) == (Condition.UNKNOWN, math.inf, [])
