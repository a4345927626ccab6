"""The status as one word: for the health, and as the reason a print fails."""

from __future__ import annotations

from enum import StrEnum

from drivers.device import Availability, Meaning
from drivers.keeping import DRIVER_FAILED
from drivers.receipt_printer.outcome import FailReason
from drivers.receipt_printer.status import Cover, CutterState, Head, Paper, PrinterStatus


class Condition(StrEnum):
    """Conditions of a receipt printer; all but the first two stop it."""

    READY = "ready"
    PAPER_LOW = "paper-low"
    PAPER_OUT = "paper-out"
    PAPER_JAM = "paper-jam"
    COVER_OPEN = "cover-open"
    CUTTER = "cutter"
    HEAD = "head"
    OFFLINE = "offline"
    NO_PORT = "no-port"
    UNKNOWN = "unknown"
    DRIVER_FAILED = "driver-failed"


_ON, _OFF = Availability.ONLINE, Availability.OFFLINE

MEANING = {
    Condition.READY: Meaning(_ON, "", ""),
    Condition.PAPER_LOW: Meaning(_ON, "纸卷将尽", "准备更换纸卷"),
    Condition.PAPER_OUT: Meaning(_OFF, "纸卷用完", "更换纸卷，热敏面朝打印头"),
    Condition.PAPER_JAM: Meaning(_OFF, "卡纸", "打开上盖，取出卡住的纸"),
    Condition.COVER_OPEN: Meaning(_OFF, "上盖未合", "合紧打印机上盖"),
    Condition.CUTTER: Meaning(_OFF, "切刀故障", "清除切刀处的纸，关机再开机"),
    Condition.HEAD: Meaning(_OFF, "打印头过热或故障", "等待冷却；不恢复则报修"),
    Condition.OFFLINE: Meaning(_OFF, "打印机脱机，未说明原因", "检查进纸键与面板灯"),
    Condition.NO_PORT: Meaning(_OFF, "找不到打印机端口", "检查电源和数据线，核对配置中的端口"),
    Condition.UNKNOWN: Meaning(Availability.UNKNOWN, "打印机不应答", "检查电源、数据线和波特率"),
    Condition.DRIVER_FAILED: DRIVER_FAILED,
}
LOSSES = frozenset({Condition.NO_PORT})
"""What a plug that bounces looks like."""


def fault_of(status: PrinterStatus) -> FailReason | None:
    """Why this status certainly stops a print; None when it does not, or when it is not known."""
    if status.cover is Cover.OPEN:
        return FailReason.COVER_OPEN
    if status.paper is Paper.JAMMED:
        return FailReason.PAPER_JAM
    if status.cutter is CutterState.FAULT:
        return FailReason.CUTTER
    if status.paper is Paper.OUT:
        return FailReason.PAPER_OUT
    if status.head in (Head.HOT, Head.FAULT):
        return FailReason.HEAD
    return FailReason.OFFLINE if status.availability is Availability.OFFLINE else None


def condition_of(status: PrinterStatus) -> Condition:
    """The one word for a status. `ready` needs every part known."""
    fault = fault_of(status)
    if fault is not None:
        return Condition(fault.value)
    parts = (status.availability, status.paper, status.cover, status.cutter, status.head)
    if any(part == "unknown" for part in parts):
        return Condition.UNKNOWN
    return Condition.PAPER_LOW if status.paper is Paper.LOW else Condition.READY
