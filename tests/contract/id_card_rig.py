"""What the contract suite needs of a bench: a reader, and a hand that moves cards and cables."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from drivers.device import Device
from drivers.id_card import IdCardReader, UnreadableReason
from drivers.id_card.simulator import CardSimulator
from drivers.id_card.simulator.chip import make_chip
from drivers.id_card.text import read_text
from tests.contract.heard import Heard
from tests.contract.id_card_double import IdCardDouble


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


class SimulatorRig:
    """The driver on a pty, with the simulated reader behind it."""

    def __init__(self, folder: Path, *, baudrate: int = 115200, poll_interval: float = 0.05) -> None:
        self.port = folder / "ttyCARD"
        self.heard = Heard()
        self.simulator = CardSimulator(self.port, baudrate=baudrate, power_on=0.0)
        self.simulator.start()
        self.reader: Reader = IdCardReader(
            port=str(self.port),
            baudrate=baudrate,
            listener=self.heard,
            poll_interval=poll_interval,
            health_interval=0.05,
        )

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
