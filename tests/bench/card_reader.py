"""How long from a card on the reader to the driver's event, against what the wire and the polling cost at
least.

The simulator runs as a process of its own at 115200 bit/s. It puts the card down by itself just after it
answered a find with "no card": the worst phase of the polling, so that the whole poll interval counts. Its
history says when (CLOCK_MONOTONIC is the machine's, so both processes' times compare), and which bytes went
over the wire from then until the event; the limit is the poll interval plus the time of those bytes at the
line's speed. `reading` leaves the polling out: from the find that met the card to the event, beside the bytes
of those four exchanges.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.device import DeviceEvent
from drivers.id_card import CardRead, CardRemoved, Condition, IdCardReader
from drivers.simkit import control
from tests.bench.rows import row
from tests.contract.heard import Heard
from tests.drivers.id_card.people import RESIDENT

BAUDRATE = 115200
POLL_INTERVAL = 0.3
SAMPLES = 12
GOAL = 1.1
_REQUEST_BYTES = 10
_READING = ("find", "select", "read", "new-address")


class _Timed(Heard):
    """Notes when the last card was read."""

    at = 0.0

    def __call__(self, event: DeviceEvent) -> None:
        if isinstance(event, CardRead):
            self.at = time.monotonic()
        super().__call__(event)


@dataclass(frozen=True, slots=True)
class Reading:
    """One card. Times in seconds; `wire` in bytes, both ways."""

    from_placing: float
    from_finding: float
    wire: int

    def on_the_wire(self, baudrate: int) -> float:
        """The least that its bytes take."""
        return self.wire * 10 / baudrate


def run() -> list[dict[str, Any]]:
    """One row: the median over all samples."""
    samples = readings(BAUDRATE, SAMPLES)
    ours = statistics.median(each.from_placing for each in samples)
    limit = statistics.median(POLL_INTERVAL + each.on_the_wire(BAUDRATE) for each in samples)
    return [
        row(
            "card placed (worst phase) → driver's event, 115200 bit/s",
            "ms",
            ours * 1000,
            limit=(f"poll interval {POLL_INTERVAL * 1000:.0f} ms + bytes on the wire", limit * 1000),
            goal=GOAL,
        )
    ]


def reading(baudrate: int, samples: int) -> dict[str, Any]:
    """The reading alone, at that speed."""
    cards = readings(baudrate, samples)
    limit = statistics.median(each.on_the_wire(baudrate) for each in cards)
    return row(
        f"card found → driver's event, {baudrate} bit/s",
        "ms",
        statistics.median(each.from_finding for each in cards) * 1000,
        limit=(f"{cards[0].wire} bytes on the wire", limit * 1000),
        goal=GOAL,
    )


def readings(baudrate: int, samples: int) -> list[Reading]:
    """So many cards, by a reader and a driver that are set to this speed."""
    with tempfile.TemporaryDirectory() as folder:
        port, socket = Path(folder, "ttyCARD"), Path(folder, "control")
        command = [sys.executable, "-m", "drivers.id_card.simulator", "--pty", str(port)]
        command += ["--control", str(socket), "--baud", str(baudrate)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
            try:
                assert simulator.stdout is not None
                simulator.stdout.readline()
                return _samples(port, socket, baudrate, samples)
            finally:
                simulator.terminate()


def _samples(port: Path, socket: Path, baudrate: int, samples: int) -> list[Reading]:
    heard = _Timed()
    reader = IdCardReader(port=str(port), baudrate=baudrate, listener=heard, poll_interval=POLL_INTERVAL)
    reader.open()
    try:
        heard.condition(Condition.READY)
        reader.arm()
        found = []
        for _ in range(samples):
            control(socket, {"op": "place", "card": RESIDENT, "after": "find"})
            heard.next(CardRead)
            control(socket, {"op": "lift"})
            heard.next(CardRemoved)
            found.append(_reading(control(socket, {"op": "history"})["history"], heard.at, baudrate))
        return found
    finally:
        reader.close()


def _reading(history: list[dict[str, Any]], read_at: float, baudrate: int) -> Reading:
    placed = [entry for entry in history if entry["event"] == "placed"][-1]
    since = [entry for entry in history if entry["t"] >= placed["t"]]
    # Of what followed, the first exchange of each command is the reading; later ones test its presence.
    replies = {entry["command"]: entry["bytes"] for entry in reversed(since) if entry["event"] == "reply"}
    wire = sum(_REQUEST_BYTES + replies[command] for command in _READING)
    heard = next(entry["t"] for entry in since if entry["event"] == "request")
    begun = heard - _REQUEST_BYTES * 10 / baudrate  # heard is a request once its last byte is there
    return Reading(read_at - placed["t"], read_at - begun, wire)
