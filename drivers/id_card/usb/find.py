"""Which USB device is the reader: by vendor and product, and of several by port or serial number.

A device's address changes with each plugging; the port that it is plugged into, and the serial number that
its maker wrote into it, do not.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import usb.core
import usb.util

from drivers.device import Monotonic
from drivers.exc import TransportLost

_LOOK_SECONDS = 0.05
_ENGLISH = 0x0409
"""The language that every device with strings has; most look at no language at all."""
_PATIENCE = 5
"""A device that does not stay is waited for so many times the time that it should have stayed."""


@dataclass(frozen=True, slots=True)
class UsbModel:
    """A kind of reader: its ids, and whether SDT frames go over HID reports, wrapped, or bulk pipes, bare."""

    vendor: int
    product: int
    hid: bool

    def __str__(self) -> str:
        return f"{self.vendor:04X}:{self.product:04X}"


SDT = UsbModel(0x0400, 0xC35A, hid=False)
"""The standard reader (protocols/card-readers.md 3)."""
MIAXIS = UsbModel(0x10C4, 0x0007, hid=True)
"""中正 MIAXIS MR-300 (protocols/card-readers.md 3)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which one: of this model, and where named in this port (``1-2.3``) and with this serial number.

    `backend` is pyusb's; None takes libusb.
    """

    model: UsbModel
    usb_path: str | None = None
    serial_number: str | None = None
    backend: Any = None

    def __str__(self) -> str:
        named = (self.usb_path and f"in {self.usb_path}", self.serial_number and f"no. {self.serial_number}")
        return " ".join(("USB", str(self.model), *filter(None, named)))


def path_of(device: Any) -> str:
    """Bus and ports as the kernel writes them under /sys/bus/usb/devices, such as ``1-2.3``."""
    return f"{device.bus}-{'.'.join(map(str, device.port_numbers or ()))}"


def find(wanted: Wanted) -> Any:
    """The one device that is wanted, a pyusb `Device`.

    Raises TransportLost: ENODEV where it is not there, ENOTUNIQ where several are, EACCES where serial
    numbers may not be read, ELIBACC where libusb is missing.
    """
    model = wanted.model
    try:
        found = list(
            usb.core.find(
                find_all=True, idVendor=model.vendor, idProduct=model.product, backend=wanted.backend
            )
        )
    except usb.core.NoBackendError as error:
        raise TransportLost(errno.ELIBACC, "libusb is not installed") from error
    except usb.core.USBError as error:
        raise TransportLost(error.errno or errno.EIO, f"{wanted}: {error.strerror}") from error
    if wanted.usb_path is not None:
        found = [each for each in found if path_of(each) == wanted.usb_path]
    if wanted.serial_number is not None:
        found = [each for each in found if _serial_number(each, wanted) == wanted.serial_number]
    if not found:
        raise TransportLost(errno.ENODEV, f"{wanted} is not there")
    if len(found) > 1:
        places = ", ".join(sorted(map(path_of, found)))
        raise TransportLost(errno.ENOTUNIQ, f"{wanted} is there {len(found)} times, in {places}")
    return found[0]


def find_settled(
    wanted: Wanted,
    *,
    settle: float,
    monotonic: Monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Any:
    """As `find`, once the device has stayed for `settle` seconds: a plug that is being pushed in bounces.

    Takes at most five times that. Raises what `find` raises, and TransportLost (ENODEV) for a device that
    comes and goes.
    """
    begin = seen_at = monotonic()
    device = find(wanted)
    while monotonic() - seen_at < settle:
        if monotonic() - begin > settle * _PATIENCE:
            raise TransportLost(errno.ENODEV, f"{wanted} comes and goes")
        pause(min(_LOOK_SECONDS, settle))
        again = find(wanted)
        if (again.bus, again.address) != (device.bus, device.address):
            device, seen_at = again, monotonic()
    return device


def _serial_number(device: Any, wanted: Wanted) -> str | None:
    try:
        # Not `device.serial_number`, which asks for the languages first and hides why it may not.
        number: str | None = usb.util.get_string(device, device.iSerialNumber, _ENGLISH)
    except usb.core.USBError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            raise TransportLost(error.errno, f"{wanted}: its serial number may not be read") from error
        return None  # it is being unplugged, or answers nothing
    except ValueError:
        return None  # what it has is no text
    finally:
        usb.util.dispose_resources(device)  # reading it opened the device
    return number
