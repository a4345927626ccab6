"""How a print ends: printed, failed for a reason, or unconfirmed. Nothing else, and never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailReason(StrEnum):
    """Why a receipt did certainly not come out whole."""

    PAPER_OUT = "paper-out"
    PAPER_JAM = "paper-jam"
    COVER_OPEN = "cover-open"
    CUTTER = "cutter"
    HEAD = "head"
    OFFLINE = "offline"  # does not answer, is not there, or says it is offline without saying why
    UNCLEARED = "uncleared"  # an earlier job's leftovers could not be removed, so nothing was sent
    DOCUMENT = "document"  # the document could not be turned into dots (a broken picture)


class UnconfirmedReason(StrEnum):
    """Why nobody can tell whether the receipt came out."""

    STALLED = "stalled"  # the printer stopped taking bytes and did not say why
    LINE_LOST = "line-lost"  # the port vanished after bytes of the job had been sent
    NO_ANSWER = "no-answer"  # the printer took the job and fell silent
    NO_CONFIRMATION = "no-confirmation"  # it answers, but not that the job is done (power-cycled?)
    CLOSED = "closed"  # the driver was closed while waiting
    DRIVER_FAILED = "driver-failed"  # the driver itself fell in the midst


@dataclass(frozen=True, slots=True)
class Printed:
    """The printer itself said that it has processed the job to its end, the cut included."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not come out, or not whole. It may be printed again."""

    reason: FailReason


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """It may have come out. It is never printed again without a person's decision."""

    reason: UnconfirmedReason


JobOutcome = Printed | Failed | Unconfirmed
