"""The simulated reader as a USB device: endpoints with their packets, pipes that halt, an address a plugging.

What a host does with it comes as calls from the bus's threads (`usb_bus`); errors are OSErrors with the errno
that libusb would give.
"""

from __future__ import annotations

import errno
import time
from collections import defaultdict, deque
from typing import Any

from drivers.id_card.simulator.bench import Bench
from drivers.id_card.simulator.faults import BULK, HID, Fault, Kind, spoil, take_outward
from drivers.id_card.simulator.usb_firmware import FIRMWARE, PACKET, Hid

_QUIET_SECONDS = 0.05  # the silence that ends a request
_FETCH_SECONDS = 1.0
BUS = 1


class UsbCardSimulator(Bench):
    """A reader in a port of the simulated bus. Start with `start`; `stop` ends it."""

    def __init__(
        self,
        *,
        firmware: str = "split",
        port: int = 1,
        serial_number: str = "",
        power_on: float = 1.5,
        plugged: bool = True,
    ) -> None:
        """`firmware` is one of `FIRMWARE`; `power_on`: seconds after (re)plugging until the SAM answers."""
        self._firmware = FIRMWARE[firmware]()
        kinds = HID if isinstance(self._firmware, Hid) else BULK
        super().__init__(baudrate=115200, power_on=power_on, kinds=kinds)
        self._port = port
        self._serial_number = serial_number
        self._plugged = plugged
        self._there = False
        self._address = port
        self._out: deque[bytes] = deque()
        self._in: defaultdict[int, deque[bytes]] = defaultdict(deque)
        self._halted: set[int] = set()
        self._holder: object | None = None  # of the interface
        self._kernel_driver = False

    @property
    def is_there(self) -> bool:
        """Whether the bus lists it."""
        return self._there

    @property
    def address(self) -> int:
        """What the bus gave it at the last plugging."""
        return self._address

    # The host's side, from the bus's threads

    def describe(self) -> dict[str, Any] | None:
        """Its descriptors and its place, or None while it is not plugged in."""
        with self._changed:
            if not self._there:
                return None
            vendor, product = self._firmware.ids
            return {
                "bus": BUS,
                "address": self._address,
                "port": self._port,
                "vendor": vendor,
                "product": product,
                "numbered": bool(self._serial_number),
                **self._firmware.descriptors(),
            }

    def opened(self, address: int) -> None:
        """A host opens the device that it saw at `address`."""
        with self._changed:
            self._check(address)
            if any(fault.kind is Kind.DENY for fault in self._faults):
                raise OSError(errno.EACCES, "Access denied (insufficient permissions)")

    def text(self, index: int) -> bytes:
        """String descriptor `index` (USB 2.0, 9.6.7): 0 the languages, 3 the serial number."""
        if index not in (0, 3):
            raise OSError(errno.EPIPE, "Pipe error")
        body = b"\x09\x04" if index == 0 else self._serial_number.encode("utf-16-le")
        return bytes((len(body) + 2, 3)) + body

    def kernel_driver(self) -> bool:
        """Whether the kernel has the interface, as usbhid has each HID device's."""
        return self._kernel_driver

    def detach(self) -> None:
        """Send the kernel's driver away."""
        self._kernel_driver = False

    def claim(self, address: int, holder: object) -> None:
        """The interface for `holder` alone."""
        with self._changed:
            self._check(address)
            if self._kernel_driver or self._holder not in (None, holder):
                raise OSError(errno.EBUSY, "Resource busy")
            self._holder = holder

    def release(self, holder: object) -> None:
        """The interface for anybody, where `holder` had it."""
        with self._changed:
            if self._holder is holder:
                self._holder = None

    def write(self, address: int, endpoint: int, data: bytes) -> int:
        """A transfer out of at most one packet."""
        with self._changed:
            self._check(address, endpoint)
            fault = take_outward(self._faults)
            if fault is not None and fault.kind is Kind.NAK_OUT:
                raise OSError(errno.ETIMEDOUT, "Operation timed out")
            taken = None if fault is not None else self._firmware.take(endpoint, data)
            if taken is None:
                self._halted.add(endpoint)
                raise OSError(errno.EPIPE, "Pipe error")
            self._out.append(taken)
            self._changed.notify_all()
            return len(data)

    def read(self, address: int, endpoint: int, size: int, milliseconds: int) -> bytes:
        """A transfer in: ends with a packet that is not full, with `size` bytes, or in time."""
        end = time.monotonic() + milliseconds / 1000
        data = b""
        with self._changed:
            while True:
                self._check(address, endpoint)
                packets = self._in[endpoint]
                while packets:
                    if len(data) + len(packets[0]) > size:
                        packets.popleft()
                        raise OSError(errno.EOVERFLOW, "Overflow")
                    packet = packets.popleft()
                    self._changed.notify_all()
                    data += packet
                    if len(packet) < PACKET or len(data) == size:
                        return data
                left = end - time.monotonic()
                if left <= 0:
                    if data:
                        return data
                    raise OSError(errno.ETIMEDOUT, "Operation timed out")
                self._changed.wait(left)

    def clear_halt(self, address: int, endpoint: int) -> None:
        """The pipe works again."""
        with self._changed:
            self._check(address)
            self._halted.discard(endpoint)

    def _check(self, address: int, endpoint: int = 0) -> None:
        if not self._there or address != self._address:
            raise OSError(errno.ENODEV, "No such device (it may have been disconnected)")
        if endpoint in self._halted:
            raise OSError(errno.EPIPE, "Pipe error")

    # The reader's side

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._there != self._plugged:
                (self._plug_in if self._plugged else self._pull_out)()
            self._serve()
        self._pull_out()

    def _plug_in(self) -> None:
        with self._changed:
            self._wake()
            self._there = True
            self._address = self._address % 127 + 1
            self._kernel_driver = isinstance(self._firmware, Hid)
            self._note("replugged")

    def _pull_out(self) -> None:
        with self._changed:
            if not self._there:
                return
            self._there, self._holder = False, None
            self._out.clear()
            self._in.clear()
            self._halted.clear()
            self._note("unplugged")

    def _serve(self) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._out or self._stopping.is_set() or self._there != self._plugged, _QUIET_SECONDS
            )
            data = self._out.popleft() if self._out else None
            if data is None:
                rest = self._reader.idle()
                whole = [] if rest is None else [rest]
            else:
                whole = [body for byte in data if (body := self._reader.push(byte)) is not None]
        for body in whole:
            if self._there and time.monotonic() >= self._awake_at:
                self._handle(body)

    def _send_late(self, frame: bytes) -> None:
        self._firmware.begin(frame)
        self._queue(frame, short=False)

    def _send(self, frame: bytes, fault: Fault | None) -> int:
        kind = None if fault is None else fault.kind
        self._firmware.begin(frame)
        if isinstance(self._firmware, Hid):
            self._firmware.spoils_next_sum = kind is Kind.WRONG_OUTER_SUM
        parts = spoil(frame, fault)
        for at, part in enumerate(parts):
            if at and fault is not None and kind is Kind.STALL_MID_FRAME:
                self._stopping.wait(fault.seconds)
            self._queue(part, short=kind is Kind.SHORT_PACKETS)
        if kind is Kind.STALL_IN:
            with self._changed:
                self._halted.add(0x81)
                self._changed.notify_all()
        if kind is Kind.UNPLUG_MID_FRAME:
            with self._changed:  # once the host has the half
                self._changed.wait_for(lambda: not any(self._in.values()), _FETCH_SECONDS)
            self._plugged = False
            self._pull_out()
        return sum(map(len, parts))

    def _queue(self, part: bytes, *, short: bool) -> None:
        with self._changed:
            for endpoint, packet in self._firmware.give(part, short=short):
                self._in[endpoint].append(packet)
            self._changed.notify_all()
