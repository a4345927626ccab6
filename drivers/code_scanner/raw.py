"""A code as it came off the wire, before anybody knows what it says."""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.code_scanner.events import UnreadableReason

LONGEST = 7089
"""Bytes of a code at most: the digits that the largest QR symbol holds (ISO/IEC 18004, version 40-L)."""


@dataclass(frozen=True, slots=True)
class Raw:
    """One code, or why there is none. It may be personal and stays out of the repr.

    `asked` is the number of the asking under which its *first* byte came: 0 where nobody asked, and then
    `body` is empty, for it was never kept. `aim` is empty where the wire does not carry it apart.
    """

    asked: int
    body: bytes = field(default=b"", repr=False)
    aim: bytes = b""
    reason: UnreadableReason | None = None
