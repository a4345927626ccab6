"""What the owner thread does: prints, watches the printer while idle, and tells what changed."""

from __future__ import annotations

import logging
from collections.abc import Callable

from drivers.device import Availability, Monotonic, SelfTest
from drivers.exc import TransportLost
from drivers.receipt_printer.charset import holds
from drivers.receipt_printer.condition import Condition, condition_of
from drivers.receipt_printer.document import Document
from drivers.receipt_printer.encoder import Unencodable, encode
from drivers.receipt_printer.fonts import FontChain, system_fonts
from drivers.receipt_printer.job import JobRunner
from drivers.receipt_printer.link import Link, Timing
from drivers.receipt_printer.outcome import Failed, FailReason, JobOutcome, Printed
from drivers.receipt_printer.profile import Profile
from drivers.receipt_printer.status import PrinterStatus, nothing_known
from drivers.receipt_printer.transport import Transport

log = logging.getLogger(__name__)


class PrinterWork:
    """One turn's work on `transport`: see `drivers.jobs.Work`.

    `publish` is told each status, its condition, and whether it is to be told at once. `on_paper` says
    whether an earlier turn may have left half a receipt below the cutter.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        profile: Profile,
        name: str,
        monotonic: Monotonic,
        timing: Timing,
        fonts: FontChain | None,
        stopping: Callable[[], bool],
        publish: Callable[[PrinterStatus, Condition, bool], None],
        on_paper: bool,
    ) -> None:
        self._transport = transport
        self._profile = profile
        self._name = name
        self._monotonic = monotonic
        self._timing = timing
        self._fonts = fonts
        self._publish = publish
        self._link = Link(transport, monotonic, timing)
        self._runner = JobRunner(self._link, profile, timing, monotonic, stopping)
        self._runner.leftovers.on_paper = on_paper
        self._opened = False
        self._clear_due = True
        self._hurt = False  # the last job: a port that went with it is told at once
        self._condition = Condition.UNKNOWN

    @property
    def on_paper(self) -> bool:
        """Whether half a receipt may hang below the cutter."""
        return self._runner.leftovers.on_paper

    def idle(self) -> float:
        """Reopen, look at the status, remove leftovers once the printer is well again."""
        try:
            self._ensure_open()
            self._tell(self._link.status())
            # Once each time it becomes well: clearing may cost paper.
            well = self._condition in (Condition.READY, Condition.PAPER_LOW)
            if well and self._clear_due:
                self._runner.clear()
            self._clear_due = not well
        except TransportLost as lost:
            self._lost(lost, at_once=self._hurt)
        self._hurt = False
        return self._timing.poll if self._opened else self._timing.reopen

    def do(self, job: Document) -> JobOutcome:
        """Print it."""
        try:
            encoded = encode(job, self._profile, self._fonts or system_fonts())
        except Unencodable as error:
            log.warning("%s: document not encoded: %s", self._name, error)
            return Failed(FailReason.DOCUMENT)
        try:
            self._ensure_open()
        except TransportLost as lost:
            encoded.wipe()
            self._lost(lost, at_once=True)
            return Failed(FailReason.OFFLINE)
        outcome = self._runner.run(encoded)
        self._clear_due = not isinstance(outcome, Printed)
        if self._runner.last_status is not None:
            self._tell(self._runner.last_status)
        self._hurt = not isinstance(outcome, Printed)
        log.info("%s: job ended: %s", self._name, outcome)
        return outcome

    def self_test(self) -> SelfTest:
        """Ask the status and the model, look for the fonts; prints nothing."""
        try:
            self._ensure_open()
            status = self._link.status()
            self._tell(status)
            online = status.availability is Availability.ONLINE
            model, font = (self._link.identity(), self._link.told(69)) if online else ("", "")
        except TransportLost as lost:
            self._lost(lost)
            model = font = ""
        fonts = self._fonts or system_fonts()
        facts = (
            ("condition", self._condition.value),
            ("model", model or "not told"),
            ("font", font or "not told"),
            ("profile", self._profile.title),
            ("fonts", "complete" if not fonts.missing else "missing: " + ", ".join(fonts.missing)),
        )
        if not holds(font, self._profile.charset):
            return SelfTest(False, f"打印机的字库是 {font}，配置的是 {self._profile.charset}", facts)
        passed = self._condition in (Condition.READY, Condition.PAPER_LOW) and not fonts.missing
        return SelfTest(passed, self._condition.value, facts)

    def wake(self) -> None:
        """See `drivers.jobs.Work`: no wait is so long that it would have to be ended."""

    def close(self) -> None:
        """Release the line."""
        self._transport.close()
        self._opened = False

    def _ensure_open(self) -> None:
        if not self._opened:
            self._transport.open()
            self._opened = True
            self._link.forget()

    def _lost(self, lost: TransportLost, *, at_once: bool = False) -> None:
        self.close()
        log.debug("%s: %s", self._name, lost)
        self._tell(nothing_known(self._monotonic()), Condition.NO_PORT, at_once=at_once)

    def _tell(
        self, status: PrinterStatus, condition: Condition | None = None, *, at_once: bool = False
    ) -> None:
        self._condition = condition or condition_of(status)
        self._publish(status, self._condition, at_once)
