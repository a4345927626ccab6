"""Events of an input device to reports: multitouch type B (slots and tracking ids), and a single touch.

Linux, Documentation/input/multi-touch-protocol.rst; SYN_DROPPED: event-codes.rst.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from evdev import ecodes

from drivers.touchscreen.panel import Panel
from drivers.touchscreen.report import Report, part


class Event(Protocol):
    """What of `evdev.InputEvent` is used."""

    @property
    def type(self) -> int: ...
    @property
    def code(self) -> int: ...
    @property
    def value(self) -> int: ...


class _Contact:
    def __init__(self) -> None:
        self.down = False
        self.was_down = False
        self.x = self.y = 0.0
        self.moved = False

    def report(self, number: int) -> Report | None:
        """What is new of it at the end of a frame."""
        new = self.down != self.was_down or (self.down and self.moved)
        self.was_down, self.moved = self.down, False
        return Report(number, self.down, self.x, self.y) if new else None


class Contacts:
    """What touches a panel now, frame by frame: what no SYN_REPORT ended is not told yet.

    After SYN_DROPPED the kernel's buffer ran over and nobody knows what is touched: all is taken as lifted,
    `dropped` counts it, and `resume` has to say which slot is meant. A contact that was there before the
    opening is not followed until it comes down again.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._slots = [_Contact() for _ in range(max(1, panel.slots))]
        self._slot = panel.slot
        self._dropping = False
        self.dropped = 0

    def feed(self, events: Iterable[Event]) -> list[Report]:
        """The reports of the frames that `events` complete."""
        found: list[Report] = []
        for event in events:
            if event.type == ecodes.EV_SYN:
                found += self._ended(event.code)
            elif not self._dropping:
                self._heard(event)
        return found

    def resume(self, slot: int) -> None:
        """After events were lost: the slot that the next ones belong to."""
        self._slot = slot

    def _ended(self, code: int) -> list[Report]:
        if code == ecodes.SYN_DROPPED:
            self._dropping = True
            self.dropped += 1
            for contact in self._slots:
                contact.down = False
            return []
        if code != ecodes.SYN_REPORT:
            return []
        self._dropping = False
        reports = [contact.report(number) for number, contact in enumerate(self._slots)]
        return [each for each in reports if each is not None]

    def _heard(self, event: Event) -> None:
        if self._panel.slots:
            self._heard_slot(event)
        elif event.type == ecodes.EV_KEY and event.code == ecodes.BTN_TOUCH:
            self._slots[0].down = event.value != 0
        elif event.type == ecodes.EV_ABS and event.code in {ecodes.ABS_X, ecodes.ABS_Y}:
            self._place(self._slots[0], event.value, across=event.code == ecodes.ABS_X)

    def _heard_slot(self, event: Event) -> None:
        if event.type != ecodes.EV_ABS:
            return
        if event.code == ecodes.ABS_MT_SLOT:
            self._slot = event.value
        if not 0 <= self._slot < len(self._slots):
            return
        contact = self._slots[self._slot]
        if event.code == ecodes.ABS_MT_TRACKING_ID:
            contact.down = event.value >= 0
        elif event.code in {ecodes.ABS_MT_POSITION_X, ecodes.ABS_MT_POSITION_Y}:
            self._place(contact, event.value, across=event.code == ecodes.ABS_MT_POSITION_X)

    def _place(self, contact: _Contact, value: int, *, across: bool) -> None:
        contact.moved = True
        if across:
            contact.x = part(value, *self._panel.x)
        else:
            contact.y = part(value, *self._panel.y)
