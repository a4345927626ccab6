"""Devices as the agent makes them (but door and lights), on simulators in processes of their own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from drivers.device import DeviceEvent, HealthChanged
from drivers.simkit import control
from drivers.simkit.ports import free_ports
from drivers.smart_card import worker
from flows.model import DeviceName
from kiosk.attached import Attached
from kiosk.config_devices import (
    Devices,
    EscposSerial,
    IppPrinter,
    PcscReader,
    PosTcp,
    ScannerSerial,
    SdtSerial,
)
from tests.drivers.smart_card.bench import Bench

PATIENCE = 60.0
"""Seconds after which a device that does not come to what is waited for is a failure of the measuring."""
SPEED: Final = 115_200
"""Bit/s of the card reader's and the receipt printer's line, as in the demo."""
WELL: dict[DeviceName, str] = {
    "id_card": "ready",
    "receipt_printer": "ready",
    "document_printer": "idle",
    "payment_terminal": "ready",
    "smart_card": "ready",
    "code_scanner": "listening",  # ready is one that has read a code
}
"""The condition of each that is well."""


class Told:
    """When each device said which condition."""

    def __init__(self) -> None:
        self._conditions: defaultdict[DeviceName, list[tuple[float, str]]] = defaultdict(list)
        self._changed = threading.Condition()

    def __call__(self, name: DeviceName, event: DeviceEvent) -> None:
        if isinstance(event, HealthChanged):
            with self._changed:
                self._conditions[name].append((time.monotonic(), event.health.condition))
                self._changed.notify_all()

    def since(self, name: DeviceName, begin: float, *, well: bool) -> float:
        """When it was first well (or not) after `begin`. Raises TimeoutError."""

        def found() -> list[float]:
            told = self._conditions[name]
            return [at for at, each in told if at >= begin and (each == WELL[name]) is well]

        with self._changed:
            if not self._changed.wait_for(found, PATIENCE):
                raise TimeoutError(f"{name}: heard {self._conditions[name]}")
            return found()[0]


class Cabinet:
    """Devices that are open and well, and the hands and cables around them."""

    def __init__(self, folder: Path, devices: Attached, told: Told, pcsc: Bench) -> None:
        self._folder = folder
        self.devices = devices
        self.told = told
        self.pcsc = pcsc

    def order(self, name: DeviceName, op: str, **arguments: Any) -> None:
        """To the simulator of that device."""
        control(self._folder / f"{name}.control", {"op": op, **arguments})

    def worker_seconds(self) -> float:
        """Processor time of the smart card reader's worker, a process of its own."""
        [spent] = [
            int(fields[11]) + int(fields[12])
            for process in Path("/proc").glob("[0-9]*")
            if (fields := _child(process)) is not None
        ]
        return spent / os.sysconf("SC_CLK_TCK")


def _child(process: Path) -> list[str] | None:
    """What the kernel tells of that process, from its state on, if it is our worker."""
    with contextlib.suppress(OSError):  # processes end while one looks at them
        fields = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ours = int(fields[1]) == os.getpid()
        if ours and worker.__file__ in (process / "cmdline").read_text(encoding="utf-8").split("\0"):
            return fields
    return None


@contextmanager
def cabinet(folder: Path) -> Iterator[Cabinet]:
    """Opened, and every device well."""
    pages, pos = free_ports(2)
    told = Told()
    with ExitStack() as ends:
        _simulator(ends, folder, "id_card", pty=folder / "ttyCARD", baud=SPEED)
        _simulator(ends, folder, "receipt_printer", pty=folder / "ttyPRN", baud=SPEED, paper=folder / "paper")
        _simulator(ends, folder, "document_printer", tcp=pages, paper=folder / "pages")
        _simulator(ends, folder, "payment_terminal", tcp=pos)
        _simulator(ends, folder, "code_scanner", pty=folder / "ttyCODE", baud=9600)
        pcsc = Bench(folder)
        ends.callback(pcsc.close)
        config = Devices(
            id_card=SdtSerial(port=str(folder / "ttyCARD"), baudrate=SPEED),
            receipt_printer=EscposSerial(port=str(folder / "ttyPRN"), baudrate=SPEED),
            document_printer=IppPrinter(host="127.0.0.1", port=pages),
            payment_terminal=PosTcp(host="127.0.0.1", port=pos),
            smart_card=PcscReader(python=pcsc.python),
            code_scanner=ScannerSerial(port=str(folder / "ttyCODE")),
        )
        begin = time.monotonic()
        devices = Attached.make(config, told, time.monotonic)
        devices.open()
        ends.callback(devices.close)
        for name in WELL:
            told.since(name, begin, well=True)
        yield Cabinet(folder, devices, told, pcsc)


def _simulator(ends: ExitStack, folder: Path, name: DeviceName, **options: object) -> None:
    words = [f"--{option}={value}" for option, value in options.items()]
    command = [
        sys.executable,
        "-m",
        f"drivers.{name}.simulator",
        f"--control={folder / name}.control",
        *words,
    ]
    process = ends.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    ends.callback(process.terminate)
    assert process.stdout is not None
    assert process.stdout.readline(), f"{name}: the simulator did not start"
