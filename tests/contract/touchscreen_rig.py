"""What the contract suite needs of a bench: a touchscreen, and a hand that touches and pulls cables."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from drivers.device import Device
from drivers.serial_port import SerialPort
from drivers.simulated.memory.touchscreen import TouchscreenDouble
from drivers.touchscreen import EGALAX, ELO, MICROTOUCH, ControllerLine, EvdevLine, Touchscreen
from drivers.touchscreen.simulator import InputSimulator, SerialSimulator, TouchSimulator
from tests.contract.heard import DEADLINE, Heard
from tests.drivers.touchscreen.socket_node import SocketNode

DIALECTS = {each.name: each for each in (ELO, MICROTOUCH, EGALAX)}
SPEED = 115200


class Screen(Device, Protocol):
    """The device class: a `Device` that counts, and hears of the page."""

    @property
    def counts(self) -> dict[str, int]: ...

    def page_touched(self) -> None: ...


class Rig(Protocol):
    """One touchscreen under test."""

    heard: Heard
    screen: Screen
    opened: str
    """The condition that opening leads to."""

    def tap(self, x: float = 0.5, y: float = 0.5, count: int = 1) -> None: ...

    def press(self, finger: int = 0) -> None: ...

    def lift(self, finger: int = 0) -> None: ...

    def unplug(self) -> None: ...

    def replug(self) -> None: ...

    def another(self, heard: Heard) -> Screen:
        """A second driver on the same line."""
        ...

    def close(self) -> None: ...


class DoubleRig:
    """The double in memory."""

    opened = "ready"

    def __init__(self) -> None:
        self.heard = Heard()
        self._double = TouchscreenDouble(listener=self.heard)
        self.screen: Screen = self._double

    def tap(self, x: float = 0.5, y: float = 0.5, count: int = 1) -> None:
        for _ in range(count):
            for phase in ("down", "move", "up"):
                self._double.touch(x, y, phase)

    def press(self, finger: int = 0) -> None:
        self._double.touch(0.5, 0.5, "down", finger)

    def lift(self, finger: int = 0) -> None:
        self._double.touch(0.5, 0.5, "up", finger)

    def unplug(self) -> None:
        self._double.plug(False)

    def replug(self) -> None:
        self._double.plug(True)

    def another(self, heard: Heard) -> Screen:
        return TouchscreenDouble(listener=heard)

    def close(self) -> None:
        self._double.close()


class SimulatorRig:
    """The driver on a line, with a simulated panel behind it."""

    opened: str
    simulator: TouchSimulator

    def __init__(self) -> None:
        self.heard = Heard()
        self.simulator.start()
        self.screen: Screen = self.another(self.heard)
        self.others: list[Screen] = []

    def another(self, heard: Heard) -> Screen:
        raise NotImplementedError

    def order(self, op: str, **details: Any) -> dict[str, Any]:
        return self.simulator.control({"op": op, **details})

    def tap(self, x: float = 0.5, y: float = 0.5, count: int = 1) -> None:
        self.order("tap", x=x, y=y, count=count)

    def press(self, finger: int = 0) -> None:
        self.order("press", finger=finger)

    def lift(self, finger: int = 0) -> None:
        self.order("lift", finger=finger)

    def unplug(self) -> None:
        self.order("unplug")

    def replug(self) -> None:
        self.order("replug")

    def close(self) -> None:
        self.screen.close()
        self.simulator.stop()


class SerialRig(SimulatorRig):
    """A serial controller on a pty."""

    opened = "ready"

    def __init__(self, folder: Path, controller: str, *, pressure: bool = False) -> None:
        self.port = folder / "ttyTOUCH"
        self._dialect = DIALECTS[controller]
        self.simulator = SerialSimulator(self.port, controller=controller, baudrate=SPEED, pressure=pressure)
        super().__init__()

    def another(self, heard: Heard) -> Screen:
        return Touchscreen(
            source=lambda: ControllerLine(SerialPort(str(self.port), SPEED), self._dialect, time.monotonic),
            listener=heard,
        )


class InputRig(SimulatorRig):
    """An input device on a socket that stands for its node."""

    opened = "listening"

    def __init__(self, folder: Path, *, multi: bool = True) -> None:
        self.path = folder / "event"
        self.simulator = InputSimulator(self.path, multi=multi)
        super().__init__()

    def another(self, heard: Heard) -> Screen:
        return Touchscreen(source=lambda: EvdevLine(SocketNode(self.path)), listener=heard)


KINDS: dict[str, Callable[[Path], Rig]] = {
    "double": lambda _: DoubleRig(),
    "elo": lambda folder: SerialRig(folder, "elo"),
    "microtouch": lambda folder: SerialRig(folder, "microtouch"),
    "egalax": lambda folder: SerialRig(folder, "egalax"),
    "egalax-pressure": lambda folder: SerialRig(folder, "egalax", pressure=True),
    "evdev": InputRig,
    "evdev-single": lambda folder: InputRig(folder, multi=False),
}
LINES = [name for name in KINDS if name != "double"]
SERIAL = [name for name in LINES if "evdev" not in name]
INPUT = [name for name in LINES if "evdev" in name]


def until(rig: Rig, fact: Callable[[], bool]) -> None:
    """Wait until `fact` holds, by asking the touchscreen's own thread again and again."""
    end = time.monotonic() + DEADLINE
    while not fact():
        assert time.monotonic() < end, f"it did not come to that; {rig.screen.counts}, {rig.heard.events}"
        rig.screen.self_test()


def counted(rig: Rig, touches: int) -> None:
    """Wait until so many touches began."""
    until(rig, lambda: rig.screen.counts["touches"] >= touches)
    assert rig.screen.counts["touches"] == touches


def opened(rig: Rig) -> Rig:
    """Open, and what can be known of it is known."""
    rig.screen.open()
    rig.heard.condition(rig.opened)
    return rig
