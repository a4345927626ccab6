"""The event node of a keypad: /dev/input/eventN, which is held alone."""

from __future__ import annotations

import contextlib
import os
from typing import Protocol

from evdev import InputDevice, ecodes

from drivers.keypad.protocol import SIZE

_AT_ONCE = 64 * SIZE  # the kernel's buffer for one reader


class Node(Protocol):
    """What the kernel offers of an input device. Every call raises OSError with the kernel's errno."""

    def open(self) -> None:
        """Open it anew, to be looked at: what is pressed goes to everybody who listens."""
        ...

    def grab(self) -> None:
        """Have it alone from now on. It may be a keyboard or a touchscreen that others need: only after its
        `keys` were looked at."""
        ...

    def close(self) -> None:
        """Release it. May be called twice; raises nothing."""
        ...

    @property
    def name(self) -> str:
        """As the device calls itself."""
        ...

    def fileno(self) -> int:
        """What to wait for."""
        ...

    def keys(self) -> frozenset[int]:
        """Codes that it can send."""
        ...

    def held(self) -> frozenset[int]:
        """Codes of the keys that are down now."""
        ...

    def read(self) -> bytes:
        """What has come, without waiting; raises BlockingIOError when nothing has."""
        ...


class EvdevNode:
    """See `Node`. Found by its path at every open: a link under /dev/input/by-path, or one that a udev rule
    makes, survives replugging; /dev/input/event3 may not.

    Grabbed (EVIOCGRAB): what is pressed reaches no console, no X server and no browser.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._device: InputDevice[str] | None = None

    def open(self) -> None:
        """See `Node`."""
        self.close()
        self._device = InputDevice(self._path)

    def grab(self) -> None:
        """See `Node`; EBUSY when another process has it grabbed."""
        self._opened().grab()

    def close(self) -> None:
        """See `Node`; the grab goes with the descriptor."""
        device, self._device = self._device, None
        if device is not None:
            with contextlib.suppress(OSError):
                device.close()

    @property
    def name(self) -> str:
        """See `Node`."""
        return self._opened().name

    def fileno(self) -> int:
        """See `Node`."""
        return self._opened().fd

    def keys(self) -> frozenset[int]:
        """See `Node`."""
        able = self._opened().capabilities(absinfo=False)
        return frozenset(able.get(ecodes.EV_KEY, ()))

    def held(self) -> frozenset[int]:
        """See `Node`."""
        return frozenset(self._opened().active_keys())

    def read(self) -> bytes:
        """See `Node`."""
        return os.read(self._opened().fd, _AT_ONCE)

    def _opened(self) -> InputDevice[str]:
        if self._device is None:
            raise OSError(f"{self._path} is not open")
        return self._device
