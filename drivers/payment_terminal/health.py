"""The terminal's conditions, with cause and remedy; and what it says of a dialogue."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivers.device import Availability, DeviceEvent, Meaning
from drivers.keeping import DRIVER_FAILED
from drivers.payment_terminal.messages import Step


class Condition(StrEnum):
    """Conditions of a payment terminal; sales are begun in the first and third only."""

    READY = "ready"
    IN_USE = "in-use"
    CARD_DATA = "card-data"
    OUT_OF_SERVICE = "out-of-service"
    OFFLINE = "offline"
    UNKNOWN = "unknown"
    DRIVER_FAILED = "driver-failed"


_ON, _OFF = Availability.ONLINE, Availability.OFFLINE

MEANING = {
    Condition.READY: Meaning(_ON, "", ""),
    Condition.IN_USE: Meaning(_ON, "正在刷卡", ""),
    Condition.CARD_DATA: Meaning(
        _ON, "刷卡机程序送来了卡片数据，已拒收", "联系刷卡机厂商修正其程序；修好前不要再用"
    ),
    Condition.OUT_OF_SERVICE: Meaning(_OFF, "刷卡机停用", "查看刷卡机屏幕：签到、网络、打印纸"),
    Condition.OFFLINE: Meaning(_OFF, "连不上刷卡机程序", "确认厂商的本机服务已启动，核对配置中的端口"),
    Condition.UNKNOWN: Meaning(
        Availability.UNKNOWN, "刷卡机程序不应答或应答不可辨认", "重启厂商的本机服务；不恢复则报修"
    ),
    Condition.DRIVER_FAILED: DRIVER_FAILED,
}


@dataclass(frozen=True, slots=True)
class SaleStep(DeviceEvent):
    """The customer is asked for a card, or has to wait. `reference` is that of the sale."""

    reference: str
    step: Step
