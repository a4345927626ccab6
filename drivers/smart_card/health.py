"""The closed set of conditions of a smart card reader, each with its cause and remedy."""

from __future__ import annotations

from enum import StrEnum

from drivers.device import Availability, Meaning
from drivers.keeping import DRIVER_FAILED
from drivers.smart_card.link import Trouble


class Condition(StrEnum):
    """What is known of the reader."""

    UNKNOWN = "unknown"
    READY = "ready"
    UNPLUGGED = "unplugged"
    NO_SERVICE = "no-service"
    SERVICE_DENIED = "service-denied"
    NO_LIBRARY = "no-library"
    SILENT = "silent"
    FAILED = "failed"
    DRIVER_FAILED = "driver-failed"


_OFF = Availability.OFFLINE

MEANING = {
    Condition.UNKNOWN: Meaning(Availability.UNKNOWN, "还没有问过读卡器", "稍等几秒；设备要先打开"),
    Condition.READY: Meaning(Availability.ONLINE, "", ""),
    Condition.UNPLUGGED: Meaning(_OFF, "pcscd 没有这个名字的读卡器", "检查连线和 `reader`；插回后自动恢复"),
    Condition.NO_SERVICE: Meaning(_OFF, "pcscd 没有运行", "安装 `pcscd`，启动 `pcscd.socket`，查看其日志"),
    Condition.SERVICE_DENIED: Meaning(
        _OFF, "pcscd 不让终端程序的用户使用", "用 polkit 规则（org.debian.pcsc-lite）允许"
    ),
    Condition.NO_LIBRARY: Meaning(
        _OFF, "`python` 指的 Python 没有 pyscard", "安装 Debian 的 `python3-pyscard`，或改正 `python`"
    ),
    Condition.SILENT: Meaning(
        _OFF, "PC/SC 库的一次调用没有返回，工作进程已被结束", "取出卡；不恢复则重插读卡器、重启 pcscd"
    ),
    Condition.FAILED: Meaning(
        _OFF, "PC/SC 库因其他原因出错，或它的工作进程死了", "会自动重新启动；不恢复则重启 pcscd，查看错误码"
    ),
    Condition.DRIVER_FAILED: DRIVER_FAILED,
}
LOSSES = frozenset({Condition.UNPLUGGED})
"""What a plug that bounces looks like."""

_CONDITIONS = {
    Trouble.NO_SERVICE: Condition.NO_SERVICE,
    Trouble.DENIED: Condition.SERVICE_DENIED,
    Trouble.NO_READER: Condition.UNPLUGGED,
    Trouble.NO_LIBRARY: Condition.NO_LIBRARY,
    Trouble.HUNG: Condition.SILENT,
}


def condition_of(trouble: Trouble) -> Condition:
    """The condition that a failed call tells of. Of a card's own troubles none is told here: see `Poller`."""
    return _CONDITIONS.get(trouble, Condition.FAILED)
