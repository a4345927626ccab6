"""The closed set of conditions of a code scanner, each with its cause and remedy."""

from __future__ import annotations

import errno
from enum import StrEnum

from drivers.device import Availability, Meaning
from drivers.keeping import DRIVER_FAILED


class Condition(StrEnum):
    """What is known of the scanner."""

    UNKNOWN = "unknown"
    LISTENING = "listening"
    READY = "ready"
    GARBLED = "garbled"
    UNPLUGGED = "unplugged"
    PORT_BUSY = "port-busy"
    PORT_DENIED = "port-denied"
    KEYBOARD = "keyboard"
    NOT_A_SCANNER = "not-a-scanner"
    DRIVER_FAILED = "driver-failed"


_OFF = Availability.OFFLINE

MEANING = {
    Condition.UNKNOWN: Meaning(Availability.UNKNOWN, "扫码器还没有打开", "稍等几秒；设备要先打开"),
    Condition.LISTENING: Meaning(
        Availability.UNKNOWN, "端口已打开；串口扫码器读到第一个码之前什么也不说", "在要扫码的页面上扫一个码"
    ),
    Condition.READY: Meaning(Availability.ONLINE, "", ""),
    Condition.GARBLED: Meaning(
        Availability.UNKNOWN,
        "连着三次收到的都不是码",
        "核对 `baudrate`、`terminator`、`aim` 与模块自身的设置",
    ),
    Condition.UNPLUGGED: Meaning(_OFF, "找不到端口，或者连线断了", "检查连线和 `port`；插回后自动恢复"),
    Condition.PORT_BUSY: Meaning(_OFF, "端口被别的程序占用", "停掉那个程序；对端口运行 `fuser -v` 查看是谁"),
    Condition.PORT_DENIED: Meaning(
        _OFF, "终端程序无权打开端口", "把终端程序的用户加入端口所属的组，或改正 udev 规则"
    ),
    Condition.KEYBOARD: Meaning(
        _OFF,
        "设备自称键盘：读到的码会打到任何有光标的地方",
        "用厂家的设置码改成 HID POS 或串口模式，再插一次",
    ),
    Condition.NOT_A_SCANNER: Meaning(
        _OFF, "`port` 上的设备不是 HID POS 扫码器", "改正 `port`，或用厂家的设置码改成 HID POS 模式"
    ),
    Condition.DRIVER_FAILED: DRIVER_FAILED,
}
LOSSES = frozenset({Condition.UNPLUGGED})
"""What a plug that bounces looks like."""


def condition_of_error(error: OSError) -> Condition:
    """The condition that a failed port tells of, by its errno."""
    if error.errno in (errno.EAGAIN, errno.EBUSY):
        return Condition.PORT_BUSY
    if error.errno in (errno.EACCES, errno.EPERM):
        return Condition.PORT_DENIED
    return Condition.UNPLUGGED
