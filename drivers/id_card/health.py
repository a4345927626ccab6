"""The closed set of conditions of an ID card reader, each with its cause and remedy."""

from __future__ import annotations

import errno
from enum import StrEnum
from typing import NamedTuple

from drivers.device import Availability


class Condition(StrEnum):
    """What is known of the reader."""

    UNKNOWN = "unknown"
    READY = "ready"
    UNPLUGGED = "unplugged"
    PORT_BUSY = "port-busy"
    PORT_DENIED = "port-denied"
    SILENT = "silent"
    GARBLED = "garbled"
    SAM_FAILED = "sam-failed"
    SAM_UNAUTHORISED = "sam-unauthorised"


class Meaning(NamedTuple):
    """What a condition means for whoever asks."""

    availability: Availability
    cause: str
    remedy: str


_OFF = Availability.OFFLINE

MEANING = {
    Condition.UNKNOWN: Meaning(
        Availability.UNKNOWN, "The reader has not been asked yet.", "Open the device."
    ),
    Condition.READY: Meaning(Availability.ONLINE, "", ""),
    Condition.UNPLUGGED: Meaning(
        _OFF,
        "The serial port is not there or was lost.",
        "Check the cable and `port`; it is opened again by itself.",
    ),
    Condition.PORT_BUSY: Meaning(
        _OFF, "Another process holds the serial port.", "Stop the other program; see `fuser -v` on the port."
    ),
    Condition.PORT_DENIED: Meaning(
        _OFF, "The agent may not open the serial port.", "Add the agent's user to the port's group (dialout)."
    ),
    Condition.SILENT: Meaning(
        _OFF, "The port is open and nothing answers.", "Check the reader's power, `port` and `baudrate`."
    ),
    Condition.GARBLED: Meaning(
        _OFF,
        "Bytes come back that are no answers.",
        "Check `baudrate`, the ground wire and the cable's length.",
    ),
    Condition.SAM_FAILED: Meaning(
        _OFF,
        "The reader's SAM failed its self-test, or does not say that it is well.",
        "Power the reader off and on; if it stays, replace it.",
    ),
    Condition.SAM_UNAUTHORISED: Meaning(
        _OFF, "The reader's SAM is not authorised (SW3 66).", "Have the vendor authorise or replace the SAM."
    ),
}


def condition_of_error(error: OSError) -> Condition:
    """The condition that a failed port tells of, by its errno."""
    if error.errno in (errno.EAGAIN, errno.EBUSY):
        return Condition.PORT_BUSY
    if error.errno in (errno.EACCES, errno.EPERM):
        return Condition.PORT_DENIED
    return Condition.UNPLUGGED
