"""A simulated GPIO chip behind a Unix socket. It shares nothing with the drivers beside it."""

from drivers.gpio.simulator.bus import GpioBus
from drivers.gpio.simulator.client import MemoryGpio, SocketGpio
from drivers.gpio.simulator.server import GpioServer

__all__ = ["GpioBus", "GpioServer", "MemoryGpio", "SocketGpio"]
