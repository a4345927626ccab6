"""A simulated four-key pad: an event node as a socket, in a process of its own. Shares no code with the
driver. See docs/drivers/keypad.md."""

from drivers.keypad.simulator.device import KeypadSimulator

__all__ = ["KeypadSimulator"]
