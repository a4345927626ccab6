"""The closed set of conditions of a code scanner, each with its cause and remedy."""

from __future__ import annotations

import errno
from enum import StrEnum

from drivers.device import Availability, Health, Meaning


class Condition(StrEnum):
    """What is known of the scanner."""

    UNKNOWN = "unknown"
    LISTENING = "listening"
    READY = "ready"
    GARBLED = "garbled"
    UNPLUGGED = "unplugged"
    PORT_BUSY = "port-busy"
    PORT_DENIED = "port-denied"
    KEYBOARD = "keyboard"
    NOT_A_SCANNER = "not-a-scanner"


_OFF = Availability.OFFLINE

MEANING = {
    Condition.UNKNOWN: Meaning(
        Availability.UNKNOWN, "The scanner has not been opened yet.", "Open the device."
    ),
    Condition.LISTENING: Meaning(
        Availability.UNKNOWN,
        "The port is open; a serial scanner says nothing before it has read a code.",
        "Hold a code under it on a page that asks for one.",
    ),
    Condition.READY: Meaning(Availability.ONLINE, "", ""),
    Condition.GARBLED: Meaning(
        Availability.UNKNOWN,
        "Three times in a row what came was no code.",
        "Compare `baudrate`, `terminator` and `aim` with the module's own settings.",
    ),
    Condition.UNPLUGGED: Meaning(
        _OFF,
        "The port is not there or was lost.",
        "Check the cable and `port`; it is opened again by itself.",
    ),
    Condition.PORT_BUSY: Meaning(
        _OFF, "Another process holds the port.", "Stop the other program; see `fuser -v` on the port."
    ),
    Condition.PORT_DENIED: Meaning(
        _OFF,
        "The agent may not open the port.",
        "Add the agent's user to the port's group, or correct the udev rule.",
    ),
    Condition.KEYBOARD: Meaning(
        _OFF,
        "The device presents itself as a keyboard: what it reads would be typed wherever the focus is.",
        "Set the scanner to HID POS or to serial with its vendor's setting code, then plug it in again.",
    ),
    Condition.NOT_A_SCANNER: Meaning(
        _OFF,
        "What is at `port` is no HID POS scanner.",
        "Correct `port`, or set the scanner to HID POS with its vendor's setting code.",
    ),
}


def condition_of_error(error: OSError) -> Condition:
    """The condition that a failed port tells of, by its errno."""
    if error.errno in (errno.EAGAIN, errno.EBUSY):
        return Condition.PORT_BUSY
    if error.errno in (errno.EACCES, errno.EPERM):
        return Condition.PORT_DENIED
    return Condition.UNPLUGGED


def health_of(condition: Condition, since: float, detail: str = "") -> Health:
    """The health that says this condition; `detail` is added to the cause."""
    meaning = MEANING[condition]
    cause = f"{meaning.cause} ({detail})" if detail else meaning.cause
    return Health(meaning.availability, condition.value, since, cause, meaning.remedy)
