"""The closed set of conditions of a smart card reader, each with its cause and remedy."""

from __future__ import annotations

from enum import StrEnum

from drivers.device import Availability, Meaning
from drivers.smart_card.link import Trouble


class Condition(StrEnum):
    """What is known of the reader."""

    UNKNOWN = "unknown"
    READY = "ready"
    UNPLUGGED = "unplugged"
    NO_SERVICE = "no-service"
    SERVICE_DENIED = "service-denied"
    NO_LIBRARY = "no-library"
    SILENT = "silent"
    FAILED = "failed"


_OFF = Availability.OFFLINE

MEANING = {
    Condition.UNKNOWN: Meaning(
        Availability.UNKNOWN, "The reader has not been asked yet.", "Open the device."
    ),
    Condition.READY: Meaning(Availability.ONLINE, "", ""),
    Condition.UNPLUGGED: Meaning(
        _OFF,
        "pcscd knows no reader of that name.",
        "Check the cable and `reader`; it is found again by itself.",
    ),
    Condition.NO_SERVICE: Meaning(
        _OFF, "pcscd is not running.", "Install `pcscd` and start `pcscd.socket`; see its log."
    ),
    Condition.SERVICE_DENIED: Meaning(
        _OFF,
        "pcscd does not let the agent's user in.",
        "Allow it by a polkit rule (org.debian.pcsc-lite).",
    ),
    Condition.NO_LIBRARY: Meaning(
        _OFF,
        "The Python at `python` has no pyscard.",
        "Install Debian's `python3-pyscard`, or correct `python`.",
    ),
    Condition.SILENT: Meaning(
        _OFF,
        "A call of the PC/SC library did not come back; the worker was ended.",
        "Take the card out; if it stays, replug the reader and restart pcscd.",
    ),
    Condition.FAILED: Meaning(
        _OFF,
        "The PC/SC library failed for another reason, or its worker died.",
        "It is started again by itself; if it stays, restart pcscd and see the code.",
    ),
}

_CONDITIONS = {
    Trouble.NO_SERVICE: Condition.NO_SERVICE,
    Trouble.DENIED: Condition.SERVICE_DENIED,
    Trouble.NO_READER: Condition.UNPLUGGED,
    Trouble.NO_LIBRARY: Condition.NO_LIBRARY,
    Trouble.HUNG: Condition.SILENT,
}


def condition_of(trouble: Trouble) -> Condition:
    """The condition that a failed call tells of. Of a card's own troubles none is told here: see `Poller`."""
    return _CONDITIONS.get(trouble, Condition.FAILED)
