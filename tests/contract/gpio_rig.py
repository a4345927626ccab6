"""What the contract suites of devices on GPIO lines need: a simulated chip, here or behind a socket."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from drivers.device import Device
from drivers.gpio import Gpio
from drivers.gpio.simulator import GpioBus, GpioServer, MemoryGpio, SocketGpio
from drivers.gpio.simulator.orders import obey
from drivers.keeping import SETTLE_SECONDS
from tests.contract.heard import DEADLINE, Heard

FIDELITIES = ("memory", "socket")


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class GpioRig:
    """One chip, and a hand at it."""

    def __init__(self, fidelity: str, folder: Path) -> None:
        self.clock = Clock()
        self.bus = GpioBus()
        self._server = GpioServer(folder / "gpio", self.bus) if fidelity == "socket" else None
        self.gpio: Gpio = SocketGpio(folder / "gpio") if self._server is not None else MemoryGpio(self.bus)

    def order(self, op: str, **details: Any) -> dict[str, Any]:
        """See docs/drivers/gpio.md."""
        return obey(self.bus, {"op": op, **details})

    def line(self, name: str) -> dict[str, Any]:
        """How a line is now, and its physical level."""
        state = self.bus.state()
        [found] = [line for line in state["lines"] if line["name"] == name]
        return {**found, "level": state["levels"][found["offset"]]}

    def held(self, name: str = "DOOR") -> None:
        """Wait until somebody has the line."""
        self.bus.wait_for(lambda: bool(self.line(name)["consumer"]))

    def let_go(self, name: str = "DOOR") -> None:
        """Wait until nobody has it."""
        self.bus.wait_for(lambda: not self.line(name)["consumer"])

    def lost(self, device: Device, heard: Heard, condition: str) -> None:
        """Wait until the device tells that its lines are lost; so long the time goes on."""
        ends = time.monotonic() + DEADLINE
        while device.health().condition != condition:
            assert time.monotonic() < ends, f"not told: {condition}"
            self.clock.now += SETTLE_SECONDS
            device.self_test()
        heard.condition(condition)

    def taken(self, times: int) -> None:
        """Wait until lines were taken so often."""
        self.bus.wait_for(lambda: len(self.bus.history("requested")) == times)

    def stalled(self, threads: int = 1) -> None:
        """Wait until so many calls hang."""
        self.bus.wait_for(lambda: self.bus.state()["stalled"] >= threads)

    def close(self) -> None:
        """The chip and its socket are gone."""
        self.bus.close()
        if self._server is not None:
            self._server.close()
