"""A USB printer through the kernel's `usblp` driver: the character device ``/dev/usb/lpN``.

What is unlike a serial port (read in Linux's drivers/usb/class/usblp.c; no device was at hand):

- One transfer at a time. A write hands over at most 8192 bytes and is back at once; the node is writable
  again when the printer has taken them all. Closing kills the transfer: nothing of it comes out later.
- Answers are fetched one packet at a time, the next when the last was read (EAGAIN: not yet); one that nobody
  fetched stays in the printer, also over a closing.
- A read of nothing is no hang-up: a printer may answer with empty packets, some do so without end.
- A one-way interface (7/1/1) cannot be read (EINVAL). Such a printer is silent, and silence is `unknown`.
- A poll does not wake when the printer is unplugged on kernels before 5.12: after a wait the node is tried.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import math
import os
import select
import stat
import sys
import time
from typing import Protocol

from drivers.device import Monotonic
from drivers.exc import TransportLost
from drivers.receipt_printer.transport import words

TRANSFER = 8192
"""Bytes of one write (USBLP_BUF_SIZE)."""

LPGETSTATUS = 0x060B
"""linux/lp.h; usblp asks GET_PORT_STATUS by the control pipe and waits 5 s at most (USBLP_CTL_TIMEOUT)."""

# Universal Serial Bus Device Class Definition for Printing Devices 1.1, 4.2.2: the other bits are zero.
_PAPER_EMPTY, _SELECTED, _NOT_ERROR = 0x20, 0x10, 0x08

_READ_SIZE = 512
_EMPTY_PAUSE = 0.02  # after an empty packet, between two tries of a node that cannot wake us, until drained
_DRAIN_SECONDS = 1.0  # a printer that babbles does not end by itself


class Node(Protocol):
    """The calls on a device node. Each may raise OSError, as the kernel does."""

    def open(self, path: str) -> int:
        """A descriptor, not blocking."""
        ...

    def close(self, fd: int) -> None:
        """Give it back."""
        ...

    def read(self, fd: int, size: int) -> bytes:
        """What is there; raises BlockingIOError when nothing is."""
        ...

    def write(self, fd: int, data: memoryview) -> int:
        """Bytes taken; raises BlockingIOError while the last ones are still on their way."""
        ...

    def wait(self, fd: int, events: int, milliseconds: int) -> int:
        """`select.poll`: what came of `events`, and POLLHUP or POLLERR; 0 when the time was over."""
        ...

    def control(self, fd: int, request: int, buffer: bytearray) -> None:
        """`ioctl` that fills `buffer`."""
        ...


class KernelNode:
    """The real ones."""

    def open(self, path: str) -> int:
        """See `Node.open`. A file that is no character device is refused: it would take any receipt."""
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        if not stat.S_ISCHR(os.fstat(fd).st_mode):
            os.close(fd)
            raise OSError(errno.ENODEV, "not a character device")
        return fd

    def close(self, fd: int) -> None:
        """See `Node.close`."""
        os.close(fd)

    def read(self, fd: int, size: int) -> bytes:
        """See `Node.read`."""
        return os.read(fd, size)

    def write(self, fd: int, data: memoryview) -> int:
        """See `Node.write`."""
        return os.write(fd, data)

    def wait(self, fd: int, events: int, milliseconds: int) -> int:
        """See `Node.wait`."""
        poll = select.poll()
        poll.register(fd, events)
        return sum(came for _, came in poll.poll(milliseconds))

    def control(self, fd: int, request: int, buffer: bytearray) -> None:
        """See `Node.control`."""
        fcntl.ioctl(fd, request, buffer)


class UsblpTransport:
    """A USB printer by the path of its node; see `transport.Transport`.

    Use a name that stays: udev makes none for `usblp` by itself, the rule is in
    ``docs/drivers/receipt-printer.md``.
    """

    BYTES_PER_SECOND = 100_000
    """What the slowest USB printer takes (for deadlines only)."""

    def __init__(self, *, port: str, monotonic: Monotonic = time.monotonic, node: Node | None = None) -> None:
        self.port = port
        self._monotonic = monotonic
        self._node = node or KernelNode()
        self._fd: int | None = None
        self._one_way = False

    def __repr__(self) -> str:
        """The node's path."""
        return f"UsblpTransport(port={self.port!r})"

    def open(self) -> None:
        """See `Transport.open`. The kernel lets one program have it (EBUSY).

        An answer that the printer kept, because nobody fetched it, is dropped: else it would be taken for the
        first one asked for.
        """
        self.close()
        try:
            self._fd = self._node.open(self.port)
        except OSError as error:
            raise TransportLost(f"{self.port}: {words(error)}") from error
        self._one_way = False
        try:
            self._drain()
        except TransportLost:
            self.close()
            raise

    def close(self) -> None:
        """See `Transport.close`."""
        fd, self._fd = self._fd, None
        if fd is not None:
            with contextlib.suppress(OSError):
                self._node.close(fd)

    def discard(self) -> None:
        """See `Transport.discard`: a transfer under way is taken back by closing, and by nothing else."""
        if not self._wait(select.POLLOUT, self._monotonic()) & select.POLLOUT:
            self.open()
        self._drain()

    def read(self, deadline: float) -> bytes:
        """See `Transport.read`."""
        while True:
            data = self._take()
            now = self._monotonic()
            if data or now >= deadline:
                return data or b""
            if data is None and not self._one_way:
                self._wait(select.POLLIN, deadline)
            else:  # an empty packet, or a node that never wakes a reader: only a hang-up ends this
                self._wait(0, min(deadline, now + _EMPTY_PAUSE))

    def write(self, data: bytes, deadline: float) -> int:
        """See `Transport.write`. Taken bytes may still be on their way (`TRANSFER` at most)."""
        view = memoryview(data)
        while view:
            self._wait(select.POLLOUT, deadline)
            fd = self._present()
            try:
                taken = self._node.write(fd, view[:TRANSFER])
            except BlockingIOError:
                taken = 0
            except OSError as error:
                raise TransportLost(words(error)) from error
            view = view[taken:]
            if not taken and self._monotonic() >= deadline:
                break
        return len(data) - len(view)

    def seconds(self, count: int) -> float:
        """See `Transport.seconds`."""
        return count / self.BYTES_PER_SECOND

    def paper_out(self) -> bool:
        """See `Transport.paper_out`: GET_PORT_STATUS.

        It is answered by the control pipe, also while the printer takes no bytes and where it cannot be read.
        Only this bit of it is of use: a printer that does not know answers as if all were well (4.2.2), and
        one whose answer has bits that do not exist does not know what it says.
        """
        fd, buffer = self._present(), bytearray(4)
        try:
            self._node.control(fd, LPGETSTATUS, buffer)
        except OSError as error:
            if error.errno == errno.ENODEV:
                raise TransportLost(words(error)) from error
            return False
        status = int.from_bytes(buffer, sys.byteorder)
        known = not status & ~(_PAPER_EMPTY | _SELECTED | _NOT_ERROR)
        return known and bool(status & _PAPER_EMPTY)

    def _drain(self) -> None:
        """Drop what the printer has ready.

        The kernel fetches a packet once the last one is read: so nothing there does not yet mean no more.
        """
        end = self._monotonic() + _DRAIN_SECONDS
        while self.read(min(end, self._monotonic() + _EMPTY_PAUSE)) and self._monotonic() < end:
            pass

    def _present(self) -> int:
        if self._fd is None:
            raise TransportLost("the port is closed")
        return self._fd

    def _take(self) -> bytes | None:
        """What can be read now; None for nothing, empty for an empty packet."""
        fd = self._present()
        try:
            return self._node.read(fd, _READ_SIZE)
        except BlockingIOError:
            return None
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise TransportLost(words(error)) from error
            self._one_way = True
            return None

    def _wait(self, events: int, deadline: float) -> int:
        """Until one of `events`, at most until `deadline`; raises TransportLost on a hang-up."""
        # Rounded up: a wait that ends a millisecond early would spin to its deadline.
        left = math.ceil(max(0.0, deadline - self._monotonic()) * 1000)
        came = self._node.wait(self._present(), events, left)
        if came & select.POLLHUP and not came & select.POLLIN:
            raise TransportLost("unplugged")
        return came
