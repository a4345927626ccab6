"""What every keypad keeps: the double, and the driver on a simulated pad."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.device import Availability, HealthChanged
from drivers.keypad import Condition, KeyPressed, Press
from tests.contract.keypad_rig import DoubleRig, Rig, SimulatorRig, counted, opened, presses, told


@pytest.fixture(params=["double", "simulator"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    made: dict[str, Callable[[], Rig]] = {"double": DoubleRig, "simulator": lambda: SimulatorRig(tmp_path)}
    bench = made[request.param]()
    yield bench
    bench.close()


# Opening, closing, health


def test_health_is_unknown_before_opening(rig: Rig) -> None:
    assert (rig.keypad.health().availability, rig.keypad.health().condition) == ("unknown", "unknown")


def test_opening_shows_that_it_is_there(rig: Rig) -> None:
    opened(rig)
    assert rig.keypad.health().availability is Availability.ONLINE
    assert rig.keypad.self_test().passed


def test_opening_twice_is_opening_once(rig: Rig) -> None:
    opened(rig).keypad.open()
    rig.keypad.self_test()
    assert len(rig.heard.of(HealthChanged)) == 1


def test_closing_twice_is_closing_once(rig: Rig) -> None:
    opened(rig)
    rig.keypad.close()
    rig.keypad.close()
    assert rig.keypad.health().condition == Condition.UNKNOWN
    assert len(rig.heard.of(HealthChanged)) == 1


def test_closing_before_opening_is_nothing(rig: Rig) -> None:
    rig.keypad.close()
    opened(rig)


def test_it_can_be_opened_again_after_closing(rig: Rig) -> None:
    opened(rig).keypad.close()
    opened(rig)
    rig.press(Press.NEXT)
    assert rig.heard.next(KeyPressed).press is Press.NEXT


def test_pad_that_is_missing_is_a_health_and_no_exception(rig: Rig) -> None:
    rig.unplug()
    rig.keypad.open()
    rig.heard.condition(Condition.UNPLUGGED)
    health = rig.keypad.health()
    assert health.availability is Availability.OFFLINE
    assert health.cause
    assert health.remedy


def test_health_told_is_the_health_kept(rig: Rig) -> None:
    rig.keypad.open()
    assert rig.heard.next(HealthChanged).health == rig.keypad.health()


def test_self_test_fails_when_closed_or_unplugged(rig: Rig) -> None:
    assert not rig.keypad.self_test().passed
    rig.unplug()
    rig.keypad.open()
    rig.heard.condition(Condition.UNPLUGGED)
    assert not rig.keypad.self_test().passed


def test_pulled_plug_is_told_once_and_so_is_its_return(rig: Rig) -> None:
    opened(rig).unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    rig.replug()
    rig.heard.condition(Condition.READY)
    assert [event.health.condition for event in rig.heard.of(HealthChanged)] == [
        "ready",
        "unplugged",
        "ready",
    ]


def test_attending_one_that_is_well_changes_nothing(rig: Rig) -> None:
    opened(rig).keypad.attend()
    assert rig.keypad.self_test().passed
    assert len(rig.heard.of(HealthChanged)) == 1


# Presses


@pytest.mark.parametrize("press", Press)
def test_each_of_the_four_keys_is_told(rig: Rig, press: Press) -> None:
    opened(rig).press(press)
    assert rig.heard.next(KeyPressed).press is press


def test_presses_come_in_their_order(rig: Rig) -> None:
    opened(rig)
    wanted = [Press.NEXT, Press.NEXT, Press.PREVIOUS, Press.SELECT]
    for press in wanted:
        rig.press(press)
    told(rig, *wanted)


def test_a_key_that_is_held_is_one_press(rig: Rig) -> None:
    opened(rig).hold(Press.NEXT)
    rig.hold(Press.NEXT)
    rig.release(Press.NEXT)
    told(rig, Press.NEXT)


def test_two_keys_at_once_are_two_presses(rig: Rig) -> None:
    opened(rig).hold(Press.NEXT)
    rig.hold(Press.SELECT)
    rig.release(Press.NEXT)
    rig.release(Press.SELECT)
    told(rig, Press.NEXT, Press.SELECT)


def test_a_release_alone_is_nothing(rig: Rig) -> None:
    opened(rig).release(Press.SELECT)
    told(rig)


def test_other_keys_are_counted_and_not_told(rig: Rig) -> None:
    opened(rig).press_other()
    counted(rig, other=1)
    told(rig)


def test_nothing_is_told_while_closed(rig: Rig) -> None:
    opened(rig).keypad.close()
    rig.press(Press.SELECT)
    assert presses(rig) == []


def test_nothing_of_before_opening_is_told(rig: Rig) -> None:
    rig.press(Press.SELECT)
    opened(rig)
    told(rig)


def test_presses_are_counted(rig: Rig) -> None:
    opened(rig).press(Press.NEXT)
    rig.press(Press.SELECT)
    counted(rig, pressed=2)


def test_after_a_pulled_plug_presses_are_told_again(rig: Rig) -> None:
    opened(rig).unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    rig.press(Press.SELECT)
    rig.replug()
    rig.heard.condition(Condition.READY)
    told(rig)


def test_a_key_that_was_down_when_the_plug_was_pulled_is_up(rig: Rig) -> None:
    opened(rig).hold(Press.NEXT)
    rig.heard.next(KeyPressed)
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    rig.replug()
    rig.heard.condition(Condition.READY)
    rig.press(Press.NEXT)
    assert rig.heard.next(KeyPressed).press is Press.NEXT


def test_a_repr_names_the_condition(rig: Rig) -> None:
    assert "select" not in repr(opened(rig).keypad)
