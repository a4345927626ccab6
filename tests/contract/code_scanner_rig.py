"""What the contract suite needs of a bench: a scanner, and a hand that holds codes and pulls cables."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from drivers.code_scanner import (
    CodeRead,
    CodeScanner,
    HidLine,
    SerialLine,
    Symbology,
    Terminator,
    Trigger,
    UnreadableReason,
)
from drivers.code_scanner.simulator import HidSimulator, ScannerSimulator, SerialSimulator
from drivers.device import Device
from drivers.serial_port import SerialPort
from drivers.simulated.memory.code_scanner import CodeScannerDouble
from tests.contract.heard import DEADLINE, Heard
from tests.drivers.code_scanner.hid_node import SocketNode

GIVE_UP = 1.0
"""Seconds: shorter than at a terminal, and ten times the simulator's own pause."""

SETTLE = 0.0
"""Seconds: here a cable is pulled, and does not bounce."""


class Scanner(Device, Protocol):
    """The device class: a `Device` that can be armed, and counts."""

    @property
    def counts(self) -> dict[str, int]: ...

    def arm(self) -> None: ...

    def disarm(self) -> None: ...


class Rig(Protocol):
    """One scanner under test. What is asked or shown has been taken up when a method returns."""

    heard: Heard
    scanner: Scanner
    opened: str
    """The condition that opening leads to."""

    def show(self, text: str, symbology: Symbology = Symbology.QR_CODE) -> None: ...

    def show_bytes(self, body: bytes) -> None: ...

    def spoil(self) -> None:
        """Half of a code, and nothing follows."""
        ...

    def unplug(self) -> None: ...

    def replug(self) -> None: ...

    def close(self) -> None: ...


def until(rig: Rig, fact: Callable[[], bool]) -> None:
    """Wait until `fact` holds, by asking the scanner's own thread again and again."""
    end = time.monotonic() + DEADLINE
    while not fact():
        assert time.monotonic() < end, (
            f"it did not come to that; {rig.scanner.counts}, heard {rig.heard.events}"
        )
        rig.scanner.self_test()


def counted(rig: Rig, **wanted: int) -> None:
    """Wait until so many were `read`, `unreadable` or `dropped`."""
    until(rig, lambda: all(rig.scanner.counts[name] == count for name, count in wanted.items()))


class DoubleRig:
    """The double in memory."""

    opened = "ready"

    def __init__(self) -> None:
        self.heard = Heard()
        self._double = CodeScannerDouble(listener=self.heard)
        self.scanner: Scanner = self._double
        self.unplug = self._double.unplug
        self.replug = self._double.replug
        self.show_bytes = self._double.show

    def show(self, text: str, symbology: Symbology = Symbology.QR_CODE) -> None:
        self._double.show(text.encode(), symbology)

    def spoil(self) -> None:
        self._double.spoil(UnreadableReason.UNFINISHED)

    def close(self) -> None:
        self._double.close()


class SimulatorRig:
    """The driver on a line, with a simulated scanner behind it."""

    opened: str
    simulator: ScannerSimulator
    scanner: Scanner

    def __init__(self) -> None:
        self.heard = Heard()
        self.simulator.start()
        self.scanner = self.another(self.heard)

    def another(self, heard: Heard, settle: float = SETTLE) -> CodeScanner:
        """A scanner's driver on the same line."""
        raise NotImplementedError

    def order(self, op: str, **details: Any) -> dict[str, Any]:
        return self.simulator.control({"op": op, **details})

    def show(self, text: str, symbology: Symbology = Symbology.QR_CODE) -> None:
        self.order("show", text=text, symbology=symbology.value)

    def show_bytes(self, body: bytes) -> None:
        self.order("show", hex=body.hex())

    def spoil(self) -> None:
        self.order("spoil", how="half", text="0123456789")

    def unplug(self) -> None:
        self.order("unplug")

    def replug(self) -> None:
        self.order("replug")

    def close(self) -> None:
        self.scanner.close()
        self.simulator.stop()


class SerialRig(SimulatorRig):
    """A serial module on a pty."""

    opened = "listening"

    def __init__(
        self,
        folder: Path,
        *,
        terminator: Terminator = Terminator.CRLF,
        aim: bool = True,
        trigger: Trigger = Trigger.NONE,
        baudrate: int = 115200,
    ) -> None:
        self.port = folder / "ttyCODE"
        self._baudrate = baudrate
        self._terminator = terminator
        self._aim = aim
        self._trigger = trigger
        self.simulator = SerialSimulator(self.port, baudrate=baudrate, terminator=terminator.value, aim=aim)
        super().__init__()

    def another(self, heard: Heard, settle: float = SETTLE) -> CodeScanner:
        return CodeScanner(source=self._line, listener=heard, settle=settle)

    def _line(self) -> SerialLine:
        return SerialLine(
            SerialPort(str(self.port), self._baudrate),
            terminator=self._terminator,
            identified=self._aim,
            trigger=self._trigger,
            monotonic=time.monotonic,
            give_up=None if self._terminator is Terminator.SILENCE else GIVE_UP,
        )


class HidRig(SimulatorRig):
    """A HID POS device on a socket that stands for its node."""

    opened = "ready"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "hidraw"
        self.simulator = HidSimulator(self.path)
        super().__init__()

    def another(self, heard: Heard, settle: float = SETTLE) -> CodeScanner:
        return CodeScanner(
            source=lambda: HidLine(SocketNode(self.path), monotonic=time.monotonic, give_up=GIVE_UP),
            listener=heard,
            settle=settle,
        )


def opened(rig: Rig) -> Rig:
    """Open, and what can be known of it is known."""
    rig.scanner.open()
    rig.heard.condition(rig.opened)
    return rig


def armed(rig: Rig) -> Rig:
    """Opened, and asked."""
    opened(rig)
    arm(rig)
    return rig


def arm(rig: Rig) -> None:
    """Asked, and the owner thread has taken it up."""
    rig.scanner.arm()
    rig.scanner.self_test()


def disarm(rig: Rig) -> None:
    """Asked no more, and the owner thread has taken it up."""
    rig.scanner.disarm()
    rig.scanner.self_test()


def texts(rig: Rig) -> list[str]:
    """All codes that were told so far."""
    return [event.text for event in rig.heard.of(CodeRead)]
