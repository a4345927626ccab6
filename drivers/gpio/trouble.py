"""Why lines are not held: the conditions that everything on GPIO lines has in common."""

from __future__ import annotations

import errno
from enum import StrEnum

from drivers.device import Availability, Health, Meaning
from drivers.exc import TransportLost


class Trouble(StrEnum):
    """The closed set; each device on lines has these words among its conditions."""

    NO_CHIP = "no-chip"
    NO_LINE = "no-line"
    AMBIGUOUS = "ambiguous"
    LINE_BUSY = "line-busy"
    DENIED = "denied"
    FAILED = "failed"


_OFF = Availability.OFFLINE

MEANING = {
    Trouble.NO_CHIP: Meaning(
        _OFF, "找不到 GPIO 芯片，或已断开", "检查模块的电源和接线，核对 chip；恢复后自动接上"
    ),
    Trouble.NO_LINE: Meaning(_OFF, "芯片上没有这条线", "用 gpioinfo 核对线的名称或序号"),
    Trouble.AMBIGUOUS: Meaning(
        _OFF, "不止一个芯片有这个标签，或不止一条线有这个名称", "chip 改写路径（udev 链接），线改写序号"
    ),
    Trouble.LINE_BUSY: Meaning(_OFF, "线被别的程序占用", "用 gpioinfo 查占用者，停掉它"),
    Trouble.DENIED: Meaning(_OFF, "没有权限打开 GPIO 芯片", "安装 udev 规则，让程序用户能打开 GPIO 芯片"),
    Trouble.FAILED: Meaning(
        _OFF, "芯片拒绝了线的设置，或应答不对", "核对线的方向和芯片的能力；不恢复则更换 GPIO 模块"
    ),
}

_GONE = {errno.ENOENT, errno.ENODEV, errno.ENXIO}


class LinesLost(TransportLost):
    """The lines are not held, or no longer."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        """`detail` is in plain words, and holds nothing of a person."""
        super().__init__(detail)
        self.trouble = trouble


def untold(health: Health) -> str:
    """What a self-test says of a device whose lines are not held: its condition, or that this is not told
    yet, because they may be back in a moment."""
    return health.condition if health.availability is _OFF else "the lines were lost a moment ago"


def of_chip(error: OSError) -> Trouble:
    """Why a chip could not be opened. EPERM is a device cgroup's; ENOTTY is a node that is no chip."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return Trouble.DENIED
    return Trouble.NO_CHIP if error.errno in _GONE | {errno.ENOTTY} else Trouble.FAILED


def of_lines(error: OSError) -> Trouble:
    """Why lines could not be taken, read or set. EPERM is an input that was to be set."""
    if error.errno == errno.EBUSY:
        return Trouble.LINE_BUSY
    return Trouble.NO_CHIP if error.errno in _GONE else Trouble.FAILED


def words(error: Exception) -> str:
    """What an error says, short: the system's words for its errno, or its kind."""
    return getattr(error, "strerror", None) or type(error).__name__
