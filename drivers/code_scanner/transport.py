"""What carries a scanner's bytes: a serial port, or a hidraw node's reports."""

from __future__ import annotations

from typing import Protocol


class Transport(Protocol):
    """What carries the bytes. All errors are `TransportLost` or `TransportTimeout`."""

    def open(self) -> None:
        """Open it anew; nothing received earlier is seen afterwards."""
        ...

    def close(self) -> None:
        """Release it. May be called twice."""
        ...

    def write(self, data: bytes) -> None:
        """Hand all of `data` over, or raise."""
        ...

    def read(self, timeout: float) -> bytes:
        """Whatever has come, waiting at most `timeout` seconds; of a HID device, one report. Empty when
        nothing came, or when woken."""
        ...

    def wake(self) -> None:
        """End a `read` that waits, or the next one. From any thread."""
        ...
