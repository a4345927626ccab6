"""``python -m drivers.touchscreen.simulator``: a touchscreen that runs until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
from pathlib import Path

from drivers.simkit.process import end_asked, run
from drivers.touchscreen.simulator import InputSimulator, SerialSimulator, TouchSimulator
from drivers.touchscreen.simulator.controllers import CONTROLLERS


def main(arguments: list[str] | None = None) -> None:
    """Serve one touchscreen; writes ``ready`` to standard output when line and control socket are there."""
    parser = argparse.ArgumentParser(prog="python -m drivers.touchscreen.simulator", description=__doc__)
    line = parser.add_mutually_exclusive_group(required=True)
    line.add_argument("--pty", type=Path, help="where the serial port's link is made")
    line.add_argument("--evdev", type=Path, help="where the socket is made that stands for an input device")
    parser.add_argument("--control", type=Path, required=True, help="the control socket")
    parser.add_argument("--controller", choices=sorted(CONTROLLERS), default="elo")
    parser.add_argument("--baud", type=int, default=9600, help="speed of the serial line in bit/s")
    parser.add_argument("--pressure", action="store_true", help="eGalax: six bytes a report")
    parser.add_argument("--single", action="store_true", help="an input device that knows one touch only")
    options = parser.parse_args(arguments)

    ended = end_asked()
    simulator: TouchSimulator
    if options.pty is not None:
        simulator = SerialSimulator(
            options.pty, controller=options.controller, baudrate=options.baud, pressure=options.pressure
        )
    else:
        simulator = InputSimulator(options.evdev, multi=not options.single)
    run(simulator, options.control, ended)


if __name__ == "__main__":
    main()
