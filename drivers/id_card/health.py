"""The closed set of conditions of an ID card reader, each with its cause and remedy."""

from __future__ import annotations

import errno
from enum import StrEnum

from drivers.device import Availability, Meaning


class Condition(StrEnum):
    """What is known of the reader."""

    UNKNOWN = "unknown"
    READY = "ready"
    UNPLUGGED = "unplugged"
    PORT_BUSY = "port-busy"
    PORT_DENIED = "port-denied"
    AMBIGUOUS = "ambiguous"
    UNSUPPORTED = "unsupported"
    NO_LIBUSB = "no-libusb"
    SILENT = "silent"
    GARBLED = "garbled"
    SAM_FAILED = "sam-failed"
    SAM_UNAUTHORISED = "sam-unauthorised"


_OFF = Availability.OFFLINE

MEANING = {
    Condition.UNKNOWN: Meaning(
        Availability.UNKNOWN, "The reader has not been asked yet.", "Open the device."
    ),
    Condition.READY: Meaning(Availability.ONLINE, "", ""),
    Condition.UNPLUGGED: Meaning(
        _OFF,
        "The port or the USB reader is not there, or was lost.",
        "Check the cable and `port` or `usb_path`; it is opened again by itself.",
    ),
    Condition.PORT_BUSY: Meaning(
        _OFF, "Another process holds the reader.", "Stop the other program; see `fuser -v` on the port."
    ),
    Condition.PORT_DENIED: Meaning(
        _OFF,
        "The agent may not open the reader.",
        "Add the agent's user to the port's group (dialout); for USB install the udev rule.",
    ),
    Condition.AMBIGUOUS: Meaning(
        _OFF,
        "Several such USB readers are there and the settings name none.",
        "Name one by `usb_path` or `serial_number`, or unplug the others.",
    ),
    Condition.UNSUPPORTED: Meaning(
        _OFF,
        "The USB device has not the endpoints of a known reader.",
        "Check `driver`; see the model's manual.",
    ),
    Condition.NO_LIBUSB: Meaning(
        _OFF, "libusb is not installed, or cannot start.", "Install Debian's package `libusb-1.0-0`."
    ),
    Condition.SILENT: Meaning(
        _OFF,
        "The reader's line is open and nothing answers.",
        "Check the reader's power, `port` and `baudrate`.",
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


_BY_ERRNO = {
    errno.EAGAIN: Condition.PORT_BUSY,
    errno.EBUSY: Condition.PORT_BUSY,
    errno.EACCES: Condition.PORT_DENIED,
    errno.EPERM: Condition.PORT_DENIED,
    errno.ENOTUNIQ: Condition.AMBIGUOUS,
    errno.EPROTONOSUPPORT: Condition.UNSUPPORTED,
    errno.ELIBACC: Condition.NO_LIBUSB,
    errno.ETIMEDOUT: Condition.SILENT,  # a USB pipe that takes nothing, though the device is there
    errno.EPIPE: Condition.SILENT,  # one that stalls
}


def condition_of_error(error: OSError) -> Condition:
    """The condition that a failed port tells of, by its errno."""
    return _BY_ERRNO.get(error.errno or 0, Condition.UNPLUGGED)
