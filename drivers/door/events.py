"""What the door switch has to say, besides `HealthChanged`."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.device import DeviceEvent


@dataclass(frozen=True, slots=True)
class DoorOpened(DeviceEvent):
    """The door was closed when it was last seen, and is not."""


@dataclass(frozen=True, slots=True)
class DoorClosed(DeviceEvent):
    """The door was open when it was last seen, and is not."""
