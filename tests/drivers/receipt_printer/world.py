"""A simulated printer, a driver on it, and hands: what the tests of the printer share."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from PIL import Image as Picture

from drivers.device import DeviceEvent
from drivers.receipt_printer import (
    Document,
    Image,
    JobOutcome,
    Profile,
    ReceiptPrinter,
    SerialTransport,
    TcpTransport,
    Text,
    Timing,
    Transport,
    UsblpTransport,
)
from drivers.receipt_printer.simulator.machine import Machine, Model
from drivers.receipt_printer.simulator.paper import Piece
from drivers.receipt_printer.simulator.server import Simulator
from drivers.simkit import Line, PacedLine, PtyLine, TcpLine
from drivers.simulated.memory.receipt_printer import MemoryTransport, Wire
from tests.drivers.receipt_printer.usblp_node import WELL, UsblpNode

DEADLINE = 20.0
"""Seconds after which a test gives up; nothing here takes as long."""

QUICK = Timing(answer=0.25, stall=0.6, confirm=0.8, check=0.05, poll=0.05, reopen=0.05)


class World:
    """A printer on a desk. `kind` is the cable: memory, pty, tcp or usblp."""

    def __init__(
        self,
        kind: str,
        folder: Path,
        profile: Profile,
        model: Model,
        timing: Timing = QUICK,
        settle: float = 0.0,
    ) -> None:
        self.folder = folder
        self.machine = Machine(replace(model, rows_per_second=20_000))
        self.events: list[DeviceEvent] = []
        self._moved = threading.Condition()
        self._wires: list[Wire] = []
        self.node = UsblpNode()
        plug, transport = self._cable(kind)
        self.simulator = Simulator(self.machine, plug, folder / "paper", None)
        self.printer = ReceiptPrinter(
            transport=transport, profile=profile, listener=self._hear, timing=timing, settle=settle
        )

    def _cable(self, kind: str) -> tuple[Callable[[], Line], Callable[[], Transport]]:
        """Plugs the printer in, and makes the driver's end."""
        import time

        if kind == "memory":

            def wire() -> Line:
                self._wires.append(Wire())
                return self._wires[-1]

            return wire, lambda: MemoryTransport(lambda: self._wires[-1], time.monotonic)
        if kind == "usblp":
            self.node.port_status = lambda: WELL | 0x20 * self.machine.paper_out
            return self.node.plug, lambda: UsblpTransport(port="/dev/usb/lp0", node=self.node)
        if kind == "pty":
            link = self.folder / "printer"
            return lambda: PacedLine(PtyLine(link), 921_600), lambda: SerialTransport(port=str(link))
        first = TcpLine()
        port = first.port
        waiting = [first]

        def tcp() -> Line:
            return waiting.pop() if waiting else TcpLine(port=port)

        return tcp, lambda: TcpTransport(host="127.0.0.1", port=port)

    def __enter__(self) -> Self:
        self.printer.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.printer.close()
        self.simulator.close()

    def _hear(self, event: DeviceEvent) -> None:
        with self._moved:
            self.events.append(event)
            self._moved.notify_all()

    def ready(self) -> Self:
        """Wait until the printer is ready and cleared (a self-test queues behind that)."""
        self.until_condition("ready")
        self.printer.self_test(DEADLINE)
        return self

    def hand(self, op: str, **arguments: Any) -> dict[str, Any]:
        """Do something to the machine, as its control socket would."""
        return self.simulator.handle({"op": op, **arguments})

    def start(self, *texts: str | Document) -> Ticket:
        """Print without waiting."""
        document = texts[0] if isinstance(texts[0], Document) else lines(*map(str, texts))
        ticket = Ticket()
        self.printer.print(document, ticket)
        return ticket

    def print(self, *texts: str | Document) -> JobOutcome:
        """Print and wait for the outcome."""
        return self.start(*texts).outcome()

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something that an event announces is so."""
        with self._moved:
            assert self._moved.wait_for(condition, DEADLINE), f"never came: {self.printer!r}"

    def until_condition(self, word: str) -> None:
        """Wait for a health condition."""
        self.until(lambda: self.printer.health().condition == word)

    def until_machine(self, condition: Callable[[Machine], bool]) -> None:
        """Wait until the machine is in some state."""
        assert self.simulator.wait_for(condition, DEADLINE), self.machine.state()

    def held(self) -> bytes:
        """What is on a cable in memory, not yet taken by the printer."""
        with self._wires[-1].moved:
            return bytes(self._wires[-1].to_device)

    @property
    def pieces(self) -> list[Piece]:
        """Pieces of paper that came out and are not blank."""
        return [piece for piece in self.machine.roll.pieces if not piece.report["blank"]]

    def paper(self) -> list[list[str]]:
        """The lines of text on each piece."""
        return [piece.report["lines"] for piece in self.pieces]


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


def lines(*texts: str) -> Document:
    """A document of plain lines."""
    return Document(tuple(Text(text) for text in texts))


def long_picture(rows: int = 300) -> Document:
    """A document larger than a printer's buffer and a cable: a dark picture, 72 bytes a row, and a line."""
    sink = io.BytesIO()
    Picture.new("1", (576, rows), 0).save(sink, "PNG")
    return Document((Text("开头"), Image(sink.getvalue()), Text("结尾")))


def on_paper(data: bytes, model: Model) -> Piece:
    """What a machine of this model makes of `data`, with all the time it needs; torn if it has no cutter."""
    machine = Machine(model)
    now = 0.0
    for start in range(0, len(data), 256):
        machine.receive(data[start : start + 256])
        while machine.buffered:
            now += 10.0
            machine.run(now)
    return machine.roll.pieces[-1] if machine.roll.pieces else machine.tear()
