"""The kept health: told once a change."""

from __future__ import annotations

from enum import StrEnum

from drivers.device import Availability, DeviceEvent, Health, HealthChanged, Meaning
from drivers.keeping import KeptHealth


class Condition(StrEnum):
    """Of a thing."""

    UNKNOWN = "unknown"
    READY = "ready"
    GONE = "gone"


_MEANINGS = {
    Condition.UNKNOWN: Meaning(Availability.UNKNOWN, "", ""),
    Condition.READY: Meaning(Availability.ONLINE, "", ""),
    Condition.GONE: Meaning(Availability.OFFLINE, "cable", "plug it in"),
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
