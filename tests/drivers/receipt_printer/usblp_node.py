"""A stand-in for the kernel's `usblp`: a node that behaves as drivers/usb/class/usblp.c says.

Build machines' kernels have no `usblp`, no USB gadget and no CUSE, so there is no such device to be had.
Copied is: one transfer at a time of at most 8192 bytes, taken before it has arrived and killed on close; one
packet fetched at a time, while the printer keeps the others, also over a closing; EBUSY for a second opener;
EAGAIN, ENODEV and EINVAL where the driver gives them; empty packets; a poll not woken by a disconnect
(before 5.12); the port's status. What is not: the kernel itself, USB's own errors and its timing.
"""

from __future__ import annotations

import errno
import select
import sys
import threading
from collections import deque
from collections.abc import Callable

from drivers.receipt_printer.usblp import LPGETSTATUS

WELL = 0x18
"""Selected, no error, paper: also what a printer says that does not know."""

_PACKET = 64  # bytes, of a full-speed bulk endpoint


class UsblpNode:
    """The calls of `usblp.Node`, and the other end of the cable."""

    def __init__(self) -> None:
        self.port_status: Callable[[], int] = lambda: WELL
        self.one_way = False
        self.empty_packets = False
        self.wakes_on_unplug = True
        self.opened = 0
        """How often the node was opened."""
        self._plugged = True
        self._used = False
        self._transfer = bytearray()
        self._to_host: deque[bytes] = deque()  # packets in the printer
        self._fetched = b""
        self._moved = threading.Condition()

    def plug(self) -> DeviceEnd:
        """The printer is there (again): its end of the cable, for the simulator."""
        with self._moved:
            self._plugged = True
            self._transfer.clear()
            self._to_host.clear()
        return DeviceEnd(self)

    # The host's end.

    def open(self, path: str) -> int:
        with self._moved:
            if not self._plugged:
                raise FileNotFoundError(errno.ENOENT, "no such node")
            if self._used:
                raise OSError(errno.EBUSY, "in use")
            self._used = True
            self.opened += 1
            self._fetched = b""
            return 7

    def close(self, fd: int) -> None:
        with self._moved:
            self._used = False
            self._transfer.clear()
            self._moved.notify_all()

    def read(self, fd: int, size: int) -> bytes:
        with self._moved:
            if self.one_way:
                raise OSError(errno.EINVAL, "one way")
            self._there()
            if not self._fetched:
                if self.empty_packets:
                    return b""
                raise BlockingIOError(errno.EAGAIN, "nothing")
            data, self._fetched = self._fetched[:size], self._fetched[size:]
            return data

    def write(self, fd: int, data: memoryview) -> int:
        with self._moved:
            self._there()
            if self._transfer:
                raise BlockingIOError(errno.EAGAIN, "under way")
            self._transfer += data
            self._moved.notify_all()
            return len(data)

    def wait(self, fd: int, events: int, milliseconds: int) -> int:
        with self._moved:
            self._moved.wait_for(lambda: self._came(events, fetch=milliseconds > 0), milliseconds / 1000)
            return self._came(events)

    def control(self, fd: int, request: int, buffer: bytearray) -> None:
        with self._moved:
            self._there()
            assert request == LPGETSTATUS
            buffer[:] = self.port_status().to_bytes(4, sys.byteorder)

    def _there(self) -> None:
        if not self._plugged:
            raise OSError(errno.ENODEV, "unplugged")

    def _came(self, events: int, *, fetch: bool = False) -> int:
        if fetch and not self._fetched and self._to_host:  # only while time passes
            self._fetched = self._to_host.popleft()
        if not self._plugged:
            return select.POLLHUP if self.wakes_on_unplug else 0
        readable = not self.one_way and (self._fetched or self.empty_packets)
        came = select.POLLIN if readable else 0
        came |= 0 if self._transfer else select.POLLOUT
        return came & events

    # The printer's end.

    def take(self, size: int, timeout: float) -> bytes:
        with self._moved:
            self._moved.wait_for(lambda: self._transfer, timeout)
            data = bytes(self._transfer[:size])
            del self._transfer[:size]
            self._moved.notify_all()
            return data

    def give(self, data: bytes) -> None:
        with self._moved:
            self._to_host += (data[at : at + _PACKET] for at in range(0, len(data), _PACKET))
            self._moved.notify_all()

    def pull(self) -> None:
        with self._moved:
            self._plugged = False
            self._moved.notify_all()


class DeviceEnd:
    """A `simkit.Line` on a node."""

    def __init__(self, node: UsblpNode) -> None:
        self._node = node

    def read(self, size: int, timeout: float) -> bytes:
        return self._node.take(size, timeout)

    def write(self, data: bytes) -> None:
        self._node.give(data)

    def close(self) -> None:
        self._node.pull()
