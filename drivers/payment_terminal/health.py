"""The terminal's conditions, with cause and remedy; and what it says of a dialogue."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivers.device import Availability, DeviceEvent, Health
from drivers.payment_terminal.messages import Step


class Condition(StrEnum):
    """Conditions of a payment terminal; sales are begun in the first and third only."""

    READY = "ready"
    IN_USE = "in-use"
    CARD_DATA = "card-data"
    OUT_OF_SERVICE = "out-of-service"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


_WORDS: dict[Condition, tuple[str, str]] = {
    Condition.READY: ("", ""),
    Condition.IN_USE: ("正在刷卡", ""),
    Condition.CARD_DATA: ("刷卡机程序送来了卡片数据，已拒收", "联系刷卡机厂商修正其程序；修好前不要再用"),
    Condition.OUT_OF_SERVICE: ("刷卡机停用", "查看刷卡机屏幕：签到、网络、打印纸"),
    Condition.OFFLINE: ("连不上刷卡机程序", "确认厂商的本机服务已启动，核对配置中的端口"),
    Condition.UNKNOWN: ("刷卡机程序不应答或应答不可辨认", "重启厂商的本机服务；不恢复则报修"),
}
_AVAILABILITY = {
    Condition.READY: Availability.ONLINE,
    Condition.IN_USE: Availability.ONLINE,
    Condition.CARD_DATA: Availability.ONLINE,
    Condition.UNKNOWN: Availability.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class SaleStep(DeviceEvent):
    """The customer is asked for a card, or has to wait. `reference` is that of the sale."""

    reference: str
    step: Step


def health_of(condition: Condition, since: float) -> Health:
    """The health that says this condition, with what it is and what to do."""
    cause, remedy = _WORDS[condition]
    availability = _AVAILABILITY.get(condition, Availability.OFFLINE)
    return Health(availability, condition.value, since, cause, remedy)
