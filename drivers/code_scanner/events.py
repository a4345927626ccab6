"""What the code scanner has to say, besides `HealthChanged`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from drivers.code_scanner.aim import Symbology
from drivers.device import DeviceEvent


class UnreadableReason(StrEnum):
    """Why what came from the scanner is no code. Nothing of it is kept, and nothing of it is told."""

    UNFINISHED = "unfinished"  # it stopped before its end
    TOO_LONG = "too-long"  # longer than any symbol can be
    BAD_REPORT = "bad-report"  # an HID report that its own descriptor does not allow
    NO_SYMBOLOGY = "no-symbology"  # it should begin with an AIM identifier, and begins with another thing
    OTHER_SYMBOLOGY = "other-symbology"  # an AIM identifier that the standard does not have
    OTHER_ENCODING = "other-encoding"  # an ECI that is not read here
    NOT_TEXT = "not-text"  # bytes that are no text in any encoding that is read here
    CONTROL_CHARACTERS = "control-characters"  # C0, DEL, C1, line and paragraph separators
    HIDDEN_CHARACTERS = "hidden-characters"  # what cannot be seen or is not assigned: bidi controls, joiners


@dataclass(frozen=True, slots=True)
class CodeRead(DeviceEvent):
    """A code was read while one was asked for: one line of plain text, which may be personal.

    `symbology` is None where the scanner does not say it.
    """

    text: str = field(repr=False)
    symbology: Symbology | None


@dataclass(frozen=True, slots=True)
class CodeUnreadable(DeviceEvent):
    """Something came while a code was asked for, and it is none."""

    reason: UnreadableReason
