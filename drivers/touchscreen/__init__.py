"""Touchscreens behind the kernel's input devices or on serial controllers: docs/drivers/touchscreen.md."""

from drivers.touchscreen.egalax import EGALAX
from drivers.touchscreen.elo import ELO
from drivers.touchscreen.evdev_node import EvdevNode
from drivers.touchscreen.health import Condition
from drivers.touchscreen.line import ControllerLine, EvdevLine
from drivers.touchscreen.microtouch import MICROTOUCH
from drivers.touchscreen.touchscreen import Touchscreen

__all__ = [
    "EGALAX",
    "ELO",
    "MICROTOUCH",
    "Condition",
    "ControllerLine",
    "EvdevLine",
    "EvdevNode",
    "Touchscreen",
]
