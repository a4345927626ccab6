"""An input device of the kernel, through python-evdev."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from evdev import AbsInfo, InputDevice, InputEvent, ecodes

from drivers.exc import TransportLost
from drivers.serial_port import Waiter, lost
from drivers.touchscreen.panel import Panel, panel_of


class EvdevNode:
    """A node such as /dev/input/event5, or better a link under /dev/input/by-path or by-id, found by its path
    at every open.

    It is opened for reading only and never grabbed: kernel and libinput go on giving the touches to the
    browser.
    """

    def __init__(self, path: str) -> None:
        """Not opened yet."""
        self._path = path
        self._device: InputDevice[str] | None = None
        self._waiter = Waiter()

    def open(self) -> Panel:
        """Open the node and read what it says of itself. Raises TransportLost with the cause's errno, and
        NotATouchscreen."""
        self.close()
        try:
            self._device = InputDevice(self._path, readonly=True)
            can: Mapping[int, Sequence[Any]] = self._device.capabilities()
            properties = self._device.input_props()
        except (
            OSError,
            SystemError,
        ) as error:  # SystemError: python-evdev, of a node that is no input device
            self.close()
            raise lost(self._path, error) from error
        axes = {code: (about.min, about.max) for code, about in can.get(ecodes.EV_ABS, [])}
        panel = panel_of(self._device.name, axes, can.get(ecodes.EV_KEY, []), properties)
        return replace(panel, slot=self.slot()) if panel.slots else panel

    def close(self) -> None:
        """Release the node. May be called twice."""
        device, self._device = self._device, None
        if device is not None:
            with contextlib.suppress(OSError):
                device.close()

    def read(self, timeout: float) -> list[InputEvent]:
        """What has come, waiting at most `timeout` seconds for the first."""
        device = self._opened()
        try:
            return list(device.read()) if self._waiter.ready(device.fd, timeout) else []
        except BlockingIOError:
            return []
        except OSError as error:
            raise lost(self._path, error) from error

    def slot(self) -> int:
        """The slot that events without one belong to now."""
        try:
            about: AbsInfo = self._opened().absinfo(ecodes.ABS_MT_SLOT)
        except OSError as error:
            raise lost(self._path, error) from error
        return about.value

    def wake(self) -> None:
        """End a `read` that waits."""
        self._waiter.wake()

    def _opened(self) -> InputDevice[str]:
        if self._device is None:
            raise TransportLost(f"{self._path} is not open")
        return self._device
