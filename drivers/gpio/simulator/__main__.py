"""``python -m drivers.gpio.simulator --gpio SOCK --control SOCK``: until a signal ends it."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from drivers.gpio.simulator import GpioBus, GpioServer
from drivers.gpio.simulator.orders import obey
from drivers.simkit import ControlServer
from drivers.simkit.process import end_asked


def main(arguments: list[str] | None = None) -> None:
    """Serve one chip; writes ``ready`` to standard output when both sockets are there."""
    parser = argparse.ArgumentParser(prog="python -m drivers.gpio.simulator", description=__doc__)
    parser.add_argument("--gpio", type=Path, required=True, help="the socket of the chips")
    parser.add_argument("--control", type=Path, required=True, help="the control socket")
    options = parser.parse_args(arguments)

    ended = end_asked()
    with contextlib.ExitStack() as ends:
        bus = GpioBus()
        ends.callback(bus.close)
        ends.callback(GpioServer(options.gpio, bus).close)
        ends.callback(ControlServer(options.control, lambda order: obey(bus, order)).close)
        print("ready", flush=True)  # noqa: T201 - the parent process waits for this line
        ended.wait()


if __name__ == "__main__":
    main()
