"""GPIO lines through Linux's gpiod: what the door switch and the lights have in common. No device itself."""

from drivers.gpio.lines import Lines, Wanted
from drivers.gpio.owner import LineOwner
from drivers.gpio.seam import Gpio, KernelGpio, Line
from drivers.gpio.trouble import LinesLost, Trouble

__all__ = ["Gpio", "KernelGpio", "Line", "LineOwner", "Lines", "LinesLost", "Trouble", "Wanted"]
