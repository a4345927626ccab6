"""A HID device through Linux's hidraw: its reports, its report descriptor, and those of its neighbours.

hidraw gives each HID *interface* a node. A USB device may have several interfaces, and one that shows a
scanner here may show a keyboard beside it: sysfs has the report descriptor of each.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import os
from pathlib import Path
from typing import Protocol

from drivers.code_scanner.transport import Transport
from drivers.exc import TransportLost, TransportTimeout
from drivers.serial_port import Waiter, lost

# linux/hidraw.h: _IOR('H', 0x01, int), and _IOR('H', 0x02, struct { __u32 size; __u8 value[4096]; })
HIDIOCGRDESCSIZE = 0x80044801
HIDIOCGRDESC = 0x90044802
_DESCRIPTOR_SIZE = 4096
_LARGEST_REPORT = 4096
_SYSFS = Path("/sys/class/hidraw")


class Node(Transport, Protocol):
    """A HID device: each `read` gives one report."""

    def descriptors(self) -> tuple[bytes, ...]:
        """The report descriptor of what is open, then those of the other interfaces of the same device."""
        ...


class HidrawNode:
    """A node such as /dev/hidraw0, or better a link that a udev rule makes, found by its path at every open.

    The kernel lets anybody open a node twice: an advisory lock keeps a second driver away.
    """

    def __init__(self, path: str, sysfs: Path = _SYSFS) -> None:
        self._path = path
        self._sysfs = sysfs
        self._fd: int | None = None
        self._waiter = Waiter()

    def open(self) -> None:
        """Open the node; raises TransportLost with the cause's errno."""
        self.close()
        try:
            self._fd = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.close()
            raise lost(self._path, error) from error

    def close(self) -> None:
        """Release the node. May be called twice."""
        fd, self._fd = self._fd, None
        if fd is not None:
            with contextlib.suppress(OSError):
                os.close(fd)

    def descriptors(self) -> tuple[bytes, ...]:
        """See `Node`. What is no hidraw node has none: the answer is then empty."""
        fd = self._opened()
        try:
            size = array.array("i", [0])
            fcntl.ioctl(fd, HIDIOCGRDESCSIZE, size)
            filled = bytearray(size[0].to_bytes(4, "little") + bytes(_DESCRIPTOR_SIZE))
            fcntl.ioctl(fd, HIDIOCGRDESC, filled)
        except OSError:
            return ()
        return (bytes(filled[4 : 4 + size[0]]), *self._neighbours())

    def write(self, data: bytes) -> None:
        """Send one output report, its number first (0 where reports have none).

        The kernel waits at most 5 s for the device (usbhid: USB_CTRL_SET_TIMEOUT). To ask whether it would
        wait is no use: hidraw calls every node writable. A call that hangs all the same costs the thread.
        """
        try:
            os.write(self._opened(), data)
        except BlockingIOError as error:
            raise TransportTimeout(f"{self._path} takes no report") from error
        except OSError as error:
            raise lost(self._path, error) from error

    def read(self, timeout: float) -> bytes:
        """One report, waiting at most `timeout` seconds for it."""
        fd = self._opened()
        try:
            return os.read(fd, _LARGEST_REPORT) if self._waiter.ready(fd, timeout) else b""
        except BlockingIOError:
            return b""
        except OSError as error:
            raise lost(self._path, error) from error

    def wake(self) -> None:
        """End a `read` that waits."""
        self._waiter.wake()

    def _neighbours(self) -> list[bytes]:
        """Report descriptors of the other interfaces of the same USB device, as sysfs shows them.

        .../1-2/1-2:1.0/0003:0C2E:0B61.0001/hidraw/hidraw0: the device is three folders above.
        """
        name = Path(self._path).resolve().name
        try:
            mine = (self._sysfs / name / "device").resolve(strict=True)
            others = sorted(mine.parent.parent.glob("*:*/*:*:*.*/report_descriptor"))
            return [each.read_bytes() for each in others if each.parent != mine]
        except OSError:
            return []

    def _opened(self) -> int:
        if self._fd is None:
            raise TransportLost(f"{self._path} is not open")
        return self._fd
