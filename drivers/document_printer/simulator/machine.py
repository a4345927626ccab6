"""The machine: a tray, a drum, a queue of jobs. It is told the time and moves paper by it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

A4 = "iso_a4_210x297mm"
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")

# job-state and printer-state (RFC 8011, 5.3.7 and 5.4.11)
PENDING, PROCESSING, STOPPED, CANCELED, ABORTED, COMPLETED = 3, 5, 6, 7, 8, 9
_ENDED = (CANCELED, ABORTED, COMPLETED)
_PRINTER_IDLE, _PRINTER_PROCESSING, _PRINTER_STOPPED = 3, 4, 5


def page_count(document: bytes) -> int:
    """Pages of a PDF, counted by its page objects; 1 where they are hidden in compressed streams."""
    return len(_PAGE.findall(document)) or 1


@dataclass
class Job:
    """A job as the printer knows it."""

    number: int
    name: str
    user: str
    document: bytes = field(repr=False)
    pages: int
    state: int = PENDING
    reasons: tuple[str, ...] = ("none",)
    done: int = 0

    @property
    def ended(self) -> bool:
        return self.state in _ENDED


@dataclass(frozen=True)
class Output:
    """Sheets in the tray: of which job, how many, and whether that is all of it."""

    job: int
    name: str
    pages: int
    whole: bool
    document: bytes = field(repr=False)


class Machine:
    """Not thread-safe; `run` is given the time in seconds."""

    def __init__(self, page_seconds: float = 3.0) -> None:
        self.page_seconds = page_seconds
        self.sheets: int | None = None  # None: as many as one likes
        self.paper_low = False
        self.media = A4
        self.jammed = self.cover_open = False
        self.toner = "full"
        self.paused = False
        self.hold = False  # the job in hand does not move and nobody says why
        self.abort = False  # the next job is given up by the printer
        self.errors = False  # the next job completes with errors
        self.ignore_cancel = False  # cancelling is answered well, and nothing comes of it
        self.accepting = True
        self.jobs: list[Job] = []
        self.output: list[Output] = []
        self._numbers = 0
        self._due: float | None = None

    # What hands and clients do.

    def submit(self, name: str, user: str, document: bytes) -> Job:
        """Take a job."""
        self._numbers += 1
        job = Job(self._numbers, name, user, document, page_count(document))
        self.jobs.append(job)
        return job

    def find(self, number: int) -> Job | None:
        """The job of this number."""
        return next((job for job in self.jobs if job.number == number), None)

    def cancel(self, job: Job) -> None:
        """Cancel a job that has not ended."""
        if not self.ignore_cancel:
            self._end(job, CANCELED, "job-canceled-by-user")

    def power_cycle(self) -> None:
        """Off and on: it forgets all jobs. What was printed of them lies in the tray."""
        for job in self.jobs:
            if not job.ended:
                self._end(job, ABORTED, "aborted-by-system")
        self.jobs.clear()
        self._due = None

    # What it says.

    def faults(self) -> list[str]:
        """Why it stands still."""
        found = [
            ("cover-open-error", self.cover_open),
            ("media-jam-error", self.jammed),
            ("media-empty-error", self.sheets == 0),
            ("toner-empty-error", self.toner == "out"),
            ("paused", self.paused),
        ]
        return [word for word, so in found if so]

    def reasons(self) -> list[str]:
        """printer-state-reasons."""
        lows = [("media-low-warning", self.paper_low), ("toner-low-warning", self.toner == "low")]
        return [*self.faults(), *(word for word, so in lows if so)] or ["none"]

    def state(self) -> int:
        """printer-state."""
        if self.faults():
            return _PRINTER_STOPPED
        return _PRINTER_PROCESSING if self._current() else _PRINTER_IDLE

    def toner_level(self) -> int:
        """marker-levels, in percent."""
        return {"full": 80, "low": 5, "out": 0}[self.toner]

    # Time.

    def run(self, now: float) -> None:
        """Print what is due by `now`."""
        while job := self._current():
            stopped = bool(self.faults())
            if not stopped:
                job.state, job.reasons = PROCESSING, ("job-printing",)
            elif job.state == PROCESSING:
                job.state, job.reasons = STOPPED, ("printer-stopped",)
            if stopped or self.hold:
                self._due = None
                return
            if self._due is None:
                self._due = now + self.page_seconds
            if now < self._due:
                return
            if self.abort:
                self.abort = False
                self._end(job, ABORTED, "aborted-by-system")
                continue
            self._page(job)

    def _page(self, job: Job) -> None:
        job.done += 1
        if self.sheets is not None:
            self.sheets -= 1
        if job.done < job.pages:
            self._due = None if self._due is None else self._due + self.page_seconds
            return
        why = "job-completed-with-errors" if self.errors else "job-completed-successfully"
        self.errors = False
        self._end(job, COMPLETED, why)

    def _end(self, job: Job, state: int, reason: str) -> None:
        job.state, job.reasons = state, (reason,)
        self._due = None
        if job.done:
            self.output.append(Output(job.number, job.name, job.done, job.done == job.pages, job.document))
        job.document = b""

    def _current(self) -> Job | None:
        return next((job for job in self.jobs if not job.ended), None)
