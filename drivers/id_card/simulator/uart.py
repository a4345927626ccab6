"""The reader's end of the line, with a speed of its own: at another than the host's nothing is understood."""

from __future__ import annotations

from drivers.simkit import PacedLine, PtyLine

_JUNK = b"\xf8\x00\x80\xfe\xe0"
"""What framing errors look like: never the beginning of anything."""


class Uart(PacedLine):
    """A pseudo-terminal carries bytes whatever the two ends are set to; a wire does not."""

    def __init__(self, line: PtyLine, baudrate: int) -> None:
        super().__init__(line, baudrate)
        self._pty = line

    def read(self, size: int, timeout: float) -> bytes:
        """As it was sent, or junk."""
        return self._understood(super().read(size, timeout))

    def write(self, data: bytes, chunk: int = 64) -> None:
        """As it is, or as junk."""
        super().write(self._understood(data), chunk)

    def _understood(self, data: bytes) -> bytes:
        if not data or self._pty.host_speed == self.baudrate:
            return data
        return (_JUNK * len(data))[: len(data)]
