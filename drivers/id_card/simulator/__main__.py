"""``python -m drivers.id_card.simulator --pty LINK --control SOCK``: runs until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from drivers.id_card.simulator import CardSimulator
from drivers.simkit import ControlServer


def main(arguments: list[str] | None = None) -> None:
    """Serve one reader; writes ``ready`` to standard output when port and control socket are there."""
    parser = argparse.ArgumentParser(prog="python -m drivers.id_card.simulator", description=__doc__)
    parser.add_argument("--pty", type=Path, required=True, help="where the port's link is made")
    parser.add_argument("--control", type=Path, required=True, help="the control socket")
    parser.add_argument("--baud", type=int, default=115200, help="speed of the line in bit/s")
    parser.add_argument(
        "--power-on", type=float, default=1.5, help="seconds until the SAM answers after plugging"
    )
    options = parser.parse_args(arguments)

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    simulator = CardSimulator(options.pty, baudrate=options.baud, power_on=options.power_on)
    simulator.start()
    server = ControlServer(options.control, simulator.control)
    print("ready", flush=True)  # noqa: T201 - the parent process waits for this line
    ended.wait()
    server.close()
    simulator.stop()


if __name__ == "__main__":
    main()
