"""A touchscreen made of software: a serial controller on a pty, or an input device on a socket.

Shares no code with the driver that it is there to prove: its own packets, its own tables.
``python -m drivers.touchscreen.simulator``; see docs/drivers/touchscreen.md.
"""

from drivers.touchscreen.simulator.device import (
    InputSimulator,
    SerialSimulator,
    TouchSimulator,
)

__all__ = ["InputSimulator", "SerialSimulator", "TouchSimulator"]
