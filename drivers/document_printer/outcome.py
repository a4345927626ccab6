"""How a document's print ends: printed, failed for a reason, or unconfirmed. Never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailReason(StrEnum):
    """Why a document did certainly not come out whole."""

    PAPER_OUT = "paper-out"  # no paper, or none of A4
    PAPER_JAM = "paper-jam"
    COVER_OPEN = "cover-open"
    TONER_OUT = "toner-out"
    OFFLINE = "offline"  # not there, mute, stopped without a cause, or holding a job that cannot be removed
    REJECTED = "rejected"  # the printer does not take this document, or gave it up before the first page


class UnconfirmedReason(StrEnum):
    """Why nobody can tell whether the document came out."""

    LOST = "lost"  # the line broke, or the printer fell silent, after bytes of the document had been sent
    TIMEOUT = "timeout"  # not done at the deadline, and what was printed until it was cancelled is not known
    UNKNOWN_STATE = "unknown-state"  # the printer forgot the job, or ended it without saying how
    CLOSED = "closed"  # the driver was closed while waiting
    DRIVER_FAILED = "driver-failed"  # the driver itself fell in the midst


@dataclass(frozen=True, slots=True)
class Printed:
    """The printer said that the job is completed. `pages` is its own count; 0 where it keeps none."""

    pages: int


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not come out, or not whole. It may be printed again."""

    reason: FailReason


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """It may have come out. It is never printed again without a person's decision."""

    reason: UnconfirmedReason


JobOutcome = Printed | Failed | Unconfirmed
