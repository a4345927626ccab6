"""The device: its owner thread, and what others may ask of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.device import Listener, Monotonic
from drivers.document_printer.client import Timing
from drivers.document_printer.condition import MEANING, Condition
from drivers.document_printer.outcome import Failed, FailReason, JobOutcome, Unconfirmed, UnconfirmedReason
from drivers.document_printer.transport import CONNECT_SECONDS, HttpTransport, Transport
from drivers.document_printer.work import PrinterWork
from drivers.jobs import JobDevice
from drivers.keeping import KeptHealth
from drivers.owner import Turn

Done = Callable[[JobOutcome], None]


class DocumentPrinter(JobDevice[Condition, bytearray, JobOutcome, PrinterWork]):
    """An A4 printer that speaks IPP. See `drivers.device.Device` for what every device offers.

    `host` is an address, `path` e.g. ``/ipp/print`` (a printer) or ``/printers/a4`` (a CUPS); ValueError
    for what is not such. `print` never blocks. The self-test asks state, model, formats and paper, and prints
    nothing.
    """

    def __init__(
        self,
        host: str,
        port: int,
        path: str,
        listener: Listener,
        monotonic: Monotonic = time.monotonic,
        *,
        timing: Timing | None = None,
        transport: Transport | None = None,
        name: str = "document_printer",
    ) -> None:
        self._timing = waits = timing or Timing()
        line = transport or HttpTransport(host=host, port=port, path=path, monotonic=monotonic)
        self._uri = line.uri

        def begin(turn: Turn, _before: PrinterWork | None) -> PrinterWork:
            return PrinterWork(
                line,
                name=name,
                monotonic=monotonic,
                timing=waits,
                turn=turn,
                publish=lambda condition: self._report(turn, condition),
            )

        super().__init__(
            name,
            monotonic=monotonic,
            kept=KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic),
            failed=Condition.DRIVER_FAILED,
            closing=2 * CONNECT_SECONDS + 2 * waits.closing,
            lost=_lost,
            refused=_refused,
            begin=begin,
        )

    def __repr__(self) -> str:
        """Name, address and condition."""
        return f"<DocumentPrinter {self.name} at {self._uri}: {self.health().condition}>"

    def longest(self, size: int) -> float:
        """The most seconds between the owner's beginning with a document of `size` bytes and its `done`."""
        return self._timing.longest(size)

    def print(self, pdf: bytes, done: Done) -> None:
        """Queue `pdf`. `done` gets its outcome, also when the driver is closed or never opened.

        The driver's copy is overwritten when the outcome is known; the caller's own is the caller's.
        """
        self.put(bytearray(pdf), done)


def _lost(document: bytearray) -> JobOutcome:
    document[:] = bytes(len(document))
    return Unconfirmed(UnconfirmedReason.DRIVER_FAILED)


def _refused(document: bytearray) -> JobOutcome:
    document[:] = bytes(len(document))
    return Failed(FailReason.OFFLINE)
