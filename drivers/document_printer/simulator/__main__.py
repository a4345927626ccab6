"""``python -m drivers.document_printer.simulator``: an IPP printer on a TCP port of 127.0.0.1."""

from __future__ import annotations

from pathlib import Path

import click

from drivers.document_printer.simulator.machine import Machine
from drivers.document_printer.simulator.server import Simulator
from drivers.simkit.process import end_asked

_SECONDS = 60


@click.command()
@click.option("--tcp", type=int, required=True, help="Listen on this port of 127.0.0.1.")
@click.option("--control", type=click.Path(path_type=Path), required=True, help="Control socket.")
@click.option("--paper", type=click.Path(path_type=Path), required=True, help="Folder for what comes out.")
@click.option(
    "--ppm", type=click.FloatRange(min=0.1), default=20.0, show_default=True, help="Pages a minute."
)
def main(*, tcp: int, control: Path, paper: Path, ppm: float) -> None:
    """Simulate an A4 printer until it is told to end (SIGTERM, SIGINT)."""
    simulator = Simulator(Machine(_SECONDS / ppm), port=tcp, paper=paper, control=control)
    print("ready", flush=True)  # noqa: T201 - the parent process waits for this line
    end_asked().wait()
    simulator.close()


if __name__ == "__main__":
    main()
