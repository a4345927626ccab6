"""The cable of a receipt printer in memory, and a printer at its other end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.device import Monotonic
from drivers.exc import TransportLost
from drivers.receipt_printer.simulator.machine import Machine, Model
from drivers.receipt_printer.simulator.server import Simulator
from drivers.simkit import Line


class Wire:
    """Both directions of a cable in memory; what the host sends is held back beyond `CAPACITY`."""

    CAPACITY = 2048

    def __init__(self) -> None:
        self.to_device = bytearray()
        self.to_host = bytearray()
        self.plugged = True
        self.moved = threading.Condition()

    def read(self, size: int, timeout: float) -> bytes:
        """The device's end."""
        with self.moved:
            self.moved.wait_for(lambda: self.to_device, timeout)
            data = bytes(self.to_device[:size])
            del self.to_device[:size]
            self.moved.notify_all()
            return data

    def write(self, data: bytes) -> None:
        """The device's end."""
        with self.moved:
            self.to_host += data
            self.moved.notify_all()

    def close(self) -> None:
        """Pull the cable."""
        with self.moved:
            self.plugged = False
            self.moved.notify_all()


class MemoryTransport:
    """A transport on a `Wire`: the in-memory double of a serial port. `port` gives the present wire."""

    def __init__(self, port: Callable[[], Wire], monotonic: Callable[[], float]) -> None:
        self._port = port
        self._monotonic = monotonic
        self._wire: Wire | None = None

    def open(self) -> None:
        """See `drivers.receipt_printer.Transport`, as for what follows."""
        wire = self._port()
        if not wire.plugged:
            raise TransportLost("not plugged")
        self._wire = wire
        self.discard()

    def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            with wire.moved:
                wire.to_device.clear()

    def _present(self) -> Wire:
        if self._wire is None or not self._wire.plugged:
            raise TransportLost("unplugged")
        return self._wire

    def paper_out(self) -> bool:
        return False

    def discard(self) -> None:
        wire = self._present()
        with wire.moved:
            wire.to_device.clear()
            wire.to_host.clear()

    def read(self, deadline: float) -> bytes:
        wire = self._present()
        with wire.moved:
            wire.moved.wait_for(
                lambda: wire.to_host or not wire.plugged, max(0, deadline - self._monotonic())
            )
            data = bytes(wire.to_host)
            wire.to_host.clear()
        self._present()
        return data

    def write(self, data: bytes, deadline: float) -> int:
        wire = self._present()
        sent = 0
        with wire.moved:
            while sent < len(data):
                room = Wire.CAPACITY - len(wire.to_device)
                wire.to_device += data[sent : sent + room]
                sent += min(room, len(data) - sent)
                wire.moved.notify_all()
                left = deadline - self._monotonic()
                if sent < len(data) and not wire.moved.wait(max(0, left)):
                    break
                self._present()
        return sent

    def seconds(self, count: int) -> float:
        return count / 100_000


class MemoryPrinter:
    """The simulated machine on a `Wire`, with no process and no port between it and the driver."""

    def __init__(self, profile: str, paper: Path, monotonic: Monotonic = time.monotonic) -> None:
        """`paper` is the folder for what comes out. Nothing moves before `begin`."""
        self._monotonic = monotonic
        self._profile = profile
        self._paper = paper
        self._wire: Wire | None = None
        self._simulator: Simulator | None = None

    def transport(self) -> MemoryTransport:
        """A driver's end of the cable."""
        return MemoryTransport(self._present, self._monotonic)

    def begin(self) -> None:
        """Switch on."""
        self._simulator = Simulator(Machine(Model.named(self._profile)), self._plug, self._paper, None)

    def end(self) -> None:
        """Switch off."""
        simulator, self._simulator = self._simulator, None
        if simulator is not None:
            simulator.close()

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Obey an order of the simulator's (docs/drivers/receipt-printer.md)."""
        if self._simulator is None:
            raise ValueError("the printer is switched off")
        return self._simulator.handle(request)

    def _plug(self) -> Line:
        self._wire = Wire()
        return self._wire

    def _present(self) -> Wire:
        if self._wire is None:
            raise TransportLost("not plugged")
        return self._wire
