"""pyusb's side of a reader without any bus: devices that are lists of what they do next."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import usb.core

from drivers.id_card.usb.handle import Endpoint


def bulk(address: int) -> Endpoint:
    return Endpoint(address, 64, interrupt=False, interval=0)


def error(number: int) -> usb.core.USBError:
    return usb.core.USBError("as ordered", errno=number)


class Device:
    """What `UsbHandle` needs of a pyusb device: answers by endpoint, exceptions where one stands in line."""

    def __init__(self, *interfaces: tuple[int, tuple[int, ...], int]) -> None:
        """Each interface: its class, its endpoints' addresses, their kind (2 bulk, 3 interrupt)."""
        self._interfaces = interfaces
        self.coming: defaultdict[int, deque[bytes | Exception]] = defaultdict(deque)
        self.taking: deque[int | Exception] = deque()
        self.sent: list[tuple[int, bytes]] = []
        self.cleared: list[int] = []
        self.kernel_driver = False
        self.configured = True
        self.waits: list[int] = []
        self._ctx = self

    # What pyusb's own helpers reach for

    def dispose(self, _device: Any, *_: Any) -> None:
        self.sent.append((0, b"closed"))

    def managed_claim_interface(self, _device: Any, number: int) -> None:
        if self.kernel_driver:
            raise error(16)
        self.sent.append((number, b"claimed"))

    def set_configuration(self) -> None:
        self.configured = True

    def get_active_configuration(self) -> Iterator[Any]:
        if not self.configured:
            raise usb.core.USBError("Configuration not set")
        return (self._interface(number, *facts) for number, facts in enumerate(self._interfaces))

    def _interface(self, number: int, kind: int, addresses: tuple[int, ...], attributes: int) -> Any:
        ends = [
            SimpleNamespace(bEndpointAddress=each, bmAttributes=attributes, wMaxPacketSize=64, bInterval=4)
            for each in addresses
        ]
        return _Interface(number, kind, ends)

    def is_kernel_driver_active(self, _number: int) -> bool:
        return self.kernel_driver

    def detach_kernel_driver(self, _number: int) -> None:
        self.kernel_driver = False

    def write(self, endpoint: int, data: bytes, _timeout: int) -> int:
        done = self.taking.popleft() if self.taking else len(data)
        if isinstance(done, Exception):
            raise done
        self.sent.append((endpoint, data))
        return done

    def read(self, endpoint: int, size: int, timeout: int) -> bytes:
        self.waits.append(timeout)
        found = self.coming[endpoint].popleft() if self.coming[endpoint] else error(110)
        if isinstance(found, Exception):
            raise found
        assert len(found) <= size
        return found

    def clear_halt(self, endpoint: int) -> None:
        self.cleared.append(endpoint)


class _Interface:
    bAlternateSetting = 0  # noqa: N815 - the names are the USB specification's

    def __init__(self, number: int, kind: int, ends: list[Any]) -> None:
        self.bInterfaceNumber = number
        self.bInterfaceClass = kind
        self._ends = ends

    def __iter__(self) -> Iterator[Any]:
        return iter(self._ends)


class Buses:
    """A pyusb backend that can list: `seen` gives what is there, one more entry a look; the last repeats."""

    def __init__(self, *seen: tuple[tuple[int, tuple[int, ...]], ...] | Exception) -> None:
        """Each look: address and ports of every device there."""
        self._seen = deque(seen)
        self.looks = 0
        self.opening: Exception | None = None
        self.serial_numbers: dict[int, str] = {}

    def enumerate_devices(self) -> Iterator[Any]:
        self.looks += 1
        now = self._seen.popleft() if len(self._seen) > 1 else self._seen[0]
        if isinstance(now, Exception):
            raise now
        return iter(now)

    def get_parent(self, _device: Any) -> None:
        return None

    def get_device_descriptor(self, device: tuple[int, tuple[int, ...]]) -> SimpleNamespace:
        address, ports = device
        numbered = 3 if address in self.serial_numbers else 0
        zeros = dict.fromkeys(
            (
                *(
                    "bLength",
                    "bDescriptorType",
                    "bcdUSB",
                    "bDeviceClass",
                    "bDeviceSubClass",
                    "bDeviceProtocol",
                ),
                *("bMaxPacketSize0", "bcdDevice", "iManufacturer", "iProduct", "bNumConfigurations", "speed"),
            ),
            0,
        )
        return SimpleNamespace(
            **zeros,
            idVendor=0x0400,
            idProduct=0xC35A,
            iSerialNumber=numbered,
            address=address,
            bus=1,
            port_number=ports[-1],
            port_numbers=ports,
        )

    def open_device(self, device: tuple[int, tuple[int, ...]]) -> int:
        if self.opening is not None:
            raise self.opening
        return device[0]

    def close_device(self, _handle: int) -> None:
        pass

    def ctrl_transfer(
        self, handle: int, _kind: int, _what: int, _value: int, _at: int, data: Any, _ms: int
    ) -> int:
        text = self.serial_numbers[handle].encode("utf-16-le")
        body = bytes((len(text) + 2, 3)) + text
        for at, byte in enumerate(body):
            data[at] = byte
        return len(body)
