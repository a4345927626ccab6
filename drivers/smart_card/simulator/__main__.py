"""``python -m drivers.smart_card.simulator``: a card behind vpcd."""

from __future__ import annotations

from pathlib import Path

import click

from drivers.simkit.process import end_asked
from drivers.smart_card.simulator.server import Simulator
from drivers.smart_card.simulator.vpcd import PORT


@click.command()
@click.option("--port", type=int, default=PORT, show_default=True, help="Of vpcd, on 127.0.0.1.")
@click.option("--control", type=click.Path(path_type=Path), required=True, help="Control socket.")
def main(*, port: int, control: Path) -> None:
    """Simulate a smart card until it is told to end (SIGTERM, SIGINT)."""
    simulator = Simulator(port=port, control=control)
    print("ready", flush=True)  # noqa: T201 - the parent process waits for this line
    end_asked().wait()
    simulator.close()


if __name__ == "__main__":
    main()
