"""``python -m drivers.id_card.simulator (--pty LINK | --usb BUS) --control SOCK``: until a signal ends it."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import Any

from drivers.id_card.simulator import CardSimulator, UsbBus, UsbCardSimulator
from drivers.id_card.simulator.bench import Bench
from drivers.id_card.simulator.usb_firmware import FIRMWARE
from drivers.simkit import ControlServer
from drivers.simkit.process import end_asked

SERIAL_NUMBERS = ("SIM-0001", "SIM-0002")


def main(arguments: list[str] | None = None) -> None:
    """Serve one reader; writes ``ready`` to standard output when its line and control socket are there."""
    parser = argparse.ArgumentParser(prog="python -m drivers.id_card.simulator", description=__doc__)
    line = parser.add_mutually_exclusive_group(required=True)
    line.add_argument("--pty", type=Path, help="where the port's link is made")
    line.add_argument("--usb", type=Path, help="the socket of a USB bus with two ports, the second empty")
    parser.add_argument("--control", type=Path, required=True, help="the control socket")
    parser.add_argument("--baud", type=int, default=115200, help="speed of the serial line in bit/s")
    parser.add_argument("--firmware", choices=FIRMWARE, default="split", help="how the USB reader is made")
    parser.add_argument(
        "--power-on", type=float, default=1.5, help="seconds until the SAM answers after plugging"
    )
    options = parser.parse_args(arguments)

    ended = end_asked()
    with contextlib.ExitStack() as ends:
        readers: list[Bench] = []
        if options.usb is None:
            readers.append(CardSimulator(options.pty, baudrate=options.baud, power_on=options.power_on))
        else:
            devices = [
                UsbCardSimulator(
                    firmware=options.firmware,
                    port=port,
                    serial_number=serial_number,
                    power_on=options.power_on,
                    plugged=port == 1,
                )
                for port, serial_number in enumerate(SERIAL_NUMBERS, 1)
            ]
            readers += devices
            ends.callback(UsbBus(options.usb, devices).close)
        for reader in readers:
            reader.start()
            ends.callback(reader.stop)

        def control(request: dict[str, Any]) -> dict[str, Any]:
            """`reader` says which, counted from 1."""
            which = int(request.get("reader", 1))
            if not 1 <= which <= len(readers):
                raise ValueError(f"reader {which} is none of 1 to {len(readers)}")
            return readers[which - 1].control(request)

        ends.callback(ControlServer(options.control, control).close)
        print("ready", flush=True)  # noqa: T201 - the parent process waits for this line
        ended.wait()


if __name__ == "__main__":
    main()
