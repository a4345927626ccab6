"""One job from its first byte to its outcome, and the removal of what an earlier one left behind.

`ESC @` → content → feed → cut → "tell me when you get here" → printed | failed | unconfirmed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from drivers.device import Availability, Monotonic
from drivers.exc import TransportLost
from drivers.receipt_printer.condition import fault_of
from drivers.receipt_printer.encoder import CUT, INITIALIZE, Job
from drivers.receipt_printer.link import QUEUED_ANSWERS, QUEUED_STATUS, Link, Timing
from drivers.receipt_printer.outcome import (
    Failed,
    FailReason,
    JobOutcome,
    Printed,
    Unconfirmed,
    UnconfirmedReason,
)
from drivers.receipt_printer.profile import Clear, Cutter, Profile
from drivers.receipt_printer.raster import SLICE_ROWS
from drivers.receipt_printer.status import Head, PrinterStatus

_CAN = b"\x18"
_FEED_OUT = b"\x1bJ\xc8"  # 25 mm: what came out is clear of the cutter and of the next receipt
_SLACK = 1.5  # on computed times: printers slow down when cold, hot or at low voltage
_PART = 512  # bytes of a job after which the printer is asked whether it got so far
_LONGEST_COMMAND = 1024  # a QR code's data, the longest command that is not pixels


@dataclass(slots=True)
class Leftovers:
    """What may still be in the printer: bytes in its buffer, and half a receipt below its cutter.

    A driver that starts knows of no half receipt, but not what its predecessor left in the buffer.
    """

    buffered: bool = True
    on_paper: bool = False


def flushing(dots: int, cutter: Cutter) -> bytes:
    """What completes an unfinished command of a job `dots` wide, lets the buffered out, and cuts it off."""
    longest = max(_LONGEST_COMMAND, SLICE_ROWS * dots // 8)
    return bytes(longest) + _CAN + INITIALIZE + _cut_off(cutter)


def rows_held(buffer_bytes: int) -> int:
    """Rows that a full buffer of text may print first: two dozen bytes a line of 30 rows."""
    return buffer_bytes * 30 // 24 + SLICE_ROWS


class JobRunner:
    """Runs jobs on a link, one after the other."""

    def __init__(
        self, link: Link, profile: Profile, timing: Timing, monotonic: Monotonic, stopping: Callable[[], bool]
    ) -> None:
        self._link = link
        self._profile = profile
        self._timing = timing
        self._monotonic = monotonic
        self._stopping = stopping
        self._count = 0
        self.leftovers = Leftovers()
        self.last_status: PrinterStatus | None = None
        """The newest status taken while running, for the owner to publish."""

    def run(self, job: Job) -> JobOutcome:
        """Print `job`; its bytes are wiped when this returns."""
        begun = False
        try:
            refusal = self._refusal()
            if refusal is not None:
                return Failed(refusal)
            self._link.forget()
            self.leftovers = Leftovers(buffered=True, on_paper=True)
            begun = True  # from here on, some of it may have got out
            outcome = self._outcome(job, complete=self._send(job))
            if isinstance(outcome, Failed) or outcome == Unconfirmed(UnconfirmedReason.STALLED):
                self._take_back()
        except TransportLost:
            outcome = Unconfirmed(UnconfirmedReason.LINE_LOST) if begun else Failed(FailReason.OFFLINE)
        finally:
            job.wipe()
        if isinstance(outcome, Printed):
            self.leftovers = Leftovers(buffered=False, on_paper=False)
        return outcome

    def clear(self) -> bool:
        """Remove leftovers; True when there are none. Raises TransportLost.

        Called before a job, and as soon as the printer is well again after one that failed.
        """
        if not (self.leftovers.buffered or self.leftovers.on_paper):
            return True
        self._link.transport.discard()
        return any(self._clear_by(method) for method in self._profile.clear)

    def _send(self, job: Job) -> bool:
        """Whether all bytes were taken. After each part, and at the end, the printer is asked to tell so.

        A printer that is switched off and on in the midst loses what it holds, and with that a question: so a
        receipt with a gap in it is not told as printed.
        """
        confirm = self._profile.confirm
        deadline = self._deadline(job)
        start = 0
        for end in job.parts(_PART):
            token = self._token()
            times = QUEUED_ANSWERS if end == len(job.data) else 1
            part = job.data[start:end] + self._link.question(confirm, token, times)
            taken = self._link.send(part, deadline, self._stopping)
            complete = taken == len(part)
            part[:] = bytes(len(part))
            if not complete:
                self._link.withdraw(confirm, token, times)  # the question is the part's last bytes
                return False
            start = end
        return True

    def _take_back(self) -> None:
        """Empty the line, and a printer that can be, at once: else the rest comes out when it is mended.

        That may be hours later, and the citizen was told that the print failed. Of a job that stalled not all
        was taken, so that it cannot come out whole any more.
        """
        with contextlib.suppress(TransportLost):  # the outcome stands, and the next look tells
            self._link.transport.discard()
            if Clear.REALTIME in self._profile.clear and self._link.clear_realtime():
                self.leftovers.buffered = False

    def _refusal(self) -> FailReason | None:
        """Why nothing of the job may be sent now: a mute or faulty printer gets no citizen's data."""
        status = self._look()
        fault = fault_of(status)
        if fault is not None:
            return fault
        if status.availability is not Availability.ONLINE:
            return FailReason.OFFLINE
        return None if self.clear() else FailReason.UNCLEARED

    def _outcome(self, job: Job, *, complete: bool) -> JobOutcome:
        if not complete:
            return Unconfirmed(UnconfirmedReason.CLOSED) if self._stopping() else self._stalled()
        deadline = self._deadline(job)
        while not self._link.confirmed(self._profile.confirm):
            if self._stopping():
                return Unconfirmed(UnconfirmedReason.CLOSED)
            if self._monotonic() >= deadline:
                return self._not_confirmed()
            if self._link.listen(min(deadline, self._monotonic() + self._timing.check)):
                continue
            status = self._look()
            fault = _stopped_by(status)
            # A hot head goes on by itself; everything else waits for a hand, and the citizen must not.
            if fault is not None and status.head is not Head.HOT:
                return Failed(fault)
        return self._final()

    def _final(self) -> JobOutcome:
        """Processed to its end. A roll that ended with it, or a cover opened since, is no failure."""
        fault = fault_of(self._look())
        if fault in (FailReason.CUTTER, FailReason.PAPER_JAM):
            return Failed(fault)
        return Printed()

    def _stalled(self) -> JobOutcome:
        """Not all bytes were taken. The printer's own word counts; its silence does not."""
        reported = self._link.reported
        if reported is not None and (fault := fault_of(reported)) is not None:
            self.last_status = reported
            return Failed(fault)
        fault = fault_of(self._look())
        return Unconfirmed(UnconfirmedReason.STALLED) if fault is None else Failed(fault)

    def _not_confirmed(self) -> JobOutcome:
        status = self._look()
        fault = _stopped_by(status)
        if fault is not None:
            return Failed(fault)
        silent = status.availability is Availability.UNKNOWN
        return Unconfirmed(UnconfirmedReason.NO_ANSWER if silent else UnconfirmedReason.NO_CONFIRMATION)

    def _look(self) -> PrinterStatus:
        self.last_status = self._link.status()
        return self.last_status

    def _deadline(self, job: Job) -> float:
        """From now: the job's time on the wire and on the paper, with slack, and the time to confirm."""
        wire = self._link.transport.seconds(len(job.data))
        paper = job.rows / self._profile.rows_per_second
        return self._monotonic() + (wire + paper) * _SLACK + self._timing.confirm

    def _token(self) -> bytes:
        self._count = self._count % 9999 + 1
        return b"%04d" % self._count

    def _clear_by(self, method: Clear) -> bool:
        match method:
            case Clear.REALTIME:
                return self._clear_realtime()
            case Clear.FLUSH:
                return self._flush()

    def _clear_realtime(self) -> bool:
        if not self._link.clear_realtime():
            return False
        self.leftovers.buffered = False
        # Settings outlive the clear, and half a receipt may hang below the cutter.
        ending = INITIALIZE + _cut_off(self._profile.cutter) if self.leftovers.on_paper else INITIALIZE
        deadline = self._monotonic() + self._timing.stall
        if self._link.send(ending, deadline, self._stopping) < len(ending):
            return False
        self.leftovers.on_paper = False
        return True

    def _flush(self) -> bool:
        """Complete an unfinished command with zeros, let out what is buffered, and cut it off."""
        data = flushing(self._profile.dots, self._profile.cutter) + QUEUED_STATUS * QUEUED_ANSWERS
        self._link.forget()
        rows = rows_held(self._profile.buffer_bytes)
        wait = rows / self._profile.rows_per_second + self._link.transport.seconds(len(data))
        deadline = self._monotonic() + wait * _SLACK + self._timing.confirm
        before = self._link.owed
        self._link.owed += QUEUED_ANSWERS
        if self._link.send(data, deadline, self._stopping) < len(data):
            self._link.owed = before
            return False
        # An earlier job's answers come first. Those that never will (it was switched off meanwhile) are
        # waited for in vain, for as long as a printer may pause.
        heard_at = self._monotonic()
        while self._monotonic() < deadline and not self._stopping():
            if self._link.listen(min(deadline, self._monotonic() + self._timing.check)):
                heard_at = self._monotonic()
            quiet = self._monotonic() - heard_at >= self._timing.stall
            if self._link.owed == 0 or (self._link.owed <= before and quiet):
                self._link.owed = 0
                self.leftovers = Leftovers(buffered=False, on_paper=False)
                return True
        return False


def _cut_off(cutter: Cutter) -> bytes:
    return _FEED_OUT + CUT[cutter]


def _stopped_by(status: PrinterStatus) -> FailReason | None:
    """Why a job that was taken whole did certainly not come out whole.

    Only the printer's own answer tells. Of a mute one the line may say that its paper is out (USB), but the
    roll may have ended with the receipt.
    """
    return None if status.availability is Availability.UNKNOWN else fault_of(status)
