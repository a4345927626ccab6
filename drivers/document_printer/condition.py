"""The printer's state as one word: for the health, and as the reason a print is refused."""

from __future__ import annotations

from enum import StrEnum

from drivers.device import Availability, Meaning
from drivers.document_printer.outcome import FailReason
from drivers.document_printer.status import PrinterState, PrinterWord, Supply
from drivers.keeping import DRIVER_FAILED


class Condition(StrEnum):
    """Conditions of a document printer; all but the first four stop it."""

    IDLE = "idle"
    PRINTING = "printing"
    PAPER_LOW = "paper-low"
    TONER_LOW = "toner-low"
    PAPER_OUT = "paper-out"
    NO_A4 = "no-a4"
    PAPER_JAM = "paper-jam"
    COVER_OPEN = "cover-open"
    TONER_OUT = "toner-out"
    STOPPED = "stopped"
    NOT_ACCEPTING = "not-accepting"
    LEFTOVER = "leftover"
    NOT_ASKABLE = "not-askable"
    OFFLINE = "offline"
    UNKNOWN = "unknown"
    DRIVER_FAILED = "driver-failed"


WELL = frozenset({Condition.IDLE, Condition.PRINTING, Condition.PAPER_LOW, Condition.TONER_LOW})
"""In these it prints."""

_ON, _OFF = Availability.ONLINE, Availability.OFFLINE

MEANING = {
    Condition.IDLE: Meaning(_ON, "", ""),
    Condition.PRINTING: Meaning(_ON, "正在打印", ""),
    Condition.PAPER_LOW: Meaning(_ON, "纸盒将空", "准备添加 A4 纸"),
    Condition.TONER_LOW: Meaning(_ON, "碳粉将尽", "准备更换碳粉盒"),
    Condition.PAPER_OUT: Meaning(_OFF, "纸盒无纸", "添加 A4 纸，推紧纸盒"),
    Condition.NO_A4: Meaning(_OFF, "纸盒里不是 A4 纸", "换成 A4 纸，并在面板上确认纸张大小"),
    Condition.PAPER_JAM: Meaning(_OFF, "卡纸", "打开机盖，取出卡住的纸"),
    Condition.COVER_OPEN: Meaning(_OFF, "机盖未合", "合紧打印机机盖"),
    Condition.TONER_OUT: Meaning(_OFF, "碳粉用完", "更换碳粉盒"),
    Condition.STOPPED: Meaning(_OFF, "打印机停止，未说明原因", "查看打印机面板；不恢复则关机再开机"),
    Condition.NOT_ACCEPTING: Meaning(_OFF, "打印机不接收任务", "查看打印机面板或打印队列是否被停用"),
    Condition.LEFTOVER: Meaning(
        _OFF, "打印机里有一个取消不掉的任务", "在面板上取消任务，或关机再开机；取走出来的纸"
    ),
    Condition.NOT_ASKABLE: Meaning(
        Availability.UNKNOWN,
        "CUPS 队列后面的打印机无法直接询问：是否开机、是否打完都无从知道",
        "让队列直通打印机地址：lpadmin -p 队列名 -v ipp://地址/ipp/print",
    ),
    Condition.OFFLINE: Meaning(_OFF, "连不上打印机", "检查电源和网线，核对配置中的地址、端口和路径"),
    Condition.UNKNOWN: Meaning(
        Availability.UNKNOWN, "打印机不应答或应答不可辨认", "检查网线；确认配置的是 IPP 端口和路径"
    ),
    Condition.DRIVER_FAILED: DRIVER_FAILED,
}

# printer-state-reasons (RFC 8011, 5.4.12; PWG 5100.9), without their ending. Fixed order: what a hand
# has to do first comes first.
_REASONS: tuple[tuple[Condition, frozenset[str]], ...] = (
    (Condition.COVER_OPEN, frozenset({"cover-open", "door-open", "interlock-open"})),
    (Condition.PAPER_JAM, frozenset({"media-jam"})),
    (Condition.PAPER_OUT, frozenset({"media-empty", "media-needed", "input-tray-missing"})),
    (
        Condition.TONER_OUT,
        frozenset({"toner-empty", "marker-supply-empty", "marker-waste-full", "developer-empty"}),
    ),
    (Condition.STOPPED, frozenset({"paused", "moving-to-paused", "shutdown", "timed-out", "offline"})),
)
_LOW: tuple[tuple[Condition, frozenset[str]], ...] = (
    (
        Condition.TONER_LOW,
        frozenset({"toner-low", "marker-supply-low", "marker-waste-almost-full", "developer-low"}),
    ),
    (Condition.PAPER_LOW, frozenset({"media-low"})),
)
_FAULTS: dict[Condition, FailReason] = {
    Condition.PAPER_OUT: FailReason.PAPER_OUT,
    Condition.NO_A4: FailReason.PAPER_OUT,
    Condition.PAPER_JAM: FailReason.PAPER_JAM,
    Condition.COVER_OPEN: FailReason.COVER_OPEN,
    Condition.TONER_OUT: FailReason.TONER_OUT,
    Condition.STOPPED: FailReason.OFFLINE,
    Condition.LEFTOVER: FailReason.OFFLINE,
    Condition.OFFLINE: FailReason.OFFLINE,
    Condition.NOT_ASKABLE: FailReason.OFFLINE,
    Condition.UNKNOWN: FailReason.OFFLINE,
    Condition.DRIVER_FAILED: FailReason.OFFLINE,
    Condition.NOT_ACCEPTING: FailReason.REJECTED,
}


def condition_of(state: PrinterState) -> Condition:
    """The one word for a state. A state that is not told is unknown, and never good."""
    severity = dict(_parted(reason) for reason in state.reasons)
    for condition, words in _REASONS:
        found = words & severity.keys()
        if not found:
            continue
        if condition is Condition.PAPER_OUT and _another_tray(state, {severity[word] for word in found}):
            continue
        return condition
    if state.word is PrinterWord.STOPPED:
        return Condition.STOPPED
    if state.word is PrinterWord.UNKNOWN:
        return Condition.UNKNOWN
    if state.accepting is False:
        return Condition.NOT_ACCEPTING
    if state.toner is Supply.OUT:
        return Condition.TONER_OUT
    if state.a4_ready is False:
        return Condition.NO_A4
    if state.word is PrinterWord.PROCESSING:
        return Condition.PRINTING
    for condition, words in _LOW:
        if words & severity.keys():
            return condition
    if state.toner is Supply.LOW:
        return Condition.TONER_LOW
    return Condition.PAPER_LOW if "media-empty" in severity else Condition.IDLE


def fault_of(condition: Condition) -> FailReason | None:
    """Why a print is refused, or certainly stops, in this condition; None when it is not."""
    return _FAULTS.get(condition)


def _parted(reason: str) -> tuple[str, str]:
    """A reason without its ending, and the ending: report, warning, error, or nothing."""
    word, _, ending = reason.rpartition("-")
    return (word, ending) if ending in ("report", "warning", "error") else (reason, "")


def _another_tray(state: PrinterState, endings: set[str]) -> bool:
    """Whether only some tray is empty: the printer says that it goes on, and that A4 is in another."""
    goes_on = state.word is not PrinterWord.STOPPED and endings <= {"report", "warning"}
    return goes_on and state.a4_ready is True
