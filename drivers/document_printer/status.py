"""What a printer and a job say of themselves, out of the attributes of an answer (RFC 8011)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

from drivers.document_printer.ipp import Group

W = TypeVar("W", bound=IntEnum)

A4 = "iso_a4_210x297mm"
PDF = "application/pdf"
_ANY_FORMAT = "application/octet-stream"  # the printer finds out by itself


class PrinterWord(IntEnum):
    """printer-state (RFC 8011, 5.4.11); UNKNOWN is ours."""

    UNKNOWN = 0
    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


class JobWord(IntEnum):
    """job-state (RFC 8011, 5.3.7); UNKNOWN is ours."""

    UNKNOWN = 0
    PENDING = 3
    PENDING_HELD = 4
    PROCESSING = 5
    PROCESSING_STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


_ENDED = (JobWord.CANCELED, JobWord.ABORTED, JobWord.COMPLETED)
_NOT_BEGUN = (JobWord.PENDING, JobWord.PENDING_HELD)


class Supply(IntEnum):
    """How much toner there is, by marker-levels; what has no level is not judged."""

    UNKNOWN = 0
    ENOUGH = 1
    LOW = 2
    OUT = 3


PRINTER_ATTRIBUTES = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "printer-make-and-model",
    "document-format-supported",
    "media-ready",
    "marker-types",
    "marker-levels",
    "marker-low-levels",
    "cups-version",
    "device-uri",
)
JOB_ATTRIBUTES = (
    "job-id",
    "job-name",
    "job-originating-user-name",
    "job-state",
    "job-state-reasons",
    "job-impressions-completed",
    "job-media-sheets-completed",
    "time-at-processing",
)


@dataclass(frozen=True, slots=True)
class PrinterState:
    """One answer to Get-Printer-Attributes.

    `reasons` are keywords as they came, ``none`` left out; `media_ready` and `formats` are empty where the
    printer does not tell them; `accepting` is None then. `spooler` is whether a CUPS answers for the printer:
    idle, all that it knows is what it heard while its last job printed. `device` is where it prints to.
    """

    word: PrinterWord
    reasons: tuple[str, ...]
    accepting: bool | None
    model: str
    formats: tuple[str, ...]
    media_ready: tuple[str, ...]
    toner: Supply
    spooler: bool
    device: str

    @property
    def takes_pdf(self) -> bool:
        """False where it says what it takes, and PDF is not among it."""
        return not self.formats or PDF in self.formats or self.formats == (_ANY_FORMAT,)

    @property
    def a4_ready(self) -> bool | None:
        """Whether A4 is in a tray; None where it does not tell what is."""
        return A4 in self.media_ready if self.media_ready else None


@dataclass(frozen=True, slots=True)
class JobReport:
    """What is told of one job. `pages` is how many sides came out so far, None where it is not told.

    `processed` is whether it says when it was begun (RFC 8011, 5.3.14.2).
    """

    number: int
    name: str
    user: str
    word: JobWord
    reasons: tuple[str, ...]
    pages: int | None
    processed: bool

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it: one that is cancelled may still be running out.

        CUPS 2.4 says so of completed ones too, for as long as it keeps them.
        """
        running_out = "processing-to-stop-point" in self.reasons and self.word is not JobWord.COMPLETED
        return self.settled and not running_out

    @property
    def settled(self) -> bool:
        """Whether its state will not change any more."""
        return self.word in _ENDED

    @property
    def begun(self) -> bool:
        """Whether paper may have moved for it."""
        return self.word not in _NOT_BEGUN

    @property
    def untouched(self) -> bool:
        """Whether it says, also once it has ended, that it was never begun and nothing came out."""
        return self.pages == 0 and not self.processed


def printer_state(group: Group) -> PrinterState:
    """Fold a group of printer attributes; whatever is missing is unknown."""
    return PrinterState(
        word=_word(PrinterWord, group.number("printer-state")),
        reasons=_reasons(group, "printer-state-reasons"),
        accepting=group.truth("printer-is-accepting-jobs"),
        model=group.word("printer-make-and-model"),
        formats=group.words("document-format-supported"),
        media_ready=group.words("media-ready"),
        toner=_toner(group),
        spooler=bool(group.word("cups-version")),
        device=group.word("device-uri"),
    )


def job_report(group: Group) -> JobReport | None:
    """Fold a group of job attributes; None where it does not say which job it is."""
    number = group.number("job-id")
    if number is None or number <= 0:
        return None
    pages = group.number("job-impressions-completed")
    if not pages:
        # Some count only sheets; this driver prints on one side, so that is the same.
        sheets = group.number("job-media-sheets-completed")
        pages = sheets if sheets is not None else pages
    return JobReport(
        number=number,
        name=group.word("job-name"),
        user=group.word("job-originating-user-name"),
        word=_word(JobWord, group.number("job-state")),
        reasons=_reasons(group, "job-state-reasons"),
        pages=pages if pages is None or pages >= 0 else None,
        processed=bool(group.number("time-at-processing")),  # no number where it never was
    )


def _reasons(group: Group, name: str) -> tuple[str, ...]:
    return tuple(word for word in group.words(name) if word != "none")


def _word(words: type[W], number: int | None) -> W:
    try:
        return words(number or 0)
    except ValueError:
        return words(0)


def _toner(group: Group) -> Supply:
    """The emptiest cartridge by marker-levels: percent; below 0 it cannot tell (CUPS; RFC 3805)."""
    levels = group.numbers("marker-levels")
    types = group.words("marker-types")
    lows = group.numbers("marker-low-levels")
    worst = Supply.UNKNOWN
    for at, level in enumerate(levels):
        # A full waste box has a high level, an empty drum is not toner: only what is consumed counts.
        if level < 0 or (at < len(types) and not types[at].startswith(("toner", "ink"))):
            continue
        low = lows[at] if at < len(lows) and lows[at] > 0 else _LOW_PERCENT
        worst = max(worst, Supply.OUT if level == 0 else Supply.LOW if level <= low else Supply.ENOUGH)
    return worst


_LOW_PERCENT = 10
"""Where the printer names no level of its own."""
