"""Bytes to and from a serial port, with a deadline on each read and write. Knows no frames."""

from __future__ import annotations

import contextlib
import math
import os
import select
import termios

import serial

from drivers.exc import TransportLost, TransportTimeout

_AT_ONCE = 4096  # a Linux tty's input buffer holds no more


class Waiter:
    """Waits for a descriptor, or until it is woken. As `wake` may come at any time, it lives as long as its
    owner."""

    def __init__(self) -> None:
        self._woken = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def __del__(self) -> None:
        """Give the descriptor back."""
        with contextlib.suppress(OSError, AttributeError):
            os.close(self._woken)

    def wake(self) -> None:
        """End the wait."""
        os.eventfd_write(self._woken, 1)

    def ready(self, fd: int, timeout: float) -> bool:
        """Whether `fd` has something to read, or an error to tell, within `timeout` seconds.

        What never waits cannot be woken: without a timeout only `fd` is looked at.
        """
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        if timeout > 0:
            poll.register(self._woken, select.POLLIN)
        found = {each for each, _ in poll.poll(math.ceil(max(0.0, timeout) * 1000))}
        if self._woken in found:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._woken)
        return fd in found

    def rest(self, timeout: float) -> None:
        """Until woken, at most `timeout` seconds."""
        self.ready(self._woken, timeout)


class SerialPort:
    """A serial port at 8-N-1 without flow control, held exclusively, found by its path at every open.

    A path under /dev/serial/by-path survives replugging; /dev/ttyUSB0 may not.
    """

    def __init__(self, port: str, baudrate: int, *, write_timeout: float = 1.0) -> None:
        """Not opened yet; `baudrate` in bit/s, `write_timeout` in seconds."""
        self._port = port
        self._baudrate = baudrate
        self._write_timeout = write_timeout
        self._serial: serial.Serial | None = None
        self._waiter = Waiter()

    def open(self) -> None:
        """Open the port, nothing received earlier is seen afterwards; raises TransportLost with the cause's
        errno where the kernel gave one."""
        self.close()
        try:
            self._serial = serial.Serial(
                self._port,
                self._baudrate,
                timeout=0,  # `read` waits by poll: each change of this would reconfigure the port
                write_timeout=self._write_timeout,
                exclusive=True,
            )
            self._serial.reset_input_buffer()
        except (OSError, termios.error, ValueError) as error:  # ValueError: a speed that the port has not
            self.close()
            raise lost(self._port, error) from error

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
            raise lost(self._port, error) from error

    def read(self, timeout: float) -> bytes:
        """Whatever has come, waiting at most `timeout` seconds for the first byte. Empty when nothing came,
        or when woken."""
        port = self._opened()
        try:
            return port.read(_AT_ONCE) if self._waiter.ready(port.fileno(), timeout) else b""
        except (OSError, termios.error) as error:
            raise lost(self._port, error) from error

    def wake(self) -> None:
        """End a `read` that waits, or the next one. From any thread."""
        self._waiter.wake()

    def discard_input(self) -> None:
        """Drop what the kernel holds."""
        port = self._opened()
        try:
            port.reset_input_buffer()
        except (OSError, termios.error) as error:
            raise lost(self._port, error) from error

    def speak_at(self, baudrate: int) -> None:
        """Set the port's speed (bit/s), now and at the next opening. Raises TransportLost."""
        if baudrate == self._baudrate:
            return
        self._baudrate = baudrate
        if self._serial is not None:
            try:
                self._serial.baudrate = baudrate
            except (OSError, termios.error, ValueError) as error:
                raise lost(self._port, error) from error

    def _opened(self) -> serial.Serial:
        if self._serial is None:
            raise TransportLost(f"{self._port} is not open")
        return self._serial


def lost(port: str, error: Exception) -> TransportLost:
    """What a failed call on `port` says, with its errno where there is one."""
    number = getattr(error, "errno", None)
    words = f"{port}: {error}"
    return TransportLost(number, words) if number is not None else TransportLost(words)
