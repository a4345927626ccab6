"""Bar code and QR scanners on a serial line or as HID POS devices; never keyboards. See
docs/drivers/code-scanner.md."""

from drivers.code_scanner.aim import Symbology
from drivers.code_scanner.events import CodeRead, CodeUnreadable, UnreadableReason
from drivers.code_scanner.framer import Terminator
from drivers.code_scanner.health import Condition
from drivers.code_scanner.hidraw import HidrawNode
from drivers.code_scanner.line import HidLine, SerialLine, Trigger
from drivers.code_scanner.scanner import CodeScanner

__all__ = [
    "CodeRead",
    "CodeScanner",
    "CodeUnreadable",
    "Condition",
    "HidLine",
    "HidrawNode",
    "SerialLine",
    "Symbology",
    "Terminator",
    "Trigger",
    "UnreadableReason",
]
