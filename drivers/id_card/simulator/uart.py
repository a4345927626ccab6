"""The reader's end of the line, with a speed of its own: at another than the host's nothing is understood."""

from __future__ import annotations

from drivers.simkit import PtyLine

_JUNK = b"\xf8\x00\x80\xfe\xe0"
"""What framing errors look like: never the beginning of anything."""


class Uart:
    """A pseudo-terminal carries bytes whatever the two ends are set to; a wire does not."""

    def __init__(self, line: PtyLine, speed: int) -> None:
        self._line = line
        self.speed = speed
        """Bit/s of this end."""

    def read(self, size: int, timeout: float) -> bytes:
        """As it was sent, or junk."""
        return self._understood(self._line.read(size, timeout))

    def write(self, data: bytes) -> None:
        """As it is, or as junk."""
        self._line.write(self._understood(data))

    def close(self) -> None:
        """Pull the cable."""
        self._line.close()

    def _understood(self, data: bytes) -> bytes:
        if not data or self._line.host_speed == self.speed:
            return data
        return (_JUNK * len(data))[: len(data)]
