"""``python -m drivers.touchscreen.simulator``: a touchscreen that runs until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from drivers.simkit import ControlServer
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

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    simulator: TouchSimulator
    if options.pty is not None:
        simulator = SerialSimulator(
            options.pty, controller=options.controller, baudrate=options.baud, pressure=options.pressure
        )
    else:
        simulator = InputSimulator(options.evdev, multi=not options.single)
    simulator.start()
    server = ControlServer(options.control, simulator.control)
    print("ready", flush=True)  # noqa: T201 - the parent process waits for this line
    ended.wait()
    server.close()
    simulator.stop()


if __name__ == "__main__":
    main()
