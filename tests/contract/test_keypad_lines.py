"""The driver on a pad that misbehaves: odd delivery, a torn or lost event, plugs, errnos, a stuck key."""

from __future__ import annotations

import errno
import logging
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.device import Availability, HealthChanged
from drivers.keypad import Condition, KeyPressed, Press
from drivers.keypad.health import condition_of_error
from drivers.keypad.keypad import MOST_A_SECOND
from drivers.keypad.keys import STUCK_SECONDS
from drivers.keypad.simulator.node import SocketNode
from drivers.owner import PATIENCE_SECONDS
from tests.contract.heard import DEADLINE, Heard
from tests.contract.keypad_rig import SimulatorRig, counted, opened, presses, told, until


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        with self._lock:
            return self.now

    def pass_by(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SimulatorRig]:
    bench = SimulatorRig(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slow(tmp_path: Path, clock: Clock) -> Iterator[SimulatorRig]:
    """A bench whose time stands still until a test moves it."""
    bench = SimulatorRig(tmp_path, clock)
    yield bench
    bench.close()


def event(kind: int, code: int, value: int, *, microseconds: int = 0, at: int = 0) -> bytes:
    return struct.pack("@llHHi", 1_790_000_000 + at, microseconds, kind, code, value)


# Delivery


@pytest.mark.parametrize("how", ["bytewise", "chunks", "stall"])
@pytest.mark.parametrize("press", Press)
def test_odd_delivery_costs_no_press(rig: SimulatorRig, how: str, press: Press) -> None:
    opened(rig)
    rig.order("press", key=press.value, how=how)
    assert rig.heard.next(KeyPressed).press is press


@pytest.mark.parametrize("how", ["", "bytewise", "chunks"])
def test_glued_events_are_as_many_presses(rig: SimulatorRig, how: str) -> None:
    opened(rig)
    rig.order("glued", keys=["next", "previous", "select"], how=how)
    told(rig, Press.NEXT, Press.PREVIOUS, Press.SELECT)


def test_keys_of_one_packet_are_two_presses(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("both", keys=["next", "select"])
    told(rig, Press.NEXT, Press.SELECT)


def test_auto_repeat_is_no_press(rig: SimulatorRig) -> None:
    opened(rig).hold(Press.NEXT)
    rig.order("repeat", key="next", times=30)
    rig.release(Press.NEXT)
    told(rig, Press.NEXT)


def test_auto_repeat_without_its_press_is_none(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("repeat", key="select", times=3)
    told(rig)


def test_a_contact_that_bounces_is_one_press(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("bounce", key="next", times=4)
    counted(rig, bounced=3)
    told(rig, Press.NEXT)


def test_a_pad_gone_mad_is_told_no_more_than_a_hand_can(slow: SimulatorRig) -> None:
    opened(slow)
    flood = [event(1, 105, value, at=at) + event(0, 0, 0) for at in range(40) for value in (1, 0)]
    slow.order("noise", hex=b"".join(flood).hex())
    counted(slow, pressed=40)
    assert presses(slow) == [Press.PREVIOUS] * MOST_A_SECOND


def test_other_types_of_events_are_nothing(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("strange")
    told(rig)


def test_silence_is_well(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("mute", on=True)
    rig.press(Press.NEXT)
    rig.order("mute", on=False)
    told(rig)
    assert rig.keypad.health().condition == Condition.READY


# Half, spoiled, lost


def test_half_an_event_is_forgotten_and_the_next_press_is_told(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("hold", key="next", how="half")
    counted(rig, torn=1)
    told(rig)


def test_a_packet_without_its_end_is_forgotten(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("hold", key="next", how="no-report")
    counted(rig, torn=1)
    told(rig)


def test_a_key_of_a_lost_packet_is_known_to_be_down_and_no_press(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("hold", key="next", how="no-report")
    counted(rig, torn=1)
    rig.order("repeat", key="next", times=2)
    rig.order("release", key="next")
    rig.press(Press.PREVIOUS)
    rig.press(Press.NEXT)
    told(rig, Press.PREVIOUS, Press.NEXT)


NOISE = {
    "no-such-type": event(0x7F, 30, 1),
    "no-such-key": event(1, 0x7FFF, 1),
    "no-such-value": event(1, 105, 9),
    "no-such-mark": event(0, 77, 0),
    "no-such-time": event(1, 105, 1, microseconds=7_000_000),
    "ones": b"\xff" * 48,
    "text": b"these are no events at all, and their number of bytes is odd",
}


@pytest.mark.parametrize("noise", NOISE)
def test_noise_is_no_press_and_the_next_is_told(rig: SimulatorRig, noise: str) -> None:
    opened(rig)
    rig.order("noise", hex=NOISE[noise].hex())
    counted(rig, overruns=1, torn=1)
    told(rig)


@pytest.mark.parametrize("noise", NOISE)
def test_what_came_before_noise_is_told(rig: SimulatorRig, noise: str) -> None:
    opened(rig).press(Press.SELECT)
    rig.order("noise", hex=NOISE[noise].hex())
    counted(rig, overruns=1, torn=1)
    told(rig, Press.SELECT)


def test_an_overrun_acts_on_nothing_and_the_state_is_asked_anew(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("overrun", key="select", down=True)
    counted(rig, overruns=1)
    rig.order("repeat", key="select", times=2)
    rig.release(Press.SELECT)
    told(rig)


def test_an_overrun_that_lost_a_release_hides_no_later_press(rig: SimulatorRig) -> None:
    opened(rig).hold(Press.SELECT)
    rig.heard.next(KeyPressed)
    rig.order("overrun", key="select", down=False)
    counted(rig, overruns=1)
    rig.press(Press.SELECT)
    told(rig, Press.SELECT, Press.SELECT)


def test_a_packet_without_end_is_bounded(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("noise", hex=(event(1, 105, 1) * 500).hex())
    counted(rig, torn=1)
    told(rig)


# Plugs and errors


def test_a_plug_pulled_in_mid_event_presses_nothing(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("hold", key="select", how="unplug")
    rig.heard.condition(Condition.UNPLUGGED)
    rig.replug()
    rig.heard.condition(Condition.READY)
    told(rig)


def test_a_power_cycle_is_waited_for_and_not_told(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("power-cycle")
    until(rig, lambda: len(rig.simulator.history("opened")) == 2)
    told(rig)
    assert len(rig.heard.of(HealthChanged)) == 1


def test_a_plug_that_bounces_is_not_told(rig: SimulatorRig) -> None:
    opened(rig)
    for _ in range(3):
        rig.order("power-cycle")
    until(rig, lambda: rig.keypad.self_test().passed)
    told(rig)
    assert len(rig.heard.of(HealthChanged)) == 1


REFUSALS = {
    "EBUSY": Condition.PORT_BUSY,
    "EACCES": Condition.PORT_DENIED,
    "EPERM": Condition.PORT_DENIED,
    "ENOTTY": Condition.NOT_A_KEYPAD,
    "EINVAL": Condition.NOT_A_KEYPAD,
    "ENODEV": Condition.UNPLUGGED,
    "EIO": Condition.UNPLUGGED,
}


@pytest.mark.parametrize("name", REFUSALS)
def test_each_refusal_has_its_condition_and_heals(rig: SimulatorRig, name: str) -> None:
    rig.order("refuse", errno=name)
    rig.keypad.open()
    rig.heard.condition(REFUSALS[name])
    assert rig.keypad.health().remedy
    assert condition_of_error(OSError(getattr(errno, name), "")) is REFUSALS[name]
    rig.order("refuse")
    rig.heard.condition(Condition.READY)
    told(rig)


def test_a_reader_that_is_thrown_off_says_who_is_to_blame(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("refuse", errno="EBUSY")
    rig.heard.condition(Condition.PORT_BUSY)


def test_a_second_driver_is_told_that_it_is_taken(rig: SimulatorRig) -> None:
    opened(rig)
    heard = Heard()
    second = rig.another(heard)
    second.open()
    heard.condition(Condition.PORT_BUSY)
    second.close()
    told(rig)


@pytest.mark.parametrize("key", ["previous", "next", "select", "help"])
def test_a_pad_without_one_of_the_four_is_refused_by_name(rig: SimulatorRig, key: str) -> None:
    rig.order("lose", keys=[key])
    rig.keypad.open()
    rig.heard.condition(Condition.NOT_A_KEYPAD)
    assert key in rig.keypad.health().cause
    assert (
        rig.simulator.history("opened") == []
    )  # it is another's keyboard: it was looked at, and not grabbed


def test_a_whole_keyboard_is_taken_and_its_letters_go_nowhere(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("press", key="letter", times=5)
    rig.order("press", key="volume")
    counted(rig, other=6)
    told(rig)


def test_what_is_pressed_is_not_logged(rig: SimulatorRig, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        opened(rig).press(Press.SELECT)
        rig.order("press", key="letter")
        counted(rig, pressed=1, other=1)
        rig.unplug()
        rig.heard.condition(Condition.UNPLUGGED)
        rig.keypad.self_test()  # its thread has come past the log by then
    said = caplog.text.lower()
    assert "unplugged" in said
    assert all(word not in said for word in ("select", "enter", "key_", "letter"))


def test_a_bug_in_the_driver_is_told_and_it_is_begun_anew(
    rig: SimulatorRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs = [RuntimeError("a bug")]
    held = SocketNode.held

    def buggy(node: SocketNode) -> frozenset[int]:
        if bugs:
            raise bugs.pop()
        return held(node)

    monkeypatch.setattr(SocketNode, "held", buggy)
    rig.keypad.open()
    rig.heard.condition(Condition.DRIVER_FAILED)
    assert rig.keypad.health().availability is Availability.UNKNOWN
    rig.heard.condition(Condition.READY)
    told(rig)


def test_one_that_hangs_is_replaced_and_presses_are_told_again(
    slow: SimulatorRig, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, hung = threading.Event(), threading.Event()
    held = SocketNode.held

    def hang(node: SocketNode) -> frozenset[int]:
        if not hung.is_set():
            hung.set()
            hangs.wait(DEADLINE)
        return held(node)

    monkeypatch.setattr(SocketNode, "held", hang)
    slow.keypad.open()
    assert hung.wait(DEADLINE)
    slow.order("power-cycle")  # the kernel lets go of a node whose reader is gone
    clock.pass_by(PATIENCE_SECONDS + 1)
    slow.keypad.attend()
    slow.heard.condition(Condition.DRIVER_FAILED)
    slow.heard.condition(Condition.READY)
    told(slow)
    hangs.set()


# A stuck key


def test_a_stuck_key_is_told_by_name_and_heals(slow: SimulatorRig, clock: Clock) -> None:
    opened(slow).hold(Press.NEXT)
    slow.heard.next(KeyPressed)
    clock.pass_by(STUCK_SECONDS)
    slow.keypad.self_test()
    slow.heard.condition(Condition.STUCK)
    health = slow.keypad.health()
    assert health.availability is Availability.OFFLINE
    assert "KEY_RIGHT" in health.cause
    assert not slow.keypad.self_test().passed
    slow.release(Press.NEXT)
    slow.heard.condition(Condition.READY)
    assert presses(slow) == [Press.NEXT]


def test_beside_a_stuck_key_the_others_work(slow: SimulatorRig, clock: Clock) -> None:
    opened(slow).hold(Press.NEXT)
    slow.heard.next(KeyPressed)
    clock.pass_by(STUCK_SECONDS)
    slow.keypad.self_test()
    slow.heard.condition(Condition.STUCK)
    told(slow, Press.NEXT)


def test_a_key_that_is_down_at_the_opening_is_no_press_and_may_be_stuck(
    slow: SimulatorRig, clock: Clock
) -> None:
    slow.hold(Press.SELECT)
    opened(slow)
    slow.order("repeat", key="select", times=3)
    clock.pass_by(STUCK_SECONDS)
    slow.keypad.self_test()
    slow.heard.condition(Condition.STUCK)
    assert presses(slow) == []
