"""A printer, a driver on it, and hands: what the tests of the document printer share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from drivers.device import Device
from drivers.document_printer import Condition, DocumentPrinter, JobOutcome, Timing
from drivers.document_printer.client import Operation
from drivers.document_printer.simulator.machine import Machine
from drivers.document_printer.simulator.server import Simulator
from drivers.document_printer.transport import HttpTransport, Part
from drivers.simulated.memory.document_printer import DocumentPrinterDouble
from tests.contract.heard import Heard
from tests.drivers.document_printer.ippeve import IppEve
from tests.drivers.document_printer.pdf import pdf

DEADLINE = 30.0
"""Seconds after which a test gives up; nothing here takes as long."""

QUICK = Timing(answer=1.5, job=2.5, cancel=1.5, closing=1.5, silence=1.5, watch=0.02, poll=0.05, upload=1e6)
PATIENT = Timing(answer=5.0, job=20.0, cancel=1.0, closing=1.0, silence=5.0, watch=0.05, poll=0.1)

PATH = "/ipp/print"


class Printer(Device, Protocol):
    """The device class."""

    def print(self, pdf: bytes, done: Callable[[JobOutcome], None]) -> None: ...


class Ticket:
    """Waits for one outcome, and counts how often it was told."""

    def __init__(self) -> None:
        self.outcomes: list[JobOutcome] = []
        self.threads: list[str] = []
        self._told = threading.Event()

    def __call__(self, outcome: JobOutcome) -> None:
        self.outcomes.append(outcome)
        self.threads.append(threading.current_thread().name)
        self._told.set()

    def outcome(self) -> JobOutcome:
        """The outcome, within the deadline."""
        assert self._told.wait(DEADLINE), "no outcome"
        return self.outcomes[0]


class World(Protocol):
    """One printer under test, open."""

    heard: Heard
    printer: Printer

    def be(self, condition: str) -> None:
        """Put the printer into a condition: idle, paper-out, paper-jam and the like."""
        ...

    def hold(self, on: bool = True) -> None:
        """Let the job in hand not come to its end."""
        ...

    def until_printing(self) -> None:
        """Wait until the printer has a job in hand."""
        ...

    def abort_next(self) -> None:
        """Let the printer give up the next job before its first page."""
        ...

    def switch(self, on: bool) -> None: ...

    def printed(self) -> list[bytes]:
        """What came out whole."""
        ...

    def close(self) -> None: ...


def start(world: World, document: bytes | None = None) -> Ticket:
    """Print without waiting."""
    ticket = Ticket()
    world.printer.print(pdf() if document is None else document, ticket)
    return ticket


class Racing(HttpTransport):
    """Does something between the driver's last look and its first request of a kind."""

    def __init__(self, port: int, path: str, before: Operation, race: Callable[[], None]) -> None:
        super().__init__(host="127.0.0.1", port=port, path=path, monotonic=time.monotonic)
        self._before = before
        self._race: Callable[[], None] | None = race

    def exchange(self, parts: Sequence[Part], deadline: float, interrupted: Callable[[], bool]) -> bytes:
        """As ever, but for the first such request."""
        race = self._race
        if race is not None and int.from_bytes(bytes(parts[0][2:4])) == self._before:
            self._race = None
            race()
            deadline = time.monotonic() + DEADLINE
        return super().exchange(parts, deadline, interrupted)


def print_one(world: World, document: bytes | None = None) -> JobOutcome:
    """Print and wait for the outcome."""
    return start(world, document).outcome()


class DoubleWorld:
    """The double in memory."""

    def __init__(self, folder: Path) -> None:
        self.heard = Heard()
        self.printer = DocumentPrinterDouble(listener=self.heard)
        self._double = self.printer
        self.hold = self._double.hold
        self.printer.open()

    def be(self, condition: str) -> None:
        self._double.be(Condition(condition))

    def until_printing(self) -> None:
        assert self._double.until_busy(DEADLINE)

    def abort_next(self) -> None:
        from drivers.document_printer import Failed, FailReason

        self._double.ending = Failed(FailReason.REJECTED)

    def switch(self, on: bool) -> None:
        self._double.be(Condition.IDLE if on else Condition.OFFLINE)

    def printed(self) -> list[bytes]:
        return list(self._double.printed)

    def close(self) -> None:
        self._double.close()


class SimulatorWorld:
    """The driver on TCP, with the simulated printer behind it."""

    def __init__(self, folder: Path, timing: Timing = QUICK) -> None:
        self.heard = Heard()
        self.machine = Machine(page_seconds=0.02)
        self.simulator = Simulator(self.machine)
        self.driver = DocumentPrinter("127.0.0.1", self.simulator.port, PATH, self.heard, timing=timing)
        self.printer: Printer = self.driver
        self.driver.open()

    def hand(self, op: str, **arguments: Any) -> dict[str, Any]:
        """Do something to the machine, as its control socket would."""
        return self.simulator.handle({"op": op, **arguments})

    def be(self, condition: str) -> None:
        self.hand("paper", state={"paper-out": "out", "paper-low": "low"}.get(condition, "full"))
        self.hand("toner", state={"toner-out": "out", "toner-low": "low"}.get(condition, "full"))
        self.hand("jam", on=condition == "paper-jam")
        self.hand("cover", on=condition == "cover-open")

    def hold(self, on: bool = True) -> None:
        self.hand("hold", on=on)

    def until_printing(self) -> None:
        self.until_machine(lambda machine: any(not job.ended for job in machine.jobs))

    def until_machine(self, condition: Callable[[Machine], bool]) -> None:
        """Wait until the machine is in some state."""
        assert self.simulator.wait_for(condition, DEADLINE), self.hand("state")

    def abort_next(self) -> None:
        self.hand("abort")

    def switch(self, on: bool) -> None:
        self.hand("replug" if on else "unplug")

    def printed(self) -> list[bytes]:
        return [output.document for output in self.machine.output if output.whole]

    def close(self) -> None:
        self.driver.close()
        self.simulator.close()


_REASONS = {
    "idle": "none",
    "paper-low": "media-low",
    # (With media-empty it would keep our orders too, until paper is put in by its web page.)
    "paper-out": "media-needed",
    "paper-jam": "media-jam",
    "cover-open": "cover-open",
    "toner-low": "toner-low",
    "toner-out": "toner-empty",
}


class IppEveWorld:
    """The driver on Debian's ippeveprinter."""

    def __init__(self, folder: Path, timing: Timing = PATIENT) -> None:
        self.heard = Heard()
        self.peer = IppEve(folder)
        self.driver = DocumentPrinter("127.0.0.1", self.peer.port, PATH, self.heard, timing=timing)
        self.printer: Printer = self.driver
        self.until_printing = self.peer.until_printing
        self.printed = self.peer.printed
        self.driver.open()

    def be(self, condition: str) -> None:
        self.peer.be(_REASONS[condition])

    def hold(self, on: bool = True) -> None:
        self.peer.flag("hold", on=on)

    def abort_next(self) -> None:
        self.peer.flag("abort")

    def switch(self, on: bool) -> None:
        self.peer.start() if on else self.peer.stop()

    def close(self) -> None:
        self.peer.flag("hold", on=False)
        self.driver.close()
        self.peer.close()
