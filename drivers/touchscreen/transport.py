"""What a touchscreen hangs on: bytes of a serial line, or events of an input device's node."""

from __future__ import annotations

from typing import Protocol

from evdev import InputEvent

from drivers.touchscreen.panel import Panel


class Transport(Protocol):
    """A serial line. All errors are `TransportLost` or `TransportTimeout`."""

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
        """Whatever has come, waiting at most `timeout` seconds. Empty when nothing came, or when woken."""
        ...

    def wake(self) -> None:
        """End a `read` that waits, or the next one. From any thread."""
        ...


class Node(Protocol):
    """An input device of the kernel. It is listened to and never grabbed. All errors are `TransportLost`."""

    def open(self) -> Panel:
        """Open it anew; raises NotATouchscreen for another kind of device."""
        ...

    def close(self) -> None:
        """Release it. May be called twice."""
        ...

    def read(self, timeout: float) -> list[InputEvent]:
        """Whatever has come, waiting at most `timeout` seconds. Empty when nothing came, or when woken."""
        ...

    def slot(self) -> int:
        """The slot that events without one belong to now."""
        ...

    def wake(self) -> None:
        """End a `read` that waits, or the next one. From any thread."""
        ...
