"""What the contract suite needs of a bench: a keypad, and a hand that presses and pulls."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from drivers.device import Device, Monotonic
from drivers.keypad import Keypad, KeyPressed, Press
from drivers.keypad.simulator import KeypadSimulator
from drivers.keypad.simulator.node import SocketNode
from drivers.simulated.memory.keypad import KeypadDouble
from tests.contract.heard import DEADLINE, Heard


class Pad(Device, Protocol):
    """The device class: a `Device` that counts."""

    def attend(self) -> None: ...

    @property
    def counts(self) -> dict[str, int]: ...


class Rig(Protocol):
    """One keypad under test."""

    heard: Heard
    keypad: Pad

    def hold(self, press: Press) -> None: ...

    def release(self, press: Press) -> None: ...

    def press(self, press: Press) -> None: ...

    def press_other(self) -> None:
        """A key that is none of the four."""
        ...

    def unplug(self) -> None: ...

    def replug(self) -> None: ...

    def close(self) -> None: ...


class DoubleRig:
    """The double in memory."""

    def __init__(self) -> None:
        self.heard = Heard()
        self._double = KeypadDouble(listener=self.heard)
        self.keypad: Pad = self._double
        self.hold = self._double.hold
        self.release = self._double.release
        self.press_other = self._double.press_other
        self.unplug = self._double.unplug
        self.replug = self._double.replug

    def press(self, press: Press) -> None:
        self.hold(press)
        self.release(press)

    def close(self) -> None:
        self._double.close()


class SimulatorRig:
    """The driver on a socket that stands for its node, with a simulated pad behind it."""

    def __init__(self, folder: Path, monotonic: Monotonic = time.monotonic) -> None:
        self.heard = Heard()
        self.path = folder / "event"
        self.simulator = KeypadSimulator(self.path)
        self.simulator.start()
        self._monotonic = monotonic
        self.driver = self.another(self.heard)
        self.keypad: Pad = self.driver

    def another(self, heard: Heard) -> Keypad:
        """A keypad's driver on the same node."""
        return Keypad(node=lambda: SocketNode(self.path), listener=heard, monotonic=self._monotonic)

    def order(self, op: str, **details: Any) -> dict[str, Any]:
        return self.simulator.control({"op": op, **details})

    def hold(self, press: Press) -> None:
        self.order("hold", key=press.value)

    def release(self, press: Press) -> None:
        self.order("release", key=press.value)

    def press(self, press: Press) -> None:
        self.order("press", key=press.value)

    def press_other(self) -> None:
        self.order("press", key="letter")

    def unplug(self) -> None:
        self.order("unplug")

    def replug(self) -> None:
        self.order("replug")

    def close(self) -> None:
        self.keypad.close()
        self.simulator.stop()


def opened(rig: Rig) -> Rig:
    """Open, and known to be there."""
    rig.keypad.open()
    rig.heard.condition("ready")
    return rig


def presses(rig: Rig) -> list[Press]:
    """All that were told so far."""
    return [event.press for event in rig.heard.of(KeyPressed)]


def until(rig: Rig, fact: Callable[[], bool]) -> None:
    """Wait until `fact` holds, by asking the keypad's own thread again and again."""
    end = time.monotonic() + DEADLINE
    while not fact():
        assert time.monotonic() < end, (
            f"it did not come to that; {rig.keypad.counts}, heard {rig.heard.events}"
        )
        rig.keypad.self_test()


def counted(rig: Rig, **wanted: int) -> None:
    """Wait until there were so many of the counts of a `Keypad`."""
    until(rig, lambda: all(rig.keypad.counts[name] == count for name, count in wanted.items()))


def told(rig: Rig, *wanted: Press) -> None:
    """Press help last, and see that `wanted` and it were told, and nothing else."""
    rig.press(Press.HELP)
    while rig.heard.next(KeyPressed).press is not Press.HELP:
        pass
    assert presses(rig) == [*wanted, Press.HELP]
