"""One document's way: refused before it is sent, or sent, watched to its end, or taken back."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import replace

from drivers.device import Monotonic
from drivers.document_printer.client import GONE, NOT_FOUND, Client, Refused, Timing
from drivers.document_printer.condition import Condition, condition_of, fault_of
from drivers.document_printer.outcome import (
    Failed,
    FailReason,
    JobOutcome,
    Printed,
    Unconfirmed,
    UnconfirmedReason,
)
from drivers.document_printer.status import JobReport, JobWord, PrinterState, PrinterWord
from drivers.document_printer.transport import BadAnswer, Interrupted, Transport, Unreachable, behind
from drivers.exc import TransportLost, TransportTimeout
from drivers.owner import Turn

log = logging.getLogger(__name__)

LARGEST_DOCUMENT = 32 * 1024 * 1024
_PDF_MARK = b"%PDF-"  # a printer that guesses formats would print anything else as text
_FORGOTTEN = (NOT_FOUND, GONE)
_DOUBT = (TransportLost, TransportTimeout, BadAnswer)
"""Nobody can tell what became of the request."""
_NO_ANSWER = (*_DOUBT, Refused)
_HALF = frozenset(
    {Condition.PAPER_OUT, Condition.NO_A4, Condition.PAPER_JAM, Condition.COVER_OPEN, Condition.TONER_OUT}
)
"""A job that has not completed in one of these is certainly not whole."""


class JobRunner:
    """Owner thread only. `seen` is told each state of the printer, and the conditions that no state tells."""

    def __init__(
        self,
        transport: Transport,
        monotonic: Monotonic,
        timing: Timing,
        turn: Turn,
        seen: Callable[[PrinterState | Condition], None],
    ) -> None:
        self._monotonic = monotonic
        self._timing = timing
        self._turn = turn
        self._seen = seen
        self._client = Client(transport, monotonic, timing, lambda: not turn.beat())
        # What a driver that is being closed still has to say is short, and must be said.
        quick = Timing(answer=timing.closing / 2, cancel=timing.closing, watch=timing.watch)
        self._last_words = Client(transport, monotonic, quick, lambda: False)
        self.clear_due = True
        """Whether jobs of ours may be in the printer: after a start, or a print nobody can vouch for."""
        self.leftover = False
        """Whether there is one that could not be removed."""
        self._spooler = False  # whether a CUPS answers for the printer, and where that prints to
        self._device = ""

    @property
    def leads_to(self) -> str:
        """The scheme of the CUPS queue's device-uri, such as ``usb``; the rest may name a person."""
        return self._device.partition(":")[0] or "not told"

    def look(self) -> PrinterState | None:
        """Ask the printer's state and tell it; None when there was none to be had. Raises Interrupted."""
        try:
            state = self._asked()
        except Unreachable as error:
            log.debug("no connection: %s", error)
            self._seen(Condition.OFFLINE)
        except _NO_ANSWER as error:
            log.debug("no answer: %s", error)
            self._seen(Condition.UNKNOWN)
        else:
            self._seen(Condition.NOT_ASKABLE if state is None else state)
            return state
        return None

    def _asked(self) -> PrinterState | None:
        """What the printer says of itself; None where a CUPS hides it. Raises as `Client.printer`.

        A CUPS that is idle asks nobody: switched off or out of paper, the printer is to it what it was when
        it last printed. That the queue takes no jobs only CUPS knows.
        """
        queue = self._client.printer()
        self._spooler, self._device = queue.spooler, queue.device
        if not queue.spooler:
            return queue
        printer = behind(queue.device, self._monotonic)
        if printer is None:
            return None
        if queue.word is not PrinterWord.IDLE:
            return queue
        state = self._client.elsewhere(printer).printer()
        if state.spooler:  # a CUPS behind the CUPS asks nobody either
            return None
        return replace(state, accepting=False) if queue.accepting is False else state

    def clear(self) -> bool:
        """Cancel every job of ours; whether the printer says that none is left. Raises Interrupted."""
        self.clear_due = self.leftover = not self._cleared(self._client, self._timing.cancel)
        return not self.leftover

    def run(self, document: memoryview) -> JobOutcome:
        """Print it. The caller wipes it."""
        try:
            if document.nbytes > LARGEST_DOCUMENT or document[: len(_PDF_MARK)] != _PDF_MARK:
                return Failed(FailReason.REJECTED)
            refused = self._refusal()
            if refused is not None:
                return Failed(refused)
        except Interrupted:
            return Failed(FailReason.OFFLINE)  # nothing was sent
        try:
            outcome = self._send(document)
        except Interrupted:
            self.clear_due = not self._cleared(self._last_words, self._timing.closing)
            return Unconfirmed(UnconfirmedReason.CLOSED)
        if isinstance(outcome, Unconfirmed):
            self.clear_due = True
        return outcome

    def _refusal(self) -> FailReason | None:
        """Why nothing is sent: it would wait in the printer and come out for somebody else."""
        state = self.look()
        if state is None:
            return FailReason.OFFLINE
        fault = fault_of(condition_of(state))
        if fault is not None:
            return fault
        if self.clear_due and not self.clear():
            self._seen(state)
            return FailReason.OFFLINE
        try:
            self._client.validate("validation")
        except Refused as refused:
            log.warning("the printer does not take such a document: %s", refused)
            return FailReason.REJECTED
        except _DOUBT:
            return FailReason.OFFLINE
        return None

    def _send(self, document: memoryview) -> JobOutcome:
        name = f"document-{secrets.token_hex(8)}"  # tells a job from another, and nothing of a person
        try:
            report: JobReport | None = self._client.send(document, name)
        except Unreachable:
            return Failed(FailReason.OFFLINE)
        except Refused as refused:
            log.warning("the printer refused the document: %s", refused)
            return Failed(FailReason.REJECTED)
        except _DOUBT as error:
            log.warning("the document was sent, its answer did not come: %s", error)
            report = _find(self._client, name)
        if report is None:
            return Unconfirmed(UnconfirmedReason.LOST)
        return self._follow(report)

    def _follow(self, report: JobReport) -> JobOutcome:
        now = self._monotonic()
        deadline, heard = now + self._timing.job, now
        fault: FailReason | None = None
        begun = False
        while not self._over(report):
            if begun and not report.begun:
                # A queue that was paused: when it goes on it would print the job from its first page again.
                log.warning("a job that had begun was put back into the queue; taking it back")
                return self._take_back(report, fault, UnconfirmedReason.UNKNOWN_STATE)
            begun = report.begun
            if self._monotonic() >= deadline:
                return self._take_back(report, fault, UnconfirmedReason.TIMEOUT if begun else None)
            if self._turn.wait(self._timing.watch) or not self._turn.beat():
                raise Interrupted("the driver is being closed")
            state = self.look()
            if state is not None:
                fault = _fault(state)
            try:
                report = self._client.job(report.number)
                heard = self._monotonic()
            except Refused as refused:
                if refused.status in _FORGOTTEN:
                    return Unconfirmed(UnconfirmedReason.UNKNOWN_STATE)
            except _DOUBT as error:
                log.debug("no word of the job: %s", error)
            if self._monotonic() - heard > self._timing.silence:
                return Unconfirmed(UnconfirmedReason.LOST)
        return self._ended(report, fault)

    def _over(self, report: JobReport) -> bool:
        """Whether there is nothing more to wait for: what a CUPS has settled it does not look at again."""
        return report.ended or (self._spooler and report.settled)

    def _ended(self, report: JobReport, fault: FailReason | None) -> JobOutcome:
        """The outcome of a job that ended without us."""
        if self._spooler:
            return self._printed_behind(report.name)
        if report.word is JobWord.COMPLETED:
            if "job-completed-with-errors" in report.reasons:
                return Unconfirmed(UnconfirmedReason.UNKNOWN_STATE)
            return Printed(report.pages or 0)
        if fault is None:
            state = self.look()
            fault = _fault(state) if state is not None else None
        if fault is not None:
            return Failed(fault)
        if report.pages == 0 or (report.pages is None and report.word is JobWord.ABORTED):
            return Failed(FailReason.REJECTED)
        return Unconfirmed(UnconfirmedReason.UNKNOWN_STATE)  # some pages came out, perhaps all

    def _printed_behind(self, name: str) -> JobOutcome:
        """What came of a job that a CUPS is done with: by the printer, which knows it by the same name.

        To CUPS's ipp backend a job is completed also when the printer gave it up or forgot it, and its
        count of pages begins with those that were sent (backend/ipp.c of CUPS 2.4).
        """
        printer = behind(self._device, self._monotonic)
        report = None
        if printer is None:
            log.warning("the printer behind the CUPS cannot be asked: %s", self._device)
        else:
            report = _find(self._client.elsewhere(printer), name)
        if report is None or report.word is not JobWord.COMPLETED:
            return Unconfirmed(UnconfirmedReason.UNKNOWN_STATE)
        if "job-completed-with-errors" in report.reasons:
            return Unconfirmed(UnconfirmedReason.UNKNOWN_STATE)
        return Printed(report.pages or 0)

    def _take_back(
        self, report: JobReport, fault: FailReason | None, doubt: UnconfirmedReason | None
    ) -> JobOutcome:
        """Cancel it, so that it does not come out for the next person when a hand mends the printer.

        `doubt` is what the outcome is where nobody can tell; None for a job that has not begun.
        """
        deadline = self._monotonic() + self._timing.cancel
        while True:
            try:
                if not self._over(report):
                    self._client.cancel(report.number)
            except _NO_ANSWER as error:  # ended meanwhile, or no answer: the next look tells
                log.debug("cancelling: %s", error)
            try:
                report = self._client.job(report.number)
            except Refused as refused:
                if refused.status in _FORGOTTEN:
                    return Unconfirmed(UnconfirmedReason.UNKNOWN_STATE)
            except _DOUBT as error:
                log.debug("no word of the job: %s", error)
            if report.word is JobWord.COMPLETED:
                return self._ended(report, fault)
            over = self._over(report)
            if doubt is None and report.begun and not (over and report.untouched):
                # Since the last look, also since that on the printer: what stopped it then does no more.
                doubt, fault = UnconfirmedReason.TIMEOUT, None
            if over:
                # A CUPS cancels its own job at once; whether the printer obeyed it does not ask.
                if doubt is not None and (fault is None or self._spooler):
                    return Unconfirmed(doubt)
                return Failed(fault or FailReason.OFFLINE)
            if self._monotonic() >= deadline:
                return Unconfirmed(UnconfirmedReason.TIMEOUT)
            if self._turn.wait(self._timing.watch) or not self._turn.beat():
                raise Interrupted("the driver is being closed")

    def _cleared(self, client: Client, seconds: float) -> bool:
        """Cancel all of ours, and wait `seconds` for the printer to say that none is left."""
        deadline = self._monotonic() + seconds
        said = self.leftover
        pause = threading.Event()  # nobody sets it: the last words must not wait for the stop that has come
        while True:
            try:
                left = client.jobs("not-completed")
            except _NO_ANSWER as error:
                log.debug("asking for jobs of ours: %s", error)
                return False
            if not left:
                return True
            if not said:  # once, not at each attempt
                log.warning("jobs of ours are in the printer: %d; cancelling them", len(left))
                said = True
            for report in left:
                try:
                    client.cancel(report.number)
                except _NO_ANSWER as error:
                    log.debug("cancelling: %s", error)
            if self._monotonic() >= deadline:
                return False
            pause.wait(self._timing.watch)


def _find(client: Client, name: str) -> JobReport | None:
    """The job of this name, if the printer has it: its answer was lost, the job need not be."""
    try:
        for which in ("not-completed", "completed"):
            for report in client.jobs(which):
                if report.name == name:
                    return report
    except _NO_ANSWER as error:
        log.debug("asking for a job by its name: %s", error)
    return None


def _fault(state: PrinterState) -> FailReason | None:
    condition = condition_of(state)
    return fault_of(condition) if condition in _HALF else None
