"""What every touchscreen keeps: the double, three serial controllers on a pty, and an input device on a
socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.device import Availability, HealthChanged
from drivers.touchscreen import Condition
from tests.contract.heard import Heard
from tests.contract.touchscreen_rig import KINDS, Rig, counted, opened, until


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    bench = KINDS[request.param](tmp_path)
    yield bench
    bench.close()


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found lost, and found again, in a moment: how long it takes at a terminal is in test_touchscreen.py."""
    monkeypatch.setattr("drivers.touchscreen.touchscreen.BACK_OFF", (0.1,))
    monkeypatch.setattr("drivers.touchscreen.touchscreen.BOUNCE_SECONDS", 0.3)


# Opening, closing, health


def test_health_is_unknown_before_opening(rig: Rig) -> None:
    assert (rig.screen.health().availability, rig.screen.health().condition) == ("unknown", "unknown")


def test_opening_leads_to_what_can_be_known(rig: Rig) -> None:
    """An input device says nothing before it is touched: an open node is not a panel that works."""
    opened(rig)
    proven = rig.opened == "ready"
    assert rig.screen.health().availability == (Availability.ONLINE if proven else Availability.UNKNOWN)
    assert rig.screen.self_test().passed is proven


def test_a_touch_proves_the_panel(rig: Rig) -> None:
    opened(rig)
    rig.tap()
    counted(rig, 1)
    until(rig, lambda: rig.screen.health().condition == Condition.READY)
    assert rig.screen.self_test().passed


def test_opening_twice_is_opening_once(rig: Rig) -> None:
    opened(rig).screen.open()
    rig.screen.self_test()
    assert len(rig.heard.of(HealthChanged)) == 1


def test_closing_twice_is_closing_once(rig: Rig) -> None:
    opened(rig)
    rig.screen.close()
    rig.screen.close()
    assert rig.screen.health().condition == Condition.UNKNOWN
    assert [each.health.condition for each in rig.heard.of(HealthChanged)] == [rig.opened]


def test_closing_before_opening_is_nothing(rig: Rig) -> None:
    rig.screen.close()
    opened(rig)


def test_panel_can_be_opened_again_after_closing(rig: Rig) -> None:
    opened(rig).screen.close()
    opened(rig)
    rig.tap()
    counted(rig, 1)


def test_port_that_is_missing_is_a_health_and_no_exception(rig: Rig) -> None:
    rig.unplug()
    rig.screen.open()
    rig.heard.condition(Condition.UNPLUGGED)
    health = rig.screen.health()
    assert health.availability is Availability.OFFLINE
    assert health.cause
    assert health.remedy


def test_health_told_is_the_health_kept(rig: Rig) -> None:
    rig.screen.open()
    assert rig.heard.next(HealthChanged).health == rig.screen.health()


def test_health_is_a_word_of_the_closed_set_at_all_times(rig: Rig) -> None:
    words = [rig.screen.health().condition]
    opened(rig)
    words.append(rig.screen.health().condition)
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    words.append(rig.screen.health().condition)
    rig.screen.close()
    words.append(rig.screen.health().condition)
    assert words == ["unknown", rig.opened, "unplugged", "unknown"]


def test_self_test_fails_when_closed_or_unplugged(rig: Rig) -> None:
    assert not rig.screen.self_test().passed
    opened(rig)
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    assert not rig.screen.self_test().passed
    rig.screen.close()
    assert not rig.screen.self_test().passed


def test_self_test_counts_touches(rig: Rig) -> None:
    opened(rig)
    rig.tap(count=3)
    counted(rig, 3)
    assert ("touches", "3") in rig.screen.self_test().facts


# Touches


@pytest.mark.parametrize(
    ("x", "y"), [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0), (0.5, 0.5), (0.34375, 0.65625)]
)
def test_a_touch_anywhere_is_one_touch(rig: Rig, x: float, y: float) -> None:
    opened(rig)
    rig.tap(x, y)
    counted(rig, 1)


@pytest.mark.parametrize("count", [2, 10])
def test_each_touch_is_counted_once(rig: Rig, count: int) -> None:
    opened(rig)
    rig.tap(count=count)
    counted(rig, count)


def test_silence_is_no_fault(rig: Rig) -> None:
    opened(rig)
    rig.screen.self_test()
    assert rig.screen.health().condition == rig.opened
    assert rig.screen.counts["touches"] == 0


def test_pressing_is_one_touch_until_it_is_lifted(rig: Rig) -> None:
    opened(rig)
    rig.press()
    counted(rig, 1)
    rig.lift()
    rig.press()
    rig.lift()
    counted(rig, 2)


def test_finger_on_the_glass_is_no_fault(rig: Rig) -> None:
    opened(rig)
    rig.press()
    counted(rig, 1)
    until(rig, lambda: rig.screen.health().condition == Condition.READY)


def test_a_burst_at_one_place_is_nobodys_hand(rig: Rig) -> None:
    """What makes a burst is a matter of the clock: tests/drivers/touchscreen/test_watch.py."""
    opened(rig)
    rig.tap(count=60)
    until(rig, lambda: rig.screen.health().condition == Condition.GHOST)
    assert rig.screen.health().remedy
    assert not rig.screen.self_test().passed


def test_nothing_of_where_was_touched_is_told(rig: Rig) -> None:
    opened(rig)
    rig.tap(0.34375, 0.65625)
    counted(rig, 1)
    told = repr(rig.screen) + repr(rig.heard.events) + repr(rig.screen.self_test())
    assert "0.34" not in told
    assert "0.65" not in told


def test_the_page_saw_what_came_here_too(rig: Rig) -> None:
    opened(rig)
    rig.tap()
    rig.screen.page_touched()
    counted(rig, 1)
    until(rig, lambda: rig.screen.health().condition == Condition.READY)


# The cable


def test_pulled_cable_is_told_once_and_so_is_its_return(rig: Rig) -> None:
    opened(rig)
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    rig.replug()
    rig.heard.condition(rig.opened)
    conditions = [event.health.condition for event in rig.heard.of(HealthChanged)]
    assert conditions == [rig.opened, "unplugged", rig.opened]


def test_touches_after_the_return_are_heard(rig: Rig) -> None:
    opened(rig)
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    rig.replug()
    rig.heard.condition(rig.opened)
    rig.tap()
    counted(rig, 1)


def test_finger_down_when_the_cable_is_pulled_is_not_down_for_ever(rig: Rig) -> None:
    opened(rig)
    rig.press()
    counted(rig, 1)
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    rig.replug()
    rig.heard.condition(rig.opened)
    rig.tap()
    counted(rig, 2)
    until(rig, lambda: rig.screen.health().condition == Condition.READY)


def test_two_drivers_on_one_line(rig: Rig) -> None:
    """A serial port has one owner; an input device is everybody's to listen to."""
    opened(rig)
    heard = Heard()
    other = rig.another(heard)
    other.open()
    try:
        first = heard.next(HealthChanged).health.condition
    finally:
        other.close()
    assert first in {Condition.PORT_BUSY, rig.opened}
    rig.tap()
    counted(rig, 1)
