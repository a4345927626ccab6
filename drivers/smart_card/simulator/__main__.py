"""``python -m drivers.smart_card.simulator``: a card behind vpcd."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from drivers.smart_card.simulator.server import Simulator
from drivers.smart_card.simulator.vpcd import PORT


@click.command()
@click.option("--port", type=int, default=PORT, show_default=True, help="Of vpcd, on 127.0.0.1.")
@click.option("--control", type=click.Path(path_type=Path), required=True, help="Control socket.")
def main(*, port: int, control: Path) -> None:
    """Simulate a smart card until it is told to end (SIGTERM, SIGINT)."""
    simulator = Simulator(port=port, control=control)
    print("ready", flush=True)  # noqa: T201 - the parent process waits for this line
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    simulator.close()


if __name__ == "__main__":
    main()
