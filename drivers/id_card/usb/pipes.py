"""How SDT frames go over a device's endpoints: three ways that readers are known to have.

For 0400:C35A the vendor's document and public code disagree (protocols/card-readers.md 3): four pipes, two
for the head of a frame and two for the rest, or one out and one in for all. For the MIAXIS they go in HID
reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from drivers.id_card.protocol import HEADER, PREAMBLE
from drivers.id_card.usb.handle import Endpoint, UsbHandle
from drivers.id_card.usb.wrap import Unwrapper, reports, wrapped

SPLIT = (0x02, 0x06, 0x81, 0x85)
"""OUT for preamble and Len, OUT for the rest, IN for preamble and Len, IN for the rest."""


class Pipes(Protocol):
    """One way. Errors are the handle's."""

    name: str

    def write(self, data: bytes) -> None:
        """A whole request."""
        ...

    def read(self, timeout: float) -> bytes:
        """Bytes of answers in their order, waiting at most `timeout` seconds for the first."""
        ...

    def discard(self) -> None:
        """Drop what the device has ready, and what is known of an answer under way."""
        ...


class SinglePipes:
    """All bytes as over a serial line: one OUT, one IN."""

    def __init__(self, handle: UsbHandle, out: Endpoint, inward: Endpoint) -> None:
        self.name = f"single {out.address:02X}/{inward.address:02X}"
        self._handle = handle
        self._out = out
        self._in = inward

    def write(self, data: bytes) -> None:
        """A whole request."""
        self._handle.send(self._out, data)

    def read(self, timeout: float) -> bytes:
        """The next packet."""
        return self._handle.receive(self._in, timeout)

    def discard(self) -> None:
        """Drop what the device has ready."""
        self._handle.drain(self._in)


class SplitPipes:
    """Preamble and Len over one pipe, what Len counts over another, in each direction."""

    name = "split"

    def __init__(
        self,
        handle: UsbHandle,
        outs: tuple[Endpoint, Endpoint],
        ins: tuple[Endpoint, Endpoint],
    ) -> None:
        self._handle = handle
        self._out_head, self._out_rest = outs
        self._in_head, self._in_rest = ins
        self._head = b""
        self._expected = 0  # bytes that the last head announced and that have not come

    def write(self, data: bytes) -> None:
        """A whole request."""
        self._handle.send(self._out_head, data[:HEADER])
        self._handle.send(self._out_rest, data[HEADER:])

    def read(self, timeout: float) -> bytes:
        """The next packet: of the rest while some of it is expected, else of a head."""
        if self._expected:
            data = self._handle.receive(self._in_rest, timeout)
            self._expected = max(0, self._expected - len(data))
            return data
        data = self._handle.receive(self._in_head, timeout)
        self._head = (self._head + data)[-HEADER:]
        if len(self._head) == HEADER and self._head.startswith(PREAMBLE):
            self._expected = int.from_bytes(self._head[len(PREAMBLE) :], "big")
            self._head = b""
        return data

    def discard(self) -> None:
        """Drop what the device has ready in both."""
        self._head, self._expected = b"", 0
        self._handle.drain(self._in_head)
        self._handle.drain(self._in_rest)


class HidPipes:
    """Each request in an outer packet of its own, in reports; answers in as many as they take."""

    name = "hid"

    def __init__(self, handle: UsbHandle, out: Endpoint, inward: Endpoint) -> None:
        self._handle = handle
        self._out = out
        self._in = inward
        self._unwrapper = Unwrapper()

    def write(self, data: bytes) -> None:
        """A whole request."""
        for report in reports(wrapped(data), self._out.packet):
            self._handle.send(self._out, report)

    def read(self, timeout: float) -> bytes:
        """What the next report completes, so that it may be nothing. Raises TransportDamaged."""
        report = self._handle.receive(self._in, timeout)
        return self._unwrapper.feed(report) if report else b""

    def discard(self) -> None:
        """Drop what the device has ready."""
        self._unwrapper.reset()
        self._handle.drain(self._in)


def ways(handle: UsbHandle, *, hid: bool) -> list[Pipes]:
    """Every way that the device's endpoints allow, the likeliest first. Never empty."""
    outs = [each for each in handle.endpoints if not each.inward]
    ins = [each for each in handle.endpoints if each.inward]
    if hid:
        return [HidPipes(handle, outs[0], ins[0])]
    pairs: list[Pipes] = [SinglePipes(handle, out, inward) for out, inward in zip(outs, ins, strict=False)]
    by_address = {each.address: each for each in handle.endpoints}
    if set(SPLIT) <= set(by_address):
        out_head, out_rest, in_head, in_rest = _picked(by_address, SPLIT)
        return [SplitPipes(handle, (out_head, out_rest), (in_head, in_rest)), *pairs]
    return pairs


def _picked(by_address: dict[int, Endpoint], addresses: Sequence[int]) -> list[Endpoint]:
    return [by_address[address] for address in addresses]
