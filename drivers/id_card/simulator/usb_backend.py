"""A backend for pyusb whose bus is a simulator's Unix socket: the host's end of `usb_bus`.

This kernel, and CI's, can make no USB device (no dummy_hcd, no usbip); so what pyusb would ask libusb is
asked here. A bus that is not there is one without devices.
"""

from __future__ import annotations

import contextlib
import errno
import json
import socket
from array import array
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import usb.backend
import usb.core

_SLACK_SECONDS = 5.0
"""Longer than any transfer's own time-out: a simulator that hangs is a device that is gone."""


class _Connection:
    """One conversation with the bus. Raises usb.core.USBError with an errno."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(_SLACK_SECONDS)
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise _gone() from error
        self._stream = self._socket.makefile("rwb")

    def ask(self, op: str, *, timeout: int = 0, **details: Any) -> dict[str, Any]:
        """The answer to one request; `timeout` is the transfer's, in ms."""
        try:
            self._socket.settimeout(timeout / 1000 + _SLACK_SECONDS)
            self._stream.write(json.dumps({"op": op, "timeout": timeout, **details}).encode() + b"\n")
            self._stream.flush()
            line = self._stream.readline()
        except OSError as error:
            raise _gone() from error
        if not line:
            raise _gone()
        answer: dict[str, Any] = json.loads(line)
        if answer.get("errno") == errno.ETIMEDOUT:
            raise usb.core.USBTimeoutError(answer["error"], errno=errno.ETIMEDOUT)
        if "errno" in answer:
            raise usb.core.USBError(answer["error"], errno=answer["errno"])
        return answer

    def close(self) -> None:
        for end in (self._stream, self._socket):
            with contextlib.suppress(OSError):
                end.close()


class SocketBackend(usb.backend.IBackend):  # type: ignore[misc]  # pyusb tells no types
    """What pyusb needs of a backend, by the bus at `path`. One configuration, one interface, one setting."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def enumerate_devices(self) -> Iterator[dict[str, Any]]:
        """Every device on the bus, as it describes itself."""
        try:
            connection = _Connection(self._path)
        except usb.core.USBError:
            return
        try:
            yield from connection.ask("list")["devices"]
        finally:
            connection.close()

    def get_parent(self, dev: dict[str, Any]) -> None:
        """No hubs."""

    def get_device_descriptor(self, dev: dict[str, Any]) -> SimpleNamespace:
        """USB 2.0, 9.6.1, and where it is plugged in."""
        return SimpleNamespace(
            bLength=18,
            bDescriptorType=1,
            bcdUSB=0x0110,
            bDeviceClass=0,
            bDeviceSubClass=0,
            bDeviceProtocol=0,
            bMaxPacketSize0=64,
            idVendor=dev["vendor"],
            idProduct=dev["product"],
            bcdDevice=0x0100,
            iManufacturer=0,
            iProduct=0,
            iSerialNumber=3 if dev["numbered"] else 0,
            bNumConfigurations=1,
            address=dev["address"],
            bus=dev["bus"],
            port_number=dev["port"],
            port_numbers=(dev["port"],),
            speed=2,  # full
        )

    def get_configuration_descriptor(self, dev: dict[str, Any], config: int) -> SimpleNamespace:
        """USB 2.0, 9.6.3."""
        _only(config)
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=2,
            wTotalLength=18 + 7 * len(dev["endpoints"]),
            bNumInterfaces=1,
            bConfigurationValue=1,
            iConfiguration=0,
            bmAttributes=0x80,
            bMaxPower=100,
            extra_descriptors=[],
        )

    def get_interface_descriptor(
        self, dev: dict[str, Any], intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        """USB 2.0, 9.6.5."""
        _only(intf, alt, config)
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=4,
            bInterfaceNumber=0,
            bAlternateSetting=0,
            bNumEndpoints=len(dev["endpoints"]),
            bInterfaceClass=dev["class"],
            bInterfaceSubClass=0,
            bInterfaceProtocol=0,
            iInterface=0,
            extra_descriptors=[],
        )

    def get_endpoint_descriptor(
        self, dev: dict[str, Any], ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        """USB 2.0, 9.6.6."""
        _only(intf, alt, config)
        endpoint = dev["endpoints"][ep]
        return SimpleNamespace(
            bLength=7,
            bDescriptorType=5,
            bEndpointAddress=endpoint["address"],
            bmAttributes=endpoint["attributes"],
            wMaxPacketSize=endpoint["packet"],
            bInterval=endpoint["interval"],
            bRefresh=0,
            bSynchAddress=0,
            extra_descriptors=[],
        )

    def open_device(self, dev: dict[str, Any]) -> _Connection:
        """A connection of its own."""
        connection = _Connection(self._path)
        try:
            connection.ask("open", port=dev["port"], address=dev["address"])
        except usb.core.USBError:
            connection.close()
            raise
        return connection

    def close_device(self, dev_handle: _Connection) -> None:
        """Hang up; what was claimed is released."""
        dev_handle.close()

    def get_configuration(self, dev_handle: _Connection) -> int:
        """The only one is always set."""
        return 1

    def claim_interface(self, dev_handle: _Connection, intf: int) -> None:
        """Raises USBError: EBUSY where another host, or the kernel's driver, has it."""
        dev_handle.ask("claim")

    def release_interface(self, dev_handle: _Connection, intf: int) -> None:
        """Undo `claim_interface`."""
        dev_handle.ask("release")

    def bulk_write(self, dev_handle: _Connection, ep: int, intf: int, data: Any, timeout: int) -> int:
        """How many bytes went out."""
        answer = dev_handle.ask("write", endpoint=ep, data=bytes(data).hex(), timeout=timeout)
        return int(answer["count"])

    def bulk_read(self, dev_handle: _Connection, ep: int, intf: int, buff: array[int], timeout: int) -> int:
        """How many bytes came into `buff`."""
        return _into(buff, dev_handle.ask("read", endpoint=ep, size=len(buff), timeout=timeout))

    intr_write = bulk_write
    intr_read = bulk_read

    def ctrl_transfer(
        self,
        dev_handle: _Connection,
        bmRequestType: int,  # noqa: N803 - the names are the USB specification's
        bRequest: int,  # noqa: N803
        wValue: int,  # noqa: N803
        wIndex: int,  # noqa: N803
        data: array[int],
        timeout: int,
    ) -> int:
        """Strings are all that can be asked for."""
        return _into(data, dev_handle.ask("control", request=bRequest, value=wValue, size=len(data)))

    def clear_halt(self, dev_handle: _Connection, ep: int) -> None:
        """The pipe works again."""
        dev_handle.ask("clear-halt", endpoint=ep)

    def is_kernel_driver_active(self, dev_handle: _Connection, intf: int) -> bool:
        """Whether usbhid has the interface."""
        return bool(dev_handle.ask("kernel-driver")["active"])

    def detach_kernel_driver(self, dev_handle: _Connection, intf: int) -> None:
        """Send usbhid away."""
        dev_handle.ask("detach")


def _into(buffer: array[int], answer: dict[str, Any]) -> int:
    data = bytes.fromhex(answer["data"])
    buffer[: len(data)] = array("B", data)
    return len(data)


def _only(*indices: int) -> None:
    """There is one configuration, one interface, one setting; pyusb counts until IndexError."""
    if any(indices):
        raise IndexError("no other")


def _gone() -> usb.core.USBError:
    return usb.core.USBError("No such device (it may have been disconnected)", errno=errno.ENODEV)
