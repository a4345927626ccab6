"""``python -m drivers.keypad.simulator``: a four-key pad that runs until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
from pathlib import Path

from drivers.keypad.simulator import KeypadSimulator
from drivers.keypad.simulator.device import KEYS
from drivers.simkit.process import end_asked, run


def main(arguments: list[str] | None = None) -> None:
    """Serve one pad; writes ``ready`` to standard output when node and control socket are there."""
    parser = argparse.ArgumentParser(prog="python -m drivers.keypad.simulator", description=__doc__)
    parser.add_argument("--node", type=Path, required=True, help="the socket that stands for the event node")
    parser.add_argument("--control", type=Path, required=True, help="the control socket")
    parser.add_argument("--lacks", action="append", default=[], choices=sorted(KEYS))
    options = parser.parse_args(arguments)

    ended = end_asked()
    simulator = KeypadSimulator(options.node, lacks=frozenset(options.lacks))
    run(simulator, options.control, ended)


if __name__ == "__main__":
    main()
