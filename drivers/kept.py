"""A device with a kept health and an owner thread: what is the same of all of them."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

from drivers.device import Device, Health
from drivers.keeping import KeptHealth


class Owned(Protocol):
    """Whatever has the thread."""

    def open(self) -> None:
        """Begin it; nothing when it is begun already."""
        ...

    def close(self) -> None:
        """End it. May be called twice."""
        ...

    def attend(self) -> None:
        """Look whether it hangs."""
        ...


O = TypeVar("O", bound=Owned)  # noqa: E741 - owner


class KeptDevice(Device, Generic[O]):
    """The conditions of its health are those of the class's own `Condition`. A subclass sets the three."""

    _name: str
    _kept: KeptHealth[Any]
    _owner: O

    @property
    def name(self) -> str:
        """Name in the configuration."""
        return self._name

    def open(self) -> None:
        """Start the owner thread, which opens the device and keeps trying. Does nothing when already open."""
        self._owner.open()

    def close(self) -> None:
        """End the owner thread and release the device. May be called twice, and before `open`."""
        self._owner.close()
        self._kept.reset()

    def attend(self) -> None:
        """See `Device.attend`."""
        self._owner.attend()

    def health(self) -> Health:
        """The last known health."""
        return self._kept.now
