"""``python -m drivers.keypad.simulator``: a four-key pad that runs until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from drivers.keypad.simulator import KeypadSimulator
from drivers.keypad.simulator.device import KEYS
from drivers.simkit import ControlServer


def main(arguments: list[str] | None = None) -> None:
    """Serve one pad; writes ``ready`` to standard output when node and control socket are there."""
    parser = argparse.ArgumentParser(prog="python -m drivers.keypad.simulator", description=__doc__)
    parser.add_argument("--node", type=Path, required=True, help="the socket that stands for the event node")
    parser.add_argument("--control", type=Path, required=True, help="the control socket")
    parser.add_argument("--lacks", action="append", default=[], choices=sorted(KEYS))
    options = parser.parse_args(arguments)

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    simulator = KeypadSimulator(options.node, lacks=frozenset(options.lacks))
    simulator.start()
    server = ControlServer(options.control, simulator.control)
    print("ready", flush=True)  # noqa: T201 - the parent process waits for this line
    ended.wait()
    server.close()
    simulator.stop()


if __name__ == "__main__":
    main()
