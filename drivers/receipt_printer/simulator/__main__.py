"""``python -m drivers.receipt_printer.simulator``: a printer on a pty or a TCP port."""

from __future__ import annotations

from pathlib import Path

import click

from drivers.receipt_printer.simulator.machine import Machine, Model
from drivers.receipt_printer.simulator.server import Simulator
from drivers.simkit import Line, PacedLine, PtyLine, TcpLine
from drivers.simkit.process import end_asked


@click.command()
@click.option("--pty", type=click.Path(path_type=Path), help="Make a serial port here.")
@click.option("--tcp", type=int, help="Or listen on this port of 127.0.0.1.")
@click.option("--control", type=click.Path(path_type=Path), required=True, help="Control socket.")
@click.option("--paper", type=click.Path(path_type=Path), required=True, help="Folder for what comes out.")
@click.option("--baud", type=int, default=115200, show_default=True, help="Speed of the serial line.")
@click.option("--profile", default="generic-80mm-gb18030", show_default=True, help="Which printer it is.")
def main(*, pty: Path | None, tcp: int | None, control: Path, paper: Path, baud: int, profile: str) -> None:
    """Simulate a receipt printer until it is told to end (SIGTERM, SIGINT)."""
    if (pty is None) == (tcp is None):
        raise click.UsageError("give --pty or --tcp")
    try:
        machine = Machine(Model.named(profile))
    except FileNotFoundError as error:
        raise click.UsageError(f"no profile {profile}") from error

    def plug() -> Line:
        if pty is not None:
            return PacedLine(PtyLine(pty), baud)
        return TcpLine(port=tcp or 0)

    simulator = Simulator(machine, plug, paper, control)
    print("ready", flush=True)  # noqa: T201 - the parent process waits for this line
    end_asked().wait()
    simulator.close()


if __name__ == "__main__":
    main()
