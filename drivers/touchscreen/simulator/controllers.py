"""The three serial controllers: what each says of a touch, and to a command.

Written from the vendors' tables: Elo's SmartSet packets, 3M's Format Tablet and commands, EETI's reports and
diagnostics packets.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Callable


class Controller(ABC):
    """One controller. Places are parts of the panel, from the left and from the top."""

    speed = 9600
    broken = False

    @abstractmethod
    def touch(self, x: float, y: float, phase: str) -> bytes:
        """The frame for ``down``, ``move`` or ``up``."""

    @abstractmethod
    def hear(self, said: bytearray) -> list[bytes]:
        """Take whole commands out of `said`; the answers."""

    @abstractmethod
    def stale(self) -> bytes:
        """An answer to a question that nobody asked now."""

    @abstractmethod
    def spoil_sum(self, frame: bytes) -> bytes:
        """`frame` so that its check, or where it has none its shape, is wrong."""


class Elo(Controller):
    """IntelliTouch 2500S."""

    def touch(self, x: float, y: float, phase: str) -> bytes:
        """U, T, status, X, Y, Z, checksum."""
        status = {"down": 0x81, "move": 0x82, "up": 0x84}[phase]
        return self._pack(struct.pack("<cBHHH", b"T", status, round(x * 4095), round(y * 4095), 0x60))

    def hear(self, said: bytearray) -> list[bytes]:
        """Ten bytes a command; each is acknowledged."""
        answers = []
        while (at := said.find(b"U")) >= 0 and len(said) - at >= 10:
            kind = chr(said[at + 1])
            del said[: at + 10]
            if kind == "i":
                answers.append(self._pack(b"I" + b"2\x00\x80\x25\x10\x00\x0b"))
            codes = b"90" if self.broken and kind == "a" else b"00"
            answers.append(self._pack(b"A" + codes + b"00"))
        return answers

    def stale(self) -> bytes:
        """An acknowledgement."""
        return self._pack(b"A5000")

    def spoil_sum(self, frame: bytes) -> bytes:
        """The checksum is one off."""
        return frame[:-1] + bytes([(frame[-1] + 1) % 256])

    @staticmethod
    def _pack(said: bytes) -> bytes:
        whole = b"U" + said + bytes(8 - len(said))
        return whole + bytes([(sum(whole) + 0xAA) % 256])


class MicroTouch(Controller):
    """EX serial."""

    def touch(self, x: float, y: float, phase: str) -> bytes:
        """Status, X low and high, Y low and high, seven bits each, counted from the bottom left."""
        across, up = round(x * 16383), round((1 - y) * 16383)
        status = 0x80 if phase == "up" else 0xC0
        return bytes([status, across & 127, across >> 7, up & 127, up >> 7])

    def hear(self, said: bytearray) -> list[bytes]:
        """SOH, letters, CR."""
        answers = []
        while (end := said.find(b"\r")) >= 0:
            command = bytes(said[: end + 1])
            del said[: end + 1]
            words = command[command.rfind(b"\x01") + 1 : -1].decode("ascii", "replace")
            answers.append(b"\x01" + self._answer(words) + b"\r")
        return answers

    def _answer(self, words: str) -> bytes:
        known = {
            **dict.fromkeys(("R", "Z", "FT", "MS"), b"0"),
            "OI": b"Q10510",
            "UT": b"QMV***04" if self.broken else b"QMV***00",
            "DX": b"2" if self.broken else b"0",
            "NM": b"EXII-SIM 5.10",
        }
        return known.get(words, b"1")

    def stale(self) -> bytes:
        """A name that was asked for long ago."""
        return b"\x01EXII-SIM 5.10\r"

    def spoil_sum(self, frame: bytes) -> bytes:
        """There is no sum: a byte of the place has the bit that only the first has."""
        return frame[:3] + bytes([frame[3] | 0x80]) + frame[4:]


class EGalax(Controller):
    """PCAP or resistive, 12 bits, with pressure or without."""

    pressure = False

    def touch(self, x: float, y: float, phase: str) -> bytes:
        """Status, X high and low, Y high and low, and pressure."""
        across, down = round(x * 4095), round(y * 4095)
        status = 0x80 | 0x02 | (0 if phase == "up" else 1) | (0x40 if self.pressure else 0)
        frame = bytes([status, across >> 7, across & 127, down >> 7, down & 127])
        return frame + (b"\x30" if self.pressure else b"")

    def hear(self, said: bytearray) -> list[bytes]:
        """0Ah, length, letter."""
        answers = []
        while (at := said.find(b"\n")) >= 0 and len(said) - at >= 3:
            letter = chr(said[at + 2])
            del said[: at + 2 + said[at + 1]]
            text = {"A": b"", "D": b"1.07", "E": b"PCAP7000"}.get(letter)
            if text is not None:
                answers.append(bytes([10, len(text) + 1, ord(letter)]) + text)
        return answers

    def stale(self) -> bytes:
        """A controller's type."""
        return b"\n\x05EP700"

    def spoil_sum(self, frame: bytes) -> bytes:
        """There is no sum: a byte of the place has the bit that only the first has."""
        return frame[:3] + bytes([frame[3] | 0x80]) + frame[4:]


CONTROLLERS: dict[str, Callable[[], Controller]] = {"elo": Elo, "microtouch": MicroTouch, "egalax": EGalax}
