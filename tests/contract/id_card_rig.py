"""What the contract suite needs of a bench: a reader, and a hand that moves cards and cables."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from drivers.device import Device
from drivers.id_card import IdCardReader, UnreadableReason
from drivers.id_card.simulator import CardSimulator, UsbBus, UsbCardSimulator
from drivers.id_card.simulator.chip import make_chip
from drivers.id_card.simulator.usb_backend import SocketBackend
from drivers.id_card.text import read_text
from drivers.id_card.usb import MIAXIS, SDT, UsbTransport, Wanted
from drivers.keeping import SETTLE_SECONDS
from drivers.simulated.memory.id_card import IdCardDouble
from tests.contract.heard import Heard


class Reader(Device, Protocol):
    """The device class: a `Device` that can be armed."""

    def arm(self) -> None: ...

    def disarm(self) -> None: ...


class Rig(Protocol):
    """One reader under test."""

    heard: Heard
    reader: Reader

    def place(self, person: dict[str, str]) -> None: ...

    def place_bad(self) -> None:
        """A card whose reading fails with SW3 41."""
        ...

    def lift(self) -> None: ...

    def unplug(self) -> None: ...

    def replug(self) -> None: ...

    def look_twice(self) -> None:
        """Return after the reader, if it is armed, had the time to look for a card twice."""
        ...

    def close(self) -> None: ...


class DoubleRig:
    """The double in memory."""

    def __init__(self) -> None:
        self.heard = Heard()
        self._double = IdCardDouble(listener=self.heard)
        self.reader: Reader = self._double
        self.lift = self._double.lift
        self.unplug = self._double.unplug
        self.replug = self._double.replug

    def place(self, person: dict[str, str]) -> None:
        self._double.place(read_text(make_chip(person).text))

    def place_bad(self) -> None:
        self._double.place(UnreadableReason.READ_FAILED)

    def look_twice(self) -> None:
        pass  # it looks when something moves

    def close(self) -> None:
        self._double.close()


class LineRig:
    """The driver on a line of bytes, with a simulated reader behind it."""

    def __init__(self, simulator: CardSimulator | UsbCardSimulator) -> None:
        self.heard = Heard()
        self.simulator = simulator
        self.simulator.start()
        self.reader: Reader = self.another(self.heard)

    def another(self, heard: Heard, settle: float = SETTLE_SECONDS) -> IdCardReader:
        """One more driver for the same reader."""
        raise NotImplementedError

    def place(self, person: dict[str, str]) -> None:
        self.simulator.control({"op": "place", "card": person})

    def place_bad(self) -> None:
        self.fault("refuse", on="read", sw3="41")
        self.place({"layout": "resident"})

    def lift(self) -> None:
        self.simulator.control({"op": "lift"})

    def unplug(self) -> None:
        self.fault("unplug")

    def replug(self) -> None:
        self.fault("replug")

    def fault(self, kind: str, **details: str | float) -> None:
        self.simulator.control({"op": "fault", "kind": kind, **details})

    def look_twice(self) -> None:
        before = self.requests()
        self.simulator.wait_for(lambda: self.requests() >= before + 3)

    def requests(self, command: str | None = None) -> int:
        """Requests so far, of one command or of any."""
        return sum(command in (None, entry["command"]) for entry in self.simulator.history("request"))

    def close(self) -> None:
        self.reader.close()
        self.simulator.stop()


class SimulatorRig(LineRig):
    """On a pty."""

    def __init__(self, folder: Path, *, baudrate: int = 115200, poll_interval: float = 0.05) -> None:
        self.port = folder / "ttyCARD"
        self._baudrate = baudrate
        self._poll_interval = poll_interval
        super().__init__(CardSimulator(self.port, baudrate=baudrate, power_on=0.0))

    def another(self, heard: Heard, settle: float = SETTLE_SECONDS) -> IdCardReader:
        """One more driver for the same port."""
        return IdCardReader(
            port=str(self.port),
            baudrate=self._baudrate,
            listener=heard,
            poll_interval=self._poll_interval,
            health_interval=0.05,
            settle=settle,
        )


class UsbRig(LineRig):
    """On pyusb, whose bus is the simulator's. A second reader is at hand, not plugged in."""

    def __init__(self, folder: Path, firmware: str, *, usb_path: str | None = None) -> None:
        bus = folder / "usb"
        self.wanted = Wanted(
            MIAXIS if firmware == "hid" else SDT, usb_path=usb_path, backend=SocketBackend(bus)
        )
        self.device = UsbCardSimulator(firmware=firmware, power_on=0.0, serial_number="A")
        self.second = UsbCardSimulator(
            firmware=firmware, power_on=0.0, port=2, serial_number="B", plugged=False
        )
        self.second.start()
        self._served = UsbBus(bus, [self.device, self.second])
        super().__init__(self.device)

    def another(self, heard: Heard, settle: float = SETTLE_SECONDS) -> IdCardReader:
        """One more driver for the same device."""
        return IdCardReader(
            port=str(self.wanted),
            transport=lambda: UsbTransport(self.wanted, settle=0.02),
            listener=heard,
            poll_interval=0.05,
            health_interval=0.05,
            settle=settle,
        )

    def close(self) -> None:
        super().close()
        self.second.stop()
        self._served.close()


LINES = ("serial", "usb-split", "usb-single", "usb-hid")


def line_rig(kind: str, folder: Path) -> LineRig:
    """One of `LINES`."""
    return SimulatorRig(folder) if kind == "serial" else UsbRig(folder, kind.removeprefix("usb-"))
