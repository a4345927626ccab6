"""The closed set of conditions of a touchscreen, each with its cause and remedy."""

from __future__ import annotations

import errno
from enum import StrEnum

from drivers.device import Availability, Meaning
from drivers.keeping import DRIVER_FAILED


class Condition(StrEnum):
    """What is known of the touchscreen."""

    UNKNOWN = "unknown"
    LISTENING = "listening"
    READY = "ready"
    SILENT = "silent"
    STUCK = "stuck"
    GHOST = "ghost"
    GARBLED = "garbled"
    FAILED = "failed"
    UNPLUGGED = "unplugged"
    PORT_BUSY = "port-busy"
    PORT_DENIED = "port-denied"
    NOT_A_TOUCHSCREEN = "not-a-touchscreen"
    DRIVER_FAILED = "driver-failed"


_OFF, _ON = Availability.OFFLINE, Availability.ONLINE

MEANING: dict[Condition, Meaning] = {
    Condition.UNKNOWN: Meaning(Availability.UNKNOWN, "触摸屏还没有打开", "等几秒；不变则重启程序"),
    Condition.LISTENING: Meaning(
        Availability.UNKNOWN, "触摸屏在，但还没有人碰过，或四小时没有人碰过", "用手指碰一下屏幕"
    ),
    Condition.READY: Meaning(_ON, "", ""),
    Condition.SILENT: Meaning(
        _OFF,
        "触摸屏没有声音：控制器三次不应答，或页面三次被手指碰到而这个端口什么也没收到",
        "检查触摸屏的电源和数据线，核对 port、baudrate；断电重启触摸屏",
    ),
    Condition.STUCK: Meaning(
        _ON,
        "有一处一直被按着，超过一分钟没有抬起",
        "擦净屏幕，拿走压在上面的东西，检查边框；再断电重启触摸屏",
    ),
    Condition.GHOST: Meaning(
        _ON, "没有人的手能这样碰：触摸太多太快", "擦干屏幕，检查接地和电源，离开强光和干扰；用测试页复查"
    ),
    Condition.GARBLED: Meaning(
        Availability.UNKNOWN, "收到的不是这种控制器的数据", "核对 driver 和 baudrate；检查数据线和接地"
    ),
    Condition.FAILED: Meaning(_OFF, "控制器自检说自己坏了", "断电重启触摸屏；仍不行则更换"),
    Condition.UNPLUGGED: Meaning(_OFF, "端口不在，或断开了", "检查触摸屏的数据线，核对 port；插回后自动恢复"),
    Condition.PORT_BUSY: Meaning(_OFF, "端口被别的程序占用", "停掉占用端口的程序（串口多为 inputattach）"),
    Condition.PORT_DENIED: Meaning(
        _OFF, "程序没有打开端口的权限", "串口：把程序用户加入 dialout 组；/dev/input：加入 input 组"
    ),
    Condition.NOT_A_TOUCHSCREEN: Meaning(
        _OFF, "这个端口不是触摸屏", "核对 port：在 /dev/input/by-path 下另选"
    ),
    Condition.DRIVER_FAILED: DRIVER_FAILED,
}


def condition_of_error(error: OSError) -> Condition:
    """The condition that a failed port tells of, by its errno."""
    if error.errno in (errno.EAGAIN, errno.EBUSY):
        return Condition.PORT_BUSY
    if error.errno in (errno.EACCES, errno.EPERM):
        return Condition.PORT_DENIED
    if error.errno in (errno.ENOTTY, errno.EINVAL):
        return Condition.NOT_A_TOUCHSCREEN
    return Condition.UNPLUGGED
