"""How long from a card on the reader to the driver's event, against what the wire and the polling cost at
least.

The simulator runs as a process of its own at 115200 bit/s. It puts the card down by itself just after it
answered a find with "no card": the worst phase of the polling, so that the whole poll interval counts. Its
history says when (CLOCK_MONOTONIC is the machine's, so both processes' times compare), and which bytes went
over the wire from then until the event; the limit is the poll interval plus the time of those bytes at the
line's speed.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from drivers.device import DeviceEvent
from drivers.id_card import CardRead, CardRemoved, Condition, IdCardReader
from drivers.simkit import control
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


def run() -> list[dict[str, Any]]:
    """One row: the median over all samples."""
    with tempfile.TemporaryDirectory() as folder:
        port, socket = Path(folder, "ttyCARD"), Path(folder, "control")
        command = [
            sys.executable,
            "-m",
            "drivers.id_card.simulator",
            "--pty",
            str(port),
            "--control",
            str(socket),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
            try:
                assert simulator.stdout is not None
                simulator.stdout.readline()
                samples = _samples(port, socket)
            finally:
                simulator.terminate()
    ours = statistics.median(latency for latency, _ in samples)
    limit = statistics.median(floor for _, floor in samples)
    return [
        {
            "name": "card placed (worst phase) → driver's event, 115200 bit/s",
            "unit": "ms",
            "ours": round(ours * 1000, 1),
            "peer_name": None,
            "peer": None,
            "limit_name": f"poll interval {POLL_INTERVAL * 1000:.0f} ms + bytes on the wire",
            "limit": round(limit * 1000, 1),
            "ratio": round(ours / limit, 3),
            "goal": GOAL,
            "holds": ours / limit <= GOAL,
        }
    ]


def _samples(port: Path, socket: Path) -> list[tuple[float, float]]:
    """Seconds from placing to event, and the least they could be."""
    heard = _Timed()
    reader = IdCardReader(port=str(port), baudrate=BAUDRATE, listener=heard, poll_interval=POLL_INTERVAL)
    reader.open()
    try:
        heard.condition(Condition.READY)
        reader.arm()
        samples = []
        for _ in range(SAMPLES):
            control(socket, {"op": "place", "card": RESIDENT, "after": "find"})
            heard.next(CardRead)
            control(socket, {"op": "lift"})
            heard.next(CardRemoved)
            samples.append(_sample(control(socket, {"op": "history"})["history"], heard.at))
        return samples
    finally:
        reader.close()


def _sample(history: list[dict[str, Any]], read_at: float) -> tuple[float, float]:
    placed = [entry for entry in history if entry["event"] == "placed"][-1]
    # Of what followed, the first exchange of each command is the reading; later ones test its presence.
    replies = {
        entry["command"]: entry["bytes"]
        for entry in reversed(history)
        if entry["event"] == "reply" and entry["t"] >= placed["t"]
    }
    wire = sum(_REQUEST_BYTES + replies[command] for command in _READING)
    return read_at - placed["t"], POLL_INTERVAL + wire * 10 / BAUDRATE
