"""``python -m drivers.payment_terminal.simulator``: a card terminal's adapter on a port of 127.0.0.1."""

from __future__ import annotations

from pathlib import Path

import click

from drivers.payment_terminal.simulator.server import Simulator
from drivers.simkit.process import end_asked


@click.command()
@click.option("--tcp", type=int, required=True, help="Listen on this port of 127.0.0.1.")
@click.option("--control", type=click.Path(path_type=Path), required=True, help="Control socket.")
@click.option("--auto", type=float, help="Play the customer: a card after so many seconds, then approved.")
def main(*, tcp: int, control: Path, auto: float | None) -> None:
    """Simulate a payment terminal until it is told to end (SIGTERM, SIGINT)."""
    simulator = Simulator(port=tcp, control=control, auto=auto)
    print("ready", flush=True)  # noqa: T201 - the parent process waits for this line
    end_asked().wait()
    simulator.close()


if __name__ == "__main__":
    main()
