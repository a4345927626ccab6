"""One opened USB device: packets out and in by endpoint, pyusb's errors as the transports' own."""

from __future__ import annotations

import contextlib
import errno
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import usb.core
import usb.util

from drivers.exc import TransportDamaged, TransportLost, TransportTimeout

_WRITE_SECONDS = 1.0
_DRAIN_SECONDS = 0.005
"""What is ready in a device comes within a frame or two of the bus (1 ms each)."""
_DRAIN_PACKETS = 128
"""More than a device that is merely late can hold; one that never stops talking is left to talk."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of an interface, from its descriptor (USB 2.0, 9.6.6)."""

    address: int
    packet: int  # bytes
    interrupt: bool
    interval: int  # ms between polls, of an interrupt endpoint at full speed

    @property
    def inward(self) -> bool:
        """Whether it carries bytes to the host."""
        return bool(self.address & 0x80)


class UsbHandle:
    """A device whose interface is held alone. Raises TransportLost and TransportTimeout, with an errno."""

    def __init__(self, device: Any, name: str, *, hid: bool) -> None:
        """Claims the first interface of the wanted class (HID or not) that has endpoints in both directions.

        A kernel driver on it (usbhid) is sent away. Raises TransportLost: EPROTONOSUPPORT where there is no
        such interface.
        """
        self._device = device
        self._name = name
        self.endpoints: Sequence[Endpoint] = ()
        try:
            self._claim(hid=hid)
        except usb.core.USBError as error:
            self.close()
            raise self._lost(error) from error
        except TransportLost:
            self.close()
            raise

    def close(self) -> None:
        """Release interface and device. May be called twice, and on a device that is gone."""
        with contextlib.suppress(usb.core.USBError):
            usb.util.dispose_resources(self._device)

    def send(self, endpoint: Endpoint, data: bytes) -> None:
        """All of `data`, within a second. A stalled pipe is cleared and tried once more.

        Raises TransportTimeout, with EPIPE where it stalls again.
        """
        for last in (False, True):
            try:
                if self._device.write(endpoint.address, data, _milliseconds(_WRITE_SECONDS)) != len(data):
                    raise TransportTimeout(errno.ETIMEDOUT, f"{self._name} took half of what was sent")
                return
            except usb.core.USBError as error:
                if error.errno == errno.ETIMEDOUT:
                    raise TransportTimeout(error.errno, f"{self._name} took nothing") from error
                if error.errno != errno.EPIPE:
                    raise self._lost(error) from error
                self._clear_halt(endpoint)
                if last:
                    raise TransportTimeout(error.errno, f"{self._name} stalls") from error

    def receive(self, endpoint: Endpoint, timeout: float) -> bytes:
        """One packet, waiting at most `timeout` seconds; empty when none came, or an empty one.

        Packet by packet, for a transfer of several ends in time only with a short one, and an answer whose
        last packet is full has none. Raises TransportDamaged for a pipe that stalled (it is cleared) or
        talked beyond its packet's end: what was under way is lost.
        """
        return self._packet(endpoint, timeout) or b""

    def _packet(self, endpoint: Endpoint, timeout: float) -> bytes | None:
        """As `receive`; None when none came."""
        try:
            return bytes(self._device.read(endpoint.address, endpoint.packet, _milliseconds(timeout)))
        except usb.core.USBError as error:
            if error.errno == errno.ETIMEDOUT:
                return None
            if error.errno == errno.EPIPE:
                self._clear_halt(endpoint)
            if error.errno in (errno.EPIPE, errno.EOVERFLOW):
                raise TransportDamaged(f"{self._name}: {error.strerror}") from error
            raise self._lost(error) from error

    def drain(self, endpoint: Endpoint) -> None:
        """Drop what is ready in the device, also behind an empty packet: one ends a transfer of full ones."""
        wait = max(_DRAIN_SECONDS, 2 * endpoint.interval / 1000 if endpoint.interrupt else 0.0)
        for _ in range(_DRAIN_PACKETS):
            with contextlib.suppress(TransportDamaged):
                if self._packet(endpoint, wait) is None:
                    return

    def _claim(self, *, hid: bool) -> None:
        if not self._configured():
            self._device.set_configuration()
        for interface in self._device.get_active_configuration():
            fits = [endpoint for each in interface if (endpoint := _endpoint(each)) is not None]
            is_hid = interface.bInterfaceClass == usb.CLASS_HID
            if (
                interface.bAlternateSetting
                or is_hid != hid
                or {each.inward for each in fits} != {True, False}
            ):
                continue
            number = interface.bInterfaceNumber
            with contextlib.suppress(NotImplementedError):
                if self._device.is_kernel_driver_active(number):
                    self._device.detach_kernel_driver(number)
            usb.util.claim_interface(self._device, number)
            self.endpoints = fits
            return
        raise TransportLost(errno.EPROTONOSUPPORT, f"{self._name} has no endpoints as a reader has")

    def _configured(self) -> bool:
        try:
            self._device.get_active_configuration()
        except usb.core.USBError as error:
            if error.errno is not None:
                raise
            return False  # pyusb's own "Configuration not set", which has no errno
        return True

    def _clear_halt(self, endpoint: Endpoint) -> None:
        try:
            self._device.clear_halt(endpoint.address)
        except usb.core.USBError as error:
            raise self._lost(error) from error

    def _lost(self, error: Any) -> TransportLost:
        return TransportLost(error.errno or errno.EIO, f"{self._name}: {error.strerror}")


def _endpoint(found: Any) -> Endpoint | None:
    kind = usb.util.endpoint_type(found.bmAttributes)
    if kind not in (usb.util.ENDPOINT_TYPE_BULK, usb.util.ENDPOINT_TYPE_INTR):
        return None
    return Endpoint(
        found.bEndpointAddress,
        found.wMaxPacketSize & 0x7FF,  # the bits above tell of high speed's extra transactions
        interrupt=kind == usb.util.ENDPOINT_TYPE_INTR,
        interval=found.bInterval,
    )


def _milliseconds(seconds: float) -> int:
    """As pyusb takes them; never 0, which would be for ever."""
    return max(1, math.ceil(seconds * 1000))
