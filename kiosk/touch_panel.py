"""The driver of the touchscreen that the configuration names: an input device, or a controller on a line."""

from __future__ import annotations

import time

from drivers.device import Listener, Monotonic
from drivers.serial_port import SerialPort
from drivers.touchscreen import (
    EGALAX,
    ELO,
    MICROTOUCH,
    ControllerLine,
    EvdevLine,
    EvdevNode,
    Touchscreen,
)
from kiosk.config_devices import TouchEgalax, TouchElo, TouchEvdev, TouchMicrotouch


def touchscreen(
    spec: TouchEvdev | TouchElo | TouchMicrotouch | TouchEgalax,
    listener: Listener,
    monotonic: Monotonic = time.monotonic,
) -> Touchscreen:
    """Not yet opened."""
    match spec:
        case TouchEvdev():
            return Touchscreen(
                source=lambda: EvdevLine(EvdevNode(spec.port)), listener=listener, monotonic=monotonic
            )
        case TouchElo():
            dialect = ELO
        case TouchMicrotouch():
            dialect = MICROTOUCH
        case TouchEgalax():
            dialect = EGALAX
    return Touchscreen(
        source=lambda: ControllerLine(SerialPort(spec.port, spec.baudrate), dialect, monotonic),
        listener=listener,
        monotonic=monotonic,
    )
