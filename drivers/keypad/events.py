"""What the keypad has to say, besides `HealthChanged`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivers.device import DeviceEvent


class Press(StrEnum):
    """The four keys by which everything can be done (EN 301 549, 5.1.6 and 5.5; VVSG 2.0, 7.2)."""

    PREVIOUS = "previous"
    NEXT = "next"
    SELECT = "select"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class KeyPressed(DeviceEvent):
    """A key went down; told once, however long it is held."""

    press: Press
