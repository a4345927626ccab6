"""The SDT host protocol of a SAM_V / SAM_A: frames, statuses and commands (GA/T 467-2019 ch. 7). Pure.

Facts and their sources are in protocols/card-readers.md section 1. A frame is ``AA AA AA 96 69 | Len (2,
big-endian) | CMD PARA data or SW1 SW2 SW3 data | XOR``; Len counts everything after itself, the XOR runs
from Len to the byte before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import reduce
from operator import xor

PREAMBLE = b"\xaa\xaa\xaa\x96\x69"
HEADER = len(PREAMBLE) + 2
MIN_LENGTH = 4  # SW1 SW2 SW3 XOR
MAX_LENGTH = 0x090A  # text, photo and fingerprints: the longest reply that is documented
MAX_FRAME = HEADER + MAX_LENGTH


class Sw3(IntEnum):
    """The reader's own status. SW1 and SW2 belong to the card's APDU and decide nothing."""

    REQUEST_CHECKSUM = 0x10
    REQUEST_LENGTH = 0x11
    REQUEST_UNKNOWN = 0x21
    NOT_PERMITTED = 0x23
    UNRECOGNISED_ERROR = 0x24
    CARD_REJECTS_SAM = 0x31
    SAM_REJECTS_CARD = 0x32
    VERIFICATION_FAILED = 0x33
    FINGERPRINT_FAILED = 0x37
    INFORMATION_LENGTH = 0x3F
    UNKNOWN_CARD_TYPE = 0x40
    READ_FAILED = 0x41
    RANDOM_FAILED = 0x47
    SELF_TEST_FAILED = 0x60
    NOT_AUTHORISED = 0x66
    NO_CARD = 0x80
    SELECT_FAILED = 0x81
    OK = 0x90
    NO_SUCH_ITEM = 0x91
    CARD_FOUND = 0x9F


_LISTED = frozenset(Sw3)
REQUEST_DAMAGED = frozenset({Sw3.REQUEST_CHECKSUM, Sw3.REQUEST_LENGTH})
"""Statuses that mean: our request did not arrive whole; ask again."""

_TO_ANY_COMMAND = REQUEST_DAMAGED | {
    Sw3.REQUEST_UNKNOWN,
    Sw3.NOT_PERMITTED,
    Sw3.UNRECOGNISED_ERROR,
    Sw3.SELF_TEST_FAILED,
    Sw3.NOT_AUTHORISED,
}
_CARD_TROUBLE = frozenset(
    {
        Sw3.CARD_REJECTS_SAM,
        Sw3.SAM_REJECTS_CARD,
        Sw3.VERIFICATION_FAILED,
        Sw3.FINGERPRINT_FAILED,
        Sw3.INFORMATION_LENGTH,
        Sw3.UNKNOWN_CARD_TYPE,
        Sw3.RANDOM_FAILED,
    }
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole reply with a right checksum. The data may be a citizen's and stays out of the repr."""

    sw1: int
    sw2: int
    sw3: int  # a `Sw3`, or a byte that no table lists
    data: bytes = field(repr=False)

    @property
    def length(self) -> int:
        """The reply's Len."""
        return MIN_LENGTH + len(self.data)


@dataclass(frozen=True, slots=True)
class Damaged:
    """Bytes that had a frame's shape and not its checksum; `length` is the Len they claimed."""

    length: int


def checksum(data: bytes | bytearray | memoryview) -> int:
    """XOR of all bytes."""
    return reduce(xor, data, 0)


def request(code: bytes) -> bytes:
    """The frame that carries a command: CMD PARA and, for a few, data."""
    counted = (len(code) + 1).to_bytes(2, "big") + code
    return PREAMBLE + counted + bytes([checksum(counted)])


