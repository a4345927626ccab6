"""The device: its owner thread with a line of its own in each turn, and what others may ask of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from drivers.device import DeviceEvent, Listener, Monotonic
from drivers.jobs import JobDevice
from drivers.keeping import SETTLE_SECONDS, KeptHealth
from drivers.owner import Turn
from drivers.receipt_printer.condition import LOSSES, MEANING, Condition
from drivers.receipt_printer.document import Document
from drivers.receipt_printer.fonts import FontChain
from drivers.receipt_printer.link import Timing
from drivers.receipt_printer.outcome import Failed, FailReason, JobOutcome, Unconfirmed, UnconfirmedReason
from drivers.receipt_printer.profile import Profile
from drivers.receipt_printer.status import PrinterStatus, nothing_known
from drivers.receipt_printer.transport import Transport
from drivers.receipt_printer.work import PrinterWork

Done = Callable[[JobOutcome], None]


@dataclass(frozen=True, slots=True)
class StatusChanged(DeviceEvent):
    """Paper, cover, cutter, head or availability is not what it was."""

    status: PrinterStatus


class ReceiptPrinter(JobDevice[Condition, Document, JobOutcome, PrinterWork]):
    """An ESC/POS receipt printer. See `drivers.device.Device` for what every device offers.

    `print` and `status` never block. `transport` makes the line; a loss of it shorter than `settle` (seconds)
    is a plug that bounced. The self-test asks the status and the model, looks for the fonts, and prints
    nothing.
    """

    def __init__(
        self,
        *,
        transport: Callable[[], Transport],
        profile: Profile,
        listener: Listener,
        monotonic: Monotonic = time.monotonic,
        timing: Timing | None = None,
        fonts: FontChain | None = None,
        settle: float = SETTLE_SECONDS,
        name: str = "receipt_printer",
    ) -> None:
        self._listener = listener
        self._status = nothing_known(monotonic())
        waits = timing or Timing()

        def begin(turn: Turn, before: PrinterWork | None) -> PrinterWork:
            return PrinterWork(
                transport(),
                profile=profile,
                name=name,
                monotonic=monotonic,
                timing=waits,
                fonts=fonts,
                stopping=lambda: not turn.beat(),
                publish=lambda *told: self._publish(turn, *told),
                on_paper=before is not None and before.on_paper,
            )

        super().__init__(
            name,
            monotonic=monotonic,
            kept=KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic, losses=LOSSES, settle=settle),
            failed=Condition.DRIVER_FAILED,
            closing=waits.stall + waits.confirm,  # the longest single wait is a stalled write
            lost=lambda _document: Unconfirmed(UnconfirmedReason.DRIVER_FAILED),
            refused=lambda _document: Failed(FailReason.OFFLINE),
            begin=begin,
        )

    def __repr__(self) -> str:
        """Name and condition."""
        return f"<ReceiptPrinter {self.name}: {self.health().condition}>"

    def status(self) -> PrinterStatus:
        """Last known status; each part may be unknown."""
        return self._status

    def print(self, document: Document, done: Done) -> None:
        """Queue `document`. `done` gets its outcome, also when the driver is closed or never opened."""
        self.put(document, done)

    def _forget(self) -> None:
        self._status = nothing_known(self._monotonic())

    def _publish(self, turn: Turn, status: PrinterStatus, condition: Condition, at_once: bool) -> None:
        if not self._report(turn, condition, at_once=at_once):
            return  # a loss that may be a plug that bounces: what is known of the printer stays so meanwhile
        changed = not status.same_as(self._status)
        self._status = status
        if changed:
            self._listener(StatusChanged(status))
