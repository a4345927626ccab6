"""A code scanner made of software: a serial module on a pty, or a HID POS device on a socket.

Shares no code with the driver that it is there to prove: its own framing, its own descriptor, its own tables.
``python -m drivers.code_scanner.simulator``; see docs/drivers/code-scanner.md.
"""

from drivers.code_scanner.simulator.device import HidSimulator, ScannerSimulator, SerialSimulator

__all__ = ["HidSimulator", "ScannerSimulator", "SerialSimulator"]
