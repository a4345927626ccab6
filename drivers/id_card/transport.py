"""Bytes to and from a serial port, with a deadline on each read and write. Knows no frames."""

from __future__ import annotations

import contextlib
import select
import termios
from typing import Protocol

import serial

from drivers.exc import TransportLost, TransportTimeout

SPEEDS = (115200, 57600, 38400, 19200, 9600)
"""Line speeds that a SAM can be set to, bit/s (commands 60 00 to 60 04)."""

_AT_ONCE = 4096  # a Linux tty's input buffer holds no more


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


class SerialTransport:
    """A serial port at 8-N-1 without flow control, held exclusively, found by its configured path at every
    open.

    A path under /dev/serial/by-path survives replugging; /dev/ttyUSB0 may not.
    """

    def __init__(self, port: str, baudrate: int, *, write_timeout: float = 1.0) -> None:
        if baudrate not in SPEEDS:
            raise ValueError(f"baudrate {baudrate} is none of {', '.join(map(str, SPEEDS))}")
        self._port = port
        self._baudrate = baudrate
        self._write_timeout = write_timeout
        self._serial: serial.Serial | None = None

    def open(self) -> None:
        """Open the port; raises TransportLost with the cause's errno where the kernel gave one."""
        self.close()
        try:
            self._serial = serial.Serial(
                self._port,
                self._baudrate,
                timeout=0,  # `read` waits by select: each change of this would reconfigure the port
                write_timeout=self._write_timeout,
                exclusive=True,
            )
        except (OSError, termios.error) as error:
            raise _lost(self._port, error) from error

    def close(self) -> None:
        """Release the port. May be called twice."""
        if self._serial is not None:
            with contextlib.suppress(OSError, termios.error):
                self._serial.close()
            self._serial = None

    def write(self, data: bytes) -> None:
        """Hand `data` to the kernel within the write timeout."""
        port = self._opened()
        try:
            port.write(data)
        except serial.SerialTimeoutException as error:
            raise TransportTimeout(f"{self._port} took no bytes for {self._write_timeout} s") from error
        except (OSError, termios.error) as error:
            raise _lost(self._port, error) from error

    def read(self, timeout: float) -> bytes:
        """Whatever has come, waiting at most `timeout` seconds for the first byte."""
        port = self._opened()
        try:
            ready, _, _ = select.select([port.fileno()], [], [], max(0.0, timeout))
            return port.read(_AT_ONCE) if ready else b""
        except (OSError, termios.error) as error:
            raise _lost(self._port, error) from error

    def discard_input(self) -> None:
        """Drop what the kernel holds."""
        port = self._opened()
        try:
            port.reset_input_buffer()
        except (OSError, termios.error) as error:
            raise _lost(self._port, error) from error

    def speak_at(self, baudrate: int) -> None:
        """Set the port's speed, now and at the next opening. Raises TransportLost."""
        if baudrate == self._baudrate:
            return
        self._baudrate = baudrate
        if self._serial is not None:
            try:
                self._serial.baudrate = baudrate
            except (OSError, termios.error) as error:
                raise _lost(self._port, error) from error

    def _opened(self) -> serial.Serial:
        if self._serial is None:
            raise TransportLost(f"{self._port} is not open")
        return self._serial


def _lost(port: str, error: Exception) -> TransportLost:
    number = getattr(error, "errno", None)
    return (
        TransportLost(number, f"{port}: {error}") if number is not None else TransportLost(f"{port}: {error}")
    )
