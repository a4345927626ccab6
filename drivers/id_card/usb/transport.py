"""A reader on USB as a transport: found at each opening, spoken to in one of the ways that it allows."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from drivers.device import Monotonic
from drivers.exc import TransportLost
from drivers.id_card.usb.find import Wanted, find_settled, path_of
from drivers.id_card.usb.handle import UsbHandle
from drivers.id_card.usb.pipes import Pipes, ways

SETTLE_SECONDS = 0.3
"""How long a device must have been there before it is opened."""


class UsbTransport:
    """The reader that is `wanted`, held alone. Errors carry an errno, by which `health` knows the cause."""

    def __init__(
        self, wanted: Wanted, *, settle: float = SETTLE_SECONDS, monotonic: Monotonic = time.monotonic
    ) -> None:
        """Nothing is opened yet. A device must have been there for `settle` seconds."""
        self._wanted = wanted
        self._settle = settle
        self._monotonic = monotonic
        self._handle: UsbHandle | None = None
        self._ways: Sequence[Pipes] = ()
        self._pipes: Pipes | None = None
        self._path = ""
        self._opened_by = 0  # a thread

    @property
    def name(self) -> str:
        """Which reader is wanted, for messages."""
        return str(self._wanted)

    @property
    def path(self) -> str:
        """Where the reader was found last, such as ``1-2.3``."""
        return self._path

    @property
    def ways(self) -> list[str]:
        """By name, how the open reader can be spoken to, the likeliest first; empty while it is closed."""
        return [pipes.name for pipes in self._ways]

    def speak_by(self, way: str) -> None:
        """One of `ways`, from now until the next opening."""
        self._pipes = next(pipes for pipes in self._ways if pipes.name == way)

    def open(self) -> None:
        """Find and claim the reader. Raises TransportLost."""
        self.close()
        self._opened_by = threading.get_ident()
        device = find_settled(self._wanted, settle=self._settle, monotonic=self._monotonic)
        self._path = path_of(device)
        self._handle = UsbHandle(device, self.name, hid=self._wanted.model.hid)
        self._ways = ways(self._handle, hid=self._wanted.model.hid)
        self._pipes = self._ways[0]

    def close(self) -> None:
        """Release the reader. May be called twice.

        By another thread than the one that opened it nothing is done: that one may hang in libusb, which must
        not lose a device under a call. It releases it when it wakes, if ever; until then the reader is busy.
        """
        if self._handle is not None:
            if threading.get_ident() != self._opened_by:
                return
            self._handle.close()
        self._handle, self._pipes, self._ways = None, None, ()

    def write(self, data: bytes) -> None:
        """A whole request, within a second a pipe."""
        self._opened().write(data)

    def read(self, timeout: float) -> bytes:
        """Whatever has come, waiting at most `timeout` seconds for the first packet."""
        return self._opened().read(timeout)

    def discard_input(self) -> None:
        """Drop what the reader has ready; a device keeps an answer that nobody fetched."""
        self._opened().discard()

    def speak_at(self, baudrate: int) -> None:
        """USB has no speed that is ours to set."""

    def _opened(self) -> Pipes:
        if self._pipes is None:
            raise TransportLost(f"{self._wanted} is not open")
        return self._pipes
