"""Bytes to and from a serial port, with a deadline on each read and write. Knows no frames."""

from __future__ import annotations

from typing import Protocol

from drivers.serial_port import SerialPort

SPEEDS = (115200, 57600, 38400, 19200, 9600)
"""Line speeds that a SAM can be set to, bit/s (commands 60 00 to 60 04)."""


class Transport(Protocol):
    """What carries the bytes. All errors are `TransportLost` or `TransportTimeout`."""

    def open(self) -> None:
        """Open the line anew; nothing received earlier is seen afterwards."""
        ...

    def close(self) -> None:
        """Release the line. May be called twice."""
        ...

    def write(self, data: bytes) -> None:
        """Hand all of `data` over, or raise."""
        ...

    def read(self, timeout: float) -> bytes:
        """Whatever has come, waiting at most `timeout` seconds for the first byte; empty when none came.

        Raises TransportDamaged as well, where the line has a check of its own.
        """
        ...

    def discard_input(self) -> None:
        """Drop what has come and was not read."""
        ...

    def speak_at(self, baudrate: int) -> None:
        """From now on, and after each opening; nothing where the line has no speed of its own."""
        ...


class SerialTransport(SerialPort):
    """A serial port at one of the speeds that a SAM has."""

    def __init__(self, port: str, baudrate: int, *, write_timeout: float = 1.0) -> None:
        """Not opened yet. Raises ValueError for a speed that no SAM has."""
        super().__init__(port, checked(baudrate), write_timeout=write_timeout)


def checked(baudrate: int) -> int:
    """`baudrate` (bit/s), where it is one that a SAM has; raises ValueError for any other."""
    if baudrate not in SPEEDS:
        raise ValueError(f"baudrate {baudrate} is none of {', '.join(map(str, SPEEDS))}")
    return baudrate
