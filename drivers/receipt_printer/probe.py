"""Finds out what a printer can do: prints the probe page, and asks what can be asked.

What a technician has to look at is on the page (`probe_page`); what the printer can say for itself is asked
here. The line is this probe's alone: the driver must not be open on it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from drivers.device import Monotonic
from drivers.exc import TransportLost
from drivers.receipt_printer.condition import fault_of
from drivers.receipt_printer.encoder import INITIALIZE, STATUS_BACK
from drivers.receipt_printer.fonts import FontChain, system_fonts
from drivers.receipt_printer.job import flushing, rows_held
from drivers.receipt_printer.link import QUEUED_ANSWERS, Link, Timing
from drivers.receipt_printer.probe_page import Page, pages
from drivers.receipt_printer.profile import MAX_DOTS, Confirm, Cutter
from drivers.receipt_printer.status import Known
from drivers.receipt_printer.transport import Transport

_SLACK = 1.5
_HELD = 4096  # bytes of a receive buffer: no profile has a larger one
_STATUS_BACK_OFF = b"\x1da\x00"
_TOKEN = b"0001"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What the printer answered: to which `DLE EOT`, and how else it can tell something."""

    asked: tuple[int, ...]  # those of 1-4 that it answered
    model: str  # GS I 66, 67; empty: not told
    font: str  # GS I 69
    queued_status: bool  # GS r
    process_id: bool  # GS ( H
    clears: bool  # DLE DC4 8
    status_back: bool  # GS a


class NotPrinted(StrEnum):
    """Why there is no page; the printer's faults have the words of `FailReason`."""

    NO_PORT = "no-port"
    STALLED = "stalled"


@dataclass(frozen=True, slots=True)
class Refused:
    """No page, or not a whole one, and why."""

    why: str


class Probe:
    """One printer, looked at once. `slowest`: rows a second that any printer prints (50 mm/s)."""

    def __init__(
        self,
        transport: Transport,
        *,
        monotonic: Monotonic = time.monotonic,
        timing: Timing | None = None,
        fonts: FontChain | None = None,
        slowest: int = 400,
    ) -> None:
        self._slowest = slowest
        self._timing = timing or Timing()
        self._transport = transport
        self._monotonic = monotonic
        self._fonts = fonts or system_fonts()
        self._link = Link(transport, monotonic, self._timing)

    def run(self) -> Measured | Refused:
        """Clear the printer, print the two pieces of the page, and ask.

        Ends within the time of the paper, a full buffer's included, and some ten seconds.
        """
        try:
            self._transport.open()
            try:
                return self._look()
            finally:
                self._transport.close()
        except TransportLost as lost:
            return Refused(f"{NotPrinted.NO_PORT}: {lost}")

    def _look(self) -> Measured | Refused:
        self._transport.discard()
        fault = fault_of(self._link.status())
        if fault is not None:
            return Refused(fault.value)
        asked = tuple(n for n in (1, 2, 3, 4) if isinstance(self._link.ask(n), Known))
        sheets = [_leftovers(), *pages(self._fonts)]
        rows = 0  # of a sheet and all before it, for those may still be waiting in the printer
        for sheet in sheets:
            rows += sheet.rows
            if not self._print(Page(sheet.data, rows)):
                return Refused(NotPrinted.STALLED.value)
        queued = self._answered(Confirm.QUEUED_STATUS, rows)
        return Measured(
            asked=asked,
            queued_status=queued,
            process_id=self._answered(Confirm.PROCESS_ID, 0),
            model=self._link.identity(),
            font=self._link.told(69),
            status_back=self._reports(),
            clears=self._clears(),
        )

    def _print(self, page: Page) -> bool:
        seconds = self._transport.seconds(len(page.data)) + page.rows / self._slowest
        deadline = self._monotonic() + seconds * _SLACK + self._timing.confirm
        return self._link.send(page.data, deadline, _never) == len(page.data)

    def _answered(self, confirm: Confirm, rows: int) -> bool:
        """Whether the question that waits its turn is answered, once so many rows are printed."""
        self._link.forget()
        self._link.owed = 0
        question = self._link.question(confirm, _TOKEN, QUEUED_ANSWERS)
        deadline = self._monotonic() + rows / self._slowest * _SLACK + self._timing.confirm
        if self._link.send(question, deadline, _never) < len(question):
            return False
        while not self._link.confirmed(confirm) and self._monotonic() < deadline:
            self._link.listen(deadline)
        return self._link.confirmed(confirm)

    def _reports(self) -> bool:
        """Whether it sends its status by itself; it does so at once when that is switched on."""
        self._link.forget()
        deadline = self._monotonic() + self._timing.answer
        self._link.send(STATUS_BACK, deadline, _never)
        while self._link.reported is None and self._monotonic() < deadline:
            self._link.listen(deadline)
        reports = self._link.reported is not None
        self._link.send(_STATUS_BACK_OFF, self._monotonic() + self._timing.answer, _never)
        return reports

    def _clears(self) -> bool:
        """Whether it empties its buffer when told to; what else it took the command for is undone."""
        clears = self._link.clear_realtime()
        self._link.send(INITIALIZE, self._monotonic() + self._timing.answer, _never)
        return clears


def _leftovers() -> Page:
    """What an agent that was stopped may have left in the printer, brought out on a piece of its own.

    Nothing is known of the printer yet: so for the widest picture, and as much text as printers hold.
    """
    return Page(flushing(MAX_DOTS, Cutter.PARTIAL), rows_held(_HELD))


def _never() -> bool:
    return False