class FrameParser:
    """Turns bytes, in any chunks, into frames; skips what is none; holds one frame's worth at most."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def held(self) -> int:
        """Bytes held that may still become a frame; at most `MAX_FRAME`."""
        return len(self._buffer)

    def reset(self) -> None:
        """Forget everything held, overwritten first: it may be half a citizen's card."""
        self._buffer[:] = bytes(len(self._buffer))
        self._buffer.clear()

    def feed(self, data: bytes) -> list[Frame | Damaged]:
        """What `data` completes, in the order of the wire."""
        found: list[Frame | Damaged] = []
        for start in range(0, len(data), MAX_FRAME):
            self._buffer += data[start : start + MAX_FRAME]
            found += self._scan()
        return found

    def overtake(self) -> list[Frame | Damaged]:
        """What stands whole behind an unfinished start, for use when the line has gone quiet.

        Noise that looks like a preamble with a large Len would otherwise swallow the answer behind it.
        Without such a frame nothing changes: a reply that merely stalled goes on where it was.
        """
        at = 0
        while (at := self._buffer.find(PREAMBLE, at + 1)) >= 0:
            end = self._end(at)
            if end is not None and end <= len(self._buffer) and not checksum(self._buffer[at + 5 : end]):
                del self._buffer[:at]
                return self._scan()
        return []

    def _end(self, at: int) -> int | None:
        """Where the frame that begins at `at` ends, None when its Len is missing or impossible."""
        length = int.from_bytes(self._buffer[at + 5 : at + HEADER], "big")
        if len(self._buffer) < at + HEADER or not MIN_LENGTH <= length <= MAX_LENGTH:
            return None
        return at + HEADER + length

    def _scan(self) -> list[Frame | Damaged]:
        found: list[Frame | Damaged] = []
        while (at := self._buffer.find(PREAMBLE)) >= 0:
            del self._buffer[:at]
            if len(self._buffer) < HEADER:
                return found
            end = self._end(0)
            if end is None:
                del self._buffer[:1]  # the true preamble may begin in what stood in the place of Len
                continue
            if len(self._buffer) < end:
                return found
            if checksum(self._buffer[5:end]):
                found.append(Damaged(end - HEADER))
                del self._buffer[:1]
                continue
            sw1, sw2, sw3 = self._buffer[HEADER : HEADER + 3]
            found.append(Frame(sw1, sw2, sw3, bytes(self._buffer[HEADER + 3 : end - 1])))
            del self._buffer[:end]
        # Of a run of AA longer than three the last three are kept (`AA AA AA` is the longest prefix that
        # matches).
        keep = next(
            size for size in range(len(PREAMBLE) - 1, -1, -1) if self._buffer.endswith(PREAMBLE[:size])
        )
        del self._buffer[: len(self._buffer) - keep]
        return found


@dataclass(frozen=True, slots=True)
class Command:
    """One command and what may answer it.

    There is no sequence number, so an answer is known by its status and length only: `success` is the SW3
    and Len of the good answer, `refusals` the statuses without data that this command, besides any other,
    may meet. `wait` is the time in seconds that SAM and card may take, the wire not included.
    A command that is not `repeatable` changes what it acts on, and fails when sent a second time.
    """

    name: str
    code: bytes
    success: tuple[int, int]
    refusals: frozenset[Sw3]
    wait: float
    repeatable: bool = True
    shorter: int | None = None
    """The Len of a good answer that lacks what a card need not have."""

    @property
    def frame(self) -> bytes:
        """The request as it goes over the wire."""
        return request(self.code)

    @property
    def wire_bytes(self) -> int:
        """Bytes of the request and of its good answer."""
        return len(self.frame) + HEADER + self.success[1]

    def lengths(self) -> frozenset[int]:
        """Every Len that an answer may have."""
        return frozenset({self.success[1], MIN_LENGTH} | ({self.shorter} if self.shorter else set()))

    def answered_by(self, frame: Frame) -> bool:
        """Whether `frame` can be the answer; a status that no table lists can answer anything."""
        status, length = self.success
        if frame.sw3 == status and frame.length in (length, self.shorter):
            return True
        if frame.length != MIN_LENGTH:
            return False
        return frame.sw3 in self.refusals or frame.sw3 in _TO_ANY_COMMAND or frame.sw3 not in _LISTED


# Waits are the longest that vendors' samples use (protocols/card-readers.md 1.6.2).
STATUS = Command("status", b"\x11\xff", (Sw3.OK, 0x0004), frozenset(), 0.5)
SAM_ID = Command("sam-id", b"\x12\xff", (Sw3.OK, 0x0014), frozenset(), 0.5)
FIND = Command("find", b"\x20\x01", (Sw3.CARD_FOUND, 0x0008), frozenset({Sw3.NO_CARD}), 1.0)
SELECT = Command(
    "select", b"\x20\x02", (Sw3.OK, 0x000C), _CARD_TROUBLE | {Sw3.SELECT_FAILED}, 1.0, repeatable=False
)
READ = Command("read", b"\x30\x01", (Sw3.OK, 0x0508), _CARD_TROUBLE | {Sw3.READ_FAILED}, 3.0)
READ_WITH_FINGERPRINTS = Command(
    "read-with-fingerprints",
    b"\x30\x10",
    (Sw3.OK, 0x090A),
    _CARD_TROUBLE | {Sw3.READ_FAILED},
    3.0,
    shorter=0x050A,
)
NEW_ADDRESS = Command(
    "new-address",
    b"\x30\x03",
    (Sw3.OK, 0x004A),
    _CARD_TROUBLE | {Sw3.NO_SUCH_ITEM, Sw3.READ_FAILED, Sw3.SELECT_FAILED, Sw3.NO_CARD},
    1.5,
)
