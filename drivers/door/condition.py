"""The closed set of conditions of the door switch, each with its cause and remedy."""

from __future__ import annotations

from enum import StrEnum

from drivers.device import Availability, Meaning
from drivers.gpio import trouble
from drivers.keeping import DRIVER_FAILED


class Condition(StrEnum):
    """What is known of the door. The last six are those of `drivers.gpio.Trouble`."""

    UNKNOWN = "unknown"
    DRIVER_FAILED = "driver-failed"
    CLOSED = "closed"
    OPEN = "open"
    CHATTERING = "chattering"
    NO_CHIP = "no-chip"
    NO_LINE = "no-line"
    AMBIGUOUS = "ambiguous"
    LINE_BUSY = "line-busy"
    DENIED = "denied"
    FAILED = "failed"


MEANING = {
    Condition.UNKNOWN: Meaning(Availability.UNKNOWN, "还没有读过柜门开关", "等几秒；不恢复则重启程序"),
    Condition.DRIVER_FAILED: DRIVER_FAILED,
    Condition.CLOSED: Meaning(Availability.ONLINE, "", ""),
    Condition.OPEN: Meaning(
        Availability.ONLINE, "柜门开着", "关好柜门；门已关好则检查开关、接线和 active_low"
    ),
    Condition.CHATTERING: Meaning(
        Availability.UNKNOWN, "柜门开关抖动不停", "检查开关和接线是否松动，或调大 debounce_ms"
    ),
    **{Condition(each): meaning for each, meaning in trouble.MEANING.items()},
}

LOSSES = frozenset(Condition(each) for each in trouble.MEANING)
"""The lines are not held; over in less than a second it was a plug that bounced, and nobody is told."""
