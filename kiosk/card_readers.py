"""The driver of the ID card reader that the configuration names, over a serial port or USB."""

from __future__ import annotations

import importlib
import time
from pathlib import Path
from typing import Any

from drivers.device import Listener, Monotonic
from drivers.id_card import IdCardReader
from drivers.id_card.usb import MIAXIS, SDT, UsbTransport, Wanted
from kiosk.config_devices import SIMULATED_BUS, SdtHid, SdtSerial, SdtUsb


def card_reader(
    spec: SdtSerial | SdtUsb | SdtHid, listener: Listener, monotonic: Monotonic = time.monotonic
) -> IdCardReader:
    """Not yet opened."""
    if isinstance(spec, SdtSerial):
        return IdCardReader(port=spec.port, baudrate=spec.speed, listener=listener, monotonic=monotonic)
    wanted = Wanted(
        SDT if isinstance(spec, SdtUsb) else MIAXIS,
        usb_path=spec.usb_path,
        serial_number=spec.serial_number,
        backend=None if spec.simulator is None else _simulated(spec.simulator),
    )
    return IdCardReader(
        port=str(wanted),
        transport=lambda: UsbTransport(wanted, monotonic=monotonic),
        listener=listener,
        monotonic=monotonic,
    )


def _simulated(bus: Path) -> Any:
    """A simulator's bus in the stead of libusb. Imported by name: a field build has no simulators, and its
    configuration may name none."""
    return importlib.import_module(SIMULATED_BUS).SocketBackend(bus)
