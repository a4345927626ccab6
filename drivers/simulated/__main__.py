"""``python -m drivers.simulated FOLDER/NAME.sock '{"op": "state"}'``: the citizen's hand at a device.

Says what the device answers, as JSON. The orders are on each driver's page under *Simulator*, and in
docs/simulated-devices.md for devices in memory.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from drivers.simkit import control


def main(arguments: list[str] | None = None) -> None:
    """Give one order."""
    parser = argparse.ArgumentParser(prog="python -m drivers.simulated", description=__doc__)
    parser.add_argument("socket", type=Path, help="the device's control socket")
    parser.add_argument("order", type=json.loads, help="a JSON object with op and its arguments")
    options = parser.parse_args(arguments)
    try:
        print(json.dumps(control(options.socket, options.order), ensure_ascii=False))  # noqa: T201 - it is a command
    except (OSError, ValueError) as error:
        parser.exit(1, f"{options.socket}: {error}\n")


if __name__ == "__main__":
    main()
