"""A simulator as a process of its own: until it is told to end."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any, Protocol

from drivers.simkit import ControlServer


class Simulator(Protocol):
    """What runs in the process."""

    def start(self) -> None:
        """Begin."""
        ...

    def stop(self) -> None:
        """End."""
        ...

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Obey one order. Raises ValueError or KeyError for what is none."""
        ...


def end_asked() -> threading.Event:
    """Set once the process is told to end, by SIGTERM or SIGINT, from now on."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    return ended


def run(simulator: Simulator, control: Path, ended: threading.Event) -> None:
    """Until `ended`; writes ``ready`` to standard output when it can be asked and ordered about."""
    simulator.start()
    server = ControlServer(control, simulator.control)
    print("ready", flush=True)  # noqa: T201 - the parent process waits for this line
    ended.wait()
    server.close()
    simulator.stop()
