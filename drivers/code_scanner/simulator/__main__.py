"""``python -m drivers.code_scanner.simulator``: a code scanner that runs until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
from pathlib import Path

from drivers.code_scanner.simulator import HidSimulator, ScannerSimulator, SerialSimulator
from drivers.code_scanner.simulator.module import ENDS
from drivers.simkit.process import end_asked, run


def main(arguments: list[str] | None = None) -> None:
    """Serve one scanner; writes ``ready`` to standard output when line and control socket are there."""
    parser = argparse.ArgumentParser(prog="python -m drivers.code_scanner.simulator", description=__doc__)
    line = parser.add_mutually_exclusive_group(required=True)
    line.add_argument("--pty", type=Path, help="where the serial port's link is made")
    line.add_argument("--hid", type=Path, help="where the socket is made that stands for a hidraw node")
    parser.add_argument("--control", type=Path, required=True, help="the control socket")
    parser.add_argument("--baud", type=int, default=9600, help="speed of the serial line in bit/s")
    parser.add_argument("--terminator", choices=sorted(ENDS), default="crlf")
    parser.add_argument("--aim", action="store_true", help="send the AIM identifier before each code")
    options = parser.parse_args(arguments)

    ended = end_asked()
    simulator: ScannerSimulator
    if options.pty is not None:
        simulator = SerialSimulator(
            options.pty, baudrate=options.baud, terminator=options.terminator, aim=options.aim
        )
    else:
        simulator = HidSimulator(options.hid)
    run(simulator, options.control, ended)


if __name__ == "__main__":
    main()
