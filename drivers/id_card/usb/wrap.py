"""The outer packet of the MIAXIS MR-300 around SDT frames (protocols/card-readers.md 3; one source). Pure.

Out: ``88 | 00 00 | Len (2, little-endian) = n + 1 | B1 | SDT frame (n) | Sum (2, little-endian)``, the sum
over all bytes from Len to the last of the frame. In: ``AA`` in front, a result in place of ``B1``, then two
bytes to drop, then a chunk of the SDT answer; chunks follow one another until the answer is whole.

Not known, and so assumed here: a packet begins with a report, and what follows it in its last report is
padding; the result byte is not looked at, since the SDT frame has a status and a sum of its own.
"""

from __future__ import annotations

from drivers.exc import TransportDamaged
from drivers.id_card.protocol import MAX_FRAME

_REQUEST, _ANSWER = 0x88, 0xAA
_SDT = 0xB1
_FRONT = 5  # start, two zeros, Len
_RESULT = 3  # the result and the two bytes that are dropped
_SUM = 2
MAX_PACKET = _FRONT + _RESULT + MAX_FRAME + _SUM


def wrapped(frame: bytes) -> bytes:
    """The outer packet that carries an SDT frame."""
    counted = (len(frame) + 1).to_bytes(2, "little") + bytes((_SDT,)) + frame
    return bytes((_REQUEST, 0, 0)) + counted + _sum(counted)


def reports(packet: bytes, size: int) -> list[bytes]:
    """`packet` in reports of `size` bytes, the last filled up with zeros."""
    return [packet[at : at + size].ljust(size, b"\0") for at in range(0, len(packet), size)]


class Unwrapper:
    """Turns reports into the bytes of SDT answers; holds one packet's worth at most."""

    def __init__(self) -> None:
        self._packet = bytearray()
        self._broken = False

    @property
    def held(self) -> int:
        """Bytes of a packet that is not whole; at most `MAX_PACKET`."""
        return len(self._packet)

    def reset(self) -> None:
        """Forget everything held, overwritten first: it may be half a citizen's card."""
        self._packet[:] = bytes(len(self._packet))
        self._packet.clear()
        self._broken = False

    def feed(self, report: bytes) -> bytes:
        """The chunk that `report` completes, or nothing.

        Raises TransportDamaged once for what is no packet, or one with a wrong sum; nothing more is told
        until `reset`, for an answer that lacks a chunk is none.
        """
        if self._broken:
            return b""
        self._packet += report[: MAX_PACKET - len(self._packet)]
        if self._packet[0] != _ANSWER:
            raise self._damaged("a report that begins no packet")
        if len(self._packet) < _FRONT:
            return b""
        length = int.from_bytes(self._packet[3:_FRONT], "little")
        end = _FRONT + length
        if not 1 <= length <= MAX_PACKET - _FRONT - _SUM:
            raise self._damaged("a packet of impossible length")
        if len(self._packet) < end + _SUM:
            return b""
        if self._packet[end : end + _SUM] != _sum(self._packet[3:end]):
            raise self._damaged("a packet with a wrong sum")
        chunk = bytes(self._packet[_FRONT + _RESULT : end])
        self.reset()
        return chunk

    def _damaged(self, what: str) -> TransportDamaged:
        self.reset()
        self._broken = True
        return TransportDamaged(what)


def _sum(counted: bytes | bytearray) -> bytes:
    return (sum(counted) & 0xFFFF).to_bytes(2, "little")
