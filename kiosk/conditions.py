"""What the terminal can do at this moment, from its devices, its outbox and the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from drivers.device import Availability, Health
from drivers.door import Condition as Door
from flows.model import DeviceName
from kiosk.clock import Clock
from kiosk.opening import Hours
from kiosk.seal import SealingKey
from kiosk.views import OutOfServiceBody

_UNUSABLE = frozenset({"paper-out", "paper-jam", "cover-open", "cutter", "head", "offline"})
_ROOM = 300_000
"""Bytes that a submission may need: signature and card text, sealed. Asked before anything is filled in."""
_KEY_SECONDS = 5.0
"""How long a look at the sealing key is taken for granted (it is asked on every drawing of the home page)."""


class HasHealth(Protocol):
    """A device."""

    def health(self) -> Health:
        """Last known health; never blocks."""
        ...


class Queue(Protocol):
    """The outbox's side."""

    def has_room(self, size: int) -> bool:
        """Whether a submission of `size` bytes would be taken."""
        ...


class Line(Protocol):
    """Connectivity."""

    @property
    def online(self) -> bool | None:
        """Whether the city is heard."""
        ...

    @property
    def trouble(self) -> Exception | None:
        """Why the outbox's file cannot be written."""
        ...


class Written(Protocol):
    """The journal's side."""

    @property
    def broken(self) -> bool:
        """Whether the journal cannot be written."""
        ...


class Cabinet:
    """Whether it stands open, by its door switch. A door that was open is so until it is seen shut: whoever
    works in the cabinet may have pulled the switch's cable."""

    def __init__(self) -> None:
        self.stands_open = False

    def heard(self, condition: str) -> None:
        """How the switch is now."""
        if condition in (Door.OPEN, Door.CLOSED):
            self.stands_open = condition == Door.OPEN


class Now:
    """See `kiosk.home.Conditions`."""

    def __init__(
        self,
        *,
        devices: Mapping[DeviceName, HasHealth | None],
        sync: Line,
        outbox: Queue,
        sealing_key: Callable[[], SealingKey | None],
        closed_items: Callable[[], Mapping[str, str]],
        diary: Written,
        clock: Clock,
        hours: Hours,
        cabinet: Cabinet,
    ) -> None:
        self._devices = devices
        self._sync = sync
        self._outbox = outbox
        self._sealing_key = sealing_key
        self._closed_items = closed_items
        self._diary = diary
        self._clock = clock
        self._hours = hours
        self._looked: tuple[float, bool] | None = None
        self._cabinet = cabinet

    @property
    def online(self) -> bool | None:
        """Whether the city is heard."""
        return self._sync.online

    @property
    def can_queue(self) -> bool:
        """A valid sealing key in hand, room in the outbox, and a disk that takes it."""
        return self._sync.trouble is None and self._outbox.has_room(_ROOM) and self._has_key()

    @property
    def fault(self) -> OutOfServiceBody | None:
        """Nobody is served when what happens cannot be written down."""
        if self._diary.broken:
            return OutOfServiceBody(
                reason="这台终端的存储出了故障，请使用其他终端或到窗口办理", code="JOURNAL-BROKEN"
            )
        return None

    @property
    def closed(self) -> OutOfServiceBody | None:
        """Outside the opening hours, and while the cabinet stands open, nobody new is served."""
        if self._cabinet.stands_open:
            return OutOfServiceBody(reason="设备维护中，请使用其他终端，或到窗口办理", code="DOOR-OPEN")
        if self._hours.open(self._clock.now()):
            return None
        return OutOfServiceBody(reason=f"现在不在开放时间。开放时间：{self._hours.words}", code="CLOSED")

    def closed_item(self, item: str) -> str:
        """Why the city does not take it, as its catalogue last said."""
        return self._closed_items().get(item, "")

    def fitted(self, device: DeviceName) -> bool:
        """Whether it is configured."""
        return self._devices.get(device) is not None

    def usable(self, device: DeviceName) -> bool:
        """Whether it is configured and not known to be broken; what is not known yet is tried."""
        present = self._devices.get(device)
        if present is None:
            return False
        health = present.health()
        return health.availability is not Availability.OFFLINE and health.condition not in _UNUSABLE

    def _has_key(self) -> bool:
        now = self._clock.monotonic()
        if self._looked is None or now - self._looked[0] > _KEY_SECONDS or not self._looked[1]:
            self._looked = (now, self._sealing_key() is not None)
        return self._looked[1]
