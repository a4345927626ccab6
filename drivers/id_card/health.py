"""The closed set of conditions of an ID card reader, each with its cause and remedy."""

from __future__ import annotations

import errno
from enum import StrEnum

from drivers.device import Availability, Meaning
from drivers.keeping import DRIVER_FAILED


class Condition(StrEnum):
    """What is known of the reader."""

    UNKNOWN = "unknown"
    READY = "ready"
    UNPLUGGED = "unplugged"
    PORT_BUSY = "port-busy"
    PORT_DENIED = "port-denied"
    AMBIGUOUS = "ambiguous"
    UNSUPPORTED = "unsupported"
    NO_LIBUSB = "no-libusb"
    SILENT = "silent"
    GARBLED = "garbled"
    SAM_FAILED = "sam-failed"
    SAM_UNAUTHORISED = "sam-unauthorised"
    DRIVER_FAILED = "driver-failed"


_OFF = Availability.OFFLINE

MEANING = {
    Condition.UNKNOWN: Meaning(Availability.UNKNOWN, "还没有问过读卡器", "稍等几秒；设备要先打开"),
    Condition.READY: Meaning(Availability.ONLINE, "", ""),
    Condition.UNPLUGGED: Meaning(
        _OFF, "找不到端口或 USB 读卡器，或者连线断了", "检查连线和 `port` 或 `usb_path`；插回后自动恢复"
    ),
    Condition.PORT_BUSY: Meaning(
        _OFF, "读卡器被别的程序占用", "停掉那个程序；对端口运行 `fuser -v` 查看是谁"
    ),
    Condition.PORT_DENIED: Meaning(
        _OFF, "终端程序无权打开读卡器", "把终端程序的用户加入端口所属的组（dialout）；USB 则安装 udev 规则"
    ),
    Condition.AMBIGUOUS: Meaning(
        _OFF,
        "接了几台这样的 USB 读卡器，配置没有指明用哪一台",
        "用 `usb_path` 或 `serial_number` 指明一台，或拔掉其余的",
    ),
    Condition.UNSUPPORTED: Meaning(
        _OFF, "这个 USB 设备没有已知读卡器的端点", "核对 `driver` 与型号，查看该型号的说明书"
    ),
    Condition.NO_LIBUSB: Meaning(_OFF, "没有安装 libusb，或它无法启动", "安装 Debian 的 `libusb-1.0-0`"),
    Condition.SILENT: Meaning(_OFF, "端口打开了，读卡器不应答", "检查读卡器电源，核对 `port` 和 `baudrate`"),
    Condition.GARBLED: Meaning(_OFF, "收到的字节不是应答", "核对 `baudrate`，检查地线和线缆长度"),
    Condition.SAM_FAILED: Meaning(
        _OFF, "读卡器的安全模块自检失败，或没有说自己正常", "读卡器断电再通电；不恢复则更换"
    ),
    Condition.SAM_UNAUTHORISED: Meaning(
        _OFF, "读卡器的安全模块未经授权（SW3 66）", "请厂家授权或更换安全模块"
    ),
    Condition.DRIVER_FAILED: DRIVER_FAILED,
}
LOSSES = frozenset({Condition.UNPLUGGED})
"""What a plug that bounces looks like."""


_BY_ERRNO = {
    errno.EAGAIN: Condition.PORT_BUSY,
    errno.EBUSY: Condition.PORT_BUSY,
    errno.EACCES: Condition.PORT_DENIED,
    errno.EPERM: Condition.PORT_DENIED,
    errno.ENOTUNIQ: Condition.AMBIGUOUS,
    errno.EPROTONOSUPPORT: Condition.UNSUPPORTED,
    errno.ELIBACC: Condition.NO_LIBUSB,
    errno.ETIMEDOUT: Condition.SILENT,  # a USB pipe that takes nothing, though the device is there
    errno.EPIPE: Condition.SILENT,  # one that stalls
}


def condition_of_error(error: OSError) -> Condition:
    """The condition that a failed port tells of, by its errno."""
    return _BY_ERRNO.get(error.errno or 0, Condition.UNPLUGGED)
