"""How a simulated USB reader carries requests and answers over its endpoints: four kinds of firmware.

Facts are in protocols/card-readers.md 3. What they leave open is decided here and marked so.
"""

from __future__ import annotations

from typing import Any

PACKET = 64
_SHORT = 8
_BULK, _INTERRUPT = 2, 3
_VENDOR_SPECIFIC, _HID_CLASS = 0xFF, 3
_HEAD = 7  # preamble and Len

Packets = list[tuple[int, bytes]]
"""Endpoint and packet, in their order."""


class Firmware:
    """All bytes as over a serial line, over the first OUT and the first IN."""

    ids = (0x0400, 0xC35A)
    interface_class = _VENDOR_SPECIFIC
    kind = _BULK
    endpoints: tuple[int, ...] = (0x02, 0x81)

    def take(self, endpoint: int, packet: bytes) -> bytes | None:
        """What the SAM is sent of a packet from the host; None for a pipe that this firmware halts."""
        return packet if endpoint == self.endpoints[0] else None

    def begin(self, frame: bytes) -> None:
        """An answer begins: `frame` is what it would be without faults."""

    def give(self, part: bytes, *, short: bool = False) -> Packets:
        """The packets of a part of the answer."""
        return _cut(0x81, part, short=short)

    def descriptors(self) -> dict[str, Any]:
        """Interface and endpoints (USB 2.0, 9.6.5 and 9.6.6)."""
        return {
            "class": self.interface_class,
            "endpoints": [
                {"address": address, "attributes": self.kind, "packet": PACKET, "interval": 1}
                for address in self.endpoints
            ],
        }


class SingleOfFour(Firmware):
    """The same behind a descriptor with all four pipes: only asking tells it from `Split`.

    That the pipes which it does not serve are halted is our guess; no source says.
    """

    endpoints = (0x02, 0x06, 0x81, 0x85)


class Split(Firmware):
    """Preamble and Len over one pipe, the rest over another."""

    endpoints = (0x02, 0x06, 0x81, 0x85)

    def __init__(self) -> None:
        self._frame = b""
        self._at = 0

    def take(self, endpoint: int, packet: bytes) -> bytes | None:
        """A head is seven bytes; anything else on that pipe is dropped (our guess)."""
        return b"" if endpoint == 0x02 and len(packet) != _HEAD else packet

    def begin(self, frame: bytes) -> None:
        """Nothing of `frame` is sent yet."""
        self._frame, self._at = frame, 0

    def give(self, part: bytes, *, short: bool = False) -> Packets:
        """The first seven bytes of each frame over 81, the others over 85; noise in front over 81."""
        made: Packets = []
        while part:
            noise = max(0, part.find(self._frame)) if not self._at else 0
            if noise:
                size, endpoint = noise, 0x81
            elif self._at < _HEAD:
                size, endpoint = min(_HEAD - self._at, len(part)), 0x81
            else:
                size, endpoint = min(len(self._frame) - self._at, len(part)), 0x85
            made += _cut(endpoint, part[:size], short=short)
            part = part[size:]
            if not noise:
                self._at = (self._at + size) % len(self._frame)
        return made


class Hid(Firmware):
    """The MIAXIS wrap, in reports of 64 bytes."""

    ids = (0x10C4, 0x0007)
    interface_class = _HID_CLASS
    kind = _INTERRUPT
    endpoints = (0x01, 0x81)
    chunk = 54  # so that a packet fits into one report; how real ones cut is not known

    def __init__(self) -> None:
        self._coming = b""
        self.spoils_next_sum = False

    def take(self, endpoint: int, packet: bytes) -> bytes | None:
        """What is inside, once the packet is whole; a wrong sum is met with silence (our guess)."""
        if endpoint != 0x01:
            return None
        self._coming += packet
        if self._coming[:1] != b"\x88":
            self._coming = b""
            return b""
        end = 5 + (self._coming[3] | self._coming[4] << 8)
        if len(self._coming) < end + 2:
            return b""
        counted, check = self._coming[3:end], self._coming[end : end + 2]
        self._coming = b""
        good = _sum(counted) == check and counted[2] == 0xB1
        return counted[3:] if good else b""

    def give(self, part: bytes, *, short: bool = False) -> Packets:
        """Each chunk in a packet of its own, each packet in a report of its own."""
        size = _SHORT if short else self.chunk
        chunks = [part[at : at + size] for at in range(0, len(part), size)]
        return [(0x81, self._report(chunk)) for chunk in chunks]

    def _report(self, chunk: bytes) -> bytes:
        counted = bytes(((len(chunk) + 3) & 0xFF, (len(chunk) + 3) >> 8, 0, 0, 0)) + chunk
        check = _sum(counted)
        if self.spoils_next_sum:
            self.spoils_next_sum = False
            check = bytes((check[0] ^ 0x5A, check[1]))
        packet = b"\xaa\0\0" + counted + check
        return packet + bytes(PACKET - len(packet))


FIRMWARE: dict[str, type[Firmware]] = {
    "split": Split,
    "single": Firmware,
    "single-of-four": SingleOfFour,
    "hid": Hid,
}


def _cut(endpoint: int, data: bytes, *, short: bool) -> Packets:
    size = _SHORT if short else PACKET
    return [(endpoint, data[at : at + size]) for at in range(0, len(data), size)]


def _sum(counted: bytes) -> bytes:
    total = sum(counted) % 0x10000
    return bytes((total & 0xFF, total >> 8))
