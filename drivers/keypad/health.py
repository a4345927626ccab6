"""The closed set of conditions of a keypad, each with its cause and remedy."""

from __future__ import annotations

import errno
from enum import StrEnum

from drivers.device import Availability, Meaning
from drivers.keeping import DRIVER_FAILED


class Condition(StrEnum):
    """What is known of the keypad."""

    UNKNOWN = "unknown"
    READY = "ready"
    STUCK = "stuck"
    UNPLUGGED = "unplugged"
    PORT_BUSY = "port-busy"
    PORT_DENIED = "port-denied"
    NOT_A_KEYPAD = "not-a-keypad"
    DRIVER_FAILED = "driver-failed"


_OFF = Availability.OFFLINE

MEANING = {
    Condition.UNKNOWN: Meaning(Availability.UNKNOWN, "按键盘还没有打开", "等几秒；不恢复则重启程序"),
    Condition.READY: Meaning(Availability.ONLINE, "", ""),
    Condition.STUCK: Meaning(_OFF, "有按键一直按着", "检查卡住的按键；松开后自动恢复"),
    Condition.UNPLUGGED: Meaning(_OFF, "找不到按键盘", "检查按键盘的线和配置中的 port；插回后自动恢复"),
    Condition.PORT_BUSY: Meaning(_OFF, "按键盘被别的程序独占", "停掉那个程序（fuser -v 可看是谁）"),
    Condition.PORT_DENIED: Meaning(
        _OFF, "程序没有权限打开按键盘", "装好 udev 规则，或让程序用户加入 input 组"
    ),
    Condition.NOT_A_KEYPAD: Meaning(
        _OFF, "port 处的设备没有所需的按键", "核对 port，再核对 previous、next、select、help 的按键名"
    ),
    Condition.DRIVER_FAILED: DRIVER_FAILED,
}
LOSSES = frozenset({Condition.UNPLUGGED})
"""Told when they have lasted: a plug that bounces, or a hub that resets, is back by then."""


def condition_of_error(error: OSError) -> Condition:
    """The condition that a failed node tells of, by its errno."""
    if error.errno == errno.EBUSY:
        return Condition.PORT_BUSY
    if error.errno in (errno.EACCES, errno.EPERM):
        return Condition.PORT_DENIED
    if error.errno in (errno.ENOTTY, errno.EINVAL):  # a file, or a device that is no input device
        return Condition.NOT_A_KEYPAD
    return Condition.UNPLUGGED
