"""The closed set of conditions of the lights, each with its cause and remedy."""

from __future__ import annotations

from enum import StrEnum

from drivers.device import Availability, Meaning
from drivers.gpio import trouble
from drivers.keeping import DRIVER_FAILED


class Condition(StrEnum):
    """What is known of the lights' lines. The last six are those of `drivers.gpio.Trouble`."""

    UNKNOWN = "unknown"
    DRIVER_FAILED = "driver-failed"
    READY = "ready"
    STUCK = "stuck"
    NO_CHIP = "no-chip"
    NO_LINE = "no-line"
    AMBIGUOUS = "ambiguous"
    LINE_BUSY = "line-busy"
    DENIED = "denied"
    FAILED = "failed"


MEANING = {
    Condition.UNKNOWN: Meaning(Availability.UNKNOWN, "还没有设过指示灯", "等几秒；不恢复则重启程序"),
    Condition.DRIVER_FAILED: DRIVER_FAILED,
    Condition.READY: Meaning(Availability.ONLINE, "", ""),
    Condition.STUCK: Meaning(
        Availability.UNKNOWN, "灯的线设了以后读回来不一样", "检查这盏灯的接线是否短路、负载是否过大"
    ),
    **{Condition(each): meaning for each, meaning in trouble.MEANING.items()},
}

LOSSES = frozenset(Condition(each) for each in trouble.MEANING)
"""The lines are not held; over in less than a second it was a plug that bounced, and nobody is told."""
