"""The desk of the receipt printer: one print, one outcome, never repeated by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from drivers.receipt_printer import Document, Failed, JobOutcome, Printed, Unconfirmed
from flows.effects import PrintPaper
from flows.events import PrintEnded
from kiosk import receipt_code
from kiosk.clock import Clock
from kiosk.desks.desk import Tell
from kiosk.keys import TerminalKey
from kiosk.loop import Loop
from kiosk.receipts import Layout, code_of
from kiosk.visit import Visit

PRINT_SECONDS = 90.0
"""The driver has deadlines of its own; this one only guards against a driver that never says."""

_FAILED = {
    "paper-out": "打印机缺纸",
    "paper-jam": "打印机卡纸",
    "cover-open": "打印机盖子没有盖好",
    "cutter": "打印机切刀故障",
    "head": "打印头过热或故障",
    "offline": "打印机没有回应",
}
_UNCONFIRMED = "打印机没有确认。请看一看出纸口有没有凭条"
NO_PRINTER = "这台终端没有打印机"

Ended = Callable[[Visit, PrintPaper, str, str], None]
"""Journals a print: visit, paper, outcome, reason."""


class Printer(Protocol):
    """What this desk needs of the device."""

    def print(self, document: Document, done: Callable[[JobOutcome], None]) -> None:
        """Queue a job; `done` is called once, from the device's thread."""
        ...


class PaperDesk:
    """Loop's thread only."""

    def __init__(
        self,
        *,
        printer: Printer | None,
        layout: Layout,
        key: TerminalKey,
        terminal: str,
        loop: Loop,
        clock: Clock,
        ended: Ended,
    ) -> None:
        self._printer = printer
        self._layout = layout
        self._key = key
        self._terminal = terminal
        self._loop = loop
        self._clock = clock
        self._ended = ended

    def print(self, effect: PrintPaper, visit: Visit, tell: Tell) -> None:
        """Lay out, sign, print."""
        if self._printer is None:
            tell(PrintEnded(effect=effect.id, result="failed", words=NO_PRINTER))
            return
        at = self._clock.now().replace(microsecond=0)
        code = receipt_code.sign(code_of(effect, at, self._terminal), self._key)
        told = False

        def end(outcome: JobOutcome | None) -> None:
            nonlocal told
            if told:
                return
            told = True
            timer.cancel()
            result = _result(effect.id, outcome)
            self._ended(visit, effect, result.result, _reason(outcome))
            tell(result)

        timer = self._loop.later(PRINT_SECONDS, lambda: end(None))
        self._printer.print(
            self._layout.document(effect, at, code), lambda outcome: self._loop.post(lambda: end(outcome))
        )


def _reason(outcome: JobOutcome | None) -> str:
    if isinstance(outcome, Failed | Unconfirmed):
        return outcome.reason.value
    return "no-outcome" if outcome is None else ""


def _result(effect_id: str, outcome: JobOutcome | None) -> PrintEnded:
    if isinstance(outcome, Printed):
        return PrintEnded(effect=effect_id, result="printed")
    if isinstance(outcome, Failed):
        words = _FAILED.get(outcome.reason.value, "打印机暂时不能用")
        return PrintEnded(effect=effect_id, result="failed", words=words)
    return PrintEnded(effect=effect_id, result="unconfirmed", words=_UNCONFIRMED)
