"""The closed set of conditions of a loudspeaker, each with its cause and remedy."""

from __future__ import annotations

from enum import StrEnum

from drivers.device import Availability, Meaning
from drivers.keeping import DRIVER_FAILED


class Condition(StrEnum):
    """What is known of the loudspeaker. A card that takes the sound is not a loudspeaker that is heard."""

    UNKNOWN = "unknown"
    UNCONFIRMED = "unconfirmed"
    READY = "ready"
    UNHEARD = "unheard"
    NO_CARD = "no-card"
    BUSY = "busy"
    DENIED = "denied"
    FAILED = "failed"
    NO_PLAYER = "no-player"
    DRIVER_FAILED = "driver-failed"


_OFF = Availability.OFFLINE
_UNKNOWN = Availability.UNKNOWN

MEANING = {
    Condition.UNKNOWN: Meaning(_UNKNOWN, "还没有试过扬声器", "等几秒；不恢复则重启程序"),
    Condition.UNCONFIRMED: Meaning(
        _UNKNOWN, "声卡收下了声音，还没有人确认听到", "运行 kiosk speaker test，听到后回答"
    ),
    Condition.READY: Meaning(Availability.ONLINE, "", ""),
    Condition.UNHEARD: Meaning(
        _OFF, "声卡收下了声音，技术员没有听到", "检查功放、喇叭线、音量和静音；再运行 kiosk speaker test"
    ),
    Condition.NO_CARD: Meaning(
        _OFF, "找不到声卡", "检查声卡、配置中的 device 和 audio 组；aplay -L 列出可用的"
    ),
    Condition.BUSY: Meaning(
        _UNKNOWN, "声卡被别的程序占用", "停掉那个程序，或改用共享的 device（如 default）"
    ),
    Condition.DENIED: Meaning(_OFF, "程序没有权限使用声卡", "让程序用户加入 audio 组"),
    Condition.FAILED: Meaning(_OFF, "播放失败", "看括号中 ALSA 的话；用 aplay 试，不行则更换声卡"),
    Condition.NO_PLAYER: Meaning(_OFF, "没有播放程序", "安装 Debian 的 alsa-utils，或改正 player"),
    Condition.DRIVER_FAILED: DRIVER_FAILED,
}
